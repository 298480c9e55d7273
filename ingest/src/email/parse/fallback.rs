//! A much simpler reader for the mail that made the full one panic.

use casebook_domain::mail::{Mailbox, ParsedMail};
use sha2::{Digest, Sha256};

/// Bytes of the mail that are searched for header fields.
const HEAD_BYTES: usize = 256 * 1024;
/// Lines that are looked at.
const HEAD_LINES: usize = 5_000;

/// Reads From, Subject and Message-ID as they stand, undecoded. The digest is that of the raw
/// bytes, because nothing better is known.
pub fn read(raw: &[u8]) -> ParsedMail {
    let head = String::from_utf8_lossy(&raw[..raw.len().min(HEAD_BYTES)]).replace('\0', "\u{FFFD}");
    let mut mail = ParsedMail {
        problems: vec!["parser_panic".to_owned()],
        content_digest: hex::encode(Sha256::digest(raw)),
        ..ParsedMail::default()
    };
    for line in head.lines().skip_while(|line| line.trim().is_empty()).take(HEAD_LINES) {
        if line.trim().is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "subject" if mail.subject.is_none() => mail.subject = Some(value),
            "from" if mail.from.is_empty() => mail.from.extend(mailbox(&value)),
            "message-id" if mail.message_id.is_none() => {
                let id = value.trim_matches(['<', '>', ' ']).to_owned();
                mail.message_id = Some(id).filter(|id| !id.is_empty());
            }
            _ => {}
        }
    }
    mail.subject = mail.subject.filter(|subject| !subject.is_empty());
    mail
}

fn mailbox(value: &str) -> Option<Mailbox> {
    let word = value.split_whitespace().find(|word| word.contains('@'))?;
    let address = word.trim_matches(['<', '>', ',', ';', '"']).to_lowercase();
    Some(Mailbox { name: None, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_fields_are_found() {
        let mail = read(b"\nFrom: Ann <A@b.c>\nMessage-ID: <1@x>\nSubject: Hi\n\nSubject: no");
        assert_eq!(mail.from[0].address, "a@b.c");
        assert_eq!(mail.message_id.as_deref(), Some("1@x"));
        assert_eq!(mail.subject.as_deref(), Some("Hi"));
        assert_eq!(mail.problems, ["parser_panic"]);
    }
}
