//! What the way of a reply, or of a replacement, changes in a ticket's row.

use casebook_domain::ticket::{HeldBecause, ReplyApproved, ReplySent, TicketEvent};

use super::{ReplacementState, ReplyState, TicketRow};

/// What agents read about a reply of which nobody can tell whether it went out.
pub(crate) const UNKNOWN: &str = "nobody can tell whether it went out";

/// What agents read about a reply that was stopped.
pub(crate) const fn held_words(because: HeldBecause) -> &'static str {
    match because {
        HeldBecause::CustomerWrote => "the customer wrote again",
        HeldBecause::Escalated => "the ticket was escalated",
    }
}

/// What agents read about a reply that came back, given the status code of the report.
pub(crate) fn bounced_words(status: Option<&str>) -> String {
    format!("a delivery report came back: {}", status.unwrap_or("no status"))
}

pub(super) fn apply(row: &mut TicketRow, event: &TicketEvent) {
    match event {
        TicketEvent::ReplyApproved(approved) => approve(row, approved),
        TicketEvent::ReplyWithdrawn(_) => {
            row.draft_usage = None;
            state(row, ReplyState::Withdrawn);
        }
        TicketEvent::DeliveryStarted(_) => state(row, ReplyState::Sending),
        TicketEvent::ReplySent(sent) => send(row, sent),
        TicketEvent::DeliveryFailed(failed) => {
            let retried = failed.retry_at.is_some();
            state(row, if retried { ReplyState::Retrying } else { ReplyState::Failed });
            row.reply_due_at = failed.retry_at;
            row.reply_error = Some(failed.error.clone());
        }
        TicketEvent::DeliveryUnknown(_) => {
            state(row, ReplyState::Unknown);
            row.reply_error = Some(UNKNOWN.to_owned());
        }
        TicketEvent::ReplyHeld(held) => {
            state(row, ReplyState::Held);
            row.reply_error = Some(held_words(held.because).to_owned());
        }
        TicketEvent::ReplyRetried(retried) => {
            state(row, ReplyState::Approved);
            row.reply_due_at = Some(retried.due_at);
        }
        // A notice of delay is no return, and a reply in hand is what the agent has to see.
        TicketEvent::ReplyBounced(bounced) if bounced.is_final && !in_hand(row) => {
            row.reply_id = Some(bounced.reply_id);
            state(row, ReplyState::Bounced);
            row.reply_error = Some(bounced_words(bounced.status.as_deref()));
        }
        TicketEvent::ReplacementRequested(_) => {
            replacement(row, ReplacementState::Requested, None);
        }
        TicketEvent::ReplacementPlaced(_) => replacement(row, ReplacementState::Placed, None),
        TicketEvent::ReplacementFailed(failed) => {
            let again = failed.retry_at.is_some();
            let state = if again { ReplacementState::Requested } else { ReplacementState::Failed };
            replacement(row, state, Some(failed.error.clone()));
        }
        _ => {}
    }
}

fn replacement(row: &mut TicketRow, state: ReplacementState, error: Option<String>) {
    row.replacement_state = Some(state);
    row.replacement_error = error;
}

/// Whether a reply was approved that has no outcome yet.
const fn in_hand(row: &TicketRow) -> bool {
    !matches!(
        row.reply_state,
        None | Some(ReplyState::Sent | ReplyState::Bounced | ReplyState::Withdrawn)
    )
}

fn approve(row: &mut TicketRow, approved: &ReplyApproved) {
    row.reply_id = Some(approved.reply_id);
    state(row, ReplyState::Approved);
    row.reply_due_at = Some(approved.due_at);
    row.draft_usage = Some(approved.comparison.usage);
}

fn send(row: &mut TicketRow, sent: &ReplySent) {
    state(row, ReplyState::Sent);
    row.draft.clear();
    row.reply_count = row.reply_count.saturating_add(1);
    row.first_reply_at.get_or_insert(sent.sent_at);
}

fn state(row: &mut TicketRow, state: ReplyState) {
    row.reply_state = Some(state);
    row.reply_due_at = None;
    row.reply_error = None;
}
