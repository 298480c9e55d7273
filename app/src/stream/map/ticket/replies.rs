//! Public events of replies and replacements.

use casebook_domain::ids::TicketId;
use casebook_domain::ticket;

use crate::stream::data::*;
use crate::stream::map::{Personally, opt_text, person, text};
use crate::stream::types::EventData;

pub(super) fn drafted(
    ticket_id: TicketId,
    event: &ticket::ReplyDrafted,
    personally: Personally,
) -> EventData {
    EventData::ReplyDrafted(Box::new(ReplyDrafted {
        ticket_id,
        decision_id: event.decision_id,
        message_id: event.message_id,
        personal: personally.tell(|| Text { text: text(&event.text) }),
    }))
}

pub(super) fn approved(
    ticket_id: TicketId,
    event: &ticket::ReplyApproved,
    personally: Personally,
) -> EventData {
    EventData::ReplyApproved(Box::new(ReplyApproved {
        ticket_id,
        reply_id: event.reply_id,
        approved_by: event.approved_by.clone(),
        decision_id: event.decision_id,
        draft_usage: event.comparison.usage.into(),
        after: event.after.into(),
        approved_at: event.approved_at,
        due_at: event.due_at,
        personal: personally.tell(|| ReplyPerson {
            to: person(&event.to),
            subject: text(&event.subject),
            text: text(&event.body),
        }),
    }))
}

pub(super) fn withdrawn(ticket_id: TicketId, event: ticket::ReplyWithdrawn) -> EventData {
    let reply_id = event.reply_id;
    EventData::ReplyWithdrawn(Box::new(ReplyTouched { ticket_id, reply_id }))
}

pub(super) fn delivery_started(ticket_id: TicketId, event: &ticket::DeliveryStarted) -> EventData {
    let (reply_id, attempt) = (event.reply_id, event.attempt);
    EventData::DeliveryStarted(Box::new(DeliveryStarted { ticket_id, reply_id, attempt }))
}

pub(super) fn sent(ticket_id: TicketId, event: &ticket::ReplySent) -> EventData {
    EventData::ReplySent(Box::new(ReplySent {
        ticket_id,
        reply_id: event.reply_id,
        attempt: event.attempt,
        sent_at: event.sent_at,
    }))
}

pub(super) fn failed(ticket_id: TicketId, event: &ticket::DeliveryFailed) -> EventData {
    EventData::DeliveryFailed(Box::new(DeliveryFailed {
        ticket_id,
        reply_id: event.reply_id,
        attempt: event.attempt,
        error: event.error.clone(),
        retry_at: event.retry_at,
    }))
}

pub(super) fn unknown(ticket_id: TicketId, event: &ticket::DeliveryUnknown) -> EventData {
    let (reply_id, attempt) = (event.reply_id, event.attempt);
    EventData::DeliveryUnknown(Box::new(DeliveryUnknown { ticket_id, reply_id, attempt }))
}

pub(super) fn held(ticket_id: TicketId, event: ticket::ReplyHeld) -> EventData {
    EventData::ReplyHeld(Box::new(ReplyHeld {
        ticket_id,
        reply_id: event.reply_id,
        because: event.because.into(),
    }))
}

pub(super) fn retried(ticket_id: TicketId, event: ticket::ReplyRetried) -> EventData {
    let (reply_id, due_at) = (event.reply_id, event.due_at);
    EventData::ReplyRetried(Box::new(ReplyRetried { ticket_id, reply_id, due_at }))
}

pub(super) fn bounced(ticket_id: TicketId, event: &ticket::ReplyBounced) -> EventData {
    EventData::ReplyBounced(Box::new(ReplyBounced {
        ticket_id,
        reply_id: event.reply_id,
        message_id: event.message_id,
        is_final: event.is_final,
        status: event.status.clone(),
    }))
}

pub(super) fn replacement_requested(
    ticket_id: TicketId,
    event: &ticket::ReplacementRequested,
    personally: Personally,
) -> EventData {
    EventData::ReplacementRequested(Box::new(ReplacementRequested {
        ticket_id,
        replacement_id: event.replacement_id,
        reply_id: event.reply_id,
        personal: personally.tell(|| ReplacementPerson {
            order_reference: text(&event.order_reference),
            reason: text(&event.reason),
        }),
    }))
}

pub(super) fn replacement_placed(
    ticket_id: TicketId,
    event: &ticket::ReplacementPlaced,
    personally: Personally,
) -> EventData {
    EventData::ReplacementPlaced(Box::new(ReplacementPlaced {
        ticket_id,
        replacement_id: event.replacement_id,
        attempt: event.attempt,
        personal: personally.tell(|| Reference { reference: opt_text(event.reference.as_ref()) }),
    }))
}

pub(super) fn replacement_failed(
    ticket_id: TicketId,
    event: &ticket::ReplacementFailed,
) -> EventData {
    EventData::ReplacementFailed(Box::new(ReplacementFailed {
        ticket_id,
        replacement_id: event.replacement_id,
        attempt: event.attempt,
        error: event.error.clone(),
        retry_at: event.retry_at,
    }))
}
