//! Files that came with a mail.

use casebook_domain::mail::Attachment;
use sha2::{Digest, Sha256};

use super::headers;
use super::ids;
use super::limits::Limits;
use super::problems::Problems;
use super::structure::Part;
use super::text::{self, Role};
use super::transfer;
use super::words;

/// Name of an enclosed mail that has neither a name nor a subject.
const ENCLOSED_NAME: &str = "message.eml";

/// Lists the attachments of a mail, in the order of its parts.
pub fn list(
    parts: &[Part<'_>],
    roles: &[Role],
    limits: &Limits,
    problems: &mut Problems,
) -> Vec<Attachment> {
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if roles[index] != Role::Attachment {
            continue;
        }
        if found.len() == limits.attachments {
            problems.note("attachments_limit");
            break;
        }
        found.push(attachment(index, part, limits));
    }
    found
}

fn attachment(index: usize, part: &Part<'_>, limits: &Limits) -> Attachment {
    let content = transfer::decode(part.body, &part.encoding);
    let content_id =
        part.headers.first("content-id").and_then(|value| ids::single(&words::text(value, None)));
    let related = content_id.is_some() && part.disposition.kind.is_empty();
    Attachment {
        name: name(part, limits).or_else(|| enclosed_name(part, &content, limits)),
        content_type: cut(&part.content_type.kind, limits),
        size_bytes: content.len() as u64,
        sha256: hex::encode(Sha256::digest(&content)),
        inline: part.disposition.kind == "inline" || related,
        content_id,
        part: u32::try_from(index).unwrap_or(u32::MAX),
    }
}

fn name(part: &Part<'_>, limits: &Limits) -> Option<String> {
    text::name(part).map(|name| cut(name, limits)).filter(|name| !name.is_empty())
}

/// An enclosed mail without a name is called after its subject.
fn enclosed_name(part: &Part<'_>, content: &[u8], limits: &Limits) -> Option<String> {
    if !part.is_mail() {
        return None;
    }
    let (inner, _) = headers::read_message(content, limits, &mut Problems::default());
    let subject = inner.first("subject").map(|value| words::text(value, None));
    let subject: String = subject
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_control() || matches!(c, '/' | '\\') { ' ' } else { c })
        .take(limits.name_chars.min(120))
        .collect();
    let subject = words::collapse(&subject);
    Some(if subject.is_empty() { ENCLOSED_NAME.to_owned() } else { format!("{subject}.eml") })
}

fn cut(text: &str, limits: &Limits) -> String {
    text.chars().take(limits.name_chars).collect()
}
