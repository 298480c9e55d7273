//! Public events of what agents do to a ticket besides answering it.

use casebook_domain::ids::TicketId;
use casebook_domain::ticket;

use crate::stream::data::*;
use crate::stream::map::{Personally, text};
use crate::stream::types::EventData;

pub(super) fn escalated(
    ticket_id: TicketId,
    event: &ticket::TicketEscalated,
    personally: Personally,
) -> EventData {
    EventData::TicketEscalated(Box::new(TicketEscalated {
        ticket_id,
        personal: personally.tell(|| Reason { reason: text(&event.reason) }),
    }))
}

pub(super) fn touched(ticket_id: TicketId, by: &ticket::ByAgent) -> Box<TicketTouched> {
    Box::new(TicketTouched { ticket_id, agent: by.agent.clone() })
}

pub(super) fn assigned(ticket_id: TicketId, event: &ticket::TicketAssigned) -> EventData {
    EventData::TicketAssigned(Box::new(TicketAssigned {
        ticket_id,
        agent: event.agent.clone(),
        team: event.team.clone(),
    }))
}

pub(super) fn labels_changed(ticket_id: TicketId, event: &ticket::LabelsChanged) -> EventData {
    EventData::LabelsChanged(Box::new(LabelsChanged {
        ticket_id,
        added: event.added.clone(),
        removed: event.removed.clone(),
    }))
}

pub(super) fn priority_set(ticket_id: TicketId, event: ticket::PrioritySet) -> EventData {
    EventData::PrioritySet(Box::new(PrioritySet { ticket_id, urgency: event.urgency.into() }))
}

pub(super) fn category_corrected(
    ticket_id: TicketId,
    event: &ticket::CategoryCorrected,
) -> EventData {
    EventData::CategoryCorrected(Box::new(CategoryCorrected {
        ticket_id,
        from: event.from.clone(),
        to: event.to.clone(),
    }))
}

pub(super) fn snoozed(ticket_id: TicketId, event: ticket::Snoozed) -> EventData {
    EventData::TicketSnoozed(Box::new(TicketSnoozed { ticket_id, until: event.until }))
}

pub(super) fn back(ticket_id: TicketId, because: ticket::Because) -> Box<TicketBack> {
    Box::new(TicketBack { ticket_id, because: because.into() })
}

pub(super) fn end(ticket_id: TicketId, event: ticket::Ended) -> Box<TicketEnded> {
    Box::new(TicketEnded { ticket_id, ended_at: event.at })
}
