//! What mutations on a ticket are told.

use async_graphql::{ID, InputObject};
use casebook_app::{AppError, OnTicket};
use casebook_domain::ids::TicketId;

use crate::graphql::global_id::{Kind, read};

/// A ticket, and what the caller expects of it.
#[derive(Debug, InputObject)]
pub(super) struct TicketInput {
    /// The ticket; its global id or UUID.
    ticket_id: ID,
    /// Key by which a repeat of this very command on this ticket is known: 1 to 200 bytes.
    idempotency_key: Option<String>,
    /// Version of the ticket that the caller saw; another one is a `CONFLICT`.
    expected_version: Option<i32>,
}

impl TicketInput {
    /// The ticket that is meant.
    ///
    /// # Errors
    /// `INVALID` with the field named.
    pub(super) fn read(self) -> Result<OnTicket, AppError> {
        let expected_version = self.expected_version.map(u64::try_from).transpose();
        Ok(OnTicket {
            ticket_id: ticket_id("ticketId", &self.ticket_id)?,
            expected_version: expected_version
                .map_err(|_| AppError::invalid("expectedVersion", "must not be negative"))?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Reads the id of a ticket, given as `field`.
///
/// # Errors
/// `INVALID` with the field named.
pub(super) fn ticket_id(field: &str, id: &ID) -> Result<TicketId, AppError> {
    read(field, Kind::Ticket, id)
}

/// An agent's bare name: `agent:ada` and `ada` are the same person.
pub(super) fn bare_agent(name: String) -> String {
    name.strip_prefix("agent:").map_or(name.clone(), str::to_owned)
}
