//! Pages of positions.

use casebook_domain::ids::{ContactId, ConversationId};
use casebook_store::{Db, Dialect, StoreError};

use super::{AuditAbout, AuditFilter, AuditIndex, AuditRow, EntryId};
use crate::columns::select_list;
use crate::page::{Page, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::Statement;

/// Parts of a question that are read by index each; more are read by one sorting statement.
const BRANCHES_MAX: usize = 60;

/// One page of the entries of the scope that a filter means; the newest first, or the oldest.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same below.
pub async fn audit_page(
    db: &Db,
    scope: &TenantScope,
    filter: &AuditFilter,
    newest_first: bool,
    slice: &Slice<u64>,
) -> Result<Page<AuditRow>, StoreError> {
    if scope.tenants.is_empty() || slice.rows() == 0 {
        return Ok(Page::cut(Vec::new(), slice));
    }
    let (edge, descending) = match slice {
        Slice::Forward { after, .. } => (*after, newest_first),
        Slice::Backward { before, .. } => (*before, !newest_first),
    };
    let (comparison, order) =
        if descending { (" < ", NEWEST_FIRST) } else { (" > ", OLDEST_FIRST) };
    // One row more than asked tells whether the list goes on.
    let limit = slice.rows() + 1;
    let mut statement = Statement::default();
    for (number, branch) in branches(scope, filter).iter().enumerate() {
        statement.push(if number == 0 { "" } else { " UNION ALL " });
        statement.push("SELECT * FROM (SELECT ").push(&select_list::<AuditRow>());
        statement.push(" FROM ").push(AuditIndex::NAME);
        push_where(&mut statement, db.dialect(), branch, filter);
        if let Some(position) = edge {
            statement.push(" AND entry_id").push(comparison);
            statement.bind(EntryId::at(position).to_string());
        }
        statement.push(order).push(" LIMIT ").bind(limit).push(") AS branch");
    }
    statement.push(order).push(" LIMIT ").bind(limit);
    Ok(Page::cut(statement.rows(db).await?, slice))
}

const NEWEST_FIRST: &str = " ORDER BY entry_id DESC";
const OLDEST_FIRST: &str = " ORDER BY entry_id";

/// The conversations that a contact took part in.
pub async fn conversations_of(
    db: &Db,
    tenant: &str,
    contact: ContactId,
) -> Result<Vec<ConversationId>, StoreError> {
    let mut statement = Statement::new("SELECT DISTINCT conversation_id FROM ");
    statement.push(AuditIndex::NAME).push(" WHERE tenant = ").bind(tenant);
    statement.push(" AND contact_id = ").bind(contact.to_string());
    statement.push(" AND conversation_id IS NOT NULL ORDER BY conversation_id");
    let rows = statement.raw_rows(db).await?;
    let ids = rows.iter().map(|row| row.text("conversation_id").map(|id| id.parse().ok()));
    Ok(ids.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// A part of a question that one index holds in order.
#[derive(Clone, Debug, PartialEq)]
struct Branch<'a> {
    tenants: Vec<&'a str>,
    event_types: Vec<&'a str>,
}

/// One branch for each tenant and, where nothing narrower is asked, each name of an event.
fn branches<'a>(scope: &'a TenantScope, filter: &'a AuditFilter) -> Vec<Branch<'a>> {
    let narrow = filter.about != AuditAbout::Everything || filter.actor.is_some();
    let types: Vec<&str> = filter.event_types.iter().map(String::as_str).collect();
    let tenants = || scope.tenants.iter().map(String::as_str);
    let one = |tenant, event_types| Branch { tenants: vec![tenant], event_types };
    let split = !narrow && !types.is_empty();
    let parts = if split { scope.tenants.len() * types.len() } else { scope.tenants.len() };
    if parts > BRANCHES_MAX {
        return vec![Branch { tenants: tenants().collect(), event_types: types }];
    }
    if !split {
        return tenants().map(|tenant| one(tenant, types.clone())).collect();
    }
    let each = |tenant| types.iter().map(move |name| one(tenant, vec![*name]));
    tenants().flat_map(each).collect()
}

fn push_where(
    statement: &mut Statement,
    dialect: Dialect,
    branch: &Branch<'_>,
    filter: &AuditFilter,
) {
    statement.push(" WHERE ").push_in("tenant", branch.tenants.iter().copied());
    push_about(statement, dialect, &filter.about);
    if let Some(actor) = &filter.actor {
        statement.push(" AND actor = ").bind(actor);
    }
    if !branch.event_types.is_empty() {
        statement.push(" AND ").push_in("event_type", branch.event_types.iter().copied());
    }
    if filter.after > 0 {
        statement.push(" AND entry_id > ").bind(EntryId::at(filter.after).to_string());
    }
    if let Some(last) = filter.up_to {
        statement.push(" AND entry_id <= ").bind(EntryId::at(last).to_string());
    }
}

fn push_about(statement: &mut Statement, dialect: Dialect, about: &AuditAbout) {
    match about {
        AuditAbout::Everything => {}
        AuditAbout::Ticket(ticket, conversation) => {
            statement.push(" AND conversation_id = ").bind(conversation.to_string());
            statement.push(" AND ticket_id = ").bind(ticket.to_string());
        }
        AuditAbout::Conversation(conversation) => {
            statement.push(" AND conversation_id = ").bind(conversation.to_string());
        }
        AuditAbout::Contact(contact, conversations) => {
            statement.push(" AND (contact_id = ").bind(contact.to_string()).push(" OR ");
            let conversations: Vec<_> = conversations.iter().collect();
            statement.push_in_ids(dialect, "conversation_id", &conversations);
            statement.push(")");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_read_in_its_order_unless_there_are_too_many() {
        let scope = TenantScope { tenants: vec!["a".into(), "b".into()] };
        let types = vec!["TicketClosed".to_owned(), "TicketReopened".to_owned()];
        let filter = AuditFilter { event_types: types.clone(), ..AuditFilter::default() };
        assert_eq!(branches(&scope, &filter).len(), 4);
        let filter = AuditFilter { actor: Some("agent:ada".to_owned()), ..filter };
        assert_eq!(branches(&scope, &filter).len(), 2);
        let many = TenantScope { tenants: (0..100).map(|n| n.to_string()).collect() };
        assert_eq!(branches(&many, &filter).len(), 1);
    }
}
