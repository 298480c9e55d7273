//! The use cases over a test's own database and folder, with the real parser, a clock that the
//! test sets and identifiers that repeat.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use casebook_app::{
    Access, App, AppError, Arrival, DeliverySettings, ForwardSettings, IntakeSettings, MailParser,
    Parts, ReceiveEmail, Received, TriageSettings, WebhookParts,
};
use casebook_domain::conversation::{ConversationEvent, MessageReceived};
use casebook_domain::event::{Event, LogEvent};
use casebook_domain::ids::{ConversationId, MessageId, TicketId};
use casebook_domain::policy::Policy;
use casebook_domain::ticket::TicketEvent;
use casebook_ingest::EmailParser;
use casebook_store::{
    BlobSettings, Blobs, Clock, Mode, Store, StoreSettings, StoredEvent, StreamId,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::database::open_at;
use crate::ids::mix;
use crate::letters::Mail;
use crate::{Ids, TestDatabase, inspect};

/// The tenant of mails that do not say otherwise.
pub const TENANT: &str = "protocol-raw";
/// A tenant whose gates and prompt are German.
pub const OTHER_TENANT: &str = "ozean-licht";
/// Aggregates that an application keeps in memory.
const CACHE: usize = 1000;

/// Identifiers for the use cases, the same in every run.
#[derive(Debug)]
pub struct DeskIds(Ids);

impl casebook_app::Ids for DeskIds {
    fn ordered(&self) -> Uuid {
        self.0.next()
    }

    fn random(&self) -> Uuid {
        uuid::Builder::from_random_bytes(*self.0.next().as_bytes()).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        for part in secret.chunks_mut(8) {
            let half = self.0.next().as_u64_pair();
            part.copy_from_slice(&mix(half.0 ^ half.1).to_be_bytes());
        }
        secret
    }
}

/// A database, a folder for blobs and an application over them.
pub struct Desk {
    /// The database.
    pub database: TestDatabase,
    /// The application.
    pub app: App,
    blobs: Arc<TempDir>,
    seeds: AtomicU64,
}

/// What a test may replace.
pub struct DeskParts {
    /// Reads raw mail.
    pub parser: Arc<dyn MailParser>,
    /// Section `[intake]`.
    pub intake: IntakeSettings,
    /// Section `[forward]`.
    pub forward: ForwardSettings,
    /// Section `[triage]`.
    pub triage: TriageSettings,
    /// Section `[delivery]`.
    pub delivery: DeliverySettings,
    /// Sending events to subscribers.
    pub webhooks: WebhookParts,
}

impl Default for DeskParts {
    fn default() -> Self {
        Self {
            parser: Arc::new(EmailParser::default()),
            intake: IntakeSettings::default(),
            forward: ForwardSettings::default(),
            triage: TriageSettings::default(),
            delivery: DeliverySettings::default(),
            webhooks: WebhookParts::none(),
        }
    }
}

impl Desk {
    /// A desk with the shipped policy of [`TENANT`] in force.
    pub async fn open(database: TestDatabase) -> Self {
        Self::with(database, DeskParts::default()).await
    }

    /// A desk with parts of the test's choice.
    pub async fn with(database: TestDatabase, parts: DeskParts) -> Self {
        let store = database.open().await;
        let blobs = Arc::new(
            tempfile::Builder::new().prefix("casebook-blobs-").tempdir().expect("a folder"),
        );
        let app = start(store, blobs.path(), clock_of(&database), parts, 1)
            .await
            .expect("the application starts");
        let desk = Self { database, app, blobs, seeds: AtomicU64::new(2) };
        desk.publish(&shipped(TENANT)).await;
        desk
    }

    /// Brings a policy into force.
    pub async fn publish(&self, policy: &Policy) {
        self.app.publish_policy(&operator(), policy, None).await.expect("the policy is published");
    }

    /// Ends the application and starts another one over the same data.
    pub async fn restart(self) -> Self {
        self.restart_with(DeskParts::default()).await
    }

    /// The same, with parts of the test's choice.
    pub async fn restart_with(self, parts: DeskParts) -> Self {
        let Self { database, app, blobs, seeds } = self;
        app.store().clone().close().await;
        drop(app);
        let seed = seeds.fetch_add(1, Ordering::Relaxed);
        let store = database.open().await;
        let app = start(store, blobs.path(), clock_of(&database), parts, seed).await;
        Self { app: app.expect("the application starts"), database, blobs, seeds }
    }

    /// Ends the application and leaves its data to others.
    pub async fn close(self) -> (TestDatabase, TempDir) {
        let Self { database, app, blobs, .. } = self;
        app.store().clone().close().await;
        drop(app);
        (database, Arc::into_inner(blobs).expect("nobody else holds the folder"))
    }

    /// A second application over the same data, as in another process.
    pub async fn beside(&self) -> App {
        self.on(self.database.open_beside().await).await
    }

    /// A further application on a store of the test's choice.
    pub async fn on(&self, store: Store) -> App {
        self.try_on(store, DeskParts::default()).await.expect("the application starts")
    }

    /// A further application on a store and with parts of the test's choice.
    ///
    /// # Errors
    /// What [`App::new`] says.
    pub async fn try_on(&self, store: Store, parts: DeskParts) -> Result<App, AppError> {
        let seed = self.seeds.fetch_add(1, Ordering::Relaxed);
        start(store, self.blobs.path(), clock_of(&self.database), parts, seed).await
    }

    /// A store of the same database by way of `url`, with the settings given.
    pub async fn store_at(&self, url: &str, settings: StoreSettings) -> Store {
        let clock = Arc::clone(&self.database.clock);
        open_at(url, Mode::Write, settings, clock).await.expect("the store opens")
    }

    /// Folder of the blobs.
    pub fn blob_folder(&self) -> &Path {
        self.blobs.path()
    }

    /// Receives a mail that must be received.
    pub async fn receive(&self, mail: &Mail) -> Received {
        self.try_receive(mail).await.expect("the mail is received")
    }

    /// Receives a mail.
    ///
    /// # Errors
    /// What [`App::receive_email`] says.
    pub async fn try_receive(&self, mail: &Mail) -> Result<Received, AppError> {
        receive(&self.app, mail).await
    }

    /// Receives a mail as old mail of [`TENANT`].
    pub async fn import(&self, mail: &Mail) -> Received {
        let arrival = Arrival::Import { tenant: TENANT.to_owned(), inbox: None };
        let request = ReceiveEmail { raw: mail.raw(), arrival };
        self.app.receive_email(&operator(), request).await.expect("the mail is imported")
    }

    /// Every event of the log, after checking the log's promises.
    pub async fn log(&self) -> Vec<StoredEvent> {
        inspect::check_log(self.app.store().log()).await
    }

    /// Number of events in the log.
    pub async fn length(&self) -> u64 {
        self.app.store().log().last_position().await.expect("the last position")
    }

    /// Events after a position, decoded.
    pub async fn after(&self, position: u64) -> Vec<Event> {
        let events = self.log().await;
        events.iter().filter(|event| event.position > position).map(decode).collect()
    }

    /// Events of a ticket.
    pub async fn ticket(&self, ticket: Option<TicketId>) -> Vec<TicketEvent> {
        self.stream(ticket.expect("a ticket")).await
    }

    /// Events of a conversation.
    pub async fn conversation(&self, conversation: ConversationId) -> Vec<ConversationEvent> {
        self.stream(conversation).await
    }

    /// The event of a received message.
    pub async fn message(&self, received: &Received) -> MessageReceived {
        self.find_message(received.conversation_id, received.message_id).await
    }

    async fn find_message(&self, place: ConversationId, id: MessageId) -> MessageReceived {
        let events = self.conversation(place).await;
        let found = events.into_iter().find_map(|event| match event {
            ConversationEvent::MessageReceived(message) if message.message_id == id => {
                Some(*message)
            }
            _ => None,
        });
        found.expect("the message")
    }

    async fn stream<E: LogEvent>(&self, id: impl ToString) -> Vec<E> {
        let stream = StreamId::new(E::STREAM_KIND, id.to_string());
        let stored = self.app.store().log().read_stream(&stream, 0, 100_000).await;
        let decode = |event: &StoredEvent| {
            E::decode(&event.event_type, &event.event_version, &event.payload).expect("an event")
        };
        stored.expect("the stream").iter().map(decode).collect()
    }
}

/// Somebody at the console.
pub const fn operator() -> Access {
    Access::operator("test")
}

/// Receives a mail by any application.
///
/// # Errors
/// What [`App::receive_email`] says.
pub async fn receive(app: &App, mail: &Mail) -> Result<Received, AppError> {
    receive_raw(app, mail.raw(), &mail.envelope_to).await
}

/// Receives raw bytes for an address by any application.
///
/// # Errors
/// What [`App::receive_email`] says.
pub async fn receive_raw(app: &App, raw: Bytes, to: &str) -> Result<Received, AppError> {
    let arrival = Arrival::Live { envelope_to: to.to_owned(), envelope_from: None };
    app.receive_email(&operator(), ReceiveEmail { raw, arrival }).await
}

/// Reads a stored event of the domain.
///
/// # Panics
/// When it is none.
pub fn decode(stored: &StoredEvent) -> Event {
    let kind = stored.stream.kind.as_str();
    let event = Event::decode(kind, &stored.event_type, &stored.event_version, &stored.payload);
    event.expect("an event of a known form").expect("an event of the domain")
}

/// The policy of a tenant as it is shipped.
pub fn shipped(tenant: &str) -> Policy {
    Policy::from_files(&shipped_files(tenant)).expect("the shipped policy is sound")
}

/// The files of a shipped tenant, by path inside its folder.
pub fn shipped_files(tenant: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tenants").join(tenant);
    let mut files = BTreeMap::new();
    let mut pending = vec![folder.clone()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(&next).expect("the tenant's folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(&folder).expect("a path below").to_string_lossy();
                let text = std::fs::read_to_string(&path).expect("a text");
                files.insert(name.into_owned(), text);
            }
        }
    }
    files
}

fn clock_of(database: &TestDatabase) -> Arc<dyn Clock> {
    Arc::clone(&database.clock) as _
}

/// An application on a store, with identifiers that depend on `seed` only.
///
/// # Errors
/// What [`App::new`] says.
pub async fn start(
    store: Store,
    blobs: &Path,
    clock: Arc<dyn Clock>,
    parts: DeskParts,
    seed: u64,
) -> Result<App, AppError> {
    let url = blobs.to_string_lossy().into_owned();
    let blobs = Blobs::open(&BlobSettings { url, ..BlobSettings::default() });
    App::new(Parts {
        store,
        blobs: blobs.expect("the folder of the blobs"),
        parser: parts.parser,
        ids: Arc::new(DeskIds(Ids::new(seed))),
        clock,
        intake: parts.intake,
        forward: parts.forward,
        triage: parts.triage,
        delivery: parts.delivery,
        webhooks: parts.webhooks,
        cache_aggregates_max: CACHE,
    })
    .await
}
