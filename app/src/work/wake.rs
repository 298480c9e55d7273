//! Bringing tickets back when the time they were put aside for is over.

use async_trait::async_trait;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Because, TicketEvent, WorkCommand};
use casebook_store::StoredEvent;
use tokio::sync::watch;

use super::execute::OnTicket;
use crate::outbox::{Errand, Runner, Waiting};
use crate::{Access, App, AppError};

/// Tickets that are woken at a time.
const PARALLEL: usize = 8;

/// Wakes snoozed tickets for as long as the process runs.
pub struct WakeTask {
    app: App,
}

struct Wake {
    access: Access,
}

impl WakeTask {
    /// A task for the tickets of `app`.
    pub const fn new(app: App) -> Self {
        Self { app }
    }

    /// Follows the log and wakes what is due, until `stop` says true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let errand = Wake { access: Access::operator("alarm-clock") };
        Runner::new(self.app, errand, PARALLEL, stop).run().await;
    }
}

#[async_trait]
impl Errand for Wake {
    type Entry = TicketId;
    const NAME: &'static str = "alarm-clock";
    const EVENTS: &'static [&'static str] = &[
        "Snoozed",
        "Woken",
        "CustomerReplied",
        "CustomerAwaited",
        "TicketEscalated",
        "DeliveryFailed",
        "DeliveryUnknown",
        "ReplyBounced",
        "TicketResolved",
        "TicketClosed",
    ];

    fn note(&self, waiting: &mut Waiting<TicketId>, stored: &StoredEvent) -> Result<(), AppError> {
        let ticket: TicketId = stored.stream.id.parse().map_err(AppError::fault)?;
        let event = TicketEvent::decode(&stored.event_type, &stored.event_version, &stored.payload);
        match event.map_err(AppError::fault)? {
            TicketEvent::Snoozed(snoozed) => waiting.put(ticket.0, snoozed.until, ticket),
            // These wake a ticket only when they escalate it.
            TicketEvent::DeliveryFailed(failed) if failed.retry_at.is_some() => {}
            TicketEvent::ReplyBounced(bounced) if !bounced.is_final => {}
            _ => waiting.settle(ticket.0),
        }
        Ok(())
    }

    async fn carry_out(&self, app: &App, ticket_id: TicketId) -> Result<(), AppError> {
        let id = ticket_id.to_string();
        let loaded = app.inner.tickets.load_fresh(&id).await?;
        let due = loaded.state.standing().snoozed_until;
        if due.is_none_or(|until| until > app.clock().now()) {
            return Ok(());
        }
        let expected_version = Some(loaded.version);
        let on = OnTicket { ticket_id, expected_version, idempotency_key: None };
        match app.work(&self.access, &on, WorkCommand::Wake(Because::Time)).await {
            // Something else happened to the ticket; the next look decides.
            Ok(_) | Err(AppError::Conflict { .. } | AppError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
