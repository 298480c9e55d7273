//! Classification: the log tells which messages wait, a classifier answers, the answer is recorded.
//!
//! Processes share the work by shards. No message is decided twice, whoever asked: the ticket takes
//! the first decision about its latest message and lets later ones lead to nothing.

mod again;
mod facts;
mod preview;
mod record;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::TicketEvent;
use casebook_store::StoredEvent;
use tokio::sync::watch;

pub(crate) use again::RecordedAnswer;
pub use preview::PromptPreview;

use crate::outbox::{Errand, Runner, Waiting};
use crate::{Access, App, AppError, Classifier, GaveUp, Question};

/// Classifies messages for as long as the process runs.
pub struct TriageTask {
    app: App,
    classifier: Arc<dyn Classifier>,
}

struct Classify {
    classifier: Arc<dyn Classifier>,
    access: Access,
}

/// A message that waits for a decision.
#[derive(Clone, Debug)]
struct Entry {
    tenant: String,
    ticket: TicketId,
    message: MessageId,
}

impl TriageTask {
    /// A task that asks `classifier`.
    pub fn new(app: App, classifier: Arc<dyn Classifier>) -> Self {
        Self { app, classifier }
    }

    /// Follows the log and classifies what no gate decided, until `stop` says true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let parallel = self.app.inner.parts.triage.parallel_max;
        let errand = Classify { classifier: self.classifier, access: Access::operator("triage") };
        Runner::new(self.app, errand, parallel, stop).run().await;
    }
}

#[async_trait]
impl Errand for Classify {
    type Entry = Entry;
    const NAME: &'static str = "triage";
    const SHARDS: u32 = 8;
    const EVENTS: &'static [&'static str] = &[
        "TicketReceived",
        "CustomerReplied",
        "TicketGated",
        "TicketClassified",
        "TriageFailed",
        "TicketResolved",
        "TicketClosed",
    ];

    /// One entry a ticket: its latest message, until triage has had its say.
    fn note(&self, waiting: &mut Waiting<Entry>, stored: &StoredEvent) -> Result<(), AppError> {
        let ticket: TicketId = stored.stream.id.parse().map_err(AppError::fault)?;
        let event = TicketEvent::decode(&stored.event_type, &stored.event_version, &stored.payload);
        let message = match event.map_err(AppError::fault)? {
            TicketEvent::TicketReceived(received) => Some(received.message_id),
            TicketEvent::CustomerReplied(replied) => Some(replied.message_id),
            _ => None,
        };
        match message {
            Some(message) => {
                let entry = Entry { tenant: stored.tenant.clone(), ticket, message };
                waiting.put(ticket.0, stored.recorded_at, entry);
            }
            None => waiting.settle(ticket.0),
        }
        Ok(())
    }

    async fn carry_out(&self, app: &App, entry: Entry) -> Result<(), AppError> {
        let started = Instant::now();
        let ticket = app.inner.tickets.load_fresh(&entry.ticket.to_string()).await?;
        if ticket.state.awaits_triage() != Some(entry.message) {
            return Ok(());
        }
        let in_force = app.policies().get(&entry.tenant);
        let in_force = in_force.ok_or_else(|| AppError::fault("a tenant without policy"))?;
        let known = app.message_facts(&entry.tenant, &in_force, &ticket.state, entry.message);
        let (facts, dedupe_key) = match known.await {
            Ok(known) => known,
            Err(error @ AppError::Unavailable { .. }) => return Err(error),
            Err(error) => {
                let cause = error.internal();
                tracing::error!(ticket = %entry.ticket, cause, "a message cannot be read");
                let unread = record::unread(in_force, started);
                let gave_up = GaveUp {
                    provider: "none".to_owned(),
                    attempts: 0,
                    error: "the message cannot be read".to_owned(),
                };
                return app.record_triage(&self.access, &entry, unread, Err(gave_up)).await;
            }
        };
        let question = Question {
            policy_version: in_force.version.clone(),
            policy: in_force.policy.clone(),
            facts: facts.clone(),
        };
        let answered = self.classifier.classify(question).await;
        let asked = record::Asked { in_force, facts, dedupe_key, started };
        app.record_triage(&self.access, &entry, asked, answered).await
    }
}
