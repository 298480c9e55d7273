//! Legal notices, virus notices and list footers below a text.

use std::ops::Range;

use crate::email::new_text::history::has_words;
use crate::email::new_text::lines::Document;
use crate::email::new_text::phrases::{Found, Kind};
use crate::email::new_text::{separators, words};

/// Different phrases that make a paragraph a notice.
const MIN_PHRASES: usize = 3;
/// The same for a paragraph set off by a rule or heading, or below another notice.
const MIN_PHRASES_SET_OFF: usize = 2;

/// The lines without notices at their end; some text always stays when none stands `before`.
pub fn without(
    document: &Document,
    lines: Range<usize>,
    before: bool,
    found: &[Found],
) -> Range<usize> {
    let Range { start, mut end } = lines;
    let mut below_is_notice = false;
    loop {
        while end > start && is_gap(document, end - 1) {
            end -= 1;
        }
        let paragraph = paragraph_above(document, start, end);
        if paragraph.is_empty()
            || !(before || (start..paragraph.start).any(|line| has_words(document.lower(line))))
            || !is_notice(document, paragraph.clone(), start, below_is_notice, found)
        {
            return start..end;
        }
        below_is_notice = true;
        end = paragraph.start;
    }
}

fn is_gap(document: &Document, line: usize) -> bool {
    document.is_blank(line) || separators::is_rule(document.lower(line), 2)
}

fn paragraph_above(document: &Document, start: usize, end: usize) -> Range<usize> {
    let mut from = end;
    while from > start && !is_gap(document, from - 1) {
        from -= 1;
    }
    from..end
}

fn is_notice(
    document: &Document,
    paragraph: Range<usize>,
    start: usize,
    below_is_notice: bool,
    found: &[Found],
) -> bool {
    let first = found.partition_point(|hit| hit.line < paragraph.start);
    let hits = found.iter().skip(first).take_while(|hit| hit.line < paragraph.end);
    let mut phrases: Vec<usize> = Vec::new();
    for hit in hits {
        match hit.kind {
            Kind::Footer => return true,
            Kind::Notice if !phrases.contains(&hit.phrase) => phrases.push(hit.phrase),
            _ => {}
        }
    }
    let above = (start..paragraph.start).rev().find(|line| !document.is_blank(*line));
    let set_off = above.is_some_and(|above| {
        separators::is_rule(document.lower(above), 2) || is_heading(document, above)
    });
    let least = if set_off || below_is_notice { MIN_PHRASES_SET_OFF } else { MIN_PHRASES };
    phrases.len() >= least
        || (paragraph.len() == 1 && below_is_notice && is_heading(document, paragraph.start))
}

fn is_heading(document: &Document, line: usize) -> bool {
    let heading = document.lower(line).trim_matches(|c: char| !c.is_alphanumeric());
    words::NOTICE_HEADINGS.contains(heading)
}
