//! Reading single events by their positions, for lists that name them.

use super::{Log, StoredEvent};
use crate::StoreError;
use crate::backend::Backend;

/// Positions that one statement names; more are asked for in several statements.
const POSITIONS_PER_STATEMENT: usize = 2_000;

impl Log {
    /// The events at these positions, by position; positions beyond the end are left out.
    ///
    /// # Errors
    /// As [`crate::Db::query`].
    pub async fn read_at(&self, positions: &[u64]) -> Result<Vec<StoredEvent>, StoreError> {
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        positions.dedup();
        let mut events = Vec::with_capacity(positions.len());
        for part in positions.chunks(POSITIONS_PER_STATEMENT) {
            crate::db::note_statement();
            // The list travels as one parameter, so that the statement is prepared once.
            let list = serde_json::Value::from(part).to_string();
            events.extend(match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.at(list).await?,
                Backend::Postgres(postgres) => postgres.at(list).await?,
            });
        }
        Ok(events)
    }
}
