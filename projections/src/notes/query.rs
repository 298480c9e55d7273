//! Questions about notes.

use casebook_domain::ids::ConversationId;
use casebook_store::{Db, StoreError};

use super::{NoteRow, Notes};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::rows_by;

/// The notes on these conversations, the oldest of each first.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub async fn notes_of_conversations(
    db: &Db,
    scope: &TenantScope,
    ids: &[ConversationId],
) -> Result<Vec<NoteRow>, StoreError> {
    let tail = " ORDER BY conversation_id, written_at, note_id";
    rows_by(db, Notes::NAME, scope, "conversation_id", ids, tail).await
}
