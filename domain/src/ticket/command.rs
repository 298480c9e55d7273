//! What can be asked of a ticket, and what it answers.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use thiserror::Error;

use super::{CustomerReplied, GateCheck, Ticket, TicketEvent, TicketGated, TicketReceived};
use crate::Personal;
use crate::ids::{DecisionId, MessageId};

/// What can be asked of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum TicketCommand {
    /// Open it with its first message.
    Open(Box<OpenTicket>),
    /// Add a further message of the customer.
    Join(Box<JoinTicket>),
}

/// How the gates ran; the facts of a decision that are not part of the check itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateRun {
    /// Time from arrival to decision, in milliseconds.
    pub execution_duration_ms: u32,
    /// Idempotency key that the caller gave.
    pub dedupe_key: Option<String>,
}

/// See [`TicketCommand::Open`].
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTicket {
    /// The ticket as received, gates included.
    pub received: TicketReceived,
    /// How the gates ran.
    pub run: GateRun,
}

/// See [`TicketCommand::Join`].
#[derive(Clone, Debug, PartialEq)]
pub struct JoinTicket {
    /// The further message, gates included.
    pub replied: CustomerReplied,
    /// How the gates ran.
    pub run: GateRun,
}

/// Why a ticket refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TicketError {
    /// The ticket exists already.
    #[error("the ticket exists already")]
    AlreadyOpen,
    /// The ticket does not exist.
    #[error("the ticket does not exist")]
    NotFound,
    /// The message is already part of the ticket.
    #[error("message {0} is already part of this ticket")]
    AlreadyJoined(MessageId),
}

impl Ticket {
    /// Decides what a command leads to. Pure: the same state and command give the same events.
    ///
    /// # Errors
    /// [`TicketError`] when the command does not fit the state.
    pub fn decide(&self, command: TicketCommand) -> Result<Vec<TicketEvent>, TicketError> {
        match command {
            TicketCommand::Open(open) => {
                if self.exists() {
                    return Err(TicketError::AlreadyOpen);
                }
                let gated = gated(&open.received.check, open.received.message_id, open.run);
                Ok(with_gate(TicketEvent::TicketReceived(Box::new(open.received)), gated))
            }
            TicketCommand::Join(join) => {
                if !self.exists() {
                    return Err(TicketError::NotFound);
                }
                if self.has_message(join.replied.message_id) {
                    return Err(TicketError::AlreadyJoined(join.replied.message_id));
                }
                let gated = gated(&join.replied.check, join.replied.message_id, join.run);
                Ok(with_gate(TicketEvent::CustomerReplied(Box::new(join.replied)), gated))
            }
        }
    }
}

fn with_gate(event: TicketEvent, gated: Option<TicketGated>) -> Vec<TicketEvent> {
    std::iter::once(event).chain(gated.map(TicketEvent::TicketGated)).collect()
}

/// The decision that the gates make, when one fired.
fn gated(check: &GateCheck, message_id: MessageId, run: GateRun) -> Option<TicketGated> {
    let first = check.outcome.verdicts.iter().find_map(|verdict| verdict.finding.as_ref())?;
    Some(TicketGated {
        decision_id: DecisionId::by_gates(message_id),
        message_id,
        policy_version: check.policy_version.clone(),
        code: first.code.clone(),
        codes: check.outcome.fired().map(ToOwned::to_owned).collect(),
        reason: first.reason.clone(),
        execution_duration_ms: run.execution_duration_ms,
        dedupe_key: run.dedupe_key.map(Personal::new),
    })
}

impl Aggregate for Ticket {
    const TYPE: &'static str = "ticket";
    type Command = TicketCommand;
    type Event = TicketEvent;
    type Error = TicketError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.evolve(&event);
    }
}
