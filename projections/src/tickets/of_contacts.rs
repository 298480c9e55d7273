//! The tickets of contacts, the newest first.

use casebook_domain::Timestamp;
use casebook_domain::ids::{ContactId, TicketId};
use casebook_store::{Db, StoreError, Value};

use super::{TicketRow, Tickets};
use crate::children::{Child, pages_of};
use crate::columns::Field;
use crate::page::{Pages, Slice};
use crate::read_model::ReadModel;
use crate::scope::TenantScope;

/// Place of a ticket among those of its contact: when its first message came, then its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketKey {
    /// When its first message came.
    pub received_at: Timestamp,
    /// The ticket.
    pub ticket_id: TicketId,
}

impl TicketRow {
    /// Where the ticket stands among those of its contact.
    pub const fn ticket_key(&self) -> TicketKey {
        TicketKey { received_at: self.received_at, ticket_id: self.ticket_id }
    }
}

/// A page of the tickets of each of these contacts, the newest first. Set-aside messages are not
/// tickets.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub async fn tickets_of_contacts(
    db: &Db,
    scope: &TenantScope,
    ids: &[ContactId],
    slice: &Slice<TicketKey>,
) -> Result<Pages<ContactId, TicketRow>, StoreError> {
    pages_of(db, scope, ids, slice).await
}

impl Child<ContactId> for TicketRow {
    type Key = TicketKey;
    const TABLE: &'static str = Tickets::NAME;
    const PARENT: &'static str = "contact_id";
    const ORDER: [&'static str; 2] = ["received_at", "ticket_id"];
    const NEWEST_FIRST: bool = true;
    const ONLY: &'static str = " AND status IS NOT NULL";

    fn parent(&self) -> Option<ContactId> {
        self.contact_id
    }

    fn place(&self) -> TicketKey {
        self.ticket_key()
    }

    fn stored(key: TicketKey) -> [Value; 2] {
        [key.received_at.value(), key.ticket_id.value()]
    }
}
