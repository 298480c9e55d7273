//! What a line says about dates, addresses and writing: the marks of an attribution.

use super::words;

/// What was seen in a few words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence {
    /// A date, or the name of a month beside a number.
    pub date: bool,
    /// A time of day.
    pub time: bool,
    /// A verb such as "wrote".
    pub verb: bool,
    /// A verb, and nothing but a name after it.
    pub verb_last: bool,
    /// An e-mail address.
    pub email: bool,
    /// An offset such as `GMT+01:00`.
    pub offset: bool,
    /// A person who writes here, such as "I", stands right before the verb.
    pub pronoun: bool,
    /// Where the first sign of a date stands, counted in words.
    pub first_date_word: Option<usize>,
    /// The number of words.
    pub words: usize,
}

const PRONOUNS: [&str; 24] = [
    "i", "you", "we", "he", "she", "they", "it", "ich", "du", "er", "sie", "wir", "je", "tu", "il",
    "elle", "nous", "yo", "él", "ella", "ik", "jij", "jag", "я",
];

/// Reads the evidence in `text`, which is in lower case.
pub fn read(text: &str) -> Evidence {
    let mut evidence = Evidence::default();
    let (mut month, mut number, mut weekday, mut year) = (false, false, false, false);
    let mut previous = "";
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>')) {
        if word.is_empty() {
            continue;
        }
        let at = evidence.words;
        evidence.words += 1;
        evidence.email |= word.contains('@');
        let word = word.trim_matches(is_mark);
        if word.is_empty() {
            continue;
        }
        let mut dated = true;
        match shape(word) {
            Shape::Date => evidence.date = true,
            Shape::DateTime => (evidence.date, evidence.time) = (true, true),
            Shape::Time => evidence.time = true,
            Shape::Year => year = true,
            Shape::Number => number = true,
            Shape::Offset => evidence.offset = true,
            Shape::Word if is_verb(word) => {
                evidence.verb = true;
                evidence.pronoun |= PRONOUNS.contains(&previous);
                dated = false;
            }
            Shape::Word if words::begins(word, &words::MONTHS) => month = true,
            Shape::Word if words::begins(word, &words::WEEKDAYS) => weekday = true,
            Shape::Word => dated = false,
        }
        if dated && evidence.first_date_word.is_none() {
            evidence.first_date_word = Some(at);
        }
        previous = word;
    }
    evidence.verb_last = is_verb(previous) || ends_with_unspaced_verb(text);
    evidence.verb |= evidence.verb_last;
    evidence.date |= year || (month && number) || (evidence.time && (weekday || number || month));
    evidence
}

/// Whether a word is a verb such as "wrote".
pub fn is_verb(word: &str) -> bool {
    words::VERBS.contains(word)
}

/// Whether a text ends with such a verb in a language written without spaces.
pub fn ends_with_unspaced_verb(text: &str) -> bool {
    let text = text.trim_end_matches(is_mark);
    text.chars().next_back().is_some_and(|c| c > '\u{2e80}')
        && words::UNSPACED_VERBS.iter().any(|verb| text.ends_with(verb))
}

/// Characters around a word that do not belong to it.
pub fn is_mark(c: char) -> bool {
    matches!(
        c,
        ',' | ';'
            | ':'
            | '：'
            | '.'
            | '!'
            | '"'
            | '\''
            | '<'
            | '>'
            | '['
            | ']'
            | '*'
            | '_'
            | '-'
            | '–'
            | '—'
            | '«'
            | '»'
            | '“'
            | '”'
            | '„'
            | '、'
            | '。'
            | '，'
            | '|'
            | '='
    ) || c.is_whitespace()
}

enum Shape {
    Date,
    DateTime,
    Time,
    Year,
    Number,
    Offset,
    Word,
}

fn shape(word: &str) -> Shape {
    if let Some(rest) = word.strip_prefix("gmt").or_else(|| word.strip_prefix("utc")) {
        return if rest.starts_with(['+', '-']) { Shape::Offset } else { Shape::Word };
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || digits > 14 {
        return Shape::Word;
    }
    if word.contains(['年', '년', '月', '월']) {
        return Shape::Date;
    }
    // Hebrew joins its prepositions with a hyphen.
    let word = match word.split_once('-') {
        Some((before, after)) if !before.bytes().any(|b| b.is_ascii_digit()) => after,
        _ => word,
    };
    let first = word.bytes().next().is_some_and(|b| b.is_ascii_digit());
    if !first {
        return Shape::Word;
    }
    let separators = word.bytes().filter(|b| matches!(b, b'.' | b'/' | b'-')).count();
    let colons = word.bytes().filter(|b| *b == b':').count();
    match (separators, colons) {
        (2.., 1..) if digits >= 8 => Shape::DateTime,
        (2 | 3, 0) if digits >= 3 => Shape::Date,
        (1, 0) if (2..=4).contains(&digits) => Shape::Time,
        (0, 1 | 2) if digits >= 2 => Shape::Time,
        (0, 0) => plain_number(word, digits),
        _ => Shape::Word,
    }
}

fn plain_number(word: &str, digits: usize) -> Shape {
    let head = word.get(..4).unwrap_or("");
    let is_year = digits == 4
        && head.bytes().all(|b| b.is_ascii_digit())
        && (head.starts_with("19") || head.starts_with("20") || head.starts_with("25"));
    if is_year {
        return Shape::Year;
    }
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let hour = rest.strip_prefix('h').or_else(|| rest.strip_prefix('時'));
    match hour {
        Some(minutes) if minutes.bytes().all(|b| b.is_ascii_digit()) => Shape::Time,
        _ if digits <= 2 => Shape::Number,
        _ => Shape::Word,
    }
}
