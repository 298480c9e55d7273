//! What may be seen: every query asks one read model, narrowed to the tenants of the actor.
//!
//! Identifiers of other tenants are answered as if they did not exist.

mod analytics;
mod as_of;
mod by_id;
mod decisions;
mod files;
mod health;
mod lists;
mod position;
mod queue;
mod related;
mod tenants;

pub use casebook_domain::Timestamp;
pub use casebook_projections::analytics as figures;
pub use casebook_projections::contacts::{ContactKey, ContactRow};
pub use casebook_projections::conversations::{
    ConversationFilter, ConversationKey, ConversationRow, ShownStatus,
};
pub use casebook_projections::decisions::{DecisionKey, DecisionKind, DecisionRow};
pub use casebook_projections::messages::{ForwardState, MessageKey, MessageRow};
pub use casebook_projections::notes::NoteRow;
pub use casebook_projections::replies::{AttemptOutcome, DeliveryAttempt, Reply};
pub use casebook_projections::tickets::{
    Assignee, QueueFilter, QueueKey, ReplacementState, ReplyState, TicketKey, TicketRow,
};
pub use casebook_projections::{
    AsOf, BuildPhase, BuildStatus, Comparison, Page, Pages, QueueAsOf, RebuildReport, Slice,
};
pub use casebook_store::Cursor;

pub use analytics::{
    AnalyticsAnswer, AnalyticsLimits, AnalyticsRequest, Provenance, SnapshotsAnswer,
    SnapshotsRequest,
};
pub use as_of::Moment;
pub use files::{File, FileKind};
pub use health::{ReadModelState, Readiness};
pub use queue::QueueRequest;
pub use tenants::{CategoryView, InboxView, TenantView};

use casebook_projections::TenantScope;

use crate::{Access, App, AppError, Permission};

impl App {
    /// The tenants whose rows the actor may read.
    pub(crate) fn scope(&self, access: &Access) -> Result<TenantScope, AppError> {
        access.require(Permission::Read)?;
        Ok(TenantScope { tenants: access.visible(self.policies().tenants()) })
    }

    /// The scope of one tenant, which the actor must be allowed to see.
    pub(crate) fn scope_of(&self, access: &Access, tenant: &str) -> Result<TenantScope, AppError> {
        let mut scope = self.scope(access)?;
        scope.tenants.retain(|name| name == tenant);
        if scope.tenants.is_empty() {
            return Err(AppError::NotFound("tenant"));
        }
        Ok(scope)
    }
}
