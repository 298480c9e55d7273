//! Questions about contacts. Intake finds addresses through the keys of the log, not here.

use casebook_domain::ids::ContactId;
use casebook_store::{Db, StoreError};

use super::{ContactRow, Contacts};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::rows_by;

/// A contact; `None` when there is none in the scope.
///
/// # Errors
/// [`StoreError`] when the database cannot answer; the same for all questions below.
pub async fn contact(
    db: &Db,
    scope: &TenantScope,
    id: ContactId,
) -> Result<Option<ContactRow>, StoreError> {
    Ok(contacts_by_ids(db, scope, &[id]).await?.pop())
}

/// The contacts of the scope among `ids`, in no order.
pub async fn contacts_by_ids(
    db: &Db,
    scope: &TenantScope,
    ids: &[ContactId],
) -> Result<Vec<ContactRow>, StoreError> {
    rows_by(db, Contacts::NAME, scope, "contact_id", ids, "").await
}
