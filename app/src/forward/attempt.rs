//! One attempt to hand a mail on, and its record.

use std::time::Duration;

use bytes::Bytes;
use casebook_domain::Personal;
use casebook_domain::conversation::{
    ConversationCommand, ConversationEvent, ForwardFailed, MailForwarded, Receipt,
};
use casebook_domain::event::LogEvent;
use casebook_domain::ids::derive;
use casebook_store::{AppendError, BlobError, Lease, StreamId};
use tracing::Instrument;

use super::outbox::Entry;
use super::{ForwardTask, TICK, TTL};
use crate::append::Command;
use crate::{AppError, TransportError, trace};

/// Events before the one that set a mail aside among which the mail itself is found.
const REACH: u64 = 4;
/// Longest answer of a server that is kept, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// Pause between attempts to record what a server answered.
const RECORD_PAUSE: Duration = Duration::from_secs(1);

impl ForwardTask {
    /// Makes one attempt and records its outcome, unless the log tells that it was made already.
    pub(super) async fn hand_on(&self, lease: &Lease, entry: &Entry) -> Result<(), AppError> {
        let cache = &self.app.inner.conversations;
        let conversation = cache.load_fresh(&entry.conversation).await?;
        let known = conversation.state.message(entry.message_id);
        if known.is_none_or(|known| known.forwarded || known.failed_forwards != entry.failed) {
            return Ok(());
        }
        let outcome = match self.raw_of(entry).await? {
            Some((raw, from)) => self.forward(lease, entry, raw, from).await,
            None => Err(TransportError::permanent("the raw mail is missing or damaged")),
        };
        self.record(entry, outcome).await
    }

    /// Hands the mail over, and keeps the lease as long as that takes.
    async fn forward(
        &self,
        lease: &Lease,
        entry: &Entry,
        raw: Bytes,
        from: Option<String>,
    ) -> Result<String, TransportError> {
        let span = trace::handing_over(entry.failed + 1);
        let handed = self.transport.hand_over(raw, from.as_deref(), &entry.to);
        let mut handed = handed.instrument(span.clone());
        loop {
            match tokio::time::timeout(TICK, &mut handed).await {
                Ok(outcome) => return trace::handed(&span, outcome),
                // Without the lease the outcome still counts, so it is waited for all the same.
                Err(_) => drop(self.app.store().leases().renew(lease, TTL).await),
            }
        }
    }

    /// The raw mail and its envelope sender; `None` when it cannot be had any more.
    async fn raw_of(&self, entry: &Entry) -> Result<Option<(Bytes, Option<String>)>, AppError> {
        let Some(receipt) = self.receipt_of(entry).await? else { return Ok(None) };
        match self.app.stored_blob(&entry.tenant, &receipt.sha256).await? {
            Ok(raw) => Ok(Some((raw, receipt.envelope_from.and_then(Personal::into_inner)))),
            Err(BlobError::Missing { .. } | BlobError::Corrupt { .. } | BlobError::Invalid(_)) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn receipt_of(&self, entry: &Entry) -> Result<Option<Receipt>, AppError> {
        let stream = StreamId::new(ConversationEvent::STREAM_KIND, &entry.conversation);
        let before = entry.version.saturating_sub(REACH + 1);
        for event in self.app.store().log().read_stream(&stream, before, 8).await? {
            let decoded =
                ConversationEvent::decode(&event.event_type, &event.event_version, &event.payload);
            match decoded.map_err(AppError::fault)? {
                ConversationEvent::MessageReceived(received)
                    if received.message_id == entry.message_id =>
                {
                    return Ok(Some(received.receipt));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Records what came of an attempt. The mail may have left the house, so the record is tried
    /// until it is made: otherwise the mail would be handed on twice.
    async fn record(
        &self,
        entry: &Entry,
        outcome: Result<String, TransportError>,
    ) -> Result<(), AppError> {
        let command = self.command(entry, outcome);
        loop {
            match self.try_record(entry, command.clone()).await {
                Err(AppError::Unavailable { .. }) => tokio::time::sleep(RECORD_PAUSE).await,
                done => return done,
            }
        }
    }

    fn command(
        &self,
        entry: &Entry,
        outcome: Result<String, TransportError>,
    ) -> ConversationCommand {
        let settings = &self.app.inner.parts.forward;
        let (message_id, attempt) = (entry.message_id, entry.failed + 1);
        let short = |text: String| text.chars().take(ANSWER_CHARS_MAX).collect();
        match outcome {
            Ok(answer) => ConversationCommand::RecordForwarded(MailForwarded {
                message_id,
                attempt,
                answer: short(answer),
            }),
            Err(error) => {
                let last = error.permanent || attempt >= settings.attempts_max;
                let pause = settings.retry_seconds.saturating_mul(1 << entry.failed.min(16));
                let pause = i64::from(pause.min(settings.retry_seconds_max)) * 1_000_000;
                ConversationCommand::RecordForwardFailed(ForwardFailed {
                    message_id,
                    attempt,
                    error: short(error.reason),
                    retry_at: (!last).then(|| self.app.clock().now().plus_micros(pause)),
                })
            }
        }
    }

    async fn try_record(
        &self,
        entry: &Entry,
        command: ConversationCommand,
    ) -> Result<(), AppError> {
        let cache = &self.app.inner.conversations;
        let conversation = cache.load_fresh(&entry.conversation).await?;
        let events = conversation.state.decide(command).map_err(AppError::fault)?;
        if events.is_empty() {
            return Ok(());
        }
        let (message, number) = (entry.message_id.to_string(), (entry.failed + 1).to_string());
        let command_id = derive(&["forward", &entry.tenant, &message, &number]);
        let mut command =
            Command::new(&self.access, &entry.tenant, "ForwardMail", command_id, number);
        command.write(self.app.ids(), &entry.conversation, conversation.version, &events)?;
        let append = command.into_append();
        self.app.evict(append.writes.iter().map(|write| &write.stream));
        match self.app.store().log().append(append).await {
            Ok(_) => Ok(()),
            // The conversation went on meanwhile.
            Err(error @ AppendError::Conflict { .. }) => Err(AppError::unavailable(error)),
            Err(error) => Err(error.into()),
        }
    }
}
