//! The customer's name as the message is signed.

use super::closing::{fold, formula_words, words};

/// How many of the last lines that are not blank are looked at.
const LAST_LINES: usize = 10;
/// Most words of a name.
const NAME_WORDS: usize = 4;
/// Longest name in characters.
pub(super) const NAME_LIMIT_CHARS: usize = 60;

/// Words inside a name that are written small.
const PARTICLES: [&str; 18] = [
    "van", "von", "de", "der", "den", "da", "di", "du", "la", "le", "el", "al", "bin", "zu", "and",
    "und", "et", "y",
];

/// Lines that phones and mail programs add below the sign-off, folded.
const FOOTERS: [&str; 8] = [
    "sent from",
    "sent with",
    "get outlook",
    "gesendet von",
    "von meinem",
    "envoye de",
    "envoye depuis",
    "verzonden vanaf",
];

/// Single words that end letters but are nobody's name, folded.
const NO_NAMES: [&str; 14] = [
    "hi", "hello", "hallo", "dear", "please", "bitte", "yes", "no", "ok", "help", "urgent", "sent",
    "team", "all",
];

/// The name with which a message is signed: below or behind a closing formula, else in the
/// signature block, else alone in the last paragraph.
///
/// ```
/// use casebook_domain::triage::name_from_sign_off;
/// let name = name_from_sign_off("Where is my box?\n\nMany thanks,\nAda Hill", None);
/// assert_eq!(name.as_deref(), Some("Ada Hill"));
/// ```
pub fn name_from_sign_off(text: &str, signature: Option<&str>) -> Option<String> {
    let signature = signature.unwrap_or("");
    behind_formula(text)
        .or_else(|| behind_formula(signature))
        .or_else(|| last_lines(signature).first().and_then(|line| as_name(line)))
        .or_else(|| alone_at_the_end(text))
}

/// The last lines that are neither blank, quoted, dashes nor a program's footer, in order.
fn last_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text
        .lines()
        .rev()
        .map(str::trim)
        .filter(|line| line.contains(char::is_alphanumeric) && !line.starts_with('>'))
        .filter(|line| !is_footer(line))
        .take(LAST_LINES)
        .collect();
    lines.reverse();
    lines
}

fn is_footer(line: &str) -> bool {
    let folded = fold(line);
    FOOTERS.iter().any(|footer| folded.starts_with(footer))
}

/// The name on or below the last line that begins with a closing formula.
fn behind_formula(text: &str) -> Option<String> {
    let lines = last_lines(text);
    (0..lines.len()).rev().find_map(|index| {
        let line = lines.get(index)?;
        let all = words(line);
        let taken = formula_words(&all)?;
        if taken == all.len() {
            let below = lines.get(index + 1)?;
            let last = index + 2 == lines.len();
            return as_name(below).or_else(|| last.then(|| as_small_name(below)).flatten());
        }
        as_name(after_words(line, taken)).or_else(|| {
            let (_, tail) = line.rsplit_once(',').filter(|_| index + 1 == lines.len())?;
            as_name(tail)
        })
    })
}

/// What follows the first `count` words of a line.
fn after_words(line: &str, count: usize) -> &str {
    let mut rest = line;
    for _ in 0..count {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        rest = rest.trim_start_matches(char::is_alphanumeric);
    }
    rest
}

/// A name that is the whole of the last paragraph, or is led in by a dash.
fn alone_at_the_end(text: &str) -> Option<String> {
    let (index, last) = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(char::is_alphanumeric) && !is_footer(line.trim()))
        .last()?;
    let before = text.lines().nth(index.checked_sub(1)?)?;
    let dashed = last.trim_start().starts_with(['-', '–', '—', '~']);
    if !dashed && !before.trim().is_empty() {
        return None;
    }
    as_name(last).filter(|name| dashed || name.split_whitespace().count() <= 2)
}

/// The line as a name: one to four capitalised words, particles aside.
fn as_name(line: &str) -> Option<String> {
    let line = line.split(['|', '(', '•', '·']).next().unwrap_or(line);
    let line = line.trim_matches(|c: char| !c.is_alphanumeric());
    let line = without_kisses(line);
    let parts: Vec<&str> = line.split_whitespace().collect();
    let sound = |part: &&str| {
        let small = PARTICLES.contains(part) || *part == "&";
        small || part.chars().next().is_some_and(|c| c.is_uppercase() || is_caseless(c))
    };
    let letters = |c: char| c.is_alphabetic() || " '’.-&".contains(c) || is_mark(c);
    let fits = (1..=NAME_WORDS).contains(&parts.len())
        && line.chars().count() <= NAME_LIMIT_CHARS
        && line.chars().all(letters)
        && parts.iter().all(sound)
        && parts.iter().any(|part| !PARTICLES.contains(part) && *part != "&");
    let word = fold(line);
    let known = NO_NAMES.contains(&word.as_str()) || formula_words(&words(line)).is_some();
    (fits && !known).then(|| parts.join(" "))
}

/// A single word in small letters directly below a formula: `thanks` / `mo`.
fn as_small_name(line: &str) -> Option<String> {
    let line = line.trim_matches(|c: char| !c.is_alphanumeric());
    let word = without_kisses(line);
    let fits = (2..=20).contains(&word.chars().count()) && word.chars().all(char::is_alphabetic);
    let known = NO_NAMES.contains(&fold(word).as_str()) || formula_words(&words(word)).is_some();
    (fits && !known).then(|| word.to_owned())
}

/// Drops the crosses that stand for kisses behind a name: `Ada xx`.
fn without_kisses(line: &str) -> &str {
    match line.rsplit_once(' ') {
        Some((name, kisses)) if kisses.chars().all(|c| c == 'x' || c == 'X') => name.trim_end(),
        _ => line,
    }
}

/// Letters of scripts without upper and lower case.
fn is_caseless(c: char) -> bool {
    c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase()
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<String> {
        name_from_sign_off(text, None)
    }

    #[test]
    fn given_a_closing_in_many_languages_then_the_name_below_or_behind_it_is_found() {
        for (text, expected) in [
            ("Where is it?\n\nKind regards,\nAda Hill", "Ada Hill"),
            ("Where is it?\nThanks, Ada", "Ada"),
            ("Where is it?\nThanks for your help, Ada", "Ada"),
            (
                "Wo ist es?\n\nMit freundlichen Grüßen\nJörg Müller-Lüdenscheidt",
                "Jörg Müller-Lüdenscheidt",
            ),
            ("Wo ist es?\nVG Anna", "Anna"),
            ("Où est-il ?\n\nCordialement,\nHélène de la Tour", "Hélène de la Tour"),
            ("Waar is het?\nMet vriendelijke groet,\nJan van der Berg", "Jan van der Berg"),
            ("¿Dónde está?\nUn saludo,\nMaría", "María"),
            ("Where?\n\nBest\n\nAda & Tom\n\nSent from my iPhone", "Ada & Tom"),
            ("Where?\n\nthanks\nmo", "mo"),
            ("Where?\n\nLove\nAda xx", "Ada"),
            ("Where?\n\n- Ada", "Ada"),
            ("Where is it?\n\nAda", "Ada"),
            ("Where?\n\nRegards\nAda Hill (Mrs)\nHill & Sons Ltd", "Ada Hill"),
        ] {
            assert_eq!(name(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn given_no_name_then_none_is_made_up() {
        for text in [
            "Where is my box?",
            "Where is my box?\n\nThanks",
            "Thanks for the box. It came on Monday.",
            "Thanks\n\nI will call you at 5.",
            "Kind regards,\nada@example.org",
            "Hi,\nPlease cancel.\nThank you so much",
            "On Monday Tom wrote:\n> Kind regards,\n> Tom",
            "",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn given_a_signature_block_then_its_name_counts() {
        let signature = Some("--\nAda Hill\nHead of Dogs\n+44 20 7946 0000");
        assert_eq!(name_from_sign_off("Where?", signature).as_deref(), Some("Ada Hill"));
        assert_eq!(name_from_sign_off("Where?\nCheers, Tom", signature).as_deref(), Some("Tom"));
    }
}
