//! A history: events of several streams in the order of the log.

use std::collections::{BTreeMap, HashMap};

use casebook_domain::Timestamp;
use casebook_domain::event::{Event, LogEvent};
use casebook_domain::ids::ConversationId;
use casebook_store::{
    Append, AppendError, Expected, NewEvent, Store, StoredEvent, StreamId, Write,
};
use uuid::Uuid;

use crate::Recorded;

/// Events of one tenant in the order of the log, grouped as they are appended.
#[derive(Clone, Debug, Default)]
pub struct History {
    appends: Vec<Batch>,
}

/// What one append writes.
#[derive(Clone, Debug)]
struct Batch {
    tenant: String,
    metadata: BTreeMap<String, String>,
    events: Vec<(StreamId, NewEvent)>,
}

impl History {
    /// A history without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the next append.
    pub fn begin(&mut self, tenant: &str) {
        let metadata = BTreeMap::from([("actor".to_owned(), "system:test".to_owned())]);
        self.appends.push(Batch { tenant: tenant.to_owned(), metadata, events: Vec::new() });
    }

    /// Begins the next append, about a conversation.
    pub fn begin_in(&mut self, tenant: &str, conversation: ConversationId) {
        self.begin(tenant);
        if let Some(batch) = self.appends.last_mut() {
            batch.metadata.insert("correlation_id".to_owned(), conversation.to_string());
        }
    }

    /// Adds an event to the append that was begun last.
    pub fn push<E: LogEvent>(&mut self, id: impl ToString, event: &E) {
        let made = NewEvent {
            event_id: fresh_id(),
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload: serde_json::to_string(event).unwrap_or_default(),
        };
        self.push_raw(StreamId::new(E::STREAM_KIND, id.to_string()), made);
    }

    /// Adds an event of a contact that no program can read.
    pub fn push_unreadable(&mut self, payload: &str) {
        let event = NewEvent {
            event_id: fresh_id(),
            event_type: "ContactWrote".to_owned(),
            event_version: "9".to_owned(),
            payload: payload.to_owned(),
        };
        self.push_raw(StreamId::new("contact", Uuid::nil().to_string()), event);
    }

    /// Adds an event as it stands in the log, readable or not.
    pub fn push_raw(&mut self, stream: StreamId, event: NewEvent) {
        if let Some(batch) = self.appends.last_mut() {
            batch.events.push((stream, event));
        }
    }

    /// Everything of `other` after everything of this one.
    pub fn extend(&mut self, other: Self) {
        self.appends.extend(other.appends);
    }

    /// Several histories that go on at the same time, append by append.
    pub fn side_by_side(histories: Vec<Self>) -> Self {
        let mut rest: Vec<_> = histories.into_iter().map(|one| one.appends.into_iter()).collect();
        let mut appends = Vec::new();
        while !rest.is_empty() {
            rest.retain_mut(|one| match one.next() {
                Some(batch) => {
                    appends.push(batch);
                    true
                }
                None => false,
            });
        }
        Self { appends }
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.appends.iter().map(|batch| batch.events.len()).sum()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The events as a fold sees them, from position 1; those that cannot be read are left out.
    pub fn recorded(&self) -> Vec<Recorded<Event>> {
        let stored = self.stored().into_iter();
        stored.filter_map(|stored| Recorded::decode(stored).ok().flatten()).collect()
    }

    /// The events as the log holds them, from position 1.
    pub fn stored(&self) -> Vec<StoredEvent> {
        let mut versions: HashMap<&StreamId, u64> = HashMap::new();
        let all = self
            .appends
            .iter()
            .flat_map(|batch| batch.events.iter().map(move |event| (batch, event)));
        let stored = all.zip(1..).map(|((batch, (stream, event)), position)| {
            let version = versions.entry(stream).or_default();
            *version += 1;
            StoredEvent {
                position,
                stream: stream.clone(),
                version: *version,
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                payload: event.payload.clone(),
                metadata: serde_json::to_string(&batch.metadata).unwrap_or_default(),
                tenant: batch.tenant.clone(),
                command_id: Uuid::nil(),
                recorded_at: Timestamp::from_seconds(i64::try_from(position).unwrap_or(0)),
            }
        });
        stored.collect()
    }

    /// Appends everything; returns the last position.
    ///
    /// # Errors
    /// [`AppendError`] as the log gives it.
    pub async fn append(&self, store: &Store) -> Result<u64, AppendError> {
        let mut last = 0;
        for batch in &self.appends {
            let mut writes: Vec<Write> = Vec::new();
            for (stream, event) in &batch.events {
                match writes.iter_mut().find(|write| write.stream == *stream) {
                    Some(write) => write.events.push(event.clone()),
                    None => writes.push(Write {
                        stream: stream.clone(),
                        expected: Expected::Any,
                        events: vec![event.clone()],
                    }),
                }
            }
            let append = Append {
                tenant: batch.tenant.clone(),
                command_id: fresh_id(),
                fingerprint: String::new(),
                keys: Vec::new(),
                blobs: Vec::new(),
                writes,
                metadata: batch.metadata.clone(),
                outcome: None,
            };
            last = store.log().append(append).await?.last_position;
        }
        Ok(last)
    }
}

/// An identifier of an event or a command.
#[expect(
    clippy::disallowed_methods,
    reason = "histories are appended to logs that others have written to; no check looks at it"
)]
pub(super) fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
