//! Messages that open or join a ticket, and what the gates decide about them.

use super::TicketError;
use crate::Personal;
use crate::ids::DecisionId;
use crate::ids::MessageId;
use crate::ticket::{
    Because, CustomerReplied, GateCheck, ReplyBounced, Ticket, TicketEvent, TicketGated,
    TicketReceived, TicketReopened,
};

/// How the gates ran; the facts of a decision that are not part of the check itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateRun {
    /// Time from arrival to decision, in milliseconds.
    pub execution_duration_ms: u32,
    /// Idempotency key that the caller gave.
    pub dedupe_key: Option<String>,
    /// Subject for a gated ticket whose customer gave none.
    pub subject: Option<String>,
}

/// See [`super::TicketCommand::Open`].
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTicket {
    /// The ticket as received, gates included.
    pub received: TicketReceived,
    /// How the gates ran.
    pub run: GateRun,
}

/// See [`super::TicketCommand::Join`].
#[derive(Clone, Debug, PartialEq)]
pub struct JoinTicket {
    /// The further message, gates included.
    pub replied: CustomerReplied,
    /// How the gates ran.
    pub run: GateRun,
}

impl Ticket {
    pub(super) fn open(&self, open: OpenTicket) -> Result<Vec<TicketEvent>, TicketError> {
        if self.exists() {
            return Err(TicketError::AlreadyOpen);
        }
        let wants_subject = open.received.subject.is_none();
        let gated = gated(&open.received.check, open.received.message_id, open.run, wants_subject);
        let received = TicketEvent::TicketReceived(Box::new(open.received));
        Ok(std::iter::once(received).chain(gated).collect())
    }

    /// A message of the customer joins; a ticket that had ended opens again.
    pub(super) fn join_message(&self, join: JoinTicket) -> Result<Vec<TicketEvent>, TicketError> {
        if self.has_message(join.replied.message_id) {
            return Err(TicketError::AlreadyJoined(join.replied.message_id));
        }
        let wants_subject = self.subject().is_none();
        let gated = gated(&join.replied.check, join.replied.message_id, join.run, wants_subject);
        let reopened = TicketReopened { because: Because::Customer };
        let reopened = (!self.status().is_open()).then_some(TicketEvent::TicketReopened(reopened));
        let replied = TicketEvent::CustomerReplied(Box::new(join.replied));
        Ok(reopened.into_iter().chain([replied]).chain(gated).collect())
    }

    /// Marks a reply that came back; each report counts once.
    pub(super) fn bounce(&self, bounced: ReplyBounced) -> Vec<TicketEvent> {
        let in_hand = self.reply().is_some_and(|reply| reply.id() == bounced.reply_id);
        let ours = in_hand || self.has_sent(bounced.reply_id);
        if !ours || (self.bounced.contains(&bounced.reply_id) && !bounced.is_final) {
            return Vec::new();
        }
        vec![TicketEvent::ReplyBounced(bounced)]
    }
}

/// The decision that the gates make, when one fired.
fn gated(
    check: &GateCheck,
    message_id: MessageId,
    run: GateRun,
    wants_subject: bool,
) -> Option<TicketEvent> {
    let first = check.outcome.verdicts.iter().find_map(|verdict| verdict.finding.as_ref())?;
    Some(TicketEvent::TicketGated(TicketGated {
        decision_id: DecisionId::by_gates(message_id),
        message_id,
        policy_version: check.policy_version.clone(),
        code: first.code.clone(),
        codes: check.outcome.fired().map(ToOwned::to_owned).collect(),
        reason: first.reason.clone(),
        execution_duration_ms: run.execution_duration_ms,
        dedupe_key: run.dedupe_key.map(Personal::new),
        subject: run.subject.filter(|_| wants_subject).map(Personal::new),
    }))
}
