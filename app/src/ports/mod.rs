//! The world outside, as the use cases see it. Adapters implement these; the binary wires them.

mod mail;
mod replacement;
mod triage;
mod webhook;

use casebook_domain::mail::ParsedMail;
use uuid::Uuid;

pub use mail::*;
pub use replacement::*;
pub use triage::*;
pub use webhook::*;

/// Reads raw mail. Infallible: whatever arrives gives a parsed mail, faults are part of it.
pub trait MailParser: Send + Sync + 'static {
    /// Takes a raw mail apart.
    fn parse(&self, raw: &[u8]) -> ParsedMail;

    /// The decoded bytes of an attachment, by the part number that `parse` gave it.
    fn attachment(&self, raw: &[u8], part: u32) -> Option<Vec<u8>>;

    /// Splits a text that did not come as mail into new text and signature.
    fn split(&self, text: &str) -> (String, String);
}

/// Makes random identifiers.
pub trait Ids: Send + Sync + 'static {
    /// A time-ordered identifier (UUIDv7), for events and commands.
    fn ordered(&self) -> Uuid;

    /// A random identifier (UUIDv4), for things whose identifier must say nothing.
    fn random(&self) -> Uuid;

    /// 32 random bytes, for keys.
    fn secret(&self) -> [u8; 32];
}
