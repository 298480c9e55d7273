//! The words on which a policy's gates are tried, as one set of regular expressions.

use std::collections::BTreeSet;

use casebook_domain::gates::GateSet;
use regex::{RegexSet, RegexSetBuilder};

/// Nested lists that are followed; deeper ones do not occur.
const DEPTH_MAX: usize = 4;

/// One expression for each word of the patterns that rules begin with, and their number. Endings
/// are left open, whatever they are.
pub fn regex_set(set: &GateSet) -> (RegexSet, usize) {
    let mut words = BTreeSet::new();
    for pattern in set.gates.iter().flat_map(|gate| &gate.rules).flat_map(|rule| &rule.any) {
        collect(set, pattern, DEPTH_MAX, &mut words);
    }
    let expressions = words.iter().map(|word| format!(r"\b{}", regex::escape(word)));
    let built = RegexSetBuilder::new(expressions).case_insensitive(true).build();
    (built.expect("plain words"), words.len())
}

/// Adds the words of a pattern; a list `<name>` stands for the words of its entries.
fn collect(set: &GateSet, pattern: &str, depth: usize, words: &mut BTreeSet<String>) {
    let mut plain = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['<', '{']) {
        let close = if rest[at..].starts_with('<') { '>' } else { '}' };
        let end = rest[at..].find(close).map_or(rest.len(), |end| at + end + 1);
        plain.push_str(&rest[..at]);
        let entries = set.lists.get(rest[at + 1..end].trim_end_matches(close));
        if close == '>' && depth > 0 {
            plain.push(' ');
            for entry in entries.into_iter().flatten() {
                collect(set, entry, depth - 1, words);
            }
        }
        rest = &rest[end..];
    }
    plain.push_str(rest);
    let cut = plain.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.extend(cut.filter(|word| word.chars().count() > 2).map(str::to_lowercase));
}
