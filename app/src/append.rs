//! From decided events to one append, and the locks that keep neighbours from colliding.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, RandomState};

use casebook_domain::event::LogEvent;
use casebook_store::{Append, Expected, KeyClaim, NewBlob, NewEvent, StreamId, Write};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::{Access, App, AppError, Ids};

/// Collects one command's events over its streams.
pub(crate) struct Command {
    append: Append,
}

impl Command {
    /// A command with a name (such as `ReceiveEmail`), an id and a fingerprint of its content.
    pub(crate) fn new(
        access: &Access,
        tenant: &str,
        name: &'static str,
        command_id: Uuid,
        fingerprint: impl Into<String>,
    ) -> Self {
        let metadata = BTreeMap::from([
            ("actor".to_owned(), access.actor().to_string()),
            ("command".to_owned(), name.to_owned()),
        ]);
        Self {
            append: Append {
                tenant: tenant.to_owned(),
                command_id,
                fingerprint: fingerprint.into(),
                keys: Vec::new(),
                blobs: Vec::new(),
                writes: Vec::new(),
                metadata,
                outcome: None,
            },
        }
    }

    /// Adds a metadata field that all events share.
    pub(crate) fn tell(mut self, name: &str, value: impl Into<String>) -> Self {
        self.append.metadata.insert(name.to_owned(), value.into());
        self
    }

    /// Keeps the command's answer with it.
    pub(crate) fn answer(mut self, outcome: impl Into<String>) -> Self {
        self.append.outcome = Some(outcome.into());
        self
    }

    /// Stores bytes together with the events.
    pub(crate) fn store(&mut self, blobs: &[NewBlob]) {
        self.append.blobs.extend_from_slice(blobs);
    }

    /// Claims an outside identity.
    pub(crate) fn claim(&mut self, kind: &str, key: impl Into<String>, value: impl Into<String>) {
        self.append.keys.push(KeyClaim {
            kind: kind.to_owned(),
            key: key.into(),
            value: value.into(),
        });
    }

    /// Adds the events that an aggregate at `version` decided; none are fine.
    ///
    /// # Errors
    /// A fault when an event cannot be written as JSON.
    pub(crate) fn write<E: LogEvent>(
        &mut self,
        ids: &dyn Ids,
        id: &impl ToString,
        version: u64,
        events: &[E],
    ) -> Result<(), AppError> {
        if events.is_empty() {
            return Ok(());
        }
        let events = events
            .iter()
            .map(|event| {
                Ok(NewEvent {
                    event_id: ids.ordered(),
                    event_type: event.event_type(),
                    event_version: event.event_version(),
                    payload: serde_json::to_string(event).map_err(AppError::fault)?,
                })
            })
            .collect::<Result<Vec<_>, AppError>>()?;
        self.append.writes.push(Write {
            stream: StreamId::new(E::STREAM_KIND, id.to_string()),
            expected: Expected::Version(version),
            events,
        });
        Ok(())
    }

    /// The append.
    pub(crate) fn into_append(self) -> Append {
        self.append
    }
}

/// Number of locks over which keys are spread.
const LOCK_SHARDS: usize = 256;

/// Locks by key within this process. They only spare retries: correctness comes from the
/// versions that each append expects.
pub(crate) struct KeyedLocks {
    hasher: RandomState,
    shards: Vec<Mutex<()>>,
}

impl Default for KeyedLocks {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: std::iter::repeat_with(Mutex::default).take(LOCK_SHARDS).collect(),
        }
    }
}

impl KeyedLocks {
    /// Waits for the lock of `key`.
    pub(crate) async fn lock(&self, key: &impl Hash) -> MutexGuard<'_, ()> {
        let shard = usize::try_from(self.hasher.hash_one(key)).unwrap_or(usize::MAX) % LOCK_SHARDS;
        self.shards[shard].lock().await
    }
}

impl App {
    /// Forgets cached aggregates of streams that were written, so that the next load is fresh.
    pub(crate) fn evict<'a>(&self, streams: impl IntoIterator<Item = &'a StreamId>) {
        for stream in streams {
            let id = &stream.id;
            match stream.kind.as_str() {
                "contact" => self.inner.contacts.evict(id),
                "conversation" => self.inner.conversations.evict(id),
                "ticket" => self.inner.tickets.evict(id),
                "policy" => self.inner.policy_logs.evict(id),
                _ => {}
            }
        }
    }
}
