//! A ticket's events, one by one, with the state after each.

use casebook_domain::Timestamp;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Ticket, TicketEvent};
use casebook_store::StreamId;
use cqrs_es::Aggregate;
use serde::Serialize;
use serde_json::Value;

use crate::{Access, App, AppError, Permission};

/// Events read at a time.
const PAGE: usize = 1000;

/// One event and the state that it led to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayStep {
    /// Place in the log.
    pub position: u64,
    /// Place in the ticket's stream.
    pub version: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Name of the event.
    pub event_type: String,
    /// Actor, command, policy version and causes.
    pub metadata: Value,
    /// The event as it is stored.
    pub event: Value,
    /// The ticket after it.
    pub state: Value,
}

impl App {
    /// Replays a ticket from its first event.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such ticket among the tenants that the actor may see.
    pub async fn replay_ticket(
        &self,
        access: &Access,
        ticket: TicketId,
    ) -> Result<Vec<ReplayStep>, AppError> {
        access.require(Permission::Read)?;
        let stream = StreamId::new(TicketEvent::STREAM_KIND, ticket.to_string());
        let mut state = Ticket::default();
        let mut steps: Vec<ReplayStep> = Vec::new();
        loop {
            let after = steps.last().map_or(0, |step| step.version);
            let events = self.store().log().read_stream(&stream, after, PAGE).await?;
            let complete = events.len() < PAGE;
            for stored in events {
                if !access.sees(&stored.tenant) {
                    return Err(AppError::NotFound("ticket"));
                }
                let event =
                    TicketEvent::decode(&stored.event_type, &stored.event_version, &stored.payload);
                state.apply(event.map_err(AppError::fault)?);
                steps.push(ReplayStep {
                    position: stored.position,
                    version: stored.version,
                    recorded_at: stored.recorded_at,
                    event_type: stored.event_type,
                    metadata: serde_json::from_str(&stored.metadata).map_err(AppError::fault)?,
                    event: serde_json::from_str(&stored.payload).map_err(AppError::fault)?,
                    state: serde_json::to_value(&state).map_err(AppError::fault)?,
                });
            }
            if complete {
                break;
            }
        }
        if steps.is_empty() {
            return Err(AppError::NotFound("ticket"));
        }
        Ok(steps)
    }
}
