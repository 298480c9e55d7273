//! The conversation: messages, participants, and which ticket is open.

mod command;
mod event;
mod log;
mod state;

pub use command::{
    ConversationCommand, ConversationError, MailSetAside, NOTE_BYTES_MAX, ReceiveMessage,
};
pub use event::*;
pub use state::{Conversation, KnownMessage, SENT, Threading};
