//! The events of one ticket, read from the log.

use casebook_domain::event::LogEvent;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::TicketEvent;
use casebook_store::{StoredEvent, StreamId};

use super::unreadable::pass_over;
use crate::{Access, App, AppError, Permission};

/// Events read at a time.
const PAGE: usize = 1000;

impl App {
    /// The events of a ticket, from its first, without those that are passed over by decision.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such ticket among the tenants that the actor may see; a fault
    /// for an event that this program cannot read.
    pub(super) async fn ticket_history(
        &self,
        access: &Access,
        ticket: TicketId,
    ) -> Result<Vec<(StoredEvent, TicketEvent)>, AppError> {
        access.require(Permission::Read)?;
        let stream = StreamId::new(TicketEvent::STREAM_KIND, ticket.to_string());
        let mut history: Vec<(StoredEvent, TicketEvent)> = Vec::new();
        let mut after = 0;
        loop {
            let events = self.store().log().read_stream(&stream, after, PAGE).await?;
            let complete = events.len() < PAGE;
            for stored in events {
                if !access.sees(&stored.tenant) {
                    return Err(AppError::NotFound("ticket"));
                }
                after = stored.version;
                let (name, version) = (&stored.event_type, &stored.event_version);
                match TicketEvent::decode(name, version, &stored.payload) {
                    Ok(event) => history.push((stored, event)),
                    Err(error) => pass_over(self.store().log(), &stored, error).await?,
                }
            }
            if complete {
                break;
            }
        }
        if history.is_empty() { Err(AppError::NotFound("ticket")) } else { Ok(history) }
    }
}
