//! Questions about messages.

use casebook_domain::Timestamp;
use casebook_domain::ids::{ConversationId, MessageId};
use casebook_store::{Db, StoreError};

use super::{MessageRow, Messages};
use crate::columns::select_list;
use crate::page::PAGE_ROWS_MAX;
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::{Statement, rows_by};

/// Conversations whose messages one statement reads.
const CONVERSATIONS_PER_STATEMENT: usize = 200;

/// Place of a message in its conversation: when it counts, then its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageKey {
    /// When it counts.
    pub counted_at: Timestamp,
    /// The message.
    pub message_id: MessageId,
}

impl MessageRow {
    /// Where the message stands in its conversation.
    pub const fn message_key(&self) -> MessageKey {
        MessageKey { counted_at: self.counted_at, message_id: self.message_id }
    }
}

/// A message; `None` when there is none in the scope.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same for all questions below.
pub async fn message(
    db: &Db,
    scope: &TenantScope,
    id: MessageId,
) -> Result<Option<MessageRow>, StoreError> {
    Ok(messages_by_ids(db, scope, &[id]).await?.pop())
}

/// The messages of the scope among `ids`, in no order.
pub async fn messages_by_ids(
    db: &Db,
    scope: &TenantScope,
    ids: &[MessageId],
) -> Result<Vec<MessageRow>, StoreError> {
    rows_by(db, Messages::NAME, scope, "message_id", ids, "").await
}

/// The first `first` messages after `after` of each of these conversations, by conversation and
/// in the conversation's order. `first` is at most [`PAGE_ROWS_MAX`]; ask for one more than is
/// shown to learn whether a conversation goes on.
pub async fn messages_of_conversations(
    db: &Db,
    scope: &TenantScope,
    ids: &[ConversationId],
    first: usize,
    after: Option<MessageKey>,
) -> Result<Vec<MessageRow>, StoreError> {
    let mut rows = Vec::new();
    if scope.tenants.is_empty() {
        return Ok(rows);
    }
    let columns = select_list::<MessageRow>();
    for ids in ids.chunks(CONVERSATIONS_PER_STATEMENT) {
        let mut statement = Statement::new(format!(
            "SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY conversation_id \
             ORDER BY counted_at, message_id) AS place FROM {} WHERE ",
            Messages::NAME
        ));
        statement.push_in("tenant", &scope.tenants).push(" AND ");
        statement.push_in_ids(db.dialect(), "conversation_id", ids);
        if let Some(key) = after {
            statement.push(" AND (counted_at, message_id) > (").bind(key.counted_at);
            statement.push(", ").bind(key.message_id.to_string()).push(")");
        }
        statement.push(") AS ordered WHERE place <= ").bind(first.min(PAGE_ROWS_MAX));
        statement.push(" ORDER BY conversation_id, counted_at, message_id");
        rows.extend(statement.rows::<MessageRow>(db).await?);
    }
    Ok(rows)
}
