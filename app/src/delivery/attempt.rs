//! One attempt: write the bytes, put up the fence, hand over, record.

use casebook_domain::Personal;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::derive;
use casebook_domain::mail::Mailbox;
use casebook_domain::ticket::{
    DeliveryCommand, DeliveryOutcome, ReplyApproved, Ticket, TicketCommand, TicketError,
    TicketEvent,
};
use casebook_store::{AppendError, StreamId};
use tracing::Instrument;

use super::{Deliver, Entry};
use crate::app::Raw;
use crate::append::Command;
use crate::{App, AppError, OutgoingMail, trace};

/// What an attempt hands over.
pub(super) struct Started {
    pub(super) tenant: String,
    pub(super) reply: ReplyApproved,
    pub(super) raw: Raw,
    /// Number of the attempt.
    pub(super) attempt: u32,
    /// Attempts that were made before the present series.
    pub(super) before: u32,
}

impl Deliver {
    /// Sends one reply, unless the log tells that it is settled.
    pub(super) async fn deliver(&self, app: &App, entry: Entry) -> Result<(), AppError> {
        let Some((started, bytes)) = self.start(app, entry).await? else { return Ok(()) };
        let to = started.reply.to.get().cloned().unwrap_or_default();
        let from = started.reply.from.address.as_str();
        let span = trace::handing_over(started.attempt);
        let handed = self.transport.hand_over(bytes, Some(from), &to.address);
        let handed = trace::handed(&span, handed.instrument(span.clone()).await);
        // The mail has left, or has not: what follows is no part of handing it over.
        drop(span);
        let outcome = super::outcome::of(app, &started, handed);
        self.record(app, entry, &started, outcome).await
    }

    /// Appends `DeliveryStarted` at the ticket's version; `None` when there is nothing to hand
    /// over, because the reply is settled, held, or not due.
    async fn start(
        &self,
        app: &App,
        entry: Entry,
    ) -> Result<Option<(Started, bytes::Bytes)>, AppError> {
        let id = entry.ticket.to_string();
        let loaded = app.inner.tickets.load_fresh(&id).await?;
        let Some(reply) = loaded.state.reply().filter(|reply| reply.id() == entry.reply) else {
            return Ok(None);
        };
        let tenant = tenant_of(app, &id).await?;
        let before = reply.attempts_before;
        let reply = reply.approved.clone();
        let bytes = match self.composer.compose(&outgoing(&reply)) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.give_up(app, entry, &tenant, &loaded.state, error.to_string()).await?;
                return Ok(None);
            }
        };
        let raw = app.keep_raw(&tenant, bytes.clone(), usize::MAX).await?;
        let command = DeliveryCommand::Start {
            reply_id: entry.reply,
            raw_sha256: raw.sha256.clone(),
            size_bytes: raw.size_bytes,
            now: app.clock().now(),
            // SMTP: the receiver knows a mail that comes twice by its Message-ID.
            repeatable: true,
            attempts_max: app.inner.parts.delivery.attempts_max,
        };
        let events = match loaded.state.decide(TicketCommand::Deliver(command)) {
            Ok(events) => events,
            Err(TicketError::NoSuchReply(_)) => return Ok(None),
            Err(error) => return Err(AppError::fault(error)),
        };
        let attempt = events.iter().find_map(|event| match event {
            TicketEvent::DeliveryStarted(started) => Some(started.attempt),
            _ => None,
        });
        if events.is_empty() {
            return Ok(None);
        }
        let id = derive(&["deliver", &entry.reply.to_string(), &loaded.version.to_string()]);
        let mut command = Command::new(&self.access, &tenant, "StartDelivery", id, "start")
            .tell("correlation_id", correlation(&loaded.state));
        if attempt.is_some() {
            command.store(raw.inline.as_slice());
        }
        command.write(app.ids(), &entry.ticket, loaded.version, &events)?;
        match app.append_work(command.into_append()).await {
            // The repeat of a start that was recorded before: whoever made it hands over.
            Ok(appended) if appended.repeated => Ok(None),
            Ok(_) => {
                Ok(attempt.map(|attempt| (Started { tenant, reply, raw, attempt, before }, bytes)))
            }
            // The ticket moved in this very moment; the next look decides.
            Err(AppendError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A reply that cannot be written as a mail at all is left to an agent.
    async fn give_up(
        &self,
        app: &App,
        entry: Entry,
        tenant: &str,
        ticket: &Ticket,
        error: String,
    ) -> Result<(), AppError> {
        tracing::error!(reply = %entry.reply, error, "a reply cannot be written as a mail");
        let loaded = app.inner.tickets.load_fresh(&entry.ticket.to_string()).await?;
        let start = DeliveryCommand::Start {
            reply_id: entry.reply,
            raw_sha256: String::new(),
            size_bytes: 0,
            now: app.clock().now(),
            repeatable: true,
            attempts_max: app.inner.parts.delivery.attempts_max,
        };
        let mut state = (*loaded.state).clone();
        let mut events = state.decide(TicketCommand::Deliver(start)).map_err(AppError::fault)?;
        for event in &events {
            cqrs_es::Aggregate::apply(&mut state, event.clone());
        }
        let attempt = state.reply().map_or(0, |reply| reply.attempts);
        let outcome = DeliveryOutcome::Failed { error, retry_at: None };
        let record = DeliveryCommand::Record { reply_id: entry.reply, attempt, outcome };
        events.extend(state.decide(TicketCommand::Deliver(record)).map_err(AppError::fault)?);
        let id = derive(&["give-up", &entry.reply.to_string(), &loaded.version.to_string()]);
        let mut command = Command::new(&self.access, tenant, "GiveUpDelivery", id, "give up")
            .tell("correlation_id", correlation(ticket));
        command.write(app.ids(), &entry.ticket, loaded.version, &events)?;
        match app.append_work(command.into_append()).await {
            Ok(_) | Err(AppendError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The conversation that the ticket belongs to, for the metadata of its events.
pub(super) fn correlation(ticket: &Ticket) -> String {
    ticket.conversation().map(|id| id.to_string()).unwrap_or_default()
}

async fn tenant_of(app: &App, ticket: &str) -> Result<String, AppError> {
    let stream = StreamId::new(TicketEvent::STREAM_KIND, ticket);
    let first = app.store().log().read_stream(&stream, 0, 1).await?;
    let tenant = first.into_iter().next().map(|event| event.tenant);
    tenant.ok_or(AppError::NotFound("ticket"))
}

fn outgoing(reply: &ReplyApproved) -> OutgoingMail {
    let text = |value: &Personal<String>| value.text().to_owned();
    OutgoingMail {
        from: reply.from.clone(),
        to: reply.to.get().cloned().unwrap_or_else(Mailbox::default),
        reply_to: None,
        subject: text(&reply.subject),
        text: text(&reply.body),
        message_id: reply.external_id.clone(),
        in_reply_to: reply.in_reply_to.as_ref().map(text),
        references: reply.references.iter().map(text).collect(),
        date: reply.approved_at,
        auto_submitted: false,
    }
}
