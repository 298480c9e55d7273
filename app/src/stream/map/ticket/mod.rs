//! Public events of tickets.

mod intake;
mod replies;
mod work;

use casebook_domain::ids::TicketId;
use casebook_domain::ticket::TicketEvent;

use super::{Personally, Told};
use crate::stream::types::EventData;

/// What an event of a ticket tells.
pub(super) fn told(id: TicketId, event: &TicketEvent, with: Personally) -> Told {
    use {EventData as Public, TicketEvent as Stored};
    let data = match event {
        Stored::TicketReceived(event) => intake::received(id, event, with),
        Stored::TicketStarted(event) => intake::started(id, event, with),
        Stored::CustomerReplied(event) => intake::customer_replied(id, event, with),
        Stored::TicketGated(event) => intake::gated(id, event),
        Stored::TicketClassified(event) => intake::classified(id, event, with),
        Stored::TriageFailed(event) => intake::triage_failed(id, event),
        Stored::TicketEscalated(event) => work::escalated(id, event, with),
        Stored::TicketClaimed(by) => Public::TicketClaimed(work::touched(id, by)),
        Stored::TicketReleased(by) => Public::TicketReleased(work::touched(id, by)),
        Stored::CustomerAwaited(by) => Public::CustomerAwaited(work::touched(id, by)),
        Stored::TicketAssigned(event) => work::assigned(id, event),
        Stored::LabelsChanged(event) => work::labels_changed(id, event),
        Stored::PrioritySet(event) => work::priority_set(id, *event),
        Stored::CategoryCorrected(event) => work::category_corrected(id, event),
        Stored::Snoozed(event) => work::snoozed(id, *event),
        Stored::Woken(woken) => Public::TicketWoken(work::back(id, woken.because)),
        Stored::TicketReopened(again) => Public::TicketReopened(work::back(id, again.because)),
        Stored::TicketResolved(ended) => Public::TicketResolved(work::end(id, *ended)),
        Stored::TicketClosed(ended) => Public::TicketClosed(work::end(id, *ended)),
        Stored::ReplyDrafted(event) => replies::drafted(id, event, with),
        Stored::ReplyApproved(event) => replies::approved(id, event, with),
        Stored::ReplyWithdrawn(event) => replies::withdrawn(id, *event),
        Stored::DeliveryStarted(event) => replies::delivery_started(id, event),
        Stored::ReplySent(event) => replies::sent(id, event),
        Stored::DeliveryFailed(event) => replies::failed(id, event),
        Stored::DeliveryUnknown(event) => replies::unknown(id, event),
        Stored::ReplyHeld(event) => replies::held(id, *event),
        Stored::ReplyRetried(event) => replies::retried(id, *event),
        Stored::ReplyBounced(event) => replies::bounced(id, event),
        Stored::ReplacementRequested(event) => replies::replacement_requested(id, event, with),
        Stored::ReplacementPlaced(event) => replies::replacement_placed(id, event, with),
        Stored::ReplacementFailed(event) => replies::replacement_failed(id, event),
    };
    Told { data, ticket_id: Some(id) }
}
