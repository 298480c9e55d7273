//! Conversations, their messages and notes.

use casebook_domain::Timestamp;
use casebook_domain::ids::{ContactId, ConversationId, MessageId, NoteId, TicketId};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Automatic, Channel, Direction, Text};

/// A thread with a contact began.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConversationOpened {
    /// The thread.
    pub conversation_id: ConversationId,
    /// Inbox it came in by.
    pub inbox: String,
    /// How the contact writes.
    pub channel: Channel,
    /// The contact it is with.
    pub contact_id: ContactId,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Subject>,
}

/// What something is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Subject {
    /// Subject, prefixes removed; null when blank.
    pub subject: Option<String>,
}

/// A name and an address.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Person {
    /// The name, where there is one.
    pub name: Option<String>,
    /// The address in lower case; may be malformed, because mail is.
    pub address: String,
}

/// A message arrived and is part of the thread.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MessageReceived {
    /// The message.
    pub message_id: MessageId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub contact_id: ContactId,
    /// The ticket that it opened or joined; null when it is nobody's work.
    pub ticket_id: Option<TicketId>,
    /// Which way it went.
    pub direction: Direction,
    /// What carried it, for example `smtp`.
    pub transport: String,
    /// Number of raw bytes.
    pub size_bytes: u64,
    /// When it reached us.
    pub received_at: Timestamp,
    /// When its author says it was written.
    pub sent_at: Option<Timestamp>,
    /// Number of files that came along.
    pub attachment_count: u64,
    /// Which program wrote it; null when a person did.
    pub automatic: Option<Automatic>,
    /// What is remarkable, as codes.
    pub flags: Vec<String>,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<MessagePerson>,
}

/// What a message says, from and to whom.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MessagePerson {
    /// Author.
    pub from: Option<Person>,
    /// Recipients.
    pub to: Vec<Person>,
    /// Recipients of copies.
    pub cc: Vec<Person>,
    /// Subject as it stands in the mail.
    pub subject: Option<String>,
    /// What the person wrote now, without quoted history and signature; its beginning where it is
    /// long.
    pub new_text: Option<String>,
    /// Whether `new_text` is only the beginning.
    pub is_beginning: bool,
    /// Message-ID of the mail, or the identifier its transport gave.
    pub external_id: Option<String>,
    /// Files that came along.
    pub attachments: Vec<File>,
}

/// A file that came with a message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct File {
    /// Its name, where there is one.
    pub name: Option<String>,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// A message is kept but is nobody's work: it opens no ticket.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MessageSetAside {
    /// The message.
    pub message_id: MessageId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub contact_id: ContactId,
    /// Inbox it came in by.
    pub inbox: String,
    /// How the contact writes.
    pub channel: Channel,
    /// Why.
    pub reason: super::SetAsideReason,
    /// Whether it is to be handed on to another address.
    pub is_forwarded: bool,
    /// When it reached us, or on import when it was written.
    pub received_at: Timestamp,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<SetAsidePerson>,
}

/// What a set-aside message says, and from whom.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SetAsidePerson {
    /// Author.
    pub from: Option<Person>,
    /// Subject as it stands in the mail.
    pub subject: Option<String>,
    /// The beginning of the text.
    pub preview: Option<String>,
    /// Where it is to be handed on, if anywhere.
    pub forward_to: Option<String>,
}

/// A raw mail was handed on, untouched, to another address.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MessageForwarded {
    /// The message.
    pub message_id: MessageId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// Number of the attempt that succeeded, from 1.
    pub attempt: u32,
}

/// Handing a raw mail on failed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ForwardFailed {
    /// The message.
    pub message_id: MessageId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// What went wrong.
    pub error: String,
    /// When it is tried again; null after the last attempt.
    pub retry_at: Option<Timestamp>,
}

/// A delivery report was attached to the message that it is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BounceAttached {
    /// The thread both belong to.
    pub conversation_id: ConversationId,
    /// The delivery report.
    pub message_id: MessageId,
    /// The message that could not be delivered.
    pub about: MessageId,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<BouncePerson>,
}

/// What a delivery report says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BouncePerson {
    /// The recipient that could not be reached.
    pub recipient: Option<String>,
    /// What became of the mail (RFC 3464), for example `failed`.
    pub action: Option<String>,
    /// Status code (RFC 3463), for example `5.1.1`.
    pub status: Option<String>,
    /// The remote server's own words.
    pub diagnostic: Option<String>,
}

/// A reply of ours went out and is part of the thread.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MessageSent {
    /// The message; the same as the reply's.
    pub message_id: MessageId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// To whom.
    pub contact_id: ContactId,
    /// The ticket that it answers, or that it began.
    pub ticket_id: TicketId,
    /// The agent who approved it.
    pub sent_by: String,
    /// When it left.
    pub sent_at: Timestamp,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<SentPerson>,
}

/// What a message of ours says, and to whom.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SentPerson {
    /// The person it went to.
    pub to: Option<Person>,
    /// Subject as it left.
    pub subject: Option<String>,
    /// The text as it left, signed.
    pub text: Option<String>,
    /// Message-ID, or the identifier its transport gave.
    pub external_id: Option<String>,
}

/// An agent left a note for colleagues.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NoteAdded {
    /// The note.
    pub note_id: NoteId,
    /// The ticket it was written on.
    pub ticket_id: TicketId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// The agent who wrote it.
    pub author: String,
    /// When it was written.
    pub written_at: Timestamp,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Text>,
}
