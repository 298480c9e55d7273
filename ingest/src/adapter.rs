//! The parser as the use cases see it.

use casebook_app::MailParser;
use casebook_domain::mail::ParsedMail;

use crate::email::new_text;
use crate::email::parse::{self, Limits};

/// Reads e-mail under limits.
#[derive(Clone, Debug, Default)]
pub struct EmailParser {
    /// The limits.
    pub limits: Limits,
}

impl MailParser for EmailParser {
    fn parse(&self, raw: &[u8]) -> ParsedMail {
        parse::parse(raw, &self.limits)
    }

    fn attachment(&self, raw: &[u8], part: u32) -> Option<Vec<u8>> {
        parse::attachment_bytes(raw, part)
    }

    fn split(&self, text: &str) -> (String, String) {
        let split = new_text::split(text);
        (split.new_text, split.signature)
    }
}
