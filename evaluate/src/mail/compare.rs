//! How a found value is compared with an agreed one.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// Share of words that two texts must have in common where tags were stripped differently.
const WORDS_ALIKE: f64 = 0.95;
/// Share of characters that a better guess must keep of a text with undecodable ones.
const LOSSY_ALIKE: f64 = 0.5;

/// Compares a single value; white space runs count as one space.
pub fn same_text(found: &str, wanted: &str, lossy: bool) -> bool {
    let (found, wanted) = (spaced(found), spaced(wanted));
    found == wanted || (lossy && alike_where_known(&found, &wanted))
}

/// Compares lists in order.
pub fn same_list(found: &[String], wanted: &[String], lossy: bool) -> bool {
    found.len() == wanted.len()
        && found.iter().zip(wanted).all(|(found, wanted)| same_text(found, wanted, lossy))
}

/// `list` in the order of the labels.
pub fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

/// Compares full texts: without regard to white space, or as bags of words.
pub fn same_body(found: &str, wanted: &str, words: bool, lossy: bool) -> bool {
    let (squeezed_found, squeezed_wanted) = (squeezed(found), squeezed(wanted));
    squeezed_found == squeezed_wanted
        || (words && bag_alike(found, wanted) >= WORDS_ALIKE)
        || (lossy && alike_where_known(&squeezed_found, &squeezed_wanted))
}

fn spaced(text: &str) -> String {
    text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without any white space.
pub fn squeezed(text: &str) -> String {
    text.nfc().filter(|c| !c.is_whitespace() && *c != '\u{FEFF}').collect()
}

/// Whether all that the agreed value knows for sure, its ASCII characters, is found in order, and
/// little besides.
fn alike_where_known(found: &str, wanted: &str) -> bool {
    let mut rest = found.chars();
    let known = wanted.chars().filter(char::is_ascii);
    let all = known.clone().count() as f64;
    let met = known.filter(|c| rest.any(|other| other == *c)).count() as f64;
    let long_enough = found.chars().count() as f64 >= LOSSY_ALIKE * wanted.chars().count() as f64;
    (all == 0.0 || met / all >= WORDS_ALIKE) && long_enough
}

fn bag(text: &str) -> HashMap<String, usize> {
    let mut bag = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *bag.entry(word.to_lowercase()).or_default() += 1;
    }
    bag
}

/// Words in common, counted as often as both have them, over those of the longer text.
fn bag_alike(one: &str, other: &str) -> f64 {
    let (one, other) = (bag(one), bag(other));
    let common: usize =
        one.iter().map(|(word, count)| *count.min(other.get(word).unwrap_or(&0))).sum();
    let longer = one.values().sum::<usize>().max(other.values().sum());
    if longer == 0 { 1.0 } else { common as f64 / longer as f64 }
}
