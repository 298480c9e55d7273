//! Positions: the end of the log, and waiting until the read models have reached one.

use std::time::Duration;

use casebook_projections::audit::AuditIndex;
use casebook_projections::{Projections, ReadModel};
use casebook_store::Cursor;
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

    /// The number of a position that a client gave for `field`.
    ///
    /// # Errors
    /// `INVALID` for a position of another log or beyond the end, else as
    /// [`App::last_position`].
    pub async fn position_in_log(
        &self,
        access: &Access,
        field: &str,
        cursor: Cursor,
    ) -> Result<u64, AppError> {
        let last = self.last_position(access).await?;
        let position = cursor.position_in(self.log_id(), last);
        position.map_err(|wrong| AppError::invalid(field, wrong.to_string()))
    }

    /// Waits until the read models that people work with have reached a position, so that queries
    /// show what it holds; metrics and the audit trail follow a little later.
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
        let position = self.position_in_log(access, "waitFor", cursor).await?;
        Ok(projections.desk_caught_up(position, timeout).await?)
    }

    /// Waits until the index of the audit trail has reached a position, wherever other read models
    /// stand.
    ///
    /// # Errors
    /// As [`App::wait_for`].
    pub async fn wait_for_trail(
        &self,
        access: &Access,
        projections: &Projections,
        cursor: Cursor,
        timeout: Duration,
    ) -> Result<(), AppError> {
        let position = self.position_in_log(access, "waitFor", cursor).await?;
        Ok(projections.wait_for(AuditIndex::NAME, position, timeout).await?)
    }

    /// Waits until all read models have reached a position.
    ///
    /// # Errors
    /// As [`App::wait_for`].
    pub async fn wait_for_all(
        &self,
        access: &Access,
        projections: &Projections,
        cursor: Cursor,
        timeout: Duration,
    ) -> Result<(), AppError> {
        let position = self.position_in_log(access, "waitFor", cursor).await?;
        Ok(projections.caught_up(position, timeout).await?)
    }
}
