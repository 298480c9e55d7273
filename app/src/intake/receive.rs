//! Receives a raw mail: blob first, then one append with receipt, thread, contact, gates, ticket.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use casebook_domain::Timestamp;
use casebook_domain::conversation::{IMPORT, SetAside};
use casebook_domain::ids::{ContactId, ConversationId, MessageId, TicketId};
use casebook_domain::mail::{Automatic, PARSER_PANIC, ParsedMail};
use casebook_domain::ticket::TicketGated;
use casebook_store::{AppendError, BlobHash, StreamId, Turn};
use tracing::Instrument;

use super::compose::{Composed, Incoming, Sender};
use super::judge::origin;
use super::pause::pause;
use super::place::{NewMessage, Place, Placed};
use crate::policy::{InForce, Route};
use crate::{Access, App, AppError, MailParser, Permission, trace};

/// Raw mails above this size are parsed on a thread of their own, so that one large mail does
/// not hold up others. In bytes.
const PARSE_APART_BYTES: usize = 256 * 1024;

/// How a mail came to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Just now, from the mail route, for the address on its envelope.
    Live {
        /// Recipient on the envelope.
        envelope_to: String,
        /// Sender on the envelope, where known.
        envelope_from: Option<String>,
    },
    /// Old mail, for this inbox whatever its To line says; never forwarded, counted at its date.
    Import {
        /// The tenant.
        tenant: String,
        /// The inbox; `None` takes the tenant's first e-mail inbox.
        inbox: Option<String>,
    },
}

/// A raw mail to be received.
#[derive(Clone, Debug)]
pub struct ReceiveEmail {
    /// The mail's bytes.
    pub raw: Bytes,
    /// How it came.
    pub arrival: Arrival,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceivedAs {
    /// It opened or joined a ticket, or joined a conversation quietly.
    Message,
    /// It is nobody's work.
    SetAside(SetAside),
    /// It was here before; nothing changed.
    Duplicate,
}

/// Answer to a message that is safe on disk.
#[derive(Clone, Debug)]
pub struct Received {
    /// What became of it.
    pub outcome: ReceivedAs,
    /// The tenant it belongs to.
    pub tenant: String,
    /// The inbox it came in by.
    pub inbox: String,
    /// The message.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its ticket, when it is somebody's work.
    pub ticket_id: Option<TicketId>,
    /// Its contact, when it was received now.
    pub contact_id: Option<ContactId>,
    /// The gates' decision, when one fired now.
    pub gated: Option<TicketGated>,
    /// Whether a program wrote it, our own inboxes known.
    pub automatic: Option<Automatic>,
    /// Position that the log reached.
    pub position: u64,
    /// What was read out of the mail.
    pub mail: Arc<ParsedMail>,
}

impl ReceivedAs {
    /// The outcome in one word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::SetAside(_) => "set_aside",
            Self::Duplicate => "duplicate",
        }
    }
}

impl App {
    /// Receives a raw mail. When this answers, the mail is safe on disk.
    ///
    /// # Errors
    /// `NOT_FOUND` when no tenant owns the address, `LIMIT` above `intake.mail_bytes_max`,
    /// `UNAVAILABLE` when the mail could not be made safe.
    pub async fn receive_email(
        &self,
        access: &Access,
        request: ReceiveEmail,
    ) -> Result<Received, AppError> {
        let span = trace::receiving();
        let received = self.receive_email_untold(access, request).instrument(span.clone()).await;
        trace::received(&span, received.as_ref().ok());
        trace::ended(&span, received)
    }

    async fn receive_email_untold(
        &self,
        access: &Access,
        request: ReceiveEmail,
    ) -> Result<Received, AppError> {
        access.require(Permission::Intake)?;
        let started = Instant::now();
        let limit = self.inner.parts.intake.mail_bytes_max;
        if request.raw.len() > limit {
            let message = format!("the mail has more than {limit} bytes");
            return Err(AppError::Limit { name: "intake.mail_bytes_max", message });
        }
        let route = self.route(access, &request.arrival)?;
        let tenant = route.in_force.policy.tenant.clone();
        let inline_max = self.inner.parts.intake.inline_raw_bytes_max;
        let kept = self.keep_raw(&tenant, request.raw.clone(), inline_max);
        let (raw, mail) = tokio::join!(kept, self.parse(request.raw.clone()));
        let now = self.clock().now();
        let (at, envelope) = match &request.arrival {
            Arrival::Live { envelope_to, envelope_from } => {
                (now, (Some(envelope_to.clone()), envelope_from.clone()))
            }
            Arrival::Import { .. } => (imported_at(&mail, now), (None, None)),
        };
        let incoming = Incoming {
            live: matches!(request.arrival, Arrival::Live { .. }),
            route,
            mail: Arc::new(mail),
            raw: raw?,
            transport: match request.arrival {
                Arrival::Live { .. } => "smtp",
                Arrival::Import { .. } => IMPORT,
            },
            envelope_to: envelope.0,
            envelope_from: envelope.1,
            received_at: now,
            at,
            thread: None,
            own_id: None,
            dedupe_key: None,
            customer_name: None,
            started,
        };
        self.receive(access, incoming).await
    }

    /// Takes in a message whose raw bytes are safe; again when other writers got in between. The
    /// last attempt has a turn of its own, so that no burst of other processes can outrun it.
    pub(super) async fn receive(
        &self,
        access: &Access,
        incoming: Incoming,
    ) -> Result<Received, AppError> {
        let retries = self.inner.parts.intake.conflict_retries_max;
        let mut attempt = 0;
        loop {
            let received = match attempt {
                0 => self.attempt(access, &incoming, false).await,
                last if last == retries => self.attempt_undisturbed(access, &incoming).await,
                _ => self.attempt(access, &incoming, true).await,
            };
            match received {
                Ok(received) => return Ok(received),
                Err(NotReceived::Raced(_)) if attempt < retries => {
                    attempt += 1;
                    metrics::counter!("casebook_intake_retries_total").increment(1);
                    let first_ms = self.inner.parts.intake.conflict_pause_ms;
                    let digest = &incoming.mail.content_digest;
                    tokio::time::sleep(pause(digest, attempt, first_ms)).await;
                }
                Err(NotReceived::Raced(error) | NotReceived::Failed(error)) => return Err(error),
            }
        }
    }

    /// Decides and appends once; `fresh` reads what other writers appended meanwhile.
    async fn attempt(
        &self,
        access: &Access,
        incoming: &Incoming,
        fresh: bool,
    ) -> Result<Received, NotReceived> {
        let mut sender = Sender::of(incoming);
        let message = match self.place(incoming, &mut sender).await? {
            Placed::Known(place) => return Ok(self.known(incoming, place).await?),
            Placed::New(message) => *message,
        };
        let _contact = self.inner.contact_locks.lock(&sender.hash).await;
        let _thread = self.inner.conversation_locks.lock(&message.conversation_id).await;
        let composed = self.decide(access, incoming, message, &sender, fresh).await?;
        self.record(incoming, composed, &sender, None).await
    }

    /// Decides and appends while nobody else may.
    async fn attempt_undisturbed(
        &self,
        access: &Access,
        incoming: &Incoming,
    ) -> Result<Received, NotReceived> {
        let mut sender = Sender::of(incoming);
        let _contact = self.inner.contact_locks.lock(&sender.hash).await;
        let turn = self.store().log().turn().await.map_err(NotReceived::raced)?;
        let message = match self.place(incoming, &mut sender).await? {
            Placed::Known(place) => return Ok(self.known(incoming, place).await?),
            Placed::New(message) => *message,
        };
        let composed = self.decide(access, incoming, message, &sender, true).await?;
        self.record(incoming, composed, &sender, Some(turn)).await
    }

    async fn decide(
        &self,
        access: &Access,
        incoming: &Incoming,
        message: NewMessage,
        sender: &Sender,
        fresh: bool,
    ) -> Result<Composed, NotReceived> {
        let span = trace::deciding(&incoming.route.in_force.version);
        let composed = self.compose(access, incoming, message, sender, fresh);
        let composed = composed.instrument(span.clone()).await;
        if let Ok(Composed { answer: Received { gated: Some(gated), .. }, .. }) = &composed {
            span.record("casebook.gate", gated.code.as_str());
        }
        composed
    }

    async fn record(
        &self,
        incoming: &Incoming,
        composed: Composed,
        sender: &Sender,
        turn: Option<Turn>,
    ) -> Result<Received, NotReceived> {
        let Composed { append, next, answer } = composed;
        let streams: Vec<StreamId> = append.writes.iter().map(|w| w.stream.clone()).collect();
        let appended = match turn {
            Some(turn) => turn.append(append).await,
            None => self.store().log().append(append).await,
        };
        match appended {
            Ok(appended) if appended.repeated => {
                // Another delivery was first; what it recorded counts, not what was decided here.
                self.evict(&streams);
                let recorded = appended.outcome.as_deref().and_then(Place::parse);
                let place = recorded.ok_or_else(|| AppError::fault("a message without place"))?;
                Ok(self.known(incoming, place).await?)
            }
            Ok(appended) => {
                self.keep(next);
                if let (Some(hash), Some(id)) = (&sender.hash, answer.contact_id) {
                    self.remember_contact(&answer.tenant, hash, id);
                }
                Ok(Received { position: appended.last_position, ..answer })
            }
            Err(error) => {
                self.evict(&streams);
                match error {
                    AppendError::Conflict { .. } | AppendError::KeyTaken { .. } => {
                        Err(NotReceived::raced(error))
                    }
                    error => Err(NotReceived::Failed(error.into())),
                }
            }
        }
    }

    /// The answer to a message that was here before.
    async fn known(&self, incoming: &Incoming, place: Place) -> Result<Received, AppError> {
        Ok(Received {
            outcome: ReceivedAs::Duplicate,
            tenant: incoming.route.in_force.policy.tenant.clone(),
            inbox: incoming.route.inbox.clone(),
            message_id: place.message_id,
            conversation_id: place.conversation_id,
            ticket_id: place.ticket_id,
            contact_id: None,
            gated: None,
            automatic: origin(incoming),
            position: self.store().log().last_position().await?,
            mail: incoming.mail.clone(),
        })
    }

    fn route(&self, access: &Access, arrival: &Arrival) -> Result<Route, AppError> {
        let route = match arrival {
            Arrival::Live { envelope_to, .. } => {
                self.policies().route(envelope_to).ok_or(AppError::NotFound("address"))?
            }
            Arrival::Import { tenant, inbox } => {
                let in_force = self.policies().get(tenant).ok_or(AppError::NotFound("tenant"))?;
                self.inbox_route(in_force, inbox.as_deref())?
            }
        };
        if !access.sees(&route.in_force.policy.tenant) {
            return Err(AppError::Unauthenticated);
        }
        Ok(route)
    }

    /// The named inbox of a tenant, else its first e-mail inbox, else its first.
    pub(super) fn inbox_route(
        &self,
        in_force: Arc<InForce>,
        name: Option<&str>,
    ) -> Result<Route, AppError> {
        use casebook_domain::channel::Channel;
        let inboxes = &in_force.policy.inboxes;
        let inbox = match name {
            Some(name) => in_force.policy.inbox(name),
            None => {
                let mut mail = inboxes.iter().filter(|inbox| inbox.channel == Channel::Email);
                mail.next().or(inboxes.first())
            }
        };
        let inbox = inbox.ok_or(AppError::NotFound("inbox"))?;
        Ok(Route::to(in_force.clone(), inbox))
    }

    async fn parse(&self, raw: Bytes) -> ParsedMail {
        let parser = self.inner.parts.parser.clone();
        let span = trace::parsing(raw.len());
        let mail = if raw.len() <= PARSE_APART_BYTES {
            parse_guarded(parser.as_ref(), &raw)
        } else {
            let bytes = raw.clone();
            let apart = tokio::task::spawn_blocking(move || parse_guarded(parser.as_ref(), &bytes));
            apart.await.unwrap_or_else(|_| unreadable(&raw))
        };
        span.record("casebook.problems", mail.problems.len());
        mail
    }
}

/// Why an attempt to take a message in came to nothing.
pub(super) enum NotReceived {
    /// Others were faster, or what is kept in memory is behind the log; another attempt, decided
    /// on a fresh load, finds out.
    Raced(AppError),
    /// Something that another attempt does not change.
    Failed(AppError),
}

impl NotReceived {
    /// A race; to the outside, the sender should try again.
    pub(super) fn raced(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Raced(AppError::unavailable(cause))
    }
}

impl From<AppError> for NotReceived {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// Parses; a parser that panics leaves a mail that could not be read.
pub(super) fn parse_guarded(parser: &dyn MailParser, raw: &[u8]) -> ParsedMail {
    let parsed = catch_unwind(AssertUnwindSafe(|| parser.parse(raw)));
    parsed.unwrap_or_else(|_| unreadable(raw))
}

/// All that is known of a mail that no parser could read: its bytes.
fn unreadable(raw: &[u8]) -> ParsedMail {
    ParsedMail {
        problems: vec![PARSER_PANIC.to_owned()],
        content_digest: BlobHash::of(raw).to_string(),
        ..ParsedMail::default()
    }
}

/// When an imported mail counts: at its date, but never in the future.
fn imported_at(mail: &ParsedMail, now: Timestamp) -> Timestamp {
    mail.date.map_or(now, |date| date.min(now))
}
