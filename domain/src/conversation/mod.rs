//! The conversation: messages, participants, and which ticket is open.

mod command;
mod event;
mod state;

pub use command::{ConversationCommand, ConversationError, MailSetAside, ReceiveMessage};
pub use event::*;
pub use state::{Conversation, KnownMessage};
