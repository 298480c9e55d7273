//! Sending approved replies: an outbox whose entries and attempts are events of the ticket.
//!
//! The sequence is fenced: `DeliveryStarted` is appended at the ticket's version before the bytes
//! leave, so a reply that was withdrawn, or whose ticket moved, never goes out. What was started
//! and has no outcome is handed over again with the same Message-ID.

mod attempt;
mod outcome;

use std::sync::Arc;

use async_trait::async_trait;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::TicketEvent;
use casebook_store::StoredEvent;
use tokio::sync::watch;

use crate::outbox::{Errand, Runner, Waiting};
use crate::{Access, App, AppError, MailComposer, MailTransport};

/// Sends replies for as long as the process runs.
pub struct DeliveryTask {
    app: App,
    errand: Deliver,
}

/// The errand: one reply.
struct Deliver {
    composer: Arc<dyn MailComposer>,
    transport: Arc<dyn MailTransport>,
    access: Access,
}

/// A reply that waits, or whose attempt has no outcome yet.
#[derive(Clone, Copy, Debug)]
struct Entry {
    ticket: TicketId,
    reply: MessageId,
}

impl DeliveryTask {
    /// A task that writes replies with `composer` and hands them over through `transport`.
    pub fn new(
        app: App,
        composer: Arc<dyn MailComposer>,
        transport: Arc<dyn MailTransport>,
    ) -> Self {
        let access = Access::operator("delivery");
        Self { app, errand: Deliver { composer, transport, access } }
    }

    /// Follows the log and sends what is due, until `stop` says true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let parallel = self.app.inner.parts.delivery.parallel_max;
        Runner::new(self.app, self.errand, parallel, stop).run().await;
    }
}

#[async_trait]
impl Errand for Deliver {
    type Entry = Entry;
    const NAME: &'static str = "reply-sender";
    const EVENTS: &'static [&'static str] = &[
        "ReplyApproved",
        "ReplyWithdrawn",
        "DeliveryStarted",
        "ReplySent",
        "DeliveryFailed",
        "DeliveryUnknown",
        "ReplyHeld",
        "ReplyRetried",
    ];

    fn note(&self, waiting: &mut Waiting<Entry>, stored: &StoredEvent) -> Result<(), AppError> {
        let ticket: TicketId = stored.stream.id.parse().map_err(AppError::fault)?;
        let entry = |reply: MessageId| Entry { ticket, reply };
        let event = TicketEvent::decode(&stored.event_type, &stored.event_version, &stored.payload);
        match event.map_err(AppError::fault)? {
            TicketEvent::ReplyApproved(approved) => {
                waiting.put(approved.reply_id.0, approved.due_at, entry(approved.reply_id));
            }
            TicketEvent::ReplyRetried(retried) => {
                waiting.put(retried.reply_id.0, retried.due_at, entry(retried.reply_id));
            }
            // Due at once: unless this very process is at it, the one that was is gone.
            TicketEvent::DeliveryStarted(started) => {
                waiting.put(started.reply_id.0, stored.recorded_at, entry(started.reply_id));
            }
            TicketEvent::DeliveryFailed(failed) => match failed.retry_at {
                Some(retry_at) => {
                    waiting.put(failed.reply_id.0, retry_at, entry(failed.reply_id));
                }
                None => waiting.settle(failed.reply_id.0),
            },
            TicketEvent::ReplyWithdrawn(done) => waiting.settle(done.reply_id.0),
            TicketEvent::ReplySent(done) => waiting.settle(done.reply_id.0),
            TicketEvent::DeliveryUnknown(done) => waiting.settle(done.reply_id.0),
            TicketEvent::ReplyHeld(done) => waiting.settle(done.reply_id.0),
            _ => {}
        }
        Ok(())
    }

    async fn carry_out(&self, app: &App, entry: Entry) -> Result<(), AppError> {
        self.deliver(app, entry).await
    }
}
