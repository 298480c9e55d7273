//! Pages of decisions, the newest first.

use casebook_domain::Timestamp;
use casebook_domain::ids::{DecisionId, TicketId};
use casebook_store::{Db, StoreError};

use super::{DecisionRow, Decisions};
use crate::columns::select_list;
use crate::page::{Page, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::Statement;

/// Place of a decision in the order of all decisions: the newest first, then its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionKey {
    /// When it was recorded.
    pub created_at: Timestamp,
    /// The decision.
    pub decision_id: DecisionId,
}

impl DecisionRow {
    /// Where the row stands in the order of all decisions.
    pub const fn decision_key(&self) -> DecisionKey {
        DecisionKey { created_at: self.created_at, decision_id: self.decision_id }
    }
}

/// One page of the decisions of the scope, or of those about one ticket; the newest first.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub async fn decisions_page(
    db: &Db,
    scope: &TenantScope,
    ticket: Option<TicketId>,
    slice: &Slice<DecisionKey>,
) -> Result<Page<DecisionRow>, StoreError> {
    if scope.tenants.is_empty() || slice.rows() == 0 {
        return Ok(Page::cut(Vec::new(), slice));
    }
    let (edge, order) = match slice {
        Slice::Forward { after, .. } => (after.map(|key| (" < ", key)), NEWEST_FIRST),
        Slice::Backward { before, .. } => (before.map(|key| (" > ", key)), OLDEST_FIRST),
    };
    // One row more than asked tells whether the list goes on.
    let limit = slice.rows() + 1;
    let mut statement = Statement::default();
    // Each tenant's part is read by index in its order; the parts are merged.
    for (number, tenant) in scope.tenants.iter().enumerate() {
        statement.push(if number == 0 { "" } else { " UNION ALL " });
        statement.push("SELECT * FROM (SELECT ").push(&select_list::<DecisionRow>());
        statement.push(" FROM ").push(Decisions::NAME).push(" WHERE tenant = ").bind(tenant);
        if let Some(ticket) = ticket {
            statement.push(" AND ticket_id = ").bind(ticket.to_string());
        }
        if let Some((comparison, key)) = edge {
            statement.push(" AND (created_at, decision_id)").push(comparison).push("(");
            statement.bind(key.created_at).push(", ");
            statement.bind(key.decision_id.to_string()).push(")");
        }
        statement.push(order).push(" LIMIT ").bind(limit).push(") AS branch");
    }
    statement.push(order).push(" LIMIT ").bind(limit);
    Ok(Page::cut(statement.rows(db).await?, slice))
}

const NEWEST_FIRST: &str = " ORDER BY created_at DESC, decision_id DESC";
const OLDEST_FIRST: &str = " ORDER BY created_at, decision_id";
