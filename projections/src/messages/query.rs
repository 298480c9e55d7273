//! Questions about messages.

use casebook_domain::Timestamp;
use casebook_domain::ids::{ConversationId, MessageId};
use casebook_store::{Db, StoreError, Value};

use super::{MessageRow, Messages};
use crate::children::{Child, pages_of};
use crate::columns::Field;
use crate::page::{Pages, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::rows_by;

/// Place of a message in its conversation: when it counts, then its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// A page of the messages of each of these conversations, the oldest first.
pub async fn messages_of_conversations(
    db: &Db,
    scope: &TenantScope,
    ids: &[ConversationId],
    slice: &Slice<MessageKey>,
) -> Result<Pages<ConversationId, MessageRow>, StoreError> {
    pages_of(db, scope, ids, slice).await
}

impl Child<ConversationId> for MessageRow {
    type Key = MessageKey;
    const TABLE: &'static str = Messages::NAME;
    const PARENT: &'static str = "conversation_id";
    const ORDER: [&'static str; 2] = ["counted_at", "message_id"];
    const NEWEST_FIRST: bool = false;

    fn parent(&self) -> Option<ConversationId> {
        self.conversation_id
    }

    fn place(&self) -> MessageKey {
        self.message_key()
    }

    fn stored(key: MessageKey) -> [Value; 2] {
        [key.counted_at.value(), key.message_id.value()]
    }
}
