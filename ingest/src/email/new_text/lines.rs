//! The text as lines, cleaned and lower-cased once.

use std::ops::Range;

/// Deepest quoting that is counted.
const MAX_DEPTH: u16 = 1_000;

/// A text in lines. Each line is kept as written and in lower case.
pub struct Document {
    clean: String,
    lower: String,
    spans: Vec<Span>,
}

struct Span {
    raw: Range<usize>,
    lower: Range<usize>,
    depth: u16,
}

impl Document {
    /// Cleans `text` and cuts it in lines.
    pub fn new(text: &str) -> Self {
        let clean = clean(text);
        let mut lower = String::with_capacity(clean.len() + 16);
        let mut spans = Vec::with_capacity(clean.len() / 32 + 1);
        let (mut start, mut angles) = (0, 0);
        for piece in clean.split('\n') {
            let raw = start..start + piece.trim_end().len();
            start += piece.len() + 1;
            let line = &clean[raw.clone()];
            let closes = angles > 0 && line.starts_with('>') && line.ends_with([':', '：']);
            let (depth, content) = if closes { (0, line) } else { strip_quote(line) };
            angles = if depth > 0 { 0 } else { open_angles(line, angles) };
            let from = lower.len();
            push_lower(&mut lower, content.trim());
            let to = lower.len();
            // A line end between the lines keeps phrases from being found across two of them.
            lower.push('\n');
            spans.push(Span { raw, lower: from..to, depth });
        }
        Self { clean, lower, spans }
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// A line as written, without white space at its end.
    pub fn raw(&self, line: usize) -> &str {
        self.spans.get(line).map_or("", |span| &self.clean[span.raw.clone()])
    }

    /// A line in lower case, without quote marks and white space around it; curly apostrophes
    /// are straight.
    pub fn lower(&self, line: usize) -> &str {
        self.spans.get(line).map_or("", |span| &self.lower[span.lower.clone()])
    }

    /// How deep a line is quoted; 0 is not quoted.
    pub fn depth(&self, line: usize) -> u16 {
        self.spans.get(line).map_or(0, |span| span.depth)
    }

    /// Whether a line is empty and not quoted.
    pub fn is_blank(&self, line: usize) -> bool {
        self.spans.get(line).is_none_or(|span| span.lower.is_empty() && span.depth == 0)
    }

    /// The next line from `line` on that is not blank.
    pub fn next_filled(&self, line: usize) -> Option<usize> {
        (line..self.len()).find(|&at| !self.is_blank(at))
    }

    /// All lines in lower case, and for an offset in it the line.
    pub fn all_lower(&self) -> &str {
        &self.lower
    }

    /// The line that holds an offset of [`Self::all_lower`].
    pub fn line_at(&self, offset: usize) -> usize {
        self.spans.partition_point(|span| span.lower.end < offset)
    }
}

/// How many angle brackets are open after a line: a `>` that starts the next line may close an
/// address that was broken there, and then is no quote mark.
fn open_angles(line: &str, before: usize) -> usize {
    if line.is_empty() {
        return 0;
    }
    line.bytes().fold(before, |open, byte| match byte {
        b'<' => open + 1,
        b'>' => open.saturating_sub(1),
        _ => open,
    })
}

/// Uniform line ends; no-break spaces as spaces; no invisible marks.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_odd) {
        clean.push_str(&rest[..at]);
        let mut after = rest[at..].chars();
        match after.next() {
            Some('\r') if after.as_str().starts_with('\n') => {}
            Some('\u{a0}' | '\u{202f}' | '\u{2007}') => clean.push(' '),
            Some('\r' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' | '\u{c}') => clean.push('\n'),
            _ => {}
        }
        rest = after.as_str();
    }
    clean.push_str(rest);
    clean
}

/// Characters that are replaced or removed.
fn is_odd(c: char) -> bool {
    // Most text lies in the ranges without any of them.
    if (' '..='\u{84}').contains(&c) || c == '\n' {
        return false;
    }
    matches!(
        c,
        '\r' | '\u{b}'
            | '\u{c}'
            | '\u{85}'
            | '\u{a0}'
            | '\u{ad}'
            | '\u{2007}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202f}' | '\u{2060}' | '\u{feff}'
    )
}

/// The depth of quoting by `>` marks, and what follows them.
///
/// `>From` with one mark and no space is an mbox escape, not a quote.
fn strip_quote(line: &str) -> (u16, &str) {
    let mut depth: u16 = 0;
    let mut rest = line.trim_start();
    while let Some(after) = rest.strip_prefix('>') {
        if depth == 0 && after.starts_with("From ") {
            break;
        }
        depth = (depth + 1).min(MAX_DEPTH);
        rest = after.trim_start_matches([' ', '\t']);
    }
    (depth, rest)
}

fn push_lower(lower: &mut String, text: &str) {
    if text.is_ascii() {
        let from = lower.len();
        lower.push_str(text);
        lower[from..].make_ascii_lowercase();
        return;
    }
    for c in text.chars() {
        match c {
            '\u{2019}' | '\u{2018}' => lower.push('\''),
            'İ' => lower.push('i'),
            c if c.is_ascii() => lower.push(c.to_ascii_lowercase()),
            c => lower.extend(c.to_lowercase()),
        }
    }
}
