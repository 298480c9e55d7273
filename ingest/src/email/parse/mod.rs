//! A raw mail to plain data. Infallible: whatever arrives gives a [`ParsedMail`].

mod address;
mod attachments;
mod charset;
mod date;
mod digest;
mod fallback;
mod fields;
mod headers;
mod ids;
mod limits;
mod params;
mod problems;
mod structure;
mod text;
mod transfer;
mod words;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use casebook_domain::mail::{Automatic, Mailbox, ParsedMail};

pub(super) use headers::{Headers, lower};
pub(super) use structure::Part;

pub use limits::Limits;

use super::{automatic, bounce};
use problems::Problems;

/// Reads everything that Casebook needs out of a raw mail.
///
/// Never fails: what is wrong with the mail is named in `problems`, and a panic in a library below
/// is caught and leaves a result with the code `parser_panic` and the headers that a simpler
/// reader finds.
pub fn parse(raw: &[u8], limits: &Limits) -> ParsedMail {
    guarded(raw, || parse_inner(raw, limits))
}

/// Runs `full`; where it panics, the simple reader takes its place.
fn guarded(raw: &[u8], full: impl FnOnce() -> ParsedMail) -> ParsedMail {
    catch_unwind(AssertUnwindSafe(full)).unwrap_or_else(|_| fallback::read(raw))
}

/// The decoded content of part number `part`, as an [`Attachment`] names it.
/// `None` when the mail has no such part.
///
/// [`Attachment`]: casebook_domain::mail::Attachment
pub fn attachment_bytes(raw: &[u8], part: u32) -> Option<Vec<u8>> {
    let parts = structure::scan(raw, &Limits::default(), &mut Problems::default());
    let part = parts.get(usize::try_from(part).ok()?).filter(|part| !part.multipart)?;
    Some(transfer::decode(part.body, &part.encoding).into_owned())
}

/// What the headers of a raw mail say about its origin.
pub fn signals(raw: &[u8]) -> automatic::Signals {
    let limits = Limits::default();
    let (headers, _) = headers::read_message(raw, &limits, &mut Problems::default());
    automatic::signals(&headers)
}

/// A header value for display.
pub(super) fn header_text(value: &[u8]) -> String {
    words::text(value, None)
}

/// The mailboxes in a header value.
pub(super) fn header_mailboxes(value: &[u8]) -> Vec<Mailbox> {
    address::list(&words::unfold(value, None), Limits::default().list_entries)
}

/// The identifiers in a header value.
pub(super) fn header_ids(value: &[u8]) -> Vec<String> {
    ids::list(&words::unfold(value, None), Limits::default().list_entries)
}

/// The header fields of a mail that is enclosed in another.
pub(super) fn enclosed_headers(content: &[u8]) -> Headers<'_> {
    headers::read_message(content, &Limits::default(), &mut Problems::default()).0
}

/// The decoded content of a part.
pub(super) fn part_bytes<'a>(part: &Part<'a>) -> Cow<'a, [u8]> {
    transfer::decode(part.body, &part.encoding)
}

fn parse_inner(raw: &[u8], limits: &Limits) -> ParsedMail {
    let mut problems = Problems::default();
    let parts = structure::scan(raw, limits, &mut problems);
    let roles = text::roles(&parts);
    let mut mail = fields::read(&parts, limits, &mut problems);
    let body = text::read(&parts, &roles, limits, &mut problems);
    mail.text = body.text;
    mail.text_source = body.source;
    mail.new_text = body.new_text;
    mail.signature = body.signature;
    mail.attachments = attachments::list(&parts, &roles, limits, &mut problems);
    if let Some(root) = parts.first() {
        mail.automatic = automatic::signals(&root.headers).verdict();
    }
    if mail.automatic == Some(Automatic::Bounce) {
        mail.bounce = Some(bounce::report(&parts, &mail.text));
    }
    mail.content_digest =
        digest::content_digest(&mail.from, mail.date, mail.subject.as_deref(), &parts);
    if raw.contains(&0) {
        problems.note("nul_bytes");
    }
    mail.problems = problems.into_codes();
    mail
}

#[cfg(test)]
mod tests;
