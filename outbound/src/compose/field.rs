//! Header fields: cleaned, encoded (RFC 2047) and folded.

use std::fmt::Write;

use casebook_app::ComposeError;
use casebook_domain::mail::Mailbox;
use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;

use crate::address::travelling;

/// Longest text of a field, in characters; what is longer is cut.
const TEXT_CHARS_MAX: usize = 400;
/// Longest display name, in characters; what is longer is cut.
const NAME_CHARS_MAX: usize = 120;
/// Longest word that is written as it is, in bytes, so that folding keeps lines short.
const WORD_BYTES_MAX: usize = 60;
/// Longest line that is meant to be written, in bytes (RFC 5322 section 2.1.1).
const LINE_BYTES: usize = 76;

/// The header of a mail as far as it is written.
#[derive(Debug, Default)]
pub struct Fields {
    out: String,
}

impl Fields {
    /// A field with a value of our own: short, in ASCII.
    pub fn plain(&mut self, name: &str, value: &str) {
        self.out.push_str(name);
        self.out.push_str(": ");
        self.out.push_str(value);
        self.end();
    }

    /// A field with free text; left out when there is none.
    pub fn text(&mut self, name: &str, value: &str) {
        let value = clean(value, TEXT_CHARS_MAX);
        if value.is_empty() {
            return;
        }
        self.out.push_str(name);
        self.out.push(':');
        let mut writer = EmailWriter::new(&mut self.out, name.len() + 1, 1, false);
        // Writing into a String cannot fail.
        let _ = match readable(&value) {
            true => writer.folding().write_str(&value),
            false => rfc2047::encode(&value, &mut writer),
        };
        drop(writer);
        self.end();
    }

    /// A field with one mailbox.
    ///
    /// # Errors
    /// [`ComposeError::Address`] when its address is malformed.
    pub fn mailbox(&mut self, name: &'static str, mailbox: &Mailbox) -> Result<(), ComposeError> {
        let malformed = ComposeError::Address { field: name };
        let address = travelling(&mailbox.address).ok_or(malformed)?.to_string();
        let display = mailbox.name.as_deref().map(|display| clean(display, NAME_CHARS_MAX));
        let Some(display) = display.filter(|display| !display.is_empty()) else {
            self.plain(name, &address);
            return Ok(());
        };
        let start = self.out.len();
        self.out.push_str(name);
        self.out.push_str(": ");
        if readable(&display) {
            let display = display.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = write!(self.out, "\"{display}\"");
        } else {
            let mut writer = EmailWriter::new(&mut self.out, name.len() + 2, 0, false);
            let _ = rfc2047::encode(&display, &mut writer);
        }
        let line = self.out[start..].rsplit("\r\n").next().unwrap_or_default();
        let fits = line.len() + address.len() + 3 <= LINE_BYTES;
        self.out.push_str(if fits { " <" } else { "\r\n <" });
        self.out.push_str(&address);
        self.out.push('>');
        self.end();
        Ok(())
    }

    /// A field with usable identifiers, one a line; left out when there is none.
    pub fn ids(&mut self, name: &str, ids: &[&str]) {
        let Some((first, others)) = ids.split_first() else { return };
        let _ = write!(self.out, "{name}: <{first}>");
        for id in others {
            let _ = write!(self.out, "\r\n <{id}>");
        }
        self.end();
    }

    /// The whole header with the empty line that ends it.
    pub fn finish(mut self) -> String {
        self.end();
        self.out
    }

    fn end(&mut self) {
        self.out.push_str("\r\n");
    }
}

/// One line: control characters and runs of white space become one space each.
fn clean(text: &str, chars_max: usize) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = String::new();
    for word in spaced.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.chars().take(chars_max).collect::<String>().trim_end().to_owned()
}

/// Whether a text can be written without encoding: it cannot be taken for an encoded word, and
/// lines can be kept short by folding at spaces.
fn readable(text: &str) -> bool {
    let short = text.split(' ').all(|word| word.len() <= WORD_BYTES_MAX);
    text.is_ascii() && short && !text.contains("=?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(text: &str) -> String {
        let mut fields = Fields::default();
        fields.text("Subject", text);
        fields.out
    }

    #[test]
    fn plain_text_stays_readable_and_is_folded() {
        assert_eq!(subject("Re: [Support] Order 7"), "Subject: Re: [Support] Order 7\r\n");
        let long = subject(&"word ".repeat(40));
        assert!(long.lines().count() > 2 && long.lines().all(|line| line.len() <= LINE_BYTES));
        assert_eq!(long.replace("\r\n", ""), format!("Subject: {}", "word ".repeat(40).trim()));
    }

    #[test]
    fn no_text_makes_a_second_field() {
        let hostile = subject("Hello\r\nBcc: all@victim.example\u{85}\n\nBody\0");
        assert_eq!(hostile, "Subject: Hello Bcc: all@victim.example Body\r\n");
        assert_eq!(subject(" \r\n\t"), "");
    }

    #[test]
    fn what_looks_encoded_and_what_cannot_be_folded_is_encoded() {
        assert!(subject("=?utf-8?q?not_mine?=").starts_with("Subject: =?utf-8?b?"));
        let long = subject(&"x".repeat(900));
        assert!(long.lines().all(|line| line.len() <= 78), "{long}");
    }

    #[test]
    fn names_are_quoted_or_encoded() {
        let written = |name: &str| {
            let mut fields = Fields::default();
            let mailbox =
                Mailbox { name: Some(name.to_owned()), address: "a@x.example".to_owned() };
            fields.mailbox("To", &mailbox).expect("an address");
            fields.out
        };
        assert_eq!(
            written("Kim \"K\" Lee, Jr."),
            "To: \"Kim \\\"K\\\" Lee, Jr.\" <a@x.example>\r\n"
        );
        assert_eq!(written("Zoë"), "To: =?utf-8?b?Wm/Dqw==?= <a@x.example>\r\n");
        assert_eq!(written(" \r\n"), "To: a@x.example\r\n");
    }
}
