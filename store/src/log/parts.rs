//! Several parts of several streams in one statement.

use super::{Log, MAX_STREAMS, StoredEvent, StreamId};
use crate::StoreError;
use crate::backend::Backend;

/// A part of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamPart {
    /// The stream.
    pub stream: StreamId,
    /// Events behind this version.
    pub after: u64,
    /// Events up to this version, itself included.
    pub up_to: u64,
}

impl Log {
    /// All events of these parts, by position and in one statement. Versions have no holes, so the
    /// caller knows beforehand how many events that are.
    ///
    /// # Errors
    /// As [`Db::query`](crate::Db::query); [`StoreError::Invalid`] for more than [`MAX_STREAMS`]
    /// parts.
    pub async fn read_parts(&self, parts: &[StreamPart]) -> Result<Vec<StoredEvent>, StoreError> {
        if parts.len() > MAX_STREAMS {
            return Err(StoreError::Invalid(format!("more than {MAX_STREAMS} parts at once")));
        }
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        crate::db::note_statement();
        let rows = parts.iter().map(|part| {
            let StreamPart { stream, after, up_to } = part;
            serde_json::json!({ "kind": stream.kind, "id": stream.id, "after": after, "up_to": up_to })
        });
        let rows = serde_json::Value::from_iter(rows).to_string();
        let mut found = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.parts(rows).await,
            Backend::Postgres(postgres) => postgres.parts(rows).await,
        }?;
        found.sort_unstable_by_key(|event| event.position);
        Ok(found)
    }
}
