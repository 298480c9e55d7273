//! What came of an attempt, and its record in ticket and conversation.

use std::time::Duration;

use casebook_domain::Personal;
use casebook_domain::conversation::{ConversationCommand, ConversationEvent, MessageSent};
use casebook_domain::ids::{ConversationId, derive};
use casebook_domain::ticket::{DeliveryCommand, DeliveryOutcome, TicketCommand, TicketEvent};
use casebook_store::AppendError;

use super::attempt::{Started, correlation};
use super::{Deliver, Entry};
use crate::append::Command;
use crate::{App, AppError, TransportError};

/// Longest answer of a server that is kept, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// Pause between attempts to record what a server answered.
const RECORD_PAUSE: Duration = Duration::from_secs(1);

/// What the transport's answer means for the reply.
pub(super) fn of(
    app: &App,
    started: &Started,
    handed: Result<String, TransportError>,
) -> DeliveryOutcome {
    let now = app.clock().now();
    let short = |text: String| text.chars().take(ANSWER_CHARS_MAX).collect();
    match handed {
        Ok(answer) => DeliveryOutcome::Sent { answer: short(answer), at: now },
        Err(error) => {
            let made = started.attempt.saturating_sub(started.before);
            let retry_at = match error.permanent {
                true => None,
                false => app.inner.parts.delivery.retry_at(made, now),
            };
            DeliveryOutcome::Failed { error: short(error.reason), retry_at }
        }
    }
}

impl Deliver {
    /// Records what came of an attempt. The reply may have left the house, so this is tried until
    /// it is done: otherwise the reply would leave twice.
    pub(super) async fn record(
        &self,
        app: &App,
        entry: Entry,
        started: &Started,
        outcome: DeliveryOutcome,
    ) -> Result<(), AppError> {
        loop {
            match self.try_record(app, entry, started, outcome.clone()).await {
                Err(AppError::Unavailable { .. }) => tokio::time::sleep(RECORD_PAUSE).await,
                done => return done,
            }
        }
    }

    async fn try_record(
        &self,
        app: &App,
        entry: Entry,
        started: &Started,
        outcome: DeliveryOutcome,
    ) -> Result<(), AppError> {
        let id = entry.ticket.to_string();
        // A conflict is somebody else's work on the same ticket; it is decided anew at once.
        loop {
            let loaded = app.inner.tickets.load_fresh(&id).await?;
            let command = DeliveryCommand::Record {
                reply_id: entry.reply,
                attempt: started.attempt,
                outcome: outcome.clone(),
            };
            let decided = loaded.state.decide(TicketCommand::Deliver(command));
            let events = decided.map_err(AppError::fault)?;
            if events.is_empty() {
                return Ok(());
            }
            let (reply, attempt) = (entry.reply.to_string(), started.attempt.to_string());
            let command_id = derive(&["delivered", &reply, &attempt]);
            let mut command =
                Command::new(&self.access, &started.tenant, "RecordDelivery", command_id, attempt)
                    .tell("correlation_id", correlation(&loaded.state));
            command.write(app.ids(), &entry.ticket, loaded.version, &events)?;
            let sent = events.iter().any(|event| matches!(event, TicketEvent::ReplySent(_)));
            if let (true, Some(conversation)) = (sent, loaded.state.conversation()) {
                let message = message(entry, started, &outcome, &loaded.state);
                match self.in_thread(app, conversation, message).await {
                    Ok((version, decided)) => {
                        command.write(app.ids(), &conversation, version, &decided)?;
                    }
                    Err(error @ AppError::Unavailable { .. }) => return Err(error),
                    // The mail is out: a thread that cannot be read must not make it leave again.
                    Err(error) => tracing::error!(
                        conversation = %conversation,
                        cause = error.internal(),
                        "a reply is out and missing from its conversation"
                    ),
                }
            }
            match app.append_work(command.into_append()).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Deliver {
    /// What the conversation makes of a reply that is out.
    async fn in_thread(
        &self,
        app: &App,
        conversation: ConversationId,
        message: MessageSent,
    ) -> Result<(u64, Vec<ConversationEvent>), AppError> {
        let thread = app.load_conversation(conversation, true).await?;
        let message = ConversationCommand::RecordSent(Box::new(message));
        let decided = thread.state.decide(message).map_err(AppError::fault)?;
        Ok((thread.version, decided))
    }
}

/// The reply as a message of its conversation.
fn message(
    entry: Entry,
    started: &Started,
    outcome: &DeliveryOutcome,
    ticket: &casebook_domain::ticket::Ticket,
) -> MessageSent {
    let reply = &started.reply;
    let sent_at = match outcome {
        DeliveryOutcome::Sent { at, .. } => *at,
        DeliveryOutcome::Failed { .. } => reply.approved_at,
    };
    MessageSent {
        message_id: entry.reply,
        contact_id: ticket.contact().unwrap_or(casebook_domain::ids::ContactId(uuid::Uuid::nil())),
        ticket_id: entry.ticket,
        sent_by: reply.approved_by.clone(),
        external_id: Personal::new(reply.external_id.clone()),
        in_reply_to: reply.in_reply_to.clone(),
        from: reply.from.clone(),
        to: reply.to.clone(),
        subject: reply.subject.clone(),
        text: reply.body.clone(),
        raw_sha256: started.raw.sha256.clone(),
        sent_at,
    }
}
