//! The header fields of a mail, decoded.

use casebook_domain::mail::{Mailbox, ParsedMail};

use super::address;
use super::charset;
use super::date;
use super::headers::Headers;
use super::ids;
use super::limits::Limits;
use super::problems::Problems;
use super::structure::Part;
use super::words;

/// Reads the header fields that a [`ParsedMail`] holds; all else in it is left empty.
pub fn read(parts: &[Part<'_>], limits: &Limits, problems: &mut Problems) -> ParsedMail {
    let Some(root) = parts.first() else { return ParsedMail::default() };
    let reader = Reader { headers: &root.headers, hint: hint(parts), limits };
    let from = reader.mailboxes("from", true, problems);
    if from.iter().all(|mailbox| mailbox.address.is_empty()) {
        problems.note("no_from");
    }
    let message_id = reader.text("message-id").and_then(|value| ids::single(&value));
    if message_id.is_none() {
        problems.note("no_message_id");
    }
    ParsedMail {
        message_id,
        in_reply_to: reader.ids("in-reply-to"),
        references: reader.ids("references"),
        from,
        reply_to: reader.mailboxes("reply-to", true, problems),
        to: reader.mailboxes("to", false, problems),
        cc: reader.mailboxes("cc", false, problems),
        subject: reader.text("subject").filter(|subject| !subject.is_empty()),
        date: reader.date(problems),
        ..ParsedMail::default()
    }
}

struct Reader<'a> {
    headers: &'a Headers<'a>,
    hint: Option<String>,
    limits: &'a Limits,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.headers.first(name).map(|value| words::text(value, self.hint.as_deref()))
    }

    fn ids(&self, name: &str) -> Vec<String> {
        let value = self.headers.first(name);
        value
            .map(|value| ids::list(&words::unfold(value, None), self.limits.list_entries))
            .unwrap_or_default()
    }

    /// Reads an address field; `only_first` where a repeated field must not add authors.
    fn mailboxes(&self, name: &str, only_first: bool, problems: &mut Problems) -> Vec<Mailbox> {
        let mut found = Vec::new();
        let count = if only_first { 1 } else { usize::MAX };
        for value in self.headers.all(name).filter(|value| !value.is_empty()).take(count) {
            let text = words::unfold(value, self.hint.as_deref());
            found.extend(address::list(&text, self.limits.list_entries + 1));
            if found.len() > self.limits.list_entries {
                problems.note("list_limit");
                found.truncate(self.limits.list_entries);
                break;
            }
        }
        found
    }

    fn date(&self, problems: &mut Problems) -> Option<casebook_domain::Timestamp> {
        let value = self.headers.first("date");
        let read = value.and_then(|value| date::read(&words::unfold(value, None)));
        match (value, read) {
            (None, _) => problems.note("no_date"),
            (Some(_), None) => problems.note("bad_date"),
            (Some(_), Some(_)) => {}
        }
        read
    }
}

/// A charset for raw 8-bit bytes in headers: the one that the mail's text declares, or the one
/// that its undeclared text seems to be in.
fn hint(parts: &[Part<'_>]) -> Option<String> {
    let root = parts.first()?;
    let raw = root.headers.fields.iter().any(|field| std::str::from_utf8(field.value).is_err());
    if !raw {
        return None;
    }
    let text = |part: &&Part<'_>| part.content_type.kind.starts_with("text/");
    let declared = parts.iter().filter(text).find_map(|part| part.content_type.param("charset"));
    match declared.map(str::to_ascii_lowercase).as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => {}
        Some(label) => return Some(label.to_owned()),
    }
    let mut sample: Vec<u8> = Vec::new();
    for field in root.headers.fields.iter().filter(|field| !field.value.is_ascii()) {
        sample.extend_from_slice(field.value);
        sample.push(b'\n');
    }
    if let Some(part) = parts.iter().find(text)
        && !matches!(part.encoding.as_str(), "base64" | "quoted-printable")
        && std::str::from_utf8(part.body).is_err()
    {
        sample.extend_from_slice(&part.body[..part.body.len().min(4096)]);
    }
    Some(charset::guess_encoding(&sample).name().to_owned())
}
