//! Reading single events by their positions, for lists that name them.

use uuid::Uuid;

use super::{Log, StoredEvent, StreamId};
use crate::db::{Row, Value};
use crate::{Dialect, StoreError};

/// Positions that one statement names; more are asked for in several statements.
const POSITIONS_PER_STATEMENT: usize = 2_000;

/// JSON as text is exactly the text that was stored.
const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type, \
     event_version, CAST(payload AS text) AS payload, CAST(metadata AS text) AS metadata, \
     tenant, command_id, recorded_at";

impl Log {
    /// The events at these positions, by position; positions beyond the end are left out.
    ///
    /// # Errors
    /// As [`crate::Db::query`].
    pub async fn read_at(&self, positions: &[u64]) -> Result<Vec<StoredEvent>, StoreError> {
        // The list travels as one parameter, so that the statement is prepared once.
        let list = match self.db.dialect() {
            Dialect::Sqlite => "SELECT value FROM json_each($1)",
            Dialect::Postgres => {
                "SELECT value::bigint FROM json_array_elements_text($1::text::json)"
            }
        };
        let sql =
            format!("SELECT {COLUMNS} FROM events WHERE position IN ({list}) ORDER BY position");
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        positions.dedup();
        let mut events = Vec::with_capacity(positions.len());
        for part in positions.chunks(POSITIONS_PER_STATEMENT) {
            let numbers: Vec<String> = part.iter().map(u64::to_string).collect();
            let list = Value::from(format!("[{}]", numbers.join(",")));
            for row in &self.db.query(&sql, &[list]).await? {
                events.push(event(row)?);
            }
        }
        Ok(events)
    }
}

fn event(row: &Row) -> Result<StoredEvent, StoreError> {
    let text = |name: &str| row.text(name).map(str::to_owned);
    let command_id = Uuid::parse_str(row.text("command_id")?).map_err(|_| StoreError::Column {
        column: "command_id".into(),
        problem: "is not a UUID",
    })?;
    Ok(StoredEvent {
        position: row.uint("position")?,
        stream: StreamId::new(text("aggregate_type")?, text("aggregate_id")?),
        version: row.uint("sequence")?,
        event_type: text("event_type")?,
        event_version: text("event_version")?,
        payload: text("payload")?,
        metadata: text("metadata")?,
        tenant: text("tenant")?,
        command_id,
        recorded_at: row.timestamp("recorded_at")?,
    })
}
