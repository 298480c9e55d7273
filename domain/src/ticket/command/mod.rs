//! What can be asked of a ticket, and what it answers.

mod delivery;
mod error;
mod open;
mod replacement;
mod reply;
mod triage;
mod work;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use delivery::{DeliveryCommand, DeliveryOutcome};
pub use error::TicketError;
pub use open::{GateRun, JoinTicket, OpenTicket};
pub use replacement::ReplacementCommand;
pub use reply::{REPLY_BYTES_MAX, ReplyCommand};
pub use triage::{Classified, TriageCommand};
pub use work::{LABEL_CHARS_MAX, LABELS_MAX, REASON_CHARS_MAX, WorkCommand};

use super::{ReplyBounced, Ticket, TicketEvent, TicketStarted};

/// What can be asked of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum TicketCommand {
    /// Open it with its first message.
    Open(Box<OpenTicket>),
    /// Add a further message of the customer.
    Join(Box<JoinTicket>),
    /// Open it with an agent's first message.
    Start(Box<TicketStarted>),
    /// Record what came of triage.
    Triage(TriageCommand),
    /// An agent's work besides answering.
    Work(WorkCommand),
    /// An agent's work on a reply.
    Reply(ReplyCommand),
    /// A step of a reply's delivery.
    Deliver(DeliveryCommand),
    /// A delivery report about a reply.
    Bounce(ReplyBounced),
    /// A step of a replacement.
    Replace(ReplacementCommand),
}

impl Ticket {
    /// Decides what a command leads to. Pure: the same state and command give the same events; no
    /// events mean that what was asked for is so already.
    ///
    /// # Errors
    /// [`TicketError`] when the command does not fit the state.
    pub fn decide(&self, command: TicketCommand) -> Result<Vec<TicketEvent>, TicketError> {
        match command {
            TicketCommand::Open(open) => self.open(*open),
            TicketCommand::Start(_) if self.exists() => Err(TicketError::AlreadyOpen),
            TicketCommand::Start(started) => Ok(vec![TicketEvent::TicketStarted(started)]),
            _ if !self.exists() => Err(TicketError::NotFound),
            TicketCommand::Join(join) => self.join_message(*join),
            TicketCommand::Triage(command) => Ok(self.record_triage(command)),
            TicketCommand::Work(command) => self.work(command),
            TicketCommand::Reply(command) => self.decide_reply(command),
            TicketCommand::Deliver(command) => self.deliver(command),
            TicketCommand::Bounce(bounced) => Ok(self.bounce(bounced)),
            TicketCommand::Replace(command) => self.replace(command),
        }
    }
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
