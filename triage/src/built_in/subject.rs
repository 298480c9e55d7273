//! A subject for a message that has none: the beginning of its most telling sentence.

use casebook_domain::triage::{SUBJECT_LIMIT_WORDS, fold};

/// Longest suggestion in characters.
const LIMIT_CHARS: usize = 80;
/// Words with which a short subject must not end, folded.
const NOT_LAST: [&str; 40] = [
    "a", "an", "the", "and", "or", "but", "to", "of", "in", "on", "at", "for", "with", "my", "our",
    "your", "is", "it", "that", "der", "die", "das", "den", "ein", "eine", "und", "oder", "zu",
    "im", "in", "mit", "fur", "auf", "mein", "meine", "ist", "le", "la", "de", "et",
];

/// A subject of at most eight words; `None` when the sentence offers none.
pub(super) fn suggest(sentence: &str) -> Option<String> {
    let mut words: Vec<&str> = sentence
        .split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric) && !word.contains(['@', '/', ':']))
        .take(SUBJECT_LIMIT_WORDS)
        .collect();
    let cut = sentence.split_whitespace().count() > words.len();
    while cut && words.last().is_some_and(|word| NOT_LAST.contains(&fold(word).as_str())) {
        words.pop();
    }
    let text = words.join(" ");
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let mut chars = text.chars();
    let first = chars.next()?;
    let subject: String = first.to_uppercase().chain(chars).take(LIMIT_CHARS).collect();
    (words.len() > 1).then_some(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_the_beginning_of_a_sentence_and_ends_well() {
        assert_eq!(suggest("where is my box").as_deref(), Some("Where is my box"));
        let long = "our courier left the parcel with a neighbour that I do not know";
        assert_eq!(suggest(long).as_deref(), Some("Our courier left the parcel with a neighbour"));
        let article = "we would like to pause and skip the next two boxes";
        assert_eq!(suggest(article).as_deref(), Some("We would like to pause and skip"));
        assert_eq!(suggest("help"), None);
        assert_eq!(suggest("... ?!"), None);
    }
}
