//! Taking replacements to the tenant's own system, once the reply that promises them is out.

use std::sync::Arc;

use async_trait::async_trait;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::{MessageId, ReplacementId, TicketId, derive};
use casebook_domain::ticket::{
    ReplacementCommand, ReplacementFailed, ReplacementPlaced, ReplacementRequested, TicketCommand,
    TicketEvent,
};
use casebook_domain::{Personal, Timestamp};
use casebook_store::{AppendError, StoredEvent};
use tokio::sync::watch;

use crate::append::Command;
use crate::outbox::{Errand, Runner, Waiting};
use crate::{Access, App, AppError, ReplacementDesk, ReplacementOrder, TransportError};

/// Replacements that are asked for at a time.
const PARALLEL: usize = 4;

/// Takes replacements to the tenants' systems for as long as the process runs.
pub struct ReplacementTask {
    app: App,
    desk: Arc<dyn ReplacementDesk>,
}

struct Place {
    desk: Arc<dyn ReplacementDesk>,
    access: Access,
}

/// A replacement that was asked for.
#[derive(Clone, Debug)]
struct Entry {
    tenant: String,
    ticket: TicketId,
    asked: ReplacementRequested,
}

impl ReplacementTask {
    /// A task that asks through `desk`.
    pub fn new(app: App, desk: Arc<dyn ReplacementDesk>) -> Self {
        Self { app, desk }
    }

    /// Follows the log and asks for what is due, until `stop` says true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let errand = Place { desk: self.desk, access: Access::operator("replacements") };
        Runner::new(self.app, errand, PARALLEL, stop).run().await;
    }
}

/// The replacement that a reply promises; a reply promises at most one.
pub(super) fn promised_by(ticket: TicketId, reply: MessageId) -> ReplacementId {
    ReplacementId(derive(&["replacement", &ticket.to_string(), &reply.to_string()]))
}

/// When a replacement is due whose reply is not out.
const NOT_YET: Timestamp = Timestamp::from_micros(i64::MAX);

#[async_trait]
impl Errand for Place {
    type Entry = Entry;
    const NAME: &'static str = "replacements";
    const EVENTS: &'static [&'static str] = &[
        "ReplacementRequested",
        "ReplySent",
        "ReplyWithdrawn",
        "ReplacementPlaced",
        "ReplacementFailed",
    ];

    fn note(&self, waiting: &mut Waiting<Entry>, stored: &StoredEvent) -> Result<(), AppError> {
        let ticket: TicketId = stored.stream.id.parse().map_err(AppError::fault)?;
        let event = TicketEvent::decode(&stored.event_type, &stored.event_version, &stored.payload);
        match event.map_err(AppError::fault)? {
            TicketEvent::ReplacementRequested(asked) => {
                let key = asked.replacement_id.0;
                let entry = Entry { tenant: stored.tenant.clone(), ticket, asked };
                waiting.put(key, NOT_YET, entry);
            }
            TicketEvent::ReplySent(sent) => {
                waiting.postpone(promised_by(ticket, sent.reply_id).0, stored.recorded_at);
            }
            TicketEvent::ReplyWithdrawn(withdrawn) => {
                waiting.settle(promised_by(ticket, withdrawn.reply_id).0);
            }
            TicketEvent::ReplacementPlaced(done) => waiting.settle(done.replacement_id.0),
            TicketEvent::ReplacementFailed(failed) => match failed.retry_at {
                Some(at) => waiting.postpone(failed.replacement_id.0, at),
                None => waiting.settle(failed.replacement_id.0),
            },
            _ => {}
        }
        Ok(())
    }

    async fn carry_out(&self, app: &App, entry: Entry) -> Result<(), AppError> {
        let loaded = app.inner.tickets.load_fresh(&entry.ticket.to_string()).await?;
        let id = entry.asked.replacement_id;
        let Some(state) = loaded.state.replacement(id).filter(|state| !state.settled) else {
            return Ok(());
        };
        let order = ReplacementOrder {
            tenant: entry.tenant.clone(),
            replacement_id: id.0,
            ticket_id: entry.ticket.0,
            customer_email: loaded.state.customer().address.clone(),
            order_reference: entry.asked.order_reference.text().to_owned(),
            reason: entry.asked.reason.text().to_owned(),
        };
        let attempt = state.failed + 1;
        let placed = self.desk.place(&order).await;
        let command = self.outcome(app, id, attempt, placed);
        self.record(app, &entry, attempt, command).await
    }
}

impl Place {
    fn outcome(
        &self,
        app: &App,
        replacement_id: ReplacementId,
        attempt: u32,
        placed: Result<Option<String>, TransportError>,
    ) -> ReplacementCommand {
        match placed {
            Ok(reference) => ReplacementCommand::RecordPlaced(ReplacementPlaced {
                replacement_id,
                attempt,
                reference: reference.map(Personal::new),
            }),
            Err(error) => {
                let settings = &app.inner.parts.delivery;
                let retry_at = match error.permanent {
                    true => None,
                    false => settings.retry_at(attempt, app.clock().now()),
                };
                let error = error.reason;
                let failed = ReplacementFailed { replacement_id, attempt, error, retry_at };
                ReplacementCommand::RecordFailed(failed)
            }
        }
    }

    async fn record(
        &self,
        app: &App,
        entry: &Entry,
        attempt: u32,
        outcome: ReplacementCommand,
    ) -> Result<(), AppError> {
        loop {
            let loaded = app.inner.tickets.load_fresh(&entry.ticket.to_string()).await?;
            let decided = loaded.state.decide(TicketCommand::Replace(outcome.clone()));
            let events = decided.map_err(AppError::fault)?;
            if events.is_empty() {
                return Ok(());
            }
            let (id, attempt) = (entry.asked.replacement_id.to_string(), attempt.to_string());
            let command_id = derive(&["replaced", &id, &attempt]);
            let mut command =
                Command::new(&self.access, &entry.tenant, "PlaceReplacement", command_id, attempt);
            if let Some(conversation) = loaded.state.conversation() {
                command = command.tell("correlation_id", conversation.to_string());
            }
            command.write(app.ids(), &entry.ticket, loaded.version, &events)?;
            match app.append_work(command.into_append()).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
