//! One message of a conversation.

use casebook_domain::Timestamp;
use casebook_domain::conversation::{Direction, SetAside};
use casebook_domain::ids::{ContactId, ConversationId, MessageId, TicketId};
use casebook_domain::mail::{Attachment, Automatic, BounceReport, Mailbox};

use crate::columns::{from_serde_name, row, serde_name};

/// How far handing a message on has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardState {
    /// To be handed on, or tried again.
    Pending,
    /// Handed on.
    Forwarded,
    /// Given up after the last attempt.
    Failed,
}

crate::columns::text_fields! {
    ForwardState: serde_name, from_serde_name;
}

row! {
    /// One message of a conversation.
    pub struct MessageRow {
        /// Tenant that owns it.
        pub tenant: String,
        /// The message.
        pub message_id: MessageId,
        /// The thread it belongs to; `None` only before its first event.
        pub conversation_id: Option<ConversationId>,
        /// The ticket that it opened or joined.
        pub ticket_id: Option<TicketId>,
        /// Who wrote it; `None` only before its first event.
        pub contact_id: Option<ContactId>,
        /// Which way it went.
        pub direction: Direction,
        /// The agent who approved it, for our own replies.
        pub sent_by: Option<String>,
        /// Author.
        pub sender: Mailbox,
        /// Recipients.
        pub recipients: Vec<Mailbox>,
        /// Recipients of copies.
        pub copies: Vec<Mailbox>,
        /// Where answers are wanted.
        pub reply_to: Vec<Mailbox>,
        /// Subject as it stands in the mail.
        pub subject: Option<String>,
        /// When its author says it was written.
        pub sent_at: Option<Timestamp>,
        /// When it reached us.
        pub received_at: Timestamp,
        /// When it counts: its arrival, or on import when it was written. The order of messages.
        pub counted_at: Timestamp,
        /// The full text, or its beginning when `text_sha256` is given.
        pub text: String,
        /// Blob that holds the full text, when it is long.
        pub text_sha256: Option<String>,
        /// The text without quoted history and signature, or its beginning; `None` when equal to
        /// the full text.
        pub new_text: Option<String>,
        /// Blob that holds the new text, when it is long.
        pub new_text_sha256: Option<String>,
        /// The signature.
        pub signature: Option<String>,
        /// Files that came along; their bytes are in the raw mail.
        pub attachments: Vec<Attachment>,
        /// Whether a program wrote it.
        pub automatic: Option<Automatic>,
        /// What is remarkable, as codes.
        pub flags: Vec<String>,
        /// Message-ID of the mail, or the identifier its transport gave.
        pub external_id: Option<String>,
        /// SHA-256 of the raw bytes: their key in the blob store.
        pub raw_sha256: String,
        /// Number of raw bytes.
        pub raw_size_bytes: u64,
        /// What carried it: `smtp`, `http_triage`, `import`.
        pub transport: String,
        /// Why it is nobody's work.
        pub set_aside_reason: Option<SetAside>,
        /// Where it is handed on.
        pub forward_to: Option<String>,
        /// How far handing it on has come.
        pub forward_state: Option<ForwardState>,
        /// Attempts to hand it on.
        pub forward_attempts: u32,
        /// Whether a delivery report says that it did not arrive.
        pub bounced: bool,
        /// What the latest delivery report about it says.
        pub bounce_report: Option<BounceReport>,
        /// The message that this one is a delivery report about.
        pub bounce_of: Option<MessageId>,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}
