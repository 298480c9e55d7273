//! Questions about the queue and its tickets.

use casebook_domain::ids::{ConversationId, TicketId};
use casebook_store::{Db, StoreError};

use super::{QueueFilter, QueueKey, Shelf, TicketRow, Tickets};
use crate::columns::select_list;
use crate::page::{Page, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::{Statement, rows_by};

/// Pairs of tenant and shelf that are read by index each; more are read by one sorting statement.
const BRANCHES_MAX: usize = 60;

/// One page of the queue in its order: priority, then oldest first, then identifier.
///
/// Without a filter for the status it shows tickets that still need somebody; see [`QueueFilter`].
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same for all questions below.
pub async fn queue_page(
    db: &Db,
    scope: &TenantScope,
    filter: &QueueFilter,
    slice: &Slice<QueueKey>,
) -> Result<Page<TicketRow>, StoreError> {
    if scope.tenants.is_empty() || slice.rows() == 0 {
        return Ok(Page::cut(Vec::new(), slice));
    }
    let (edge, order) = match slice {
        Slice::Forward { after, .. } => (after.map(|key| (" > ", key)), FORWARD),
        Slice::Backward { before, .. } => (before.map(|key| (" < ", key)), BACKWARD),
    };
    // One row more than asked tells whether the list goes on.
    let limit = slice.rows() + 1;
    let branches = branches(scope, &filter.shelves());
    let mut statement = Statement::default();
    for (number, (tenants, shelves)) in branches.iter().enumerate() {
        statement.push(if number == 0 { "" } else { " UNION ALL " });
        statement.push("SELECT * FROM (SELECT ").push(&select_list::<TicketRow>());
        statement.push(" FROM ").push(Tickets::NAME);
        push_where(&mut statement, tenants, shelves, filter);
        if let Some((comparison, key)) = edge {
            push_edge(&mut statement, comparison, key);
        }
        statement.push(order).push(" LIMIT ").bind(limit).push(") AS branch");
    }
    statement.push(order).push(" LIMIT ").bind(limit);
    Ok(Page::cut(statement.rows(db).await?, slice))
}

const FORWARD: &str = " ORDER BY priority, received_at, ticket_id";
const BACKWARD: &str = " ORDER BY priority DESC, received_at DESC, ticket_id DESC";

/// Parts of the queue that the index holds in order; they are merged.
fn branches(scope: &TenantScope, shelves: &[Shelf]) -> Vec<(Vec<String>, Vec<Shelf>)> {
    if scope.tenants.len() * shelves.len() > BRANCHES_MAX {
        return vec![(scope.tenants.clone(), shelves.to_vec())];
    }
    let pairs = |tenant: &String| {
        let tenant = tenant.clone();
        shelves.iter().map(move |shelf| (vec![tenant.clone()], vec![*shelf]))
    };
    scope.tenants.iter().flat_map(pairs).collect()
}

fn push_where(
    statement: &mut Statement,
    tenants: &[String],
    shelves: &[Shelf],
    filter: &QueueFilter,
) {
    statement.push(" WHERE ").push_in("tenant", tenants);
    statement.push(" AND ").push_in("shelf", shelves.iter().map(|shelf| shelf.name()));
    filter.push(statement);
}

fn push_edge(statement: &mut Statement, comparison: &str, key: QueueKey) {
    statement.push(" AND (priority, received_at, ticket_id)").push(comparison).push("(");
    statement.bind(u32::from(key.priority.number())).push(", ");
    statement.bind(key.received_at).push(", ").bind(key.ticket_id.to_string()).push(")");
}

/// Number of rows that a filter lets through.
pub async fn queue_count(
    db: &Db,
    scope: &TenantScope,
    filter: &QueueFilter,
) -> Result<u64, StoreError> {
    if scope.tenants.is_empty() {
        return Ok(0);
    }
    let mut statement = Statement::new(format!("SELECT count(*) FROM {}", Tickets::NAME));
    push_where(&mut statement, &scope.tenants, &filter.shelves(), filter);
    statement.raw_rows(db).await?.first().map_or(Ok(0), |row| row.uint(0))
}

/// A ticket; `None` when there is none in the scope. Set-aside messages are not tickets.
pub async fn ticket(
    db: &Db,
    scope: &TenantScope,
    id: TicketId,
) -> Result<Option<TicketRow>, StoreError> {
    Ok(tickets_by_ids(db, scope, &[id]).await?.pop())
}

/// The tickets of the scope among `ids`, in no order.
pub async fn tickets_by_ids(
    db: &Db,
    scope: &TenantScope,
    ids: &[TicketId],
) -> Result<Vec<TicketRow>, StoreError> {
    let tail = " AND status IS NOT NULL";
    rows_by(db, Tickets::NAME, scope, "ticket_id", ids, tail).await
}

/// The tickets of these conversations, the oldest of each first.
pub async fn tickets_of_conversations(
    db: &Db,
    scope: &TenantScope,
    ids: &[ConversationId],
) -> Result<Vec<TicketRow>, StoreError> {
    let tail = " AND status IS NOT NULL ORDER BY conversation_id, received_at, ticket_id";
    rows_by(db, Tickets::NAME, scope, "conversation_id", ids, tail).await
}

/// The set-aside entries of the queue among these tickets' identifiers, in no order.
pub async fn set_aside_by_ids(
    db: &Db,
    scope: &TenantScope,
    ids: &[TicketId],
) -> Result<Vec<TicketRow>, StoreError> {
    let tail = " AND status IS NULL";
    rows_by(db, Tickets::NAME, scope, "ticket_id", ids, tail).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_tenant_and_shelf_is_read_in_order() {
        let scope = TenantScope { tenants: vec!["a".into(), "b".into()] };
        assert_eq!(branches(&scope, &[Shelf::Open, Shelf::Done]).len(), 4);
        let many = TenantScope { tenants: (0..100).map(|n| n.to_string()).collect() };
        assert_eq!(branches(&many, &[Shelf::Open]).len(), 1);
    }
}
