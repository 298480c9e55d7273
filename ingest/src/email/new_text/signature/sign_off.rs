//! Sign-offs: "Best regards, Ann".

use std::ops::Range;

use super::contact;
use crate::email::new_text::evidence::is_mark;
use crate::email::new_text::lines::Document;
use crate::email::new_text::words;

/// Most filled lines below a closing.
const MAX_BELOW: usize = 12;
/// Longest closing line in bytes, name included.
const MAX_LINE: usize = 80;
/// Longest line below a closing that is not a sentence, in bytes.
const MAX_LINE_BELOW: usize = 90;
/// Most words of a closing phrase, and of a name in the same line.
const MAX_WORDS: (usize, usize) = (7, 4);
/// Longest closing phrase of a language written without spaces, in characters.
const MAX_UNSPACED: usize = 20;

/// The lines of the sign-off at the end of a text; what follows it is signature.
pub fn find(document: &Document, text: Range<usize>) -> Option<Range<usize>> {
    let mut below: Vec<usize> = Vec::new();
    let mut best = None;
    for line in text.clone().rev() {
        if document.is_blank(line) {
            continue;
        }
        if is_closing(document, line) {
            if let Some(end) = end_of_sign_off(document, line, &below) {
                best = Some(line..end);
            }
        } else if best.is_some() {
            break;
        }
        if below.len() >= MAX_BELOW || !is_below_closing(document, line) {
            break;
        }
        below.push(line);
    }
    best.or_else(|| signed_last_line(document, text))
}

/// Where the sign-off that starts at `closing` ends, the name included; `below` are the filled
/// lines below it, last first.
fn end_of_sign_off(document: &Document, closing: usize, below: &[usize]) -> Option<usize> {
    let mut lines = below.iter().rev().copied();
    if holds_name(document, closing) {
        return Some(closing + 1);
    }
    match lines.next() {
        None => Some(closing + 1),
        Some(next) if is_closing(document, next) => {
            end_of_sign_off(document, next, below.get(..below.len() - 1)?)
        }
        Some(next) if is_signed(document.raw(next)) => Some(next + 1),
        Some(_) => None,
    }
}

/// Whether a line may stand below a closing: short, no question, no postscript.
fn is_below_closing(document: &Document, line: usize) -> bool {
    let lower = document.lower(line);
    let postscript =
        lower.starts_with("p.s") || lower.starts_with("ps") || lower.starts_with("nb:");
    lower.len() <= MAX_LINE_BELOW && !postscript && !lower.ends_with(['?', ':', '？'])
}

/// Whether a line is a closing phrase, alone or with a name.
pub fn is_closing(document: &Document, line: usize) -> bool {
    let lower = document.lower(line);
    lower.len() <= MAX_LINE
        && document.depth(line) == 0
        && phrase_end(lower).is_some_and(|end| {
            let rest = lower.get(end..).unwrap_or("");
            is_ornament(rest) || is_name_after(document.raw(line).trim(), lower, end)
        })
}

fn holds_name(document: &Document, line: usize) -> bool {
    let lower = document.lower(line);
    phrase_end(lower).is_some_and(|end| !is_ornament(lower.get(end..).unwrap_or("")))
}

/// The end of the longest closing phrase at the start of a line.
fn phrase_end(lower: &str) -> Option<usize> {
    let ends = lower
        .char_indices()
        .filter(|(_, c)| {
            c.is_whitespace() || matches!(c, ',' | '!' | '.' | ';' | '-' | '、' | '。')
        })
        .map(|(at, c)| if c == '.' { at + 1 } else { at })
        .take(MAX_WORDS.0)
        .chain([lower.len()]);
    let spaced = ends.filter(|end| is_phrase(lower, *end)).max();
    spaced.or_else(|| {
        lower.chars().next().filter(|c| *c > '\u{2e80}')?;
        let ends = lower.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_UNSPACED);
        ends.filter(|end| is_phrase(lower, *end)).max()
    })
}

fn is_phrase(lower: &str, end: usize) -> bool {
    lower.get(..end).is_some_and(|phrase| {
        words::CLOSINGS.contains(phrase) || words::CLOSINGS.contains(phrase.trim_end_matches('.'))
    })
}

/// Nothing but punctuation, emoji or a smiley.
fn is_ornament(rest: &str) -> bool {
    !rest.chars().any(char::is_alphanumeric)
}

/// A name after a closing phrase: after a comma in any case, else with capitals.
fn is_name_after(raw: &str, lower: &str, end: usize) -> bool {
    // Lower case may differ in length; then only the part after a comma is looked at.
    let Some(rest) = raw.get(end..).filter(|_| raw.len() == lower.len()) else { return false };
    let set_off = rest.starts_with([',', '!', '.', '-', '\u{2013}']);
    let name = rest.trim_matches(|c: char| is_mark(c) || c == '/');
    let count = name.split_whitespace().count();
    let capitals = name.split_whitespace().all(|word| {
        word.chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || !c.is_alphabetic() || !c.is_lowercase())
    });
    let most = if set_off { MAX_WORDS.1 } else { MAX_WORDS.1 - 1 };
    capitals && (1..=most).contains(&count) && !name.bytes().any(|b| b.is_ascii_digit())
}

/// A name, as it stands under a closing: "Ann", "/Ann", "ann b."
fn is_signed(raw: &str) -> bool {
    let name = raw.trim().trim_matches(|c: char| is_mark(c) || matches!(c, '/' | '~' | '(' | ')'));
    let words = name.split_whitespace().count();
    (words == 1 || (words <= 6 && contact::is_name(name)))
        && !name.is_empty()
        && name.len() <= 60
        && !name.contains(['@', '?'])
        && name.bytes().filter(u8::is_ascii_digit).count() < 4
}

/// "-Ann" or "/Ann" as the last line.
fn signed_last_line(document: &Document, text: Range<usize>) -> Option<Range<usize>> {
    let last = text.clone().next_back()?;
    let raw = document.raw(last).trim();
    let name = raw.strip_prefix(['-', '—', '–', '/', '~'])?.trim_start_matches(['-', '/', '~']);
    let signed = text.len() > 1
        && name.starts_with(char::is_alphabetic)
        && contact::is_name(name)
        && name.split_whitespace().count() <= 3;
    signed.then(|| last..last + 1)
}
