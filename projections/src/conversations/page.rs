//! Pages of conversations, the latest activity first.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::ids::{ContactId, ConversationId};
use casebook_store::{Db, StoreError, Value};

use super::{ConversationRow, Conversations, ShownStatus};
use crate::children::{Child, pages_of};
use crate::columns::{Field, select_list};
use crate::page::{Page, Pages, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::Statement;

/// Parts of the list that are read by index each; more are read by one sorting statement.
const BRANCHES_MAX: usize = 100;

/// Place of a conversation in the order of all conversations: when its latest message counts, then
/// its identifier. It moves to the front with every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationKey {
    /// When its latest message counts.
    pub last_message_at: Timestamp,
    /// The conversation.
    pub conversation_id: ConversationId,
}

/// Which conversations; all conditions hold together, and an empty one lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// With this contact.
    pub contact: Option<ContactId>,
    /// By one of these channels.
    pub channel: Vec<Channel>,
    /// Showing one of these of their tickets.
    pub status: Vec<ShownStatus>,
}

impl ConversationRow {
    /// Where the row stands in the order of all conversations.
    pub const fn conversation_key(&self) -> ConversationKey {
        let Self { last_message_at, conversation_id, .. } = *self;
        ConversationKey { last_message_at, conversation_id }
    }
}

/// One page of the conversations of the scope that a filter lets through, the latest activity
/// first.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same below.
pub async fn conversations_page(
    db: &Db,
    scope: &TenantScope,
    filter: &ConversationFilter,
    slice: &Slice<ConversationKey>,
) -> Result<Page<ConversationRow>, StoreError> {
    if scope.tenants.is_empty() || slice.rows() == 0 {
        return Ok(Page::empty(slice));
    }
    let (comparison, order) =
        if slice.is_backward() { (" > ", OLDEST_FIRST) } else { (" < ", NEWEST_FIRST) };
    // One row more than asked tells whether the list goes on.
    let limit = slice.rows() + 1;
    let mut statement = Statement::default();
    for (number, (tenants, part)) in branches(scope, filter).into_iter().enumerate() {
        statement.push(if number == 0 { "" } else { " UNION ALL " });
        statement.push("SELECT * FROM (SELECT ").push(&select_list::<ConversationRow>());
        statement.push(" FROM ").push(Conversations::NAME).push(" WHERE ");
        statement.push_in("tenant", tenants);
        push_where(&mut statement, &part);
        if let Some(key) = slice.edge() {
            statement.push(" AND (last_message_at, conversation_id)").push(comparison).push("(");
            statement.bind(key.last_message_at).push(", ");
            statement.bind(key.conversation_id.to_string()).push(")");
        }
        statement.push(order).push(" LIMIT ").bind(limit).push(") AS branch");
    }
    statement.push(order).push(" LIMIT ").bind(limit);
    Ok(Page::cut(statement.rows(db).await?, slice))
}

/// A page of the conversations with each of these contacts, the latest activity first.
pub async fn conversations_of_contacts(
    db: &Db,
    scope: &TenantScope,
    ids: &[ContactId],
    slice: &Slice<ConversationKey>,
) -> Result<Pages<ContactId, ConversationRow>, StoreError> {
    pages_of(db, scope, ids, slice).await
}

const NEWEST_FIRST: &str = " ORDER BY last_message_at DESC, conversation_id DESC";
const OLDEST_FIRST: &str = " ORDER BY last_message_at, conversation_id";

/// Parts of the list that one index each holds in order: those of a contact, of a status, or of a
/// channel, of one tenant. Too many of them are read as one, in no order.
fn branches<'a>(
    scope: &'a TenantScope,
    filter: &ConversationFilter,
) -> Vec<(&'a [String], ConversationFilter)> {
    let parts: Vec<ConversationFilter> = if filter.contact.is_some() {
        vec![filter.clone()]
    } else if filter.status.is_empty() {
        let channels =
            if filter.channel.is_empty() { &Channel::ALL[..] } else { &filter.channel[..] };
        let part = |channel| ConversationFilter {
            channel: vec![channel],
            ..ConversationFilter::default()
        };
        once(channels).into_iter().map(part).collect()
    } else {
        let part = |status| ConversationFilter { status: vec![status], ..filter.clone() };
        once(&filter.status).into_iter().map(part).collect()
    };
    if scope.tenants.len() * parts.len() > BRANCHES_MAX {
        return vec![(&scope.tenants, filter.clone())];
    }
    let of_tenant = |tenant: &'a [String]| parts.iter().map(move |part| (tenant, part.clone()));
    scope.tenants.chunks(1).flat_map(of_tenant).collect()
}

/// Each value once: two parts with the same rows would show them twice.
fn once<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        if !found.contains(value) {
            found.push(*value);
        }
    }
    found
}

fn push_where(statement: &mut Statement, filter: &ConversationFilter) {
    if let Some(contact) = filter.contact {
        statement.push(" AND contact_id = ").bind(contact.to_string());
    }
    if !filter.channel.is_empty() {
        statement.push(" AND ").push_in("channel", filter.channel.iter().map(Field::value));
    }
    if !filter.status.is_empty() {
        statement.push(" AND ").push_in("status", filter.status.iter().map(Field::value));
    }
}

impl Child<ContactId> for ConversationRow {
    type Key = ConversationKey;
    const TABLE: &'static str = Conversations::NAME;
    const PARENT: &'static str = "contact_id";
    const ORDER: [&'static str; 2] = ["last_message_at", "conversation_id"];
    const NEWEST_FIRST: bool = true;

    fn parent(&self) -> Option<ContactId> {
        self.contact_id
    }

    fn place(&self) -> ConversationKey {
        self.conversation_key()
    }

    fn stored(key: ConversationKey) -> [Value; 2] {
        [key.last_message_at.value(), key.conversation_id.value()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_list_is_read_in_its_order() {
        let scope = |tenants: usize| TenantScope {
            tenants: (0..tenants).map(|number| number.to_string()).collect(),
        };
        let all = ConversationFilter::default();
        assert_eq!(branches(&scope(2), &all).len(), 2 * Channel::ALL.len());
        let open = ConversationFilter {
            channel: vec![Channel::Email, Channel::Api],
            status: vec![ShownStatus::Open],
            ..all.clone()
        };
        let two = scope(2);
        let parts = branches(&two, &open);
        assert_eq!(parts, [(&two.tenants[..1], open.clone()), (&two.tenants[1..], open.clone())]);
        let twice = ConversationFilter { status: vec![ShownStatus::Open; 2], ..all.clone() };
        assert_eq!(branches(&scope(1), &twice).len(), 1, "no row twice");
        let twice = ConversationFilter { channel: vec![Channel::Email; 2], ..all.clone() };
        assert_eq!(branches(&scope(1), &twice).len(), 1, "no row twice");
        let with = ConversationFilter { contact: Some(ContactId(uuid::Uuid::nil())), ..open };
        assert_eq!(branches(&scope(3), &with).len(), 3);
        let many = scope(BRANCHES_MAX);
        assert_eq!(branches(&many, &all), [(&many.tenants[..], all)]);
    }
}
