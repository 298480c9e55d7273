//! Events of a ticket in words: intake and triage. Work and replies have files of their own.

use super::{count, list, short, ticket_reply as reply, ticket_work as work};
use crate::ticket::{GateCheck, TicketClassified, TicketEvent, TicketGated, TriageFailed};

pub(super) fn sentence(event: &TicketEvent) -> String {
    match event {
        TicketEvent::TicketReceived(received) => {
            let (id, gates) = (received.message_id, checked(&received.check));
            format!("Message {id} opened the ticket in inbox {}{gates}.", received.inbox)
        }
        TicketEvent::TicketStarted(started) => {
            format!("An agent wrote first, from inbox {}.", started.inbox)
        }
        TicketEvent::CustomerReplied(replied) => {
            let (id, gates) = (replied.message_id, checked(&replied.check));
            format!("The customer wrote again (message {id}){gates}.")
        }
        TicketEvent::TicketGated(gated) => self::gated(gated),
        TicketEvent::TicketClassified(decision) => classified(decision),
        TicketEvent::ReplyDrafted(drafted) => {
            format!("A reply to message {} was drafted.", drafted.message_id)
        }
        TicketEvent::TriageFailed(failed) => self::failed(failed),
        TicketEvent::TicketEscalated(_) => work::escalated(),
        TicketEvent::TicketClaimed(by) => work::claimed(by),
        TicketEvent::TicketReleased(by) => work::released(by),
        TicketEvent::TicketAssigned(to) => work::assigned(to),
        TicketEvent::LabelsChanged(change) => work::labelled(change),
        TicketEvent::PrioritySet(set) => work::urgency(*set),
        TicketEvent::CategoryCorrected(corrected) => work::corrected(corrected),
        TicketEvent::CustomerAwaited(by) => work::awaited(by),
        TicketEvent::Snoozed(snoozed) => work::snoozed(*snoozed),
        TicketEvent::Woken(woken) => work::woken(*woken),
        TicketEvent::TicketResolved(ended) => work::resolved(*ended),
        TicketEvent::TicketClosed(ended) => work::closed(*ended),
        TicketEvent::TicketReopened(reopened) => work::reopened(*reopened),
        TicketEvent::ReplyApproved(approved) => reply::approved(approved),
        TicketEvent::ReplyWithdrawn(withdrawn) => reply::withdrawn(*withdrawn),
        TicketEvent::DeliveryStarted(started) => reply::started(started),
        TicketEvent::ReplySent(sent) => reply::sent(sent),
        TicketEvent::DeliveryFailed(failed) => reply::failed(failed),
        TicketEvent::DeliveryUnknown(unknown) => reply::unknown(unknown),
        TicketEvent::ReplyHeld(held) => reply::held(*held),
        TicketEvent::ReplyRetried(retried) => reply::retried(*retried),
        TicketEvent::ReplyBounced(bounced) => reply::bounced(bounced),
        TicketEvent::ReplacementRequested(asked) => reply::replacement_requested(asked),
        TicketEvent::ReplacementPlaced(placed) => reply::replacement_placed(placed),
        TicketEvent::ReplacementFailed(failed) => reply::replacement_failed(failed),
    }
}

fn checked(check: &GateCheck) -> String {
    let gates = count(check.outcome.verdicts.len() as u64, "gate");
    match check.outcome.fired().count() {
        0 => format!("; {gates} checked, none fired"),
        fired => format!("; {gates} checked, {fired} fired"),
    }
}

fn gated(gated: &TicketGated) -> String {
    let (id, reason) = (gated.message_id, &gated.reason);
    let gates = if gated.codes.len() == 1 { "Gate" } else { "Gates" };
    format!("{gates} {} fired on message {id}: {reason}.", list(&gated.codes))
}

fn classified(decision: &TicketClassified) -> String {
    let (answer, run) = (&decision.answer, &decision.run);
    let (category, confidence) = (&answer.category, answer.confidence.value());
    let outcome = match (answer.escalates(), decision.unsure) {
        (true, _) => "; a person must decide",
        (false, true) => "; below the policy's threshold for priority 2",
        (false, false) => "",
    };
    let (model, policy) = (&run.model_used, short(&decision.policy_version));
    format!(
        "Message {} was classified as {category} with confidence {confidence:.2} by {model} \
         under policy {policy}{outcome}.",
        decision.message_id
    )
}

fn failed(failed: &TriageFailed) -> String {
    let (id, attempts) = (failed.message_id, count(failed.attempts, "attempt"));
    format!("Message {id} could not be classified after {attempts}; a person takes it.")
}
