//! Public events of how tickets come to be, and what triage says.

use casebook_domain::ids::TicketId;
use casebook_domain::ticket;

use crate::stream::data::*;
use crate::stream::map::{Personally, opt_text, text};
use crate::stream::types::EventData;

fn fired(check: &ticket::GateCheck) -> Vec<String> {
    check.outcome.fired().map(str::to_owned).collect()
}

pub(super) fn received(
    ticket_id: TicketId,
    event: &ticket::TicketReceived,
    personally: Personally,
) -> EventData {
    EventData::TicketReceived(Box::new(TicketReceived {
        ticket_id,
        conversation_id: event.conversation_id,
        message_id: event.message_id,
        contact_id: event.contact_id,
        inbox: event.inbox.clone(),
        channel: event.channel.into(),
        received_at: event.received_at,
        policy_version: event.check.policy_version.clone(),
        gate_codes: fired(&event.check),
        personal: personally.tell(|| TicketPerson {
            customer_email: text(&event.customer_email),
            customer_name: opt_text(event.customer_name.as_ref()),
            subject: opt_text(event.subject.as_ref()),
            preview: text(&event.preview),
        }),
    }))
}

pub(super) fn started(
    ticket_id: TicketId,
    event: &ticket::TicketStarted,
    personally: Personally,
) -> EventData {
    EventData::TicketStarted(Box::new(TicketStarted {
        ticket_id,
        conversation_id: event.conversation_id,
        contact_id: event.contact_id,
        inbox: event.inbox.clone(),
        channel: event.channel.into(),
        started_at: event.started_at,
        personal: personally.tell(|| TicketPerson {
            customer_email: text(&event.customer_email),
            customer_name: opt_text(event.customer_name.as_ref()),
            subject: text(&event.subject),
            preview: text(&event.preview),
        }),
    }))
}

pub(super) fn customer_replied(
    ticket_id: TicketId,
    event: &ticket::CustomerReplied,
    personally: Personally,
) -> EventData {
    EventData::CustomerReplied(Box::new(CustomerReplied {
        ticket_id,
        message_id: event.message_id,
        contact_id: event.contact_id,
        received_at: event.received_at,
        policy_version: event.check.policy_version.clone(),
        gate_codes: fired(&event.check),
        personal: personally.tell(|| Preview { preview: text(&event.preview) }),
    }))
}

pub(super) fn gated(ticket_id: TicketId, event: &ticket::TicketGated) -> EventData {
    EventData::TicketGated(Box::new(TicketGated {
        ticket_id,
        decision_id: event.decision_id,
        message_id: event.message_id,
        policy_version: event.policy_version.clone(),
        gate_code: event.code.clone(),
        gate_codes: event.codes.clone(),
        reason: event.reason.clone(),
        execution_duration_ms: event.execution_duration_ms,
    }))
}

pub(super) fn classified(
    ticket_id: TicketId,
    event: &ticket::TicketClassified,
    personally: Personally,
) -> EventData {
    let (answer, run) = (&event.answer, &event.run);
    EventData::TicketClassified(Box::new(TicketClassified {
        ticket_id,
        decision_id: event.decision_id,
        message_id: event.message_id,
        policy_version: event.policy_version.clone(),
        category: answer.category.clone(),
        confidence: answer.confidence.value(),
        unsure: event.unsure,
        escalate: answer.escalates(),
        action: answer.action.clone(),
        is_existing_customer: event.is_existing_customer,
        run: ModelRun {
            provider: run.provider.clone(),
            model: run.model_used.clone(),
            input_tokens: run.usage.input_tokens,
            output_tokens: run.usage.output_tokens,
            cost_micro_usd: run.cost_micro_usd,
            attempts: run.attempts,
            execution_duration_ms: run.execution_duration_ms,
        },
        personal: personally.tell(|| ClassifiedPerson {
            escalation_reason: opt_text(answer.escalation_reason.as_ref()),
            suggested_subject: opt_text(answer.suggested_subject.as_ref()),
            customer_name: opt_text(answer.customer_name.as_ref()),
        }),
    }))
}

pub(super) fn triage_failed(ticket_id: TicketId, event: &ticket::TriageFailed) -> EventData {
    EventData::TriageFailed(Box::new(TriageFailed {
        ticket_id,
        message_id: event.message_id,
        policy_version: event.policy_version.clone(),
        provider: event.provider.clone(),
        attempts: event.attempts,
        error: event.error.clone(),
    }))
}
