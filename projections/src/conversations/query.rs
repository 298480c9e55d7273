//! Questions about conversations.

use casebook_domain::ids::ConversationId;
use casebook_store::{Db, StoreError};

use super::{ConversationRow, Conversations};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::rows_by;

/// A conversation; `None` when there is none in the scope.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same for all questions below.
pub async fn conversation(
    db: &Db,
    scope: &TenantScope,
    id: ConversationId,
) -> Result<Option<ConversationRow>, StoreError> {
    Ok(conversations_by_ids(db, scope, &[id]).await?.pop())
}

/// The conversations of the scope among `ids`, in no order.
pub async fn conversations_by_ids(
    db: &Db,
    scope: &TenantScope,
    ids: &[ConversationId],
) -> Result<Vec<ConversationRow>, StoreError> {
    rows_by(db, Conversations::NAME, scope, "conversation_id", ids, "").await
}
