//! Pages of contacts, in the order of their identifiers.

use casebook_domain::ids::ContactId;
use casebook_store::{Db, StoreError};

use super::{ContactRow, Contacts};
use crate::columns::{Field, select_list};
use crate::page::{Page, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;
use crate::sql::Statement;

/// Tenants whose parts are read by index each; more are read by one sorting statement.
const BRANCHES_MAX: usize = 100;

/// Place of a contact in the order of all contacts. It never changes, so that a list can be read to
/// its end while people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContactKey(pub ContactId);

impl ContactRow {
    /// Where the row stands in the order of all contacts.
    pub const fn contact_key(&self) -> ContactKey {
        ContactKey(self.contact_id)
    }
}

/// One page of the contacts of the scope, or of those with this address, which must be normalised
/// ([`casebook_domain::address::normalise`]).
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub async fn contacts_page(
    db: &Db,
    scope: &TenantScope,
    address: Option<&str>,
    slice: &Slice<ContactKey>,
) -> Result<Page<ContactRow>, StoreError> {
    if scope.tenants.is_empty() || slice.rows() == 0 {
        return Ok(Page::empty(slice));
    }
    let (comparison, order) = if slice.is_backward() { (" < ", LAST) } else { (" > ", FIRST) };
    // One row more than asked tells whether the list goes on.
    let limit = slice.rows() + 1;
    let mut statement = Statement::default();
    // Each tenant's part is read by index in its order; the parts are merged.
    let each = if scope.tenants.len() > BRANCHES_MAX { scope.tenants.len() } else { 1 };
    for (number, tenants) in scope.tenants.chunks(each).enumerate() {
        statement.push(if number == 0 { "" } else { " UNION ALL " });
        statement.push("SELECT * FROM (SELECT ").push(&select_list::<ContactRow>());
        statement.push(" FROM ").push(Contacts::NAME).push(" WHERE ").push_in("tenant", tenants);
        if let Some(address) = address {
            statement.push(" AND address = ").bind(address.to_owned().value());
        }
        if let Some(ContactKey(id)) = slice.edge() {
            statement.push(" AND contact_id").push(comparison).bind(id.to_string());
        }
        statement.push(order).push(" LIMIT ").bind(limit).push(") AS branch");
    }
    statement.push(order).push(" LIMIT ").bind(limit);
    Ok(Page::cut(statement.rows(db).await?, slice))
}

const FIRST: &str = " ORDER BY contact_id";
const LAST: &str = " ORDER BY contact_id DESC";
