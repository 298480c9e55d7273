//! The digest by which a redelivered mail is known again.

use casebook_domain::Timestamp;
use casebook_domain::mail::Mailbox;
use sha2::{Digest, Sha256};

use super::structure::Part;
use super::text;
use super::transfer;

/// SHA-256 in hex over From, Date, Subject and the decoded parts. Received lines and other trace
/// fields, boundaries, transfer encodings, charsets and line ends do not change it.
pub fn content_digest(
    from: &[Mailbox],
    date: Option<Timestamp>,
    subject: Option<&str>,
    parts: &[Part<'_>],
) -> String {
    let mut whole = Sha256::new();
    for mailbox in from {
        field(&mut whole, mailbox.address.as_bytes());
    }
    field(&mut whole, date.map(|date| date.to_string()).unwrap_or_default().as_bytes());
    field(&mut whole, subject.unwrap_or_default().as_bytes());
    for part in parts.iter().filter(|part| !part.multipart && !part.enclosed) {
        field(&mut whole, part.content_type.kind.as_bytes());
        field(&mut whole, &part_digest(part));
    }
    hex::encode(whole.finalize())
}

/// A length before each field keeps neighbours from running together.
fn field(whole: &mut Sha256, bytes: &[u8]) {
    whole.update((bytes.len() as u64).to_be_bytes());
    whole.update(bytes);
}

fn part_digest(part: &Part<'_>) -> Vec<u8> {
    let kind = part.content_type.kind.as_str();
    if kind == "text/plain" || kind == "text/html" {
        let text = text::normal_form(&text::part_text(part, usize::MAX));
        return Sha256::digest(text.as_bytes()).to_vec();
    }
    let content = transfer::decode(part.body, &part.encoding);
    if kind.starts_with("text/") || kind.starts_with("message/") {
        let mut hash = Sha256::new();
        for line in content.trim_ascii_end().split(|&byte| byte == b'\n') {
            hash.update(line.strip_suffix(b"\r").unwrap_or(line));
            hash.update(b"\n");
        }
        return hash.finalize().to_vec();
    }
    Sha256::digest(&content).to_vec()
}
