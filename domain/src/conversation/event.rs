//! Events of a conversation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::ids::{ContactId, ConversationId, MessageId, NoteId, TicketId};
use crate::mail::{Attachment, Automatic, BounceReport, Mailbox, TextSource};
use crate::{Personal, Timestamp};

/// What happened in the thread with a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum ConversationEvent {
    /// The thread began.
    ConversationOpened(ConversationOpened),
    /// A message arrived and is part of the thread.
    MessageReceived(Box<MessageReceived>),
    /// The last message is kept but is nobody's work: it opens no ticket.
    MailSetAside(Box<SetAsideMail>),
    /// The raw mail was handed on, untouched, to another address.
    MailForwarded(MailForwarded),
    /// Handing the raw mail on failed; it is tried again while `retry_at` names a time.
    ForwardFailed(ForwardFailed),
    /// A delivery report was attached to the message that it is about.
    BounceAttached(BounceAttached),
    /// A reply of ours went out and is part of the thread.
    MessageSent(Box<MessageSent>),
    /// An agent left a note for colleagues; customers never see it.
    NoteAdded(NoteAdded),
}

/// See [`ConversationEvent::ConversationOpened`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationOpened {
    /// The thread.
    pub conversation_id: ConversationId,
    /// Inbox it came in by.
    pub inbox: String,
    /// How the contact writes.
    pub channel: Channel,
    /// The contact it is with; the data subject of the stream.
    pub contact_id: ContactId,
    /// Subject of the first message, prefixes removed; `None` when blank.
    pub subject: Option<Personal<String>>,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the contact to us.
    Inbound,
    /// From us to the contact, seen on its way back in (a copy of our own mail).
    Outbound,
}

/// Proof of what arrived: the raw bytes as a blob, and how they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// SHA-256 of the raw bytes in hex: their key in the blob store under the tenant.
    pub sha256: String,
    /// Number of raw bytes.
    pub size_bytes: u64,
    /// When the bytes reached us.
    pub received_at: Timestamp,
    /// What carried them: `smtp`, `http_triage`, `import`.
    pub transport: String,
    /// Sender on the envelope, where there was one.
    pub envelope_from: Option<Personal<String>>,
    /// Recipient on the envelope, where there was one.
    pub envelope_to: Option<Personal<String>>,
}

/// Text of a message: in the event when short, a blob when long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// The text itself.
    Inline(Personal<String>),
    /// Too long for the event: SHA-256 in hex of a blob with the UTF-8 text.
    Blob {
        /// Key of the blob under the tenant.
        sha256: String,
        /// Number of bytes of the text.
        size_bytes: u64,
        /// The beginning of the text, for lists and search.
        beginning: Personal<String>,
    },
}

impl Body {
    /// The text, or its beginning where the rest is a blob.
    pub fn beginning(&self) -> &str {
        match self {
            Self::Inline(text) | Self::Blob { beginning: text, .. } => text.text(),
        }
    }
}

/// Name of the transport that carries old mail; see [`Receipt::transport`].
pub const IMPORT: &str = "import";

/// Characters of a text that lists show, at most.
const PREVIEW_CHARS_MAX: usize = 200;

/// The beginning of a text for lists: white space collapsed, at most 200 characters.
pub fn preview(text: &str) -> String {
    let mut preview = String::new();
    let mut chars = 0;
    for word in text.split_whitespace() {
        for c in (chars > 0).then_some(' ').into_iter().chain(word.chars()) {
            if chars == PREVIEW_CHARS_MAX {
                return preview;
            }
            preview.push(c);
            chars += 1;
        }
    }
    preview
}

/// See [`ConversationEvent::MessageReceived`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageReceived {
    /// The message.
    pub message_id: MessageId,
    /// Who wrote it; the data subject of this event.
    pub contact_id: ContactId,
    /// Which way it went.
    pub direction: Direction,
    /// The ticket that it opened or joined; `None` when it is nobody's work.
    pub ticket_id: Option<TicketId>,
    /// Proof of what arrived.
    pub receipt: Receipt,
    /// Message-ID of the mail, or the identifier its transport gave.
    pub external_id: Option<Personal<String>>,
    /// Identifiers that it answers, newest first.
    pub answers: Vec<Personal<String>>,
    /// Author.
    pub from: Personal<Mailbox>,
    /// Where answers are wanted.
    pub reply_to: Vec<Personal<Mailbox>>,
    /// Recipients.
    pub to: Vec<Personal<Mailbox>>,
    /// Recipients of copies.
    pub cc: Vec<Personal<Mailbox>>,
    /// Subject as it stands in the mail.
    pub subject: Option<Personal<String>>,
    /// When its author says it was written.
    pub sent_at: Option<Timestamp>,
    /// The full text.
    pub text: Body,
    /// The text without quoted history and signature; `None` when equal to `text`.
    pub new_text: Option<Body>,
    /// The signature.
    pub signature: Option<Personal<String>>,
    /// Where the text was taken from.
    pub text_source: TextSource,
    /// Files that came along; their bytes are in the raw mail.
    pub attachments: Vec<Personal<Attachment>>,
    /// Whether a program wrote it.
    pub automatic: Option<Automatic>,
    /// What is remarkable: `new_sender`, `same_id_other_content`, or a parser's problem code.
    pub flags: Vec<String>,
    /// Digest over the content without trace headers, by which redeliveries are known.
    pub content_digest: String,
    /// Idempotency key that the caller gave, where the message did not come as mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_key: Option<Personal<String>>,
}

/// See [`ConversationEvent::MailSetAside`]. Tells all that a list of such mail shows, as
/// [`TicketReceived`](crate::ticket::TicketReceived) does for a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SetAsideMail {
    /// The message.
    pub message_id: MessageId,
    /// Why.
    pub reason: SetAside,
    /// Where it is to be handed on, if anywhere.
    pub forward_to: Option<Personal<String>>,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// Who wrote it; the data subject of this event.
    pub contact_id: ContactId,
    /// Inbox it came in by.
    pub inbox: String,
    /// How the contact writes.
    pub channel: Channel,
    /// Author.
    pub from: Personal<Mailbox>,
    /// Subject as it stands in the mail.
    pub subject: Option<Personal<String>>,
    /// The beginning of the new text, for lists.
    pub preview: Personal<String>,
    /// Message-ID of the mail.
    pub external_id: Option<Personal<String>>,
    /// When it reached us, or on import when it was written.
    pub received_at: Timestamp,
}

/// Why a message is nobody's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetAside {
    /// Addressed to an address of the tenant that is no inbox.
    OtherAddress,
    /// An automatic answer that answers nothing we know.
    AutoReply,
    /// A delivery report about nothing we know.
    Bounce,
    /// List mail that is not addressed to the inbox itself.
    List,
    /// Mail from one of our own inboxes.
    Own,
    /// Nothing in it: a calendar invitation, a read receipt, an empty body.
    Empty,
}

impl SetAside {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherAddress => "other_address",
            Self::AutoReply => "auto_reply",
            Self::Bounce => "bounce",
            Self::List => "list",
            Self::Own => "own",
            Self::Empty => "empty",
        }
    }
}

/// See [`ConversationEvent::MailForwarded`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MailForwarded {
    /// The message.
    pub message_id: MessageId,
    /// Number of the attempt that succeeded, from 1.
    pub attempt: u32,
    /// The server's last answer, for example `250 2.0.0 Ok`.
    pub answer: String,
}

/// See [`ConversationEvent::ForwardFailed`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForwardFailed {
    /// The message.
    pub message_id: MessageId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// What went wrong, free of personal data.
    pub error: String,
    /// When it is tried again; `None` after the last attempt.
    pub retry_at: Option<Timestamp>,
}

/// See [`ConversationEvent::BounceAttached`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BounceAttached {
    /// The delivery report.
    pub message_id: MessageId,
    /// The message that could not be delivered.
    pub about: MessageId,
    /// What the report says.
    pub report: Personal<BounceReport>,
}

/// See [`ConversationEvent::MessageSent`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageSent {
    /// The message; the same as the reply's.
    pub message_id: MessageId,
    /// To whom; the data subject of this event.
    pub contact_id: ContactId,
    /// The ticket that it answers, or that it began.
    pub ticket_id: TicketId,
    /// The agent who approved it.
    pub sent_by: String,
    /// Message-ID, or the identifier its transport gave.
    pub external_id: Personal<String>,
    /// Message-ID that it answers.
    pub in_reply_to: Option<Personal<String>>,
    /// Sender: name and address of the inbox.
    pub from: Mailbox,
    /// The person it went to.
    pub to: Personal<Mailbox>,
    /// Subject as it left.
    pub subject: Personal<String>,
    /// The text as it left.
    pub text: Personal<String>,
    /// Blob with the bytes that left, by SHA-256 in hex.
    pub raw_sha256: String,
    /// When it left.
    pub sent_at: Timestamp,
}

/// See [`ConversationEvent::NoteAdded`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoteAdded {
    /// The note.
    pub note_id: NoteId,
    /// The ticket it was written on.
    pub ticket_id: TicketId,
    /// Whom the thread is with; the data subject of this event.
    pub contact_id: ContactId,
    /// The agent who wrote it.
    pub author: String,
    /// What it says.
    pub text: Personal<String>,
    /// When it was written.
    pub written_at: Timestamp,
}

impl MessageReceived {
    /// When the message counts: its arrival, or on import the time its author gives, which is
    /// never later than the arrival.
    pub fn counted_at(&self) -> Timestamp {
        let arrival = self.receipt.received_at;
        match self.sent_at {
            Some(sent) if self.receipt.transport == IMPORT => sent.min(arrival),
            _ => arrival,
        }
    }

    /// What the person wrote now, or its beginning where it is long.
    pub fn new_words(&self) -> &str {
        self.new_text.as_ref().unwrap_or(&self.text).beginning()
    }
}
