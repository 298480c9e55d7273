//! The workload of the benches: a ticket is received, classified, drafted, sent and resolved, one
//! event a command. `compat` compiles this file as well, so that both sides do the same work.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Bytes of text in each event, so that its payload has about 600 bytes.
pub const TEXT_BYTES: usize = 480;

/// How far a ticket has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Not known yet.
    #[default]
    Unknown,
    /// Came in.
    Received,
    /// Has a category.
    Classified,
    /// Has a proposed reply.
    Drafted,
    /// Was answered.
    Sent,
    /// Is done.
    Resolved,
}

/// The state that a command needs to decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadTicket {
    /// How far it has come.
    pub stage: Stage,
    /// What the customer wrote.
    pub body: String,
    /// What is proposed as reply.
    pub draft: String,
}

/// The commands, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadCommand {
    /// Takes the ticket in.
    Receive,
    /// Gives it a category.
    Classify,
    /// Proposes a reply.
    Draft,
    /// Sends the reply.
    Send,
    /// Ends the work.
    Resolve,
}

/// All commands of one ticket, in order.
pub const COMMANDS: [LoadCommand; 5] = [
    LoadCommand::Receive,
    LoadCommand::Classify,
    LoadCommand::Draft,
    LoadCommand::Send,
    LoadCommand::Resolve,
];

/// What all events of the workload carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Who did it.
    pub actor: String,
    /// Category or status after it.
    pub category: String,
    /// Hundredths.
    pub confidence: u32,
    /// Free text that makes up most of the payload.
    pub text: String,
}

/// One event a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadEvent {
    /// Came in.
    Received(Details),
    /// Got a category.
    Classified(Details),
    /// Got a proposed reply.
    Drafted(Details),
    /// Was answered.
    Sent(Details),
    /// Is done.
    Resolved(Details),
}

/// The command does not fit the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the ticket is not at the stage for this command")]
pub struct WrongStage;

impl LoadTicket {
    /// Decides what happens; pure.
    ///
    /// # Errors
    /// [`WrongStage`] when commands come in another order.
    pub fn decide(&self, command: LoadCommand) -> Result<LoadEvent, WrongStage> {
        use LoadCommand::{Classify, Draft, Receive, Resolve, Send};
        let event = match (self.stage, command) {
            (Stage::Unknown, Receive) => LoadEvent::Received(details("customer", "new")),
            (Stage::Received, Classify) => LoadEvent::Classified(details("model", "delivery")),
            (Stage::Classified, Draft) => LoadEvent::Drafted(details("model", "delivery")),
            (Stage::Drafted, Send) => LoadEvent::Sent(details("agent", "delivery")),
            (Stage::Sent, Resolve) => LoadEvent::Resolved(details("agent", "resolved")),
            _ => return Err(WrongStage),
        };
        Ok(event)
    }
}

fn details(actor: &str, category: &str) -> Details {
    let words = "the parcel has not arrived yet and the dog is waiting for its dinner ";
    let text = words.chars().cycle().take(TEXT_BYTES).collect();
    let (actor, category) = (format!("{actor}:somebody@example.org"), category.to_owned());
    Details { actor, category, confidence: 87, text }
}

impl DomainEvent for LoadEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Received(_) => "Received",
            Self::Classified(_) => "Classified",
            Self::Drafted(_) => "Drafted",
            Self::Sent(_) => "Sent",
            Self::Resolved(_) => "Resolved",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for LoadTicket {
    const TYPE: &'static str = "load_ticket";
    type Command = LoadCommand;
    type Event = LoadEvent;
    type Error = WrongStage;
    type Services = ();

    async fn handle(
        &mut self,
        command: LoadCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), WrongStage> {
        let event = self.decide(command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: LoadEvent) {
        self.stage = match event {
            LoadEvent::Received(details) => {
                self.body = details.text;
                Stage::Received
            }
            LoadEvent::Classified(_) => Stage::Classified,
            LoadEvent::Drafted(details) => {
                self.draft = details.text;
                Stage::Drafted
            }
            LoadEvent::Sent(_) => Stage::Sent,
            LoadEvent::Resolved(_) => Stage::Resolved,
        };
    }
}
