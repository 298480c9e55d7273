//! Which lines are quoted history.
//!
//! Decisions where mail programs leave room, each as most labelled collections have it:
//! unquoted text below an attribution or header block is history, unless nothing stands above it
//! (a forwarded mail, or an answer below a quote); answers between or below quotes are new text;
//! a short citation without attribution that is followed by text is part of what the person says.

use super::lines::Document;
use super::phrases::{Found, Kind};
use super::separators::{self, Separator};
use super::{attribution, header_block};

/// Longest citation, in lines, that a person makes by hand.
const MAX_CITATION: usize = 4;
/// A quoted line this long may have been broken by the mail program, in characters.
const BROKEN_FROM: usize = 60;

/// What became of each line.
pub struct History {
    /// Whether each line is the person's own (or blank between such).
    pub own: Vec<bool>,
    /// Whether a forwarded mail or header block was seen before any own text.
    pub forwarded_first: bool,
    /// Whether a marker of history was seen.
    pub attributed: bool,
}

struct Scan<'a> {
    document: &'a Document,
    marker_ends: Vec<Option<usize>>,
    own: Vec<bool>,
    own_seen: bool,
    attributed: bool,
    marker_seen: bool,
    forwarded_first: bool,
}

/// Tells own lines from history.
pub fn scan(document: &Document, found: &[Found]) -> History {
    let mut scan = Scan {
        document,
        marker_ends: markers(document, found),
        own: vec![false; document.len()],
        own_seen: false,
        attributed: false,
        marker_seen: false,
        forwarded_first: false,
    };
    let mut line = 0;
    while line < document.len() {
        match scan.step(line) {
            Some(next) => line = next,
            None => break,
        }
    }
    History { own: scan.own, forwarded_first: scan.forwarded_first, attributed: scan.marker_seen }
}

/// For each line that starts an unquoted marker of history, the marker's last line.
fn markers(document: &Document, found: &[Found]) -> Vec<Option<usize>> {
    let mut ends: Vec<Option<usize>> = vec![None; document.len()];
    for hit in found.iter().filter(|hit| hit.kind == Kind::ReplyAbove) {
        ends[hit.line] = Some(hit.line);
    }
    let mut line = 0;
    while line < document.len() {
        if document.depth(line) > 0 || document.is_blank(line) {
            line += 1;
        } else if let Some(end) = header_block::end_of(document, line) {
            ends[line] = Some(end);
            line = end + 1;
        } else {
            if let Some(start) = attribution::start_of(document, line) {
                ends[start] = Some(line);
            } else if separators::of(document, line).is_some() {
                ends[line] = Some(line);
            }
            line += 1;
        }
    }
    ends
}

impl Scan<'_> {
    /// Decides on `line`; the next line to decide on, or none when the rest is history.
    fn step(&mut self, line: usize) -> Option<usize> {
        if let Some(end) = self.marker_ends[line] {
            return self.marker(line, end);
        }
        if self.document.depth(line) > 0 {
            return Some(self.quote(line));
        }
        if self.attributed && is_named_quote(self.document.raw(line)) {
            return Some(line + 1);
        }
        if is_long_rule(self.document.lower(line)) && self.marker_follows(line) {
            return Some(line + 1);
        }
        self.own[line] = true;
        self.own_seen |= has_words(self.document.lower(line));
        Some(line + 1)
    }

    fn marker(&mut self, line: usize, end: usize) -> Option<usize> {
        let next = self.document.next_filled(end + 1);
        let is_header = header_block::end_of(self.document, line).is_some();
        let quoted = next.is_some_and(|next| self.document.depth(next) > 0);
        self.attributed = true;
        self.marker_seen = true;
        if !self.own_seen {
            let forwarded = separators::of(self.document, line) == Some(Separator::Forwarded);
            self.forwarded_first |= forwarded || is_header;
            return Some(end + 1);
        }
        let next_is_marker = next.is_some_and(|next| self.marker_ends[next].is_some());
        if quoted && !is_header {
            return Some(end + 1);
        }
        if next_is_marker {
            return next;
        }
        None
    }

    /// Whether the next filled line starts a marker.
    fn marker_follows(&self, line: usize) -> bool {
        let next = self.document.next_filled(line + 1);
        next.is_some_and(|next| self.marker_ends[next].is_some())
    }

    /// Decides on a run of quoted lines; the line after it.
    fn quote(&mut self, start: usize) -> usize {
        let (end, filled) = self.run(start);
        let marked = self.holds_marker(start, end);
        self.marker_seen |= marked;
        self.forwarded_first |= !self.own_seen && self.holds_forward(start, end);
        let attributed = self.attributed || marked;
        let by_hand = !attributed && filled <= MAX_CITATION && self.own_text_from(end);
        if by_hand {
            self.own[start..end].fill(true);
            self.own_seen = true;
        } else {
            self.attributed = true;
        }
        end
    }

    /// The end of a run of quoted lines, and how many of them are filled. Lines that a mail
    /// program broke off belong to it.
    fn run(&self, start: usize) -> (usize, usize) {
        let document = self.document;
        let (mut line, mut filled) = (start, 0);
        while line < document.len() {
            if document.depth(line) > 0 {
                filled += usize::from(!document.lower(line).is_empty());
                line += 1;
            } else if self.marker_ends[line].is_none() && self.is_broken_off(line) {
                line += 1;
            } else {
                break;
            }
        }
        (line, filled)
    }

    fn is_broken_off(&self, line: usize) -> bool {
        let document = self.document;
        let Some(above) = line.checked_sub(1) else { return false };
        let raw = document.raw(line).trim_start();
        if raw.is_empty() || document.depth(above) == 0 || document.depth(line + 1) == 0 {
            return false;
        }
        if raw.trim_start_matches(['<', '(', '[']).starts_with("http") {
            return true;
        }
        let lower_start = raw.chars().next().is_some_and(char::is_lowercase);
        let tail = lower_start || raw.starts_with(['<', '>', '(', '.']) || raw.len() <= 3;
        tail && document.raw(above).chars().count() >= BROKEN_FROM
    }

    /// Whether a quoted run starts with an attribution or header block of its own.
    fn holds_marker(&self, start: usize, end: usize) -> bool {
        let filled = (start..end).filter(|line| !self.document.lower(*line).is_empty());
        filled.take(6).any(|line| {
            attribution::start_of(self.document, line).is_some()
                || separators::of(self.document, line).is_some()
                || header_block::end_of(self.document, line).is_some()
        })
    }

    /// Whether a quoted run starts as a forwarded mail does.
    fn holds_forward(&self, start: usize, end: usize) -> bool {
        let filled = (start..end).filter(|line| !self.document.lower(*line).is_empty());
        filled.take(2).any(|line| {
            separators::of(self.document, line) == Some(Separator::Forwarded)
                || header_block::end_of(self.document, line).is_some()
        })
    }

    fn own_text_from(&self, line: usize) -> bool {
        self.document.next_filled(line).is_some_and(|next| {
            self.document.depth(next) == 0
                && self.marker_ends[next].is_none()
                && has_words(self.document.lower(next))
        })
    }
}

/// Whether a line says something: a letter, digit or emoji.
pub fn has_words(lower: &str) -> bool {
    lower.chars().any(|c| c != 'ᐧ' && (c.is_alphanumeric() || u32::from(c) >= 0x2600))
}

fn is_long_rule(lower: &str) -> bool {
    separators::is_rule(lower, 3)
}

/// `Ann> text` or `A> text`, as Supercite and mutt quote.
fn is_named_quote(raw: &str) -> bool {
    let Some(at) = raw.find('>') else { return false };
    (1..=12).contains(&at)
        && raw.get(..at).is_some_and(|name| name.chars().all(char::is_alphabetic))
        && raw.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}
