//! Subjects: what is stored of the customer's, what replaces a blank one, what a reply carries.

use unicode_normalization::UnicodeNormalization;

use crate::policy::{Policy, SubjectRules};

/// Where a ticket's subject came from, in the order in which sources are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectSource {
    /// The customer wrote it.
    Customer,
    /// Triage suggested it.
    Suggested,
    /// It is made from the category.
    Category,
}

/// A ticket's subject, without prefix and reply marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The text; never blank.
    pub text: String,
    /// Where it came from.
    pub source: SubjectSource,
}

/// A subject as it is stored: without reply marks and our own prefix, white space collapsed.
///
/// Marks and prefix are removed in any order and number: `AW: [Support] Re[2]: Box` is `Box`.
/// `None` when nothing remains, or only a placeholder.
pub fn clean(subject: &str, prefix: Option<&str>, rules: &SubjectRules) -> Option<String> {
    let text = collapse(subject);
    let mut rest = text.as_str();
    while let Some(shorter) =
        strip_prefix(rest, prefix).or_else(|| strip_mark(rest, &rules.reply_marks))
    {
        rest = shorter.trim_start();
    }
    (!is_placeholder(rest, rules)).then(|| rest.to_owned())
}

/// Whether a subject says nothing: blank, invisible, or one of the policy's placeholders.
pub fn is_placeholder(subject: &str, rules: &SubjectRules) -> bool {
    let key = placeholder_key(subject);
    key.is_empty() || rules.placeholders.iter().any(|known| placeholder_key(known) == key)
}

/// The subject of a ticket: the customer's, else the suggested one, else one made from the
/// category in `language` (SOP CS-01 v2.4, fallback chain).
pub fn choose(
    policy: &Policy,
    prefix: Option<&str>,
    customer: Option<&str>,
    suggested: Option<&str>,
    category: &str,
    language: &str,
) -> Subject {
    let rules = &policy.subjects;
    let cleaned = |text: Option<&str>| text.and_then(|text| clean(text, prefix, rules));
    if let Some(text) = cleaned(customer) {
        return Subject { text, source: SubjectSource::Customer };
    }
    if let Some(text) = cleaned(suggested) {
        return Subject { text, source: SubjectSource::Suggested };
    }
    Subject { text: from_category(policy, category, language), source: SubjectSource::Category }
}

/// The subject that a category gives: its customer-facing name in the policy's template.
///
/// A category that the policy no longer has is treated as the fallback category.
pub fn from_category(policy: &Policy, category: &str, language: &str) -> String {
    let primary = policy.primary_language();
    let known = policy.category(category).or_else(|| policy.fallback_category());
    let name = known.and_then(|known| known.customer_name.get(language, primary));
    let template = policy.subjects.fallback.get(language, primary);
    match (template, name) {
        (Some(template), Some(name)) => template.replace(crate::policy::CATEGORY_SLOT, name),
        (None, Some(name)) => name.to_owned(),
        (_, None) => category.to_owned(),
    }
}

/// The subject of a reply: `Re: ` when there was an earlier reply, then the prefix, then the
/// stored subject, as in `Re: [Support] Late box`.
pub fn outgoing(stored: &str, prefix: Option<&str>, is_answer: bool) -> String {
    let mark = if is_answer { "Re: " } else { "" };
    match prefix.map(str::trim).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{mark}{prefix} {stored}"),
        None => format!("{mark}{stored}"),
    }
}

/// Collapses white space and drops characters that take no room, so that a subject of zero-width
/// spaces is as blank as it looks.
fn collapse(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Format characters that mail programs and phones leave in subjects. The joiner U+200D stays:
/// it holds emoji together.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}'
    ) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The form in which placeholders are compared: NFKC, lower case, kinds of brackets made equal.
fn placeholder_key(text: &str) -> String {
    let folded: String = collapse(text).nfkc().collect::<String>().to_lowercase();
    folded
        .chars()
        .map(|c| match c {
            '[' | '<' | '{' | '〈' | '«' => '(',
            ']' | '>' | '}' | '〉' | '»' => ')',
            other => other,
        })
        .collect()
}

fn strip_prefix<'a>(text: &'a str, prefix: Option<&str>) -> Option<&'a str> {
    let prefix = prefix.map(str::trim).filter(|prefix| !prefix.is_empty())?;
    strip_ignoring_case(text, prefix)
}

/// Removes one mark with its colon: `Re:`, `RE :`, `Re[2]:`, `AW (3):`, `回复：`.
fn strip_mark<'a>(text: &'a str, marks: &[String]) -> Option<&'a str> {
    marks.iter().find_map(|mark| {
        let rest = strip_ignoring_case(text, mark)?.trim_start();
        strip_count(rest).trim_start().strip_prefix([':', '：'])
    })
}

/// Removes the count that some programs add to a mark: `[2]`, `(2)` or `^2`.
fn strip_count(text: &str) -> &str {
    let closed = |open: char, close: char| {
        let (digits, rest) = text.strip_prefix(open)?.split_once(close)?;
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(rest)
    };
    let caret =
        || text.strip_prefix('^').map(|r| r.trim_start_matches(|c: char| c.is_ascii_digit()));
    closed('[', ']').or_else(|| closed('(', ')')).or_else(caret).unwrap_or(text)
}

/// Removes `start` from the beginning of `text`, whatever the case of either.
fn strip_ignoring_case<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in start.chars() {
        let found = rest.next()?;
        if found != wanted && !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

#[cfg(test)]
mod tests;
