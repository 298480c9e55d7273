//! Attribution lines: "On Monday, Ann wrote:", in all orders, over several lines.
//!
//! The search starts from lines that can end an attribution and goes upwards to the line that
//! starts it. Both steps look at a bounded number of lines, so the whole is linear.

use super::evidence::{self, Evidence};
use super::lines::Document;
use super::words;

/// Most lines of an attribution; Gmail and Polymail break long ones this often.
const MAX_LINES: usize = 6;
/// Longest attribution in bytes.
const MAX_BYTES: usize = 500;
/// Most words of an attribution that names an address, and of one that names none.
const MAX_WORDS: (usize, usize) = (34, 18);
/// Words from the start within which the date begins.
const DATE_WITHIN: usize = 4;

/// The first line of the attribution whose last line is `end`, if one ends there.
pub fn start_of(document: &Document, end: usize) -> Option<usize> {
    if !may_end(document.lower(end)) {
        return None;
    }
    let depth = document.depth(end);
    let quote_follows = quote_follows(document, end);
    let mut joined = String::new();
    let mut fallback: Option<(usize, bool)> = None;
    let (mut blank, mut signs) = (false, quote_follows);
    for back in 0..MAX_LINES {
        let Some(line) = end.checked_sub(back) else { break };
        if document.depth(line) != depth {
            break;
        }
        if document.is_blank(line) {
            // Polymail leaves one blank line before the address.
            if blank || back == 0 || !joined.starts_with(['<', '(', '[']) {
                break;
            }
            blank = true;
            continue;
        }
        joined = join(document.lower(line), &joined);
        if joined.len() > MAX_BYTES {
            break;
        }
        signs |= joined.bytes().any(|byte| byte == b'@' || byte.is_ascii_digit());
        if !signs {
            continue;
        }
        let evidence = evidence::read(&joined);
        if accepts(&joined, &evidence, quote_follows) {
            return Some(extend(document, line, depth, evidence.email));
        }
        let better = fallback.is_none_or(|(_, email)| evidence.email && !email);
        if better && accepts_without_opening(&joined, &evidence, quote_follows) {
            fallback = Some((line, evidence.email));
        }
    }
    fallback.map(|(line, _)| with_name(document, line, depth))
}

/// An address at the start of a line belongs to the name on the line above.
fn with_name(document: &Document, line: usize, depth: u16) -> usize {
    let Some(above) = line.checked_sub(1) else { return line };
    let name = document.lower(above);
    let broken = document.lower(line).starts_with(['<', '(', '[']);
    if broken && document.depth(above) == depth && !name.is_empty() && name.len() <= 60 {
        above
    } else {
        line
    }
}

/// Joins a line with what follows it; a `=` at its end is a line break of quoted-printable text
/// that nobody decoded.
fn join(line: &str, rest: &str) -> String {
    match line.strip_suffix('=') {
        Some(broken) => format!("{broken}{rest}"),
        None if rest.is_empty() => line.to_owned(),
        None => format!("{line} {rest}"),
    }
}

/// Cheap test: only lines that end so can be the last line of an attribution.
fn may_end(lower: &str) -> bool {
    let Some(last) = lower.chars().next_back() else { return false };
    if matches!(last, ':' | '：') {
        return true;
    }
    if lower.len() > MAX_BYTES {
        return false;
    }
    if lower.contains("gmt+") || lower.contains("gmt-") || lower.contains("utc+") {
        return true;
    }
    match last {
        '>' => lower.contains('@') && lower.starts_with(|c: char| c.is_ascii_digit()),
        '*' | '_' => lower.trim_end_matches(['*', '_', ' ']).ends_with(':'),
        _ => {
            let word = lower.trim_end_matches(evidence::is_mark);
            let word = word.rsplit([' ', '\t', '>']).next().unwrap_or("");
            evidence::is_verb(word) || evidence::ends_with_unspaced_verb(lower)
        }
    }
}

fn quote_follows(document: &Document, end: usize) -> bool {
    document.next_filled(end + 1).is_some_and(|next| document.depth(next) > document.depth(end))
}

/// An attribution that opens with a word such as "On", or with the date itself.
fn accepts(text: &str, evidence: &Evidence, quote_follows: bool) -> bool {
    if !is_short(evidence) || !opens(text, evidence) || !evidence.date {
        return false;
    }
    let colon = ends_with_colon(text);
    // Without a colon, a sentence may just end with the verb.
    let framed = evidence.email || quote_follows || text.ends_with("--");
    let finished = colon || (framed && (evidence.verb_last || evidence.email));
    let known = evidence.email || evidence.time || quote_follows;
    let written = evidence.verb
        && finished
        && (known || !is_shipment(text))
        && (!evidence.pronoun || quote_follows);
    let addressed = evidence.email
        && (colon || quote_follows)
        && (starts_with_date(text) || (evidence.time && ends_with_address(text)));
    let gmail = evidence.offset && evidence.words <= 12 && starts_with_date(text);
    written || addressed || gmail
}

/// An attribution that opens with the name, or that names no date.
fn accepts_without_opening(text: &str, evidence: &Evidence, quote_follows: bool) -> bool {
    if !is_short(evidence) || !ends_with_colon(text) || !evidence.verb || evidence.pronoun {
        return quote_follows && opens_citation(text) && ends_with_colon(text);
    }
    let known = evidence.email || (evidence.date && evidence.time);
    known || (quote_follows && evidence.verb_last && evidence.words <= 6)
}

/// "On 3 May the following was sent:" speaks of parcels more often than of mails.
fn is_shipment(text: &str) -> bool {
    text.trim_end_matches(evidence::is_mark).ends_with(" sent")
}

fn is_short(evidence: &Evidence) -> bool {
    let most = if evidence.email { MAX_WORDS.0 } else { MAX_WORDS.1 };
    evidence.words <= most
}

fn ends_with_colon(text: &str) -> bool {
    text.trim_end_matches(['*', '_', ' ', '"']).ends_with([':', '：'])
}

fn ends_with_address(text: &str) -> bool {
    text.split_whitespace().next_back().is_some_and(|word| word.contains('@'))
}

/// "Quoting Ann:", as Horde and KMail write.
fn opens_citation(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or("");
    matches!(first, "quoting" | "zitat" | "citando" | "citat")
}

fn opens(text: &str, evidence: &Evidence) -> bool {
    if evidence.first_date_word.is_none_or(|at| at > DATE_WITHIN) {
        return false;
    }
    let first = first_word(text);
    starts_with_date(text) || words::INTROS.contains(first)
}

fn starts_with_date(text: &str) -> bool {
    let first = first_word(text);
    first.starts_with(|c: char| c.is_ascii_digit()) || words::begins(first, &words::WEEKDAYS)
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(evidence::is_mark);
    let word = text.split_whitespace().next().unwrap_or("");
    word.trim_matches(evidence::is_mark)
}

/// A line break after the opening word ("On Fri,") or after the address ("Ann <a@b> wrote on")
/// leaves that on the line above.
fn extend(document: &Document, line: usize, depth: u16, has_email: bool) -> usize {
    let Some(above) = line.checked_sub(1) else { return line };
    let lower = document.lower(above);
    if document.depth(above) != depth || lower.is_empty() || lower.len() > 80 {
        return line;
    }
    if !has_email && lower.contains("@") && lower.contains(['<', '(']) {
        return with_name(document, above, depth);
    }
    let evidence = evidence::read(lower);
    let dated = evidence.first_date_word.is_some_and(|at| at <= 1);
    if dated && evidence.words <= 4 && words::INTROS.contains(first_word(lower)) {
        above
    } else {
        line
    }
}
