//! New text against quoted history and signature.
//!
//! The text is cut in lines once; then history is found by its markers (attributions, header
//! blocks, separators, `>` marks), then the signature below what is left. The words of each
//! language are data (see [`words`]). All steps are linear in the length of the text.
//!
//! Nothing is cut without own text to keep: a mail that seems to be nothing but a signature or
//! an unmarked quote is kept whole.

mod attribution;
mod evidence;
mod header_block;
mod history;
mod lines;
mod phrases;
mod separators;
mod signature;
mod words;

#[cfg(test)]
mod tests;

use history::{History, has_words};
use lines::Document;
use phrases::{Found, Kind};
use signature::Parts;

/// Own lines from the start within which a gateway's warning stands.
const BANNER_WITHIN: usize = 20;
/// Most lines of a gateway's warning.
const MAX_BANNER: usize = 6;

/// A mail's text taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// What the person wrote now, the sign-off ("Best regards, Ann") included.
    ///
    /// Empty only when the mail holds nothing but quotes.
    pub new_text: String,
    /// The sign-off and the name under it: the last lines of `new_text`, or of a part of it that
    /// a quote follows. Empty when none was found.
    pub sign_off: String,
    /// What follows the sign-off: delimiter, contact data, the line naming the device, notices.
    /// Empty when none was found.
    pub signature: String,
    /// What is left out: quoted history, its attribution and header lines, gateways' warnings.
    pub quoted: String,
}

/// Takes the text of a mail apart.
///
/// Every line of the result is a line of `text` without white space at its end, with invisible
/// characters removed and no-break spaces as spaces. Linear in the length of `text`.
pub fn split(text: &str) -> Split {
    let document = Document::new(text);
    let found = phrases::find(&document);
    let mut history = history::scan(&document, &found);
    drop_banners(&document, &mut history, &found);
    if !holds_words(&document, &history.own) {
        return nothing_own(&document, &history);
    }
    let parts = signature::split_off(&document, &history.own, &found);
    if parts.text.iter().any(|line| has_words(document.lower(*line))) {
        return assemble(&document, parts);
    }
    // All would be signature: the person may have written just that.
    let text = (0..document.len()).filter(|line| history.own[*line]).collect();
    assemble(&document, Parts { text, ..Parts::default() })
}

fn holds_words(document: &Document, own: &[bool]) -> bool {
    (0..document.len()).any(|line| own[line] && has_words(document.lower(line)))
}

/// A mail without own words: the forwarded text, or the text as it is when no marker explains
/// why it is quoted, or nothing.
fn nothing_own(document: &Document, history: &History) -> Split {
    if history.forwarded_first {
        let bare: Vec<&str> = (0..document.len())
            .map(|line| document.raw(line).trim_start_matches(['>', ' ', '\t']))
            .collect();
        let inner = Document::new(&bare.join("\n"));
        let found = phrases::find(&inner);
        let history = history::scan(&inner, &found);
        if holds_words(&inner, &history.own) {
            let parts = signature::split_off(&inner, &history.own, &found);
            if !parts.text.is_empty() {
                return assemble(&inner, parts);
            }
        }
    }
    let all: Vec<usize> = (0..document.len()).collect();
    let all = text_of(document, &all);
    if history.attributed {
        Split { quoted: all, ..Split::default() }
    } else {
        Split { new_text: all, ..Split::default() }
    }
}

/// Takes gateways' warnings at the top out of the own text, if other text remains.
fn drop_banners(document: &Document, history: &mut History, found: &[Found]) {
    let mut own = history.own.clone();
    for hit in found.iter().filter(|hit| hit.kind == Kind::Banner && hit.line < BANNER_WITHIN) {
        let mut start = hit.line;
        while start > 0 && !document.is_blank(start - 1) {
            start -= 1;
        }
        let end = (hit.line..document.len()).find(|line| document.is_blank(*line));
        let end = end.unwrap_or(document.len());
        let paragraph = if end - start <= MAX_BANNER { start..end } else { hit.line..hit.line + 1 };
        own[paragraph].fill(false);
    }
    if holds_words(document, &own) {
        history.own = own;
    }
}

fn assemble(document: &Document, parts: Parts) -> Split {
    let mut left = vec![true; document.len()];
    for line in parts.text.iter().chain(&parts.signature) {
        if let Some(left) = left.get_mut(*line) {
            *left = false;
        }
    }
    let quoted: Vec<usize> = (0..document.len()).filter(|line| left[*line]).collect();
    Split {
        new_text: text_of(document, &parts.text),
        sign_off: text_of(document, &parts.sign_off),
        signature: text_of(document, &parts.signature),
        quoted: text_of(document, &quoted),
    }
}

/// Lines as text: without blank lines around it and at most one between.
fn text_of(document: &Document, lines: &[usize]) -> String {
    let mut text = String::new();
    let mut blank = false;
    for line in lines {
        let raw = document.raw(*line);
        if raw.is_empty() {
            blank = true;
            continue;
        }
        if !text.is_empty() {
            text.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        text.push_str(raw);
    }
    text
}
