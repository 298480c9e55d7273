//! What can be asked of a conversation, and what it answers.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use thiserror::Error;

use super::{
    BounceAttached, Conversation, ConversationEvent, ConversationOpened, ForwardFailed,
    MailForwarded, MessageReceived, MessageSent, NoteAdded, SetAside, SetAsideMail, preview,
};
use crate::Personal;
use crate::ids::MessageId;

/// What can be asked of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum ConversationCommand {
    /// Take in a message.
    Receive(Box<ReceiveMessage>),
    /// Record that a message was handed on.
    RecordForwarded(MailForwarded),
    /// Record that handing a message on failed.
    RecordForwardFailed(ForwardFailed),
    /// Begin it with an agent's first message.
    Open(ConversationOpened),
    /// Record that a reply of ours went out.
    RecordSent(Box<MessageSent>),
    /// Leave a note for colleagues.
    AddNote(NoteAdded),
}

/// Take in a message; opens the conversation when it does not exist.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiveMessage {
    /// How the conversation is opened, if it has to be.
    pub opening: ConversationOpened,
    /// The message.
    pub message: MessageReceived,
    /// Set when the message is nobody's work.
    pub set_aside: Option<MailSetAside>,
    /// Set when the message is a delivery report about a message of this conversation.
    pub bounce: Option<BounceAttached>,
}

/// That a message is nobody's work, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MailSetAside {
    /// The message.
    pub message_id: MessageId,
    /// Why.
    pub reason: SetAside,
    /// Where it is to be handed on, if anywhere.
    pub forward_to: Option<Personal<String>>,
}

impl MailSetAside {
    /// The event, which repeats what lists show of the message.
    fn of(self, opening: &ConversationOpened, message: &MessageReceived) -> SetAsideMail {
        SetAsideMail {
            message_id: self.message_id,
            reason: self.reason,
            forward_to: self.forward_to,
            conversation_id: opening.conversation_id,
            contact_id: message.contact_id,
            inbox: opening.inbox.clone(),
            channel: opening.channel,
            from: message.from.clone(),
            subject: message.subject.clone(),
            preview: preview(message.new_words()).into(),
            external_id: message.external_id.clone(),
            received_at: message.counted_at(),
        }
    }
}

/// Why a conversation refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConversationError {
    /// The message is already part of the conversation.
    #[error("message {0} is already part of this conversation")]
    AlreadyReceived(MessageId),
    /// The command names a message that the conversation does not have.
    #[error("message {0} is not part of this conversation")]
    UnknownMessage(MessageId),
    /// The conversation exists already.
    #[error("the conversation exists already")]
    AlreadyOpen,
    /// The conversation does not exist.
    #[error("the conversation does not exist")]
    NotFound,
    /// A note cannot be kept.
    #[error("text: {0}")]
    InvalidNote(&'static str),
}

/// Longest note, in bytes.
pub const NOTE_BYTES_MAX: usize = 32 * 1024;

impl Conversation {
    /// Decides what a command leads to. Pure: the same state and command give the same events.
    ///
    /// # Errors
    /// [`ConversationError`] when the command does not fit the state.
    pub fn decide(
        &self,
        command: ConversationCommand,
    ) -> Result<Vec<ConversationEvent>, ConversationError> {
        match command {
            ConversationCommand::Receive(command) => self.receive(*command),
            ConversationCommand::RecordForwarded(done) => {
                self.require(done.message_id)?;
                if self.is_forwarded(done.message_id) {
                    return Ok(Vec::new());
                }
                Ok(vec![ConversationEvent::MailForwarded(done)])
            }
            ConversationCommand::RecordForwardFailed(failed) => {
                self.require(failed.message_id)?;
                Ok(vec![ConversationEvent::ForwardFailed(failed)])
            }
            ConversationCommand::Open(opened) if !self.is_open() => {
                Ok(vec![ConversationEvent::ConversationOpened(opened)])
            }
            ConversationCommand::Open(_) => Err(ConversationError::AlreadyOpen),
            _ if !self.is_open() => Err(ConversationError::NotFound),
            ConversationCommand::RecordSent(sent) => {
                if self.message(sent.message_id).is_some() {
                    return Ok(Vec::new());
                }
                Ok(vec![ConversationEvent::MessageSent(sent)])
            }
            ConversationCommand::AddNote(note) => self.add_note(note),
        }
    }

    fn receive(
        &self,
        command: ReceiveMessage,
    ) -> Result<Vec<ConversationEvent>, ConversationError> {
        let ReceiveMessage { opening, message, set_aside, bounce } = command;
        if self.message(message.message_id).is_some() {
            return Err(ConversationError::AlreadyReceived(message.message_id));
        }
        if let Some(bounce) = &bounce {
            self.require(bounce.about)?;
        }
        let set_aside = set_aside.map(|aside| Box::new(aside.of(&opening, &message)));
        let mut events = Vec::with_capacity(4);
        if !self.is_open() {
            events.push(ConversationEvent::ConversationOpened(opening));
        }
        events.push(ConversationEvent::MessageReceived(Box::new(message)));
        events.extend(set_aside.map(ConversationEvent::MailSetAside));
        events.extend(bounce.map(ConversationEvent::BounceAttached));
        Ok(events)
    }

    fn add_note(&self, note: NoteAdded) -> Result<Vec<ConversationEvent>, ConversationError> {
        if self.has_note(note.note_id) {
            return Ok(Vec::new());
        }
        match note.text.text().trim().len() {
            0 => Err(ConversationError::InvalidNote("write something")),
            1..=NOTE_BYTES_MAX => Ok(vec![ConversationEvent::NoteAdded(note)]),
            _ => Err(ConversationError::InvalidNote("at most 32768 bytes")),
        }
    }

    fn require(&self, message: MessageId) -> Result<(), ConversationError> {
        self.message(message).map(|_| ()).ok_or(ConversationError::UnknownMessage(message))
    }
}

impl Aggregate for Conversation {
    const TYPE: &'static str = "conversation";
    type Command = ConversationCommand;
    type Event = ConversationEvent;
    type Error = ConversationError;
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
