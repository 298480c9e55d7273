//! A reply from approval to its outcome, and replacements, in words.

use super::next;
use crate::ticket::{
    AfterSending, DeliveryFailed, DeliveryStarted, DeliveryUnknown, HeldBecause, ReplacementFailed,
    ReplacementPlaced, ReplacementRequested, ReplyApproved, ReplyBounced, ReplyHeld, ReplyRetried,
    ReplySent, ReplyWithdrawn,
};

pub(super) fn approved(approved: &ReplyApproved) -> String {
    let usage = approved.comparison.usage.name();
    let after = match approved.after {
        AfterSending::Resolve => "",
        AfterSending::KeepOpen => "; the ticket stays open afterwards",
    };
    let (id, by, due) = (approved.reply_id, &approved.approved_by, approved.due_at);
    format!("{by} approved reply {id} ({usage}), which leaves at {due}{after}.")
}

pub(super) fn withdrawn(withdrawn: ReplyWithdrawn) -> String {
    format!("Reply {} was taken back before it left.", withdrawn.reply_id)
}

pub(super) fn started(started: &DeliveryStarted) -> String {
    let (id, attempt) = (started.reply_id, started.attempt);
    format!("Attempt {attempt} to send reply {id} began; it cannot be taken back any more.")
}

pub(super) fn sent(sent: &ReplySent) -> String {
    let (id, attempt, at) = (sent.reply_id, sent.attempt, sent.sent_at);
    format!("Reply {id} went out at attempt {attempt}, at {at}.")
}

pub(super) fn failed(failed: &DeliveryFailed) -> String {
    let (id, attempt) = (failed.reply_id, failed.attempt);
    format!("Attempt {attempt} to send reply {id} failed{}.", next(failed.retry_at))
}

pub(super) fn unknown(unknown: &DeliveryUnknown) -> String {
    let (id, attempt) = (unknown.reply_id, unknown.attempt);
    format!("Nobody can tell whether reply {id} went out at attempt {attempt}.")
}

pub(super) fn held(held: ReplyHeld) -> String {
    let because = match held.because {
        HeldBecause::CustomerWrote => "the customer wrote in between",
        HeldBecause::Escalated => "the ticket was escalated in between",
    };
    format!("Reply {} was held because {because}.", held.reply_id)
}

pub(super) fn retried(retried: ReplyRetried) -> String {
    format!("Reply {} is sent after all, at {}.", retried.reply_id, retried.due_at)
}

pub(super) fn bounced(bounced: &ReplyBounced) -> String {
    let verdict = if bounced.is_final { "will never arrive" } else { "has not arrived yet" };
    let (report, id) = (bounced.message_id, bounced.reply_id);
    format!("Delivery report {report} says that reply {id} {verdict}.")
}

pub(super) fn replacement_requested(asked: &ReplacementRequested) -> String {
    let (id, reply) = (asked.replacement_id, asked.reply_id);
    format!("Replacement {id} was asked for, promised by reply {reply}.")
}

pub(super) fn replacement_placed(placed: &ReplacementPlaced) -> String {
    let (id, attempt) = (placed.replacement_id, placed.attempt);
    format!("The business took replacement {id} at attempt {attempt}.")
}

pub(super) fn replacement_failed(failed: &ReplacementFailed) -> String {
    let (id, attempt) = (failed.replacement_id, failed.attempt);
    format!("Attempt {attempt} to place replacement {id} failed{}.", next(failed.retry_at))
}
