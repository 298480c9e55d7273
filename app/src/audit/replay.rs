//! A ticket's events, one by one, with the state after each and what it changed.

use casebook_domain::Timestamp;
use casebook_domain::audit::{Change, Facts, changes, of_ticket, sentence};
use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::Ticket;
use cqrs_es::Aggregate;
use serde::Serialize;
use serde_json::Value;

use super::entry::data;
use crate::{Access, App, AppError};

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
    /// The event in words.
    pub sentence: String,
    /// Actor, command, policy version and causes.
    pub metadata: Value,
    /// What was recorded.
    pub data: Value,
    /// The ticket after it.
    pub state: Value,
    /// What it changed.
    pub changes: Vec<Change>,
    /// The ticket after it, as auditors see it.
    #[serde(skip)]
    pub facts: Facts,
    /// Tenant that owns the ticket.
    #[serde(skip)]
    pub tenant: String,
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
        let history = self.ticket_history(access, ticket).await?;
        let mut state = Ticket::default();
        let mut before = Facts::default();
        let mut steps = Vec::with_capacity(history.len());
        for (stored, event) in history {
            let sentence = sentence(&Event::Ticket(event.clone()));
            state.apply(event);
            let facts = of_ticket(&state);
            steps.push(ReplayStep {
                position: stored.position,
                version: stored.version,
                recorded_at: stored.recorded_at,
                event_type: stored.event_type,
                sentence,
                metadata: serde_json::from_str(&stored.metadata).map_err(AppError::fault)?,
                data: data(&stored.payload)?,
                state: serde_json::to_value(&state).map_err(AppError::fault)?,
                changes: changes(&before, &facts),
                facts: facts.clone(),
                tenant: stored.tenant,
            });
            before = facts;
        }
        Ok(steps)
    }
}
