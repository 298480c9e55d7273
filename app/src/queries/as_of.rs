//! What was: queries as of an earlier position, answered from the log by the live rows' own folds.

use casebook_projections::{AsOf, QueueAsOf, TenantScope, shows_open_only};
use casebook_store::Cursor;

use super::{QueueRequest, Timestamp};
use crate::{Access, App, AppError, Permission};

/// A moment of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Right after the event at a position.
    Position(Cursor),
    /// After the last event that was recorded at or before an instant.
    Time(Timestamp),
}

impl App {
    /// The position that a moment stands for.
    ///
    /// # Errors
    /// `INVALID` for a position of another log or beyond the end, and for an instant that has not
    /// come yet; `FORBIDDEN` without the permission to read.
    pub async fn position_of(&self, access: &Access, moment: Moment) -> Result<u64, AppError> {
        access.require(Permission::Read)?;
        match moment {
            Moment::Position(cursor) => self.position_in_log(access, "asOf", cursor).await,
            Moment::Time(at) if at > self.now() => {
                Err(AppError::invalid("asOf", format!("{at} lies in the future")))
            }
            Moment::Time(at) => Ok(self.store().log().position_at(at).await?),
        }
    }

    /// What the actor may see as of a position that [`App::position_of`] gave.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to read, `UNAVAILABLE` without a database.
    pub async fn as_of(&self, access: &Access, position: u64) -> Result<AsOf, AppError> {
        self.as_of_in(self.scope(access)?, position).await
    }

    /// The queue as of a position, for [`QueueAsOf::page`] with the same filter.
    ///
    /// # Errors
    /// `NOT_FOUND` for a tenant that the actor may not see, `INVALID` for a filter that asks for
    /// other than open tickets, else as [`App::as_of`].
    pub async fn queue_as_of(
        &self,
        access: &Access,
        request: &QueueRequest,
        position: u64,
    ) -> Result<QueueAsOf, AppError> {
        if !shows_open_only(&request.filter) {
            let message = "as of an earlier position only tickets are known that still needed \
                           somebody: name no status RESOLVED or CLOSED, no setAside, and no \
                           replyState without a status";
            return Err(AppError::invalid("filter", message));
        }
        let scope = self.queue_scope(access, request)?;
        let then = self.as_of_in(scope, position).await?;
        Ok(then.queue().await?)
    }

    async fn as_of_in(&self, scope: TenantScope, position: u64) -> Result<AsOf, AppError> {
        Ok(AsOf::new(self.store(), scope, position).await?)
    }
}
