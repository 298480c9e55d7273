//! The text of a mail: which parts make it, and the normal form it is kept in.

use std::borrow::Cow;

use casebook_domain::mail::TextSource;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::charset;
use super::limits::Limits;
use super::problems::Problems;
use super::structure::Part;
use super::transfer;
use crate::email::{html, new_text};

/// The text of a mail and what was made of it.
#[derive(Debug, Default)]
pub struct Body {
    /// Full text in normal form.
    pub text: String,
    /// Where it comes from.
    pub source: TextSource,
    /// Text without quoted history and signature.
    pub new_text: String,
    /// The signature cut off.
    pub signature: String,
}

/// The role of each part of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Holds other parts.
    Container,
    /// Inline plain text.
    Plain,
    /// Inline HTML.
    Html,
    /// Anything else.
    Attachment,
    /// A text of an enclosed mail, read with that mail and not with this one; or one more form of
    /// the same text, such as AMP.
    Aside,
}

/// Decides the role of every part. Text that carries a file name is a file, unless it is the first
/// part of its multipart, where some senders name the letter itself.
pub fn roles(parts: &[Part<'_>]) -> Vec<Role> {
    let mut seen = vec![false; parts.len()];
    parts
        .iter()
        .map(|part| {
            let first =
                part.parent.is_none_or(|parent| !std::mem::replace(&mut seen[parent], true));
            let related = part
                .parent
                .is_some_and(|parent| parts[parent].content_type.kind == "multipart/related");
            let alternative = part
                .parent
                .is_some_and(|parent| parts[parent].content_type.kind == "multipart/alternative");
            match role(part, first, related) {
                Role::Attachment if alternative && is_other_form(part) => Role::Aside,
                Role::Attachment if !part.enclosed || name(part).is_some() => Role::Attachment,
                Role::Container => Role::Container,
                _ if part.enclosed => Role::Aside,
                role => role,
            }
        })
        .collect()
}

/// Text for programs that know the form; every mail has it as plain text or HTML too. A calendar
/// entry is not one of these: it says more than the text.
fn is_other_form(part: &Part<'_>) -> bool {
    let kind = part.content_type.kind.as_str();
    let forms = ["text/x-amp-html", "text/enriched", "text/richtext", "text/watch-html"];
    forms.contains(&kind) && name(part).is_none()
}

/// The file name that the mail itself gives a part.
pub fn name<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    part.disposition.param("filename").or_else(|| part.content_type.param("name"))
}

fn role(part: &Part<'_>, first: bool, related: bool) -> Role {
    if part.multipart {
        return Role::Container;
    }
    let named = name(part).is_some();
    if part.disposition.kind == "attachment" || (!first && (named || related)) {
        return Role::Attachment;
    }
    match part.content_type.kind.as_str() {
        "text/plain" => Role::Plain,
        "text/html" | "application/xhtml+xml" => Role::Html,
        _ => Role::Attachment,
    }
}

/// Reads the text: all inline plain parts in order, or, where these are blank, the HTML.
pub fn read(parts: &[Part<'_>], roles: &[Role], limits: &Limits, problems: &mut Problems) -> Body {
    let plain = plain_text(parts, roles, limits, problems);
    if !plain.trim().is_empty() {
        let split = new_text::split(&plain);
        return Body {
            text: normal_form(&plain),
            source: TextSource::Plain,
            new_text: normal_form(&split.new_text),
            signature: normal_form(&split.signature),
        };
    }
    let source = collect(parts, roles, Role::Html, limits.html_bytes, problems);
    let mut text = normal_form(&html::to_text(&source));
    if text.is_empty() {
        return Body::default();
    }
    cut(&mut text, limits.text_bytes, problems);
    let mut marked = html::to_text_marking_quotes(&source);
    cut(&mut marked, limits.text_bytes, problems);
    let split = new_text::split(&unix_lines(&marked));
    Body {
        text,
        source: TextSource::Html,
        new_text: normal_form(&split.new_text),
        signature: normal_form(&split.signature),
    }
}

/// The plain parts, and between them the HTML that stands for nothing else: some mail programs
/// send one letter as a row of plain and HTML parts.
fn plain_text(
    parts: &[Part<'_>],
    roles: &[Role],
    limits: &Limits,
    problems: &mut Problems,
) -> String {
    let mut has_text = false;
    let mut own_html: Vec<Role> = roles.to_vec();
    for (index, role) in own_html.iter_mut().enumerate() {
        has_text |= *role == Role::Plain && !parts[index].body.trim_ascii().is_empty();
        if *role == Role::Html && in_alternative(parts, index) {
            *role = Role::Container;
        }
    }
    if has_text {
        collect(parts, &own_html, Role::Plain, limits.text_bytes, problems)
    } else {
        String::new()
    }
}

fn in_alternative(parts: &[Part<'_>], index: usize) -> bool {
    let mut at = parts[index].parent;
    while let Some(parent) = at {
        if parts[parent].content_type.kind == "multipart/alternative" {
            return true;
        }
        at = parts[parent].parent;
    }
    false
}

fn collect(
    parts: &[Part<'_>],
    roles: &[Role],
    wanted: Role,
    limit: usize,
    problems: &mut Problems,
) -> String {
    let mut out = String::new();
    let chosen = |role: Role| role == wanted || (wanted == Role::Plain && role == Role::Html);
    for (part, role) in parts.iter().zip(roles).filter(|(_, role)| chosen(**role)) {
        let mut text = part_text(part, limit.saturating_mul(4));
        if *role != wanted {
            text = html::to_text(&text);
        }
        let text = unix_lines(&text);
        if !out.is_empty() && !text.trim().is_empty() {
            out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
        }
        out.push_str(&text);
        if out.len() > limit {
            cut(&mut out, limit, problems);
            break;
        }
    }
    out
}

/// The decoded text of a part; `body_limit` bounds the bytes of its body that are decoded.
pub fn part_text(part: &Part<'_>, body_limit: usize) -> String {
    let body = &part.body[..part.body.len().min(body_limit)];
    let bytes = transfer::decode(body, &part.encoding);
    let declared = part.content_type.param("charset");
    let text = charset::decode(&bytes, declared);
    match text.strip_prefix('\u{FEFF}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

fn cut(text: &mut String, limit: usize, problems: &mut Problems) {
    if text.len() > limit {
        problems.note("text_limit");
        text.truncate(text.floor_char_boundary(limit));
    }
}

/// LF line ends only.
fn unix_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The form in which text is kept: NFC, LF, no NUL, no trailing blanks, at most one empty line
/// running, none at the ends, no-break spaces as spaces.
pub fn normal_form(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0usize;
    for line in unix_lines(text).lines() {
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(line);
    }
    if out.contains('\u{A0}') {
        out = out.replace('\u{A0}', " ");
    }
    let out = charset::without_nul(out);
    if is_nfc_quick(out.chars()) == IsNormalized::Yes { out } else { out.nfc().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form_is_stable() {
        let text = "\n\na \u{A0}b \t\r\nc\u{308}\n\n\n\nd\0\n ";
        let normal = normal_form(text);
        assert_eq!(normal, "a  b\nc\u{308}\n\nd\u{FFFD}");
        assert_eq!(normal_form(&normal), normal);
        assert_eq!(normal_form("u\u{308}"), "ü");
    }
}
