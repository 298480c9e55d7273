//! The queue: pages and count.

use casebook_projections::tickets::{queue_count, queue_page};

use super::{Page, QueueFilter, QueueKey, Slice, TicketRow};
use crate::{Access, App, AppError};

/// What part of the queue is asked for.
#[derive(Clone, Debug)]
pub struct QueueRequest {
    /// Only this tenant; `None` means all that the actor may see.
    pub tenant: Option<String>,
    /// Which tickets.
    pub filter: QueueFilter,
}

impl App {
    /// One page of the queue in its order: priority, then oldest first.
    ///
    /// # Errors
    /// `NOT_FOUND` for a tenant that the actor may not see.
    pub async fn queue(
        &self,
        access: &Access,
        request: &QueueRequest,
        slice: &Slice<QueueKey>,
    ) -> Result<Page<TicketRow>, AppError> {
        let scope = self.queue_scope(access, request)?;
        Ok(queue_page(self.store().db(), &scope, &request.filter, slice).await?)
    }

    /// Number of entries of the queue.
    ///
    /// # Errors
    /// As [`App::queue`].
    pub async fn queue_count(
        &self,
        access: &Access,
        request: &QueueRequest,
    ) -> Result<u64, AppError> {
        let scope = self.queue_scope(access, request)?;
        Ok(queue_count(self.store().db(), &scope, &request.filter).await?)
    }

    pub(super) fn queue_scope(
        &self,
        access: &Access,
        request: &QueueRequest,
    ) -> Result<casebook_projections::TenantScope, AppError> {
        match &request.tenant {
            Some(tenant) => self.scope_of(access, tenant),
            None => self.scope(access),
        }
    }
}
