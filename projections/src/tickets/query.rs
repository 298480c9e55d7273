//! Questions about the queue and its tickets.

use casebook_domain::ids::{ConversationId, TicketId};
use casebook_domain::ticket::Status;
use casebook_store::{Db, Dialect, StoreError};

use super::{QueueFilter, QueueKey, Shelf, TicketRow, Tickets};
use crate::columns::select_list;
use crate::page::{Page, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::{Statement, rows_by};

/// Parts of the queue that are read by index each; more are read by one sorting statement.
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
    let branches = branches(scope, filter);
    if branches.is_empty() || slice.rows() == 0 {
        return Ok(Page::cut(Vec::new(), slice));
    }
    let (edge, order) = match slice {
        Slice::Forward { after, .. } => (after.map(|key| (" > ", key)), FORWARD),
        Slice::Backward { before, .. } => (before.map(|key| (" < ", key)), BACKWARD),
    };
    // One row more than asked tells whether the list goes on.
    let limit = slice.rows() + 1;
    // PostgreSQL merges branches lazily where each says its order and limit; SQLite where none
    // does.
    let is_ordered = db.dialect() == Dialect::Postgres && branches.len() > 1;
    let mut statement = Statement::default();
    for (number, branch) in branches.iter().enumerate() {
        statement.push(if number == 0 { "" } else { " UNION ALL " });
        statement.push(if is_ordered { "(SELECT " } else { "SELECT " });
        statement.push(&select_list::<TicketRow>()).push(" FROM ").push(Tickets::NAME);
        push_where(&mut statement, db.dialect(), branch, filter);
        if let Some((comparison, key)) = edge {
            push_edge(&mut statement, comparison, key);
        }
        if is_ordered {
            statement.push(order).push(" LIMIT ").bind(limit).push(")");
        }
    }
    statement.push(order).push(" LIMIT ").bind(limit);
    Ok(Page::cut(statement.rows(db).await?, slice))
}

const FORWARD: &str = " ORDER BY priority, received_at, ticket_id";
const BACKWARD: &str = " ORDER BY priority DESC, received_at DESC, ticket_id DESC";

/// A part of the queue.
struct Branch {
    tenants: Vec<String>,
    shelves: Vec<Shelf>,
    /// One of these; `None` is no status at all, and stands alone.
    statuses: Vec<Option<Status>>,
}

/// Parts of the queue that the index holds in order; they are merged.
fn branches(scope: &TenantScope, filter: &QueueFilter) -> Vec<Branch> {
    let mut branches = Vec::new();
    for tenant in &scope.tenants {
        for shelf in filter.shelves() {
            let of = |status| Branch {
                tenants: vec![tenant.clone()],
                shelves: vec![shelf],
                statuses: vec![status],
            };
            branches.extend(filter.statuses(shelf).into_iter().map(of));
        }
    }
    if branches.len() > BRANCHES_MAX { vec![whole(scope, filter)] } else { branches }
}

/// All parts as one, in no order.
fn whole(scope: &TenantScope, filter: &QueueFilter) -> Branch {
    let shelves = filter.shelves();
    let statuses = shelves.iter().flat_map(|shelf| filter.statuses(*shelf)).collect();
    Branch { tenants: scope.tenants.clone(), shelves, statuses }
}

fn push_where(statement: &mut Statement, dialect: Dialect, branch: &Branch, filter: &QueueFilter) {
    statement.push(" WHERE ").push_in("tenant", &branch.tenants);
    statement.push(" AND ").push_in("shelf", branch.shelves.iter().map(|shelf| shelf.name()));
    if branch.statuses.contains(&None) {
        statement.push(" AND status IS NULL");
    } else {
        let names = branch.statuses.iter().flatten().map(|status| status.name());
        statement.push(" AND ").push_in("status", names);
    }
    filter.push(dialect, statement);
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
    push_where(&mut statement, db.dialect(), &whole(scope, filter), filter);
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

    fn scope(tenants: usize) -> TenantScope {
        TenantScope { tenants: (0..tenants).map(|number| number.to_string()).collect() }
    }

    #[test]
    fn every_status_of_every_tenant_is_read_in_order() {
        let all = QueueFilter::default();
        let open = [Status::New, Status::Pending, Status::InProgress, Status::Escalated];
        let statuses: Vec<_> =
            branches(&scope(2), &all).into_iter().flat_map(|branch| branch.statuses).collect();
        assert_eq!(statuses, [open, open].concat().into_iter().map(Some).collect::<Vec<_>>());
        let [one] = &branches(&scope(100), &all)[..] else { panic!("one statement sorts") };
        assert_eq!((one.tenants.len(), one.statuses.len()), (100, 4));
    }

    #[test]
    fn only_what_was_asked_for_is_read() {
        let asked = |filter: &QueueFilter| -> Vec<(Shelf, Vec<Option<Status>>)> {
            let parts = branches(&scope(1), filter);
            parts.into_iter().map(|branch| (branch.shelves[0], branch.statuses)).collect()
        };
        let status = vec![Status::Closed, Status::New];
        let filter = QueueFilter { status, ..QueueFilter::default() };
        let parts =
            [(Shelf::Open, vec![Some(Status::New)]), (Shelf::Done, vec![Some(Status::Closed)])];
        assert_eq!(asked(&filter), parts);
        let snoozed = QueueFilter { snoozed: Some(true), ..filter.clone() };
        assert_eq!(asked(&snoozed), [(Shelf::Snoozed, vec![Some(Status::New)])]);
        let aside = QueueFilter { set_aside: Some(true), ..QueueFilter::default() };
        assert_eq!(asked(&aside), [(Shelf::SetAside, vec![None])]);
        // What was set aside has no status.
        assert_eq!(asked(&QueueFilter { set_aside: Some(true), ..filter }), []);
    }
}
