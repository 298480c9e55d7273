//! What a parser makes of a raw mail: the plain data that identity, gates and triage work on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A name and an address as they stand in a header field, both decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mailbox {
    /// Display name, decoded, white space collapsed; `None` when there is none.
    pub name: Option<String>,
    /// The address in lower case; may be malformed, because mail is.
    pub address: String,
}

/// Why a mail was not written by a person to be answered by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    /// An out-of-office notice or another automatic answer (RFC 3834).
    AutoReply,
    /// A delivery report about a mail that could not be delivered (RFC 3464 or older forms).
    Bounce,
    /// Mail of a mailing list, a newsletter or other bulk mail.
    List,
    /// Mail that one of our own inboxes sent.
    Own,
}

/// Problem code of a mail that no parser could read.
pub const PARSER_PANIC: &str = "parser_panic";

/// Where the text of a mail was taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// One or several `text/plain` parts.
    Plain,
    /// HTML turned into text, because no plain part had content.
    Html,
    /// The mail has no text.
    #[default]
    None,
}

/// A file that came with a mail. Its bytes stay inside the raw mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// File name, decoded; `None` when the mail gives none.
    pub name: Option<String>,
    /// Media type in lower case, for example `image/jpeg`.
    pub content_type: String,
    /// Size of the decoded content in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the decoded content, in lower-case hex.
    pub sha256: String,
    /// Content-ID without angle brackets, for parts that HTML refers to.
    pub content_id: Option<String>,
    /// Whether the part is meant to be shown inside the text.
    pub inline: bool,
    /// Index of the part in the parsed mail, by which its bytes are found again.
    pub part: u32,
}

/// What a delivery report says about the mail it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BounceReport {
    /// Message-ID of the mail that bounced, without angle brackets, when the report quotes it.
    pub original_message_id: Option<String>,
    /// The recipient that could not be reached.
    pub recipient: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464 section 2.3.3).
    pub action: Option<String>,
    /// Enhanced status code such as `5.1.1` (RFC 3463).
    pub status: Option<String>,
    /// The remote server's own words.
    pub diagnostic: Option<String>,
}

/// Everything that Casebook reads out of a raw mail.
///
/// Text is UTF-8 without NUL (each becomes U+FFFD); identifiers come without angle brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParsedMail {
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// Identifiers in In-Reply-To, in order.
    pub in_reply_to: Vec<String>,
    /// Identifiers in References, oldest first.
    pub references: Vec<String>,
    /// The authors; the first one is the customer.
    pub from: Vec<Mailbox>,
    /// Reply-To.
    pub reply_to: Vec<Mailbox>,
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Subject, decoded, white space collapsed; `None` when the field is absent or blank.
    pub subject: Option<String>,
    /// The Date field in UTC; `None` when absent or impossible.
    pub date: Option<Timestamp>,
    /// The full text, quoted history and signature included.
    pub text: String,
    /// Where `text` was taken from.
    pub text_source: TextSource,
    /// What the person wrote now: `text` without quoted history and signature.
    pub new_text: String,
    /// The signature that was cut off `new_text`; empty when none was found.
    pub signature: String,
    /// Files that came along.
    pub attachments: Vec<Attachment>,
    /// What headers and structure say about the mail's origin; never [`Automatic::Own`], which
    /// only the knowledge of our inboxes can tell.
    pub automatic: Option<Automatic>,
    /// The delivery report, when `automatic` is [`Automatic::Bounce`].
    pub bounce: Option<BounceReport>,
    /// SHA-256 in hex over From, Date, Subject and the decoded parts, trace headers left out:
    /// equal for redeliveries of one mail, different for another mail under the same Message-ID.
    pub content_digest: String,
    /// Codes of what was wrong with the mail, such as `no_from` or `parts_limit`; never its text.
    pub problems: Vec<String>,
}
