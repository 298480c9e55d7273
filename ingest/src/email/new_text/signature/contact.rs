//! Contact data: addresses, numbers, links.

use std::ops::Range;

use crate::email::new_text::lines::Document;

/// Most lines of a block of contact data.
const MAX_LINES: usize = 8;
/// Longest line of such a block, in bytes.
const MAX_LINE: usize = 90;
/// Lines with contact data that make a block.
const MIN_CONTACTS: usize = 2;
/// Fewest digits of a telephone number.
const MIN_DIGITS: usize = 7;

/// Words before a telephone number.
const LABELS: [&str; 22] = [
    "tel", "tél", "fon", "phone", "mob", "cell", "fax", "mail", "e-mail", "email", "web", "skype",
    "direct", "office", "handy", "tlf", "puh", "тел", "電話", "电话", "전화", "linkedin",
];

/// How many of the lines hold contact data.
pub fn count(document: &Document, lines: Range<usize>) -> usize {
    lines.filter(|line| is_contact(document.lower(*line))).count()
}

/// Whether a line holds an address, a link or a telephone number.
pub fn is_contact(lower: &str) -> bool {
    if lower.is_empty() || lower.len() > MAX_LINE * 2 {
        return false;
    }
    lower.contains("www.")
        || lower.contains("http")
        || (lower.contains('@') && lower.split_whitespace().count() <= 6)
        || is_number(lower)
}

fn is_number(lower: &str) -> bool {
    let digits = lower.bytes().filter(u8::is_ascii_digit).count();
    if digits < MIN_DIGITS {
        return false;
    }
    let first = lower.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '+' && c != '(');
    let labelled = LABELS.iter().any(|label| first.starts_with(label));
    let letters = lower.chars().filter(|c| c.is_alphabetic()).count();
    labelled || first.starts_with('+') || letters <= 3
}

/// Where the last paragraph starts, when it is a block of contact data under a text.
///
/// A paragraph above that ends with a colon announces the data, which then is the message.
pub fn block_start(document: &Document, text: Range<usize>) -> Option<usize> {
    let start = (text.start..text.end).rev().find(|line| document.is_blank(*line))? + 1;
    let block = start..text.end;
    if block.len() > MAX_LINES || block.len() < MIN_CONTACTS {
        return None;
    }
    let above = (text.start..start).rev().find(|line| !document.is_blank(*line))?;
    if document.lower(above).ends_with([':', '：']) {
        return None;
    }
    let short = block.clone().all(|line| document.lower(line).len() <= MAX_LINE);
    let first_is_name = is_name(document.raw(start));
    (short && first_is_name && count(document, block) >= MIN_CONTACTS).then_some(start)
}

/// Whether lines below a sign-off are data about the person (contacts, company, role, street)
/// and not something the person still says.
pub fn is_data(document: &Document, lines: Range<usize>) -> bool {
    let filled = lines.clone().filter(|line| !document.lower(*line).is_empty()).count();
    count(document, lines.clone()) * 2 >= filled
        || lines.into_iter().all(|line| {
            let lower = document.lower(line);
            lower.is_empty() || is_contact(lower) || reads_like_title(document.raw(line))
        })
}

/// Mostly words with capitals, and no end of a sentence: "Mill Ltd", "3 Mill Lane".
fn reads_like_title(raw: &str) -> bool {
    let words = || raw.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic));
    let capitals = words().filter(|word| has_capital(word)).count();
    capitals * 2 >= words().count() && !raw.trim_end().ends_with(['?', '!', '。', '？', '！'])
}

fn has_capital(word: &str) -> bool {
    word.chars().any(|c| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase()))
}

/// Whether a line reads like a name: a few words, each with a capital or none at all.
pub fn is_name(raw: &str) -> bool {
    let words: Vec<&str> = raw.split_whitespace().take(7).collect();
    let capitals = words.iter().filter(|word| has_capital(word)).count();
    !words.is_empty()
        && words.len() <= 6
        && capitals * 2 >= words.len()
        && !raw.trim_end().ends_with(['?', ':', '!', '。', '？'])
        && !raw.bytes().any(|b| b.is_ascii_digit())
}
