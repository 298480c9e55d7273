//! Questions about decisions.

use casebook_domain::ids::{DecisionId, TicketId};
use casebook_store::{Db, StoreError};

use super::{DecisionRow, Decisions};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::rows_by;

/// The decisions of the scope among `ids`, in no order.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same for all questions below.
pub async fn decisions_by_ids(
    db: &Db,
    scope: &TenantScope,
    ids: &[DecisionId],
) -> Result<Vec<DecisionRow>, StoreError> {
    rows_by(db, Decisions::NAME, scope, "decision_id", ids, "").await
}

/// The decisions about these tickets, the oldest of each ticket first.
pub async fn decisions_of_tickets(
    db: &Db,
    scope: &TenantScope,
    ids: &[TicketId],
) -> Result<Vec<DecisionRow>, StoreError> {
    let tail = " ORDER BY ticket_id, created_at, position, decision_id";
    rows_by(db, Decisions::NAME, scope, "ticket_id", ids, tail).await
}
