//! The signature below a person's own text.
//!
//! The sign-off ("Best regards, Ann") is what the person says and stays with the text; what
//! follows it, a delimiter, a line naming the device, contact data and notices are signature.

mod contact;
mod device;
mod notice;
mod sign_off;

use std::ops::Range;

use super::history::has_words;
use super::lines::Document;
use super::phrases::Found;
use super::separators;

/// No line: reads as a blank one between two segments.
const BETWEEN_SEGMENTS: usize = usize::MAX;
/// Most filled lines below a `--` delimiter.
const MAX_BELOW_DELIMITER: usize = 40;
/// Most filled lines below a rule that is no standard delimiter.
const MAX_BELOW_RULE: usize = 12;
/// Most short lines below a rule that are a signature without naming an address.
const MAX_PLAIN_BELOW_RULE: usize = 4;
/// Most filled lines that follow the naming of the device and still are a signature.
const MAX_BELOW_DEVICE: usize = 3;
/// Longest line of a signature, in bytes.
const MAX_LINE: usize = 60;

/// The line numbers of own text, taken apart.
#[derive(Debug, Default)]
pub struct Parts {
    /// New text, sign-off included.
    pub text: Vec<usize>,
    /// The lines of `text` that are the sign-off.
    pub sign_off: Vec<usize>,
    /// Signatures.
    pub signature: Vec<usize>,
}

/// Takes own lines apart.
pub fn split_off(document: &Document, own: &[bool], found: &[Found]) -> Parts {
    let mut parts = Parts::default();
    let mut before = false;
    for segment in segments(own) {
        let filled = trim(document, segment, false);
        let cut = cut(document, filled.clone(), before, found, &mut parts.sign_off);
        let text = trim(document, filled.start..cut.start, true);
        before |= text.clone().any(|line| has_words(document.lower(line)));
        if cut.clone().any(|line| has_words(document.lower(line))) {
            parts.signature.extend(cut);
        }
        if !parts.text.is_empty() && !text.is_empty() {
            parts.text.push(BETWEEN_SEGMENTS);
        }
        parts.text.extend(text);
    }
    parts
}

/// Runs of own lines.
fn segments(own: &[bool]) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let mut start = None;
    for (line, is_own) in own.iter().copied().chain([false]).enumerate() {
        match (start, is_own) {
            (None, true) => start = Some(line),
            (Some(from), false) => {
                segments.push(from..line);
                start = None;
            }
            _ => {}
        }
    }
    segments
}

/// Without blank lines around it and, on request, without rules at its end.
fn trim(document: &Document, lines: Range<usize>, rules: bool) -> Range<usize> {
    let Range { mut start, mut end } = lines;
    while start < end && document.is_blank(start) {
        start += 1;
    }
    while start < end
        && (document.is_blank(end - 1)
            || (rules && separators::is_trailing_rule(document.lower(end - 1))))
    {
        end -= 1;
    }
    start..end
}

/// The signature at the end of a segment: from where, to where.
fn cut(
    document: &Document,
    lines: Range<usize>,
    before: bool,
    found: &[Found],
    sign_off: &mut Vec<usize>,
) -> Range<usize> {
    let end = lines.end;
    let mut text = notice::without(document, lines, before, found);
    if let Some(at) = delimiter(document, text.clone(), before, found) {
        text.end = at;
    }
    if let Some((at, below_is_signature)) = device_line(document, text.clone(), before) {
        text.end = at;
        if !below_is_signature {
            return device_only(document, text, at, sign_off);
        }
    }
    let text = close(document, text, sign_off);
    text.end..end
}

/// The device is named in the midst: what stands below it is neither text nor signature.
fn device_only(
    document: &Document,
    text: Range<usize>,
    at: usize,
    sign_off: &mut Vec<usize>,
) -> Range<usize> {
    let text = close(document, text, sign_off);
    text.end..at + 1
}

/// Without what follows the sign-off, or without a block of contact data.
fn close(document: &Document, text: Range<usize>, sign_off: &mut Vec<usize>) -> Range<usize> {
    let text = trim(document, text, true);
    if let Some(found) = sign_off::find(document, text.clone()) {
        let below = trim(document, found.end..text.end, true);
        let end = if contact::is_data(document, below) { found.end } else { text.end };
        sign_off.clear();
        sign_off.extend(found);
        return text.start..end;
    }
    let end = contact::block_start(document, text.clone()).unwrap_or(text.end);
    text.start..end
}

/// The line of the delimiter above a signature.
fn delimiter(
    document: &Document,
    lines: Range<usize>,
    before: bool,
    found: &[Found],
) -> Option<usize> {
    let mut before = before;
    let mut filled_below = filled(document, lines.clone());
    for line in lines.clone() {
        let lower = document.lower(line);
        filled_below -= usize::from(!lower.is_empty());
        if before && document.depth(line) == 0 {
            let standard = matches!(lower, "--" | "—" | "––");
            if standard && filled_below <= MAX_BELOW_DELIMITER {
                return Some(line);
            }
            let rule = separators::is_rule(lower, 2);
            if rule && is_signature_below(document, line, lines.clone(), filled_below, found) {
                return Some(line);
            }
        }
        before |= has_words(lower);
    }
    None
}

fn is_signature_below(
    document: &Document,
    rule: usize,
    lines: Range<usize>,
    filled_below: usize,
    found: &[Found],
) -> bool {
    if filled_below > MAX_BELOW_RULE {
        return false;
    }
    let below = rule + 1..lines.end;
    let above = rule.checked_sub(1).filter(|above| *above >= lines.start);
    let closed_above = above.is_some_and(|above| sign_off::is_closing(document, above));
    let set_off = closed_above || above.is_none_or(|above| document.is_blank(above));
    let follows_directly = below.start < below.end && !document.is_blank(below.start);
    let short = below.clone().all(|line| is_short(document.lower(line)));
    filled_below == 0
        || closed_above
        || contact::count(document, below.clone()) >= 2
        || found.iter().any(|hit| below.contains(&hit.line))
        || (set_off && follows_directly && short && filled_below <= MAX_PLAIN_BELOW_RULE)
}

/// The line that names the device, and whether what stands below it is signature too.
///
/// A mail program names the device right above the history, so a longer text below it that no
/// marker introduces is history.
fn device_line(document: &Document, lines: Range<usize>, before: bool) -> Option<(usize, bool)> {
    let mut before = before;
    for line in lines.clone() {
        let lower = document.lower(line);
        if before && device::names_device(lower) {
            let below = line + 1..lines.end;
            let short = below.clone().all(|line| is_short(document.lower(line)));
            return Some((line, short && filled(document, below) <= MAX_BELOW_DEVICE));
        }
        before |= has_words(lower);
    }
    None
}

fn is_short(lower: &str) -> bool {
    lower.len() <= MAX_LINE && !lower.ends_with('?')
}

/// How many lines are not blank.
fn filled(document: &Document, lines: Range<usize>) -> usize {
    lines.filter(|line| !document.lower(*line).is_empty()).count()
}
