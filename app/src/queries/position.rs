//! Positions: the end of the log, and waiting until the read models have reached one.

use std::time::Duration;

use casebook_projections::{ProjectionError, Projections};
use casebook_store::{Cursor, StoreError};
use uuid::Uuid;

use crate::{Access, App, AppError, Permission};

impl App {
    /// Identifies the log; part of every position that clients keep.
    pub fn log_id(&self) -> Uuid {
        self.store().log().log_id()
    }

    /// Position of the last event of the log.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to read, `UNAVAILABLE` without a database.
    pub async fn last_position(&self, access: &Access) -> Result<u64, AppError> {
        access.require(Permission::Read)?;
        Ok(self.store().log().last_position().await?)
    }

    /// Waits until the read models have reached a position, so that queries show what it holds.
    ///
    /// # Errors
    /// `INVALID` for a cursor of another log or beyond the end, `UNAVAILABLE` when the time is
    /// over.
    pub async fn wait_for(
        &self,
        access: &Access,
        projections: &Projections,
        cursor: Cursor,
        timeout: Duration,
    ) -> Result<(), AppError> {
        let last = self.last_position(access).await?;
        let position = cursor
            .position_in(self.log_id(), last)
            .map_err(|wrong| AppError::invalid("waitFor", wrong.to_string()))?;
        projections.caught_up(position, timeout).await.map_err(of_read_model)
    }
}

/// A read model that is late or stands still may be there at the next attempt.
fn of_read_model(error: ProjectionError) -> AppError {
    match error {
        ProjectionError::Store(error) => error.into(),
        ProjectionError::Timeout { position, .. } => StoreError::Timeout { position }.into(),
        error => StoreError::Unavailable { reason: error.to_string() }.into(),
    }
}
