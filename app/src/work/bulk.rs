//! The same work on many tickets, with a result for each.

use casebook_domain::ids::TicketId;
use casebook_domain::ticket::WorkCommand;
use futures::StreamExt;

use super::execute::{Done, OnTicket};
use crate::{Access, App, AppError};

/// Tickets in one bulk command.
pub const BULK_MAX: usize = 500;
/// Tickets of one bulk command that are worked on at a time; their appends share commits.
const PARALLEL: usize = 16;

/// What came of one ticket.
pub struct BulkItem {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Its result.
    pub result: Result<Done, AppError>,
}

impl App {
    /// Carries the same work out on each ticket; one that refuses does not hold up the others.
    ///
    /// # Errors
    /// `LIMIT` above 500 tickets; what befalls a single ticket is in its item.
    pub async fn work_on_all(
        &self,
        access: &Access,
        tickets: &[TicketId],
        idempotency_key: Option<&str>,
        command: &WorkCommand,
    ) -> Result<Vec<BulkItem>, AppError> {
        if tickets.len() > BULK_MAX {
            let message = format!("{} tickets are more than {BULK_MAX}", tickets.len());
            return Err(AppError::Limit { name: "bulk_tickets", message });
        }
        let items = tickets.iter().map(|ticket_id| {
            let on = OnTicket {
                ticket_id: *ticket_id,
                expected_version: None,
                idempotency_key: idempotency_key.map(str::to_owned),
            };
            let command = command.clone();
            async move {
                let result = self.work(access, &on, command).await;
                BulkItem { ticket_id: on.ticket_id, result }
            }
        });
        let items: Vec<_> = items.collect();
        Ok(futures::stream::iter(items).buffered(PARALLEL).collect().await)
    }
}
