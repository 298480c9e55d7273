//! Contacts as a list.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Result, SimpleObject};
use casebook_app::queries::{ContactRow, Page};

use super::connection::{Paging, page_info};
use super::contact::Contact;
use super::context::request;
use super::{cursor, error, reads};

/// Longest address that is looked for, in characters (RFC 5321, 4.5.3.1.3: a path has 256 octets,
/// its two brackets included).
const ADDRESS_CHARS_MAX: usize = 254;

/// A contact in its place.
#[derive(SimpleObject)]
pub(super) struct ContactEdge {
    /// The place.
    cursor: String,
    /// The contact.
    node: Contact,
}

/// A page of contacts.
#[derive(SimpleObject)]
pub(super) struct ContactConnection {
    /// The contacts with their cursors.
    edges: Vec<ContactEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl ContactConnection {
    fn new(page: Page<ContactRow>) -> Self {
        let page_info = page_info(&page, ContactRow::contact_key);
        let edge = |row: ContactRow| ContactEdge {
            cursor: cursor::encode(&row.contact_key()),
            node: Contact(row),
        };
        Self { edges: page.rows.into_iter().map(edge).collect(), page_info }
    }
}

/// One page; see the field. Who names an address learns that somebody is known by it, whatever
/// fields are chosen.
pub(super) async fn contacts(
    ctx: &Context<'_>,
    tenant: Option<String>,
    address: Option<String>,
    paging: Paging,
) -> Result<ContactConnection> {
    let request = request(ctx)?;
    let slice = paging.slice(&request.shared.settings.api)?;
    if address.as_ref().is_some_and(|text| text.chars().count() > ADDRESS_CHARS_MAX) {
        let message = format!("is longer than {ADDRESS_CHARS_MAX} characters");
        return Err(error::invalid("address", message));
    }
    let (app, access) = (request.app(), &request.access);
    let page = app.contacts(access, tenant.as_deref(), address.as_deref(), &slice).await;
    let page = page.map_err(error::of)?;
    if address.is_some() {
        page.rows.iter().try_for_each(|row| reads::contact(ctx, row))?;
    }
    Ok(ContactConnection::new(page))
}
