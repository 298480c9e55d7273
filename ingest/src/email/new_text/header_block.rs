//! Blocks of header fields above quoted mails ("From: .. Sent: .. To: .. Subject: ..").

use super::evidence;
use super::lines::Document;
use super::words::{FIELDS, Field};

/// Longest field name in bytes, bold marks included.
const MAX_NAME: usize = 48;
/// Lines that may stand between two fields: a folded value, or an empty line.
const MAX_GAP: usize = 3;
/// Most lines of a block; long lists of receivers are folded.
const MAX_LINES: usize = 40;
/// Most fields of a block.
const MAX_FIELDS: usize = 12;

/// The last line of the header block that starts at `start`, if one does.
pub fn end_of(document: &Document, start: usize) -> Option<usize> {
    let (first, value) = field(document.lower(start))?;
    if first == Field::Other {
        return None;
    }
    if is_in_one_line(first, value) {
        return Some(start);
    }
    let depth = document.depth(start);
    let mut seen = Seen::default();
    seen.add(first, value);
    let (mut end, mut gap, mut fields) = (start, 0, 1);
    for line in start + 1..document.len().min(start + MAX_LINES) {
        if document.depth(line) != depth {
            break;
        }
        if let Some((kind, value)) = field(document.lower(line)) {
            seen.add(kind, value);
            (end, gap) = (line, 0);
            fields += 1;
            if fields == MAX_FIELDS {
                break;
            }
            continue;
        }
        seen.value_continues(document.lower(line));
        gap += 1;
        if gap > MAX_GAP {
            break;
        }
    }
    (seen.is_block() && !is_form(document, start, end)).then_some(end)
}

/// The kind of field a line holds, and its value.
fn field(lower: &str) -> Option<(Field, &str)> {
    let at = lower
        .char_indices()
        .take_while(|(at, _)| *at <= MAX_NAME)
        .find(|(_, c)| matches!(c, ':' | '：'))?;
    let name = lower.get(..at.0)?.trim_matches(is_ornament);
    let value = lower.get(at.0 + at.1.len_utf8()..)?;
    let kind = FIELDS.get(name)?;
    Some((*kind, value.trim_matches(is_ornament)))
}

fn is_ornament(c: char) -> bool {
    matches!(c, '*' | '_' | '|' | '#' | ':' | '：' | '"') || c.is_whitespace()
}

/// Field names that run on in one line, as HTML turned into text has them.
fn is_in_one_line(first: Field, value: &str) -> bool {
    if first != Field::From || value.len() > 600 {
        return false;
    }
    let dated = value
        .split_whitespace()
        .filter_map(|word| word.strip_suffix(':'))
        .any(|word| FIELDS.get(word.trim_matches(is_ornament)) == Some(&Field::Date));
    dated && evidence::read(value).date
}

/// The fields of a block so far.
#[derive(Default)]
struct Seen {
    from: bool,
    address: bool,
    date: bool,
    dated: bool,
    to: bool,
    subject: bool,
    last_is_from: bool,
}

impl Seen {
    fn add(&mut self, kind: Field, value: &str) {
        self.last_is_from = kind == Field::From;
        match kind {
            Field::From => {
                self.from = true;
                self.address |= value.contains('@');
            }
            Field::Date => {
                self.date = true;
                self.dated |= evidence::read(value).date;
            }
            Field::To => self.to = true,
            Field::Subject => self.subject = true,
            Field::Other => {}
        }
    }

    fn value_continues(&mut self, lower: &str) {
        self.address |= self.last_is_from && lower.contains('@');
    }

    fn is_block(&self) -> bool {
        let kinds =
            [self.from, self.date, self.to, self.subject].into_iter().filter(|k| *k).count();
        match kinds {
            4 => true,
            3 => self.from || self.dated,
            2 => self.from && (self.dated || self.address),
            _ => false,
        }
    }
}

/// Whether the fields belong to a form that a web site mailed ("Name: .. Message: .."): then
/// fields of other names stand directly around them.
fn is_form(document: &Document, start: usize, end: usize) -> bool {
    let other = |line: usize| {
        let lower = document.lower(line);
        let name = lower.split_once(':').map(|(name, _)| name.trim_matches(is_ornament));
        name.is_some_and(|name| {
            !name.is_empty()
                && name.len() <= 24
                && name.split_whitespace().count() <= 3
                && !name.contains("http")
                && !FIELDS.contains_key(name)
        })
    };
    start.checked_sub(1).is_some_and(other) || (end + 1 < document.len() && other(end + 1))
}
