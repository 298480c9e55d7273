//! Lines that name the device or mail program: "Sent from my iPhone".

use crate::email::new_text::evidence::is_mark;
use crate::email::new_text::words;

/// Longest such line in bytes; links count.
const MAX_BYTES: usize = 200;
/// Most words in such a line.
const MAX_WORDS: usize = 14;
/// Words after the opening among which the device is named.
const NAMED_WITHIN: usize = 6;
/// Shortest name that may have an ending ("iPhonesta").
const MIN_STEM: usize = 4;

/// Whether a line names the device or program a mail was sent with.
pub fn names_device(lower: &str) -> bool {
    if lower.len() > MAX_BYTES {
        return false;
    }
    let line = lower.trim_matches(|c: char| is_mark(c) || matches!(c, '(' | ')' | '📱'));
    let Some(first) = line.chars().next() else { return false };
    let opening = words::DEVICE_OPENINGS.get(&first).and_then(|openings| {
        openings.iter().filter(|o| line.starts_with(**o)).max_by_key(|o| o.len())
    });
    if let Some(rest) = opening.and_then(|opening| line.strip_prefix(opening)) {
        let unspaced = opening.is_some_and(|opening| opening.chars().any(is_unspaced));
        return unspaced || (is_phrase(rest) && is_named_early(opening, rest));
    }
    line.len() <= 60
        && words::DEVICE_ENDINGS.iter().any(|ending| line.ends_with(ending))
        && (line.chars().any(is_unspaced) || is_named(line, MAX_WORDS))
}

fn is_unspaced(c: char) -> bool {
    ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7af}').contains(&c)
}

fn is_phrase(rest: &str) -> bool {
    rest.split_whitespace().count() <= MAX_WORDS
}

fn is_named_early(opening: Option<&&str>, rest: &str) -> bool {
    let clause = rest.split([',', ';', '!']).next().unwrap_or("");
    is_named(clause, NAMED_WITHIN) || opening.is_some_and(|opening| is_named(opening, MAX_WORDS))
}

fn is_named(text: &str, within: usize) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '(' | '[' | '®' | '™'))
        .filter(|word| !word.is_empty())
        .take(within)
        .any(|word| is_device(word.trim_matches(is_mark)))
}

fn is_device(word: &str) -> bool {
    words::DEVICE_NAMES.contains(word)
        || word
            .char_indices()
            .skip(MIN_STEM)
            .filter_map(|(at, _)| word.get(..at))
            .any(|stem| words::DEVICE_NAMES.contains(stem))
}
