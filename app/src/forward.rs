//! Handing set-aside mail on: an outbox whose entries and attempts are events.

use std::sync::Arc;
use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_domain::conversation::{
    ConversationCommand, ConversationEvent, ForwardFailed, MailForwarded,
};
use casebook_domain::event::LogEvent;
use casebook_domain::ids::{MessageId, derive};
use casebook_store::{Filter, StoredEvent, StreamId};

use crate::append::Command;
use crate::{Access, App, AppError, MailForwarder};

/// Name of the lease that lets one process at a time hand mail on.
const LEASE: &str = "mail-forwarder";
/// Events read at a time.
const PAGE: usize = 500;

/// Hands set-aside mail on for as long as the process runs.
pub struct ForwardTask {
    app: App,
    forwarder: Arc<dyn MailForwarder>,
    access: Access,
}

/// A mail that waits to be handed on.
#[derive(Clone, Debug)]
struct Entry {
    tenant: String,
    conversation: String,
    message_id: MessageId,
    to: String,
    sha256: String,
    from: Option<String>,
    attempt: u32,
    due: Timestamp,
}

impl ForwardTask {
    /// A task that hands mail on through `forwarder`.
    pub const fn new(app: App, forwarder: Arc<dyn MailForwarder>) -> Self {
        Self { app, forwarder, access: Access::operator("forwarder") }
    }

    /// Follows the log and hands on what is due, in the log's order, until the process ends.
    pub async fn run(self) {
        let ttl = Duration::from_secs(6);
        let owner = self.app.ids().random().to_string();
        let mut waiting: Vec<Entry> = Vec::new();
        let mut after = 0;
        loop {
            let held = self.app.store().leases().acquire(LEASE, &owner, ttl).await;
            if matches!(held, Ok(Some(_))) {
                match self.step(&mut waiting, &mut after).await {
                    Ok(()) => {}
                    Err(error) => {
                        tracing::warn!(cause = error.internal(), "mail was not handed on");
                        waiting.clear();
                        after = 0;
                    }
                }
            } else {
                waiting.clear();
                after = 0;
            }
            let head = self.app.store().log().head();
            let _ = tokio::time::timeout(Duration::from_secs(2), changed(head, after)).await;
        }
    }

    /// Reads what is new, then hands on what is due.
    async fn step(&self, waiting: &mut Vec<Entry>, after: &mut u64) -> Result<(), AppError> {
        let filter = Filter {
            event_types: ["MailSetAside", "MailForwarded", "ForwardFailed"]
                .map(str::to_owned)
                .to_vec(),
            ..Filter::default()
        };
        loop {
            let page = self.app.store().log().read(*after, &filter, PAGE).await?;
            for event in &page.events {
                self.note(waiting, event).await?;
            }
            *after = page.reached;
            if page.events.len() < PAGE {
                break;
            }
        }
        let now = self.app.clock().now();
        let due: Vec<Entry> = waiting.iter().filter(|entry| entry.due <= now).cloned().collect();
        for entry in due {
            self.hand_on(&entry).await?;
            waiting.retain(|other| other.message_id != entry.message_id);
        }
        Ok(())
    }

    async fn note(&self, waiting: &mut Vec<Entry>, stored: &StoredEvent) -> Result<(), AppError> {
        let event =
            ConversationEvent::decode(&stored.event_type, &stored.event_version, &stored.payload)
                .map_err(AppError::fault)?;
        match event {
            ConversationEvent::MailSetAside(aside) => {
                let Some(to) = aside.forward_to.and_then(casebook_domain::Personal::into_inner)
                else {
                    return Ok(());
                };
                if let Some((sha256, from)) = self.raw_of(stored, aside.message_id).await? {
                    waiting.push(Entry {
                        tenant: stored.tenant.clone(),
                        conversation: stored.stream.id.clone(),
                        message_id: aside.message_id,
                        to,
                        sha256,
                        from,
                        attempt: 0,
                        due: stored.recorded_at,
                    });
                }
            }
            ConversationEvent::MailForwarded(done) => {
                waiting.retain(|entry| entry.message_id != done.message_id);
            }
            ConversationEvent::ForwardFailed(failed) => match failed.retry_at {
                None => waiting.retain(|entry| entry.message_id != failed.message_id),
                Some(retry_at) => {
                    for entry in waiting.iter_mut() {
                        if entry.message_id == failed.message_id {
                            entry.attempt = failed.attempt;
                            entry.due = retry_at;
                        }
                    }
                }
            },
            _ => {}
        }
        Ok(())
    }

    /// Hash and envelope sender of the raw mail of a message.
    async fn raw_of(
        &self,
        stored: &StoredEvent,
        message: MessageId,
    ) -> Result<Option<(String, Option<String>)>, AppError> {
        let stream = StreamId::new(stored.stream.kind.clone(), stored.stream.id.clone());
        let before = stored.version.saturating_sub(4);
        for event in self.app.store().log().read_stream(&stream, before, 8).await? {
            let decoded =
                ConversationEvent::decode(&event.event_type, &event.event_version, &event.payload);
            if let ConversationEvent::MessageReceived(received) =
                decoded.map_err(AppError::fault)?
                && received.message_id == message
            {
                let from = received.receipt.envelope_from.and_then(|from| from.into_inner());
                return Ok(Some((received.receipt.sha256, from)));
            }
        }
        Ok(None)
    }

    /// Makes one attempt and records its outcome.
    async fn hand_on(&self, entry: &Entry) -> Result<(), AppError> {
        let raw = self.app.blob(&entry.tenant, &entry.sha256).await?;
        let attempt = entry.attempt + 1;
        let handed = self.forwarder.forward(raw, entry.from.as_deref(), &entry.to).await;
        let settings = &self.app.inner.parts.forward;
        let command = match handed {
            Ok(answer) => ConversationCommand::RecordForwarded(MailForwarded {
                message_id: entry.message_id,
                attempt,
                answer: answer.chars().take(200).collect(),
            }),
            Err(error) => {
                let last = error.permanent || attempt >= settings.attempts_max;
                let pause = settings.retry_seconds.saturating_mul(1 << (attempt - 1).min(16));
                let pause = i64::from(pause.min(settings.retry_seconds_max)) * 1_000_000;
                let retry_at = (!last).then(|| self.app.clock().now().plus_micros(pause));
                ConversationCommand::RecordForwardFailed(ForwardFailed {
                    message_id: entry.message_id,
                    attempt,
                    error: error.reason.chars().take(200).collect(),
                    retry_at,
                })
            }
        };
        self.record(entry, attempt, command).await
    }

    async fn record(
        &self,
        entry: &Entry,
        attempt: u32,
        command: ConversationCommand,
    ) -> Result<(), AppError> {
        let cache = &self.app.inner.conversations;
        let conversation = cache.load_fresh(&entry.conversation).await?;
        let events = conversation.state.decide(command).map_err(AppError::fault)?;
        if events.is_empty() {
            return Ok(());
        }
        let (message, number) = (entry.message_id.to_string(), attempt.to_string());
        let command_id = derive(&["forward", &entry.tenant, &message, &number]);
        let mut command =
            Command::new(&self.access, &entry.tenant, "ForwardMail", command_id, number);
        command.write(self.app.ids(), &entry.conversation, conversation.version, &events)?;
        let append = command.into_append();
        self.app.evict(&append);
        self.app.store().log().append(append).await?;
        Ok(())
    }
}

/// Waits until the log is longer than `after`.
async fn changed(mut head: tokio::sync::watch::Receiver<u64>, after: u64) {
    while *head.borrow_and_update() <= after {
        if head.changed().await.is_err() {
            return;
        }
    }
}
