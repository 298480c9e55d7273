//! Writing mail and handing it over.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use casebook_domain::Timestamp;
use casebook_domain::mail::Mailbox;
use thiserror::Error;

/// Carries raw mail out of the house, untouched.
#[async_trait]
pub trait MailTransport: Send + Sync + 'static {
    /// Hands `raw` over for `to` with the envelope sender `from` (`None` is the empty sender of
    /// RFC 5321 section 4.5.5); answers the server's last words: its code and a short text, free
    /// of personal data.
    ///
    /// # Errors
    /// [`TransportError`], which tells whether another attempt may help or may double the mail.
    async fn hand_over(
        &self,
        raw: Bytes,
        from: Option<&str>,
        to: &str,
    ) -> Result<String, TransportError>;
}

/// Why a mail could not be handed over; free of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct TransportError {
    /// What the server or the connection said.
    pub reason: String,
    /// Whether the server refused this mail for good.
    pub permanent: bool,
    /// Whether the connection broke after the whole mail was sent and before the server's answer:
    /// the server may have taken it.
    pub uncertain: bool,
}

impl TransportError {
    /// A failure that no further attempt can mend.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), permanent: true, uncertain: false }
    }

    /// A failure that another attempt may mend; the mail was certainly not taken.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), permanent: false, uncertain: false }
    }

    /// An outcome that nobody knows: another attempt may bring the mail twice.
    pub fn uncertain(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), permanent: false, uncertain: true }
    }
}

/// Writes mail.
pub trait MailComposer: Send + Sync + 'static {
    /// The bytes of a mail; the same input gives the same bytes.
    ///
    /// # Errors
    /// [`ComposeError`] when the mail could not be a correct one.
    fn compose(&self, mail: &OutgoingMail) -> Result<Bytes, ComposeError>;
}

/// A mail to be written. Line breaks and control characters in one-line fields are cleaned away
/// by the composer, so that no field can add a header. `Debug` shows nothing personal.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// Author.
    pub from: Mailbox,
    /// Recipient.
    pub to: Mailbox,
    /// Where answers shall go, when not to the author.
    pub reply_to: Option<Mailbox>,
    /// Subject as it is to be read.
    pub subject: String,
    /// Body: plain text, one paragraph a line; any kind of line ending.
    pub text: String,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// Message-ID of the mail that this one answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The Date field.
    pub date: Timestamp,
    /// Whether no person wrote it: marked so that nobody answers it automatically (RFC 3834
    /// section 5). Never set for an agent's reply.
    pub auto_submitted: bool,
}

impl fmt::Debug for OutgoingMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMail").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// Why a mail cannot be written; free of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ComposeError {
    /// An address cannot be used in a mail.
    #[error("the address in {field} is malformed")]
    Address {
        /// Header field.
        field: &'static str,
    },
    /// The Message-ID has no form that can be sent.
    #[error("the Message-ID is malformed")]
    MessageId,
    /// The date lies outside the years 1970 to 9999.
    #[error("the date cannot be written")]
    Date,
}
