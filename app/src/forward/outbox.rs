//! What waits to be handed on, as the log tells it.

use casebook_domain::conversation::{ConversationEvent, ForwardFailed, SetAsideMail};
use casebook_domain::event::LogEvent;
use casebook_domain::ids::MessageId;
use casebook_domain::{Personal, Timestamp};
use casebook_store::trace::Cause;
use casebook_store::{Filter, StoredEvent};

use super::LEASE;
use crate::outbox::{pass_over, reads_on};
use crate::{App, AppError};

/// Events read at a time.
const PAGE: usize = 500;

/// A mail that waits to be handed on.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) tenant: String,
    pub(super) conversation: String,
    /// Version of the event that set it aside; the mail itself stands just before.
    pub(super) version: u64,
    pub(super) message_id: MessageId,
    pub(super) to: String,
    /// Attempts that failed.
    pub(super) failed: u32,
    pub(super) due: Timestamp,
    pub(super) cause: Option<Cause>,
}

/// What waits, in the log's order, and how far the log was read.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Vec<Entry>,
    pub(super) after: u64,
}

impl Outbox {
    /// Takes in what was appended since the last look.
    pub(super) async fn read_on(&mut self, app: &App) -> Result<(), AppError> {
        let event_types = ["MailSetAside", "MailForwarded", "ForwardFailed"];
        let event_types = event_types.map(str::to_owned).to_vec();
        let filter = Filter { event_types, ..Filter::default() };
        loop {
            let page = app.store().log().read(self.after, &filter, PAGE).await?;
            for event in &page.events {
                if let Err(error) = self.note(event) {
                    pass_over(app, LEASE, event.position, error).await?;
                }
            }
            reads_on(LEASE);
            if page.reached <= self.after {
                return Ok(());
            }
            self.after = page.reached;
        }
    }

    /// What may be tried at `now`.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Entry> {
        self.waiting.iter().filter(|entry| entry.due <= now).cloned().collect()
    }

    fn note(&mut self, stored: &StoredEvent) -> Result<(), AppError> {
        let event =
            ConversationEvent::decode(&stored.event_type, &stored.event_version, &stored.payload);
        match event.map_err(AppError::fault)? {
            ConversationEvent::MailSetAside(aside) => self.add(stored, *aside),
            ConversationEvent::MailForwarded(done) => self.settle(done.message_id),
            ConversationEvent::ForwardFailed(failed) => self.postpone(&failed),
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, stored: &StoredEvent, aside: SetAsideMail) {
        let Some(to) = aside.forward_to.and_then(Personal::into_inner) else { return };
        self.waiting.push(Entry {
            tenant: stored.tenant.clone(),
            conversation: stored.stream.id.clone(),
            cause: Cause::of(stored),
            version: stored.version,
            message_id: aside.message_id,
            to,
            failed: 0,
            due: stored.recorded_at,
        });
    }

    fn settle(&mut self, message: MessageId) {
        self.waiting.retain(|entry| entry.message_id != message);
    }

    fn postpone(&mut self, failed: &ForwardFailed) {
        let Some(retry_at) = failed.retry_at else { return self.settle(failed.message_id) };
        for entry in self.waiting.iter_mut().filter(|entry| entry.message_id == failed.message_id) {
            entry.failed = failed.attempt;
            entry.due = retry_at;
        }
    }
}
