//! Turns a text into the features by which it is compared: words, pairs of words, and pieces of
//! words, which forgive endings, compounds and slips of the keyboard.

use std::collections::{BTreeMap, HashMap};

use casebook_domain::triage::fold;

use super::vector::Vector;

/// Most words of a text that count; a mail's matter stands at its beginning.
const WORDS_LIMIT: usize = 400;
/// Lengths of pieces of words, in characters, the edges of the word included.
const PIECES: std::ops::RangeInclusive<usize> = 3..=5;
/// How much pairs of words and pieces count against single words.
const PAIR_WEIGHT: f64 = 0.6;
const PIECE_WEIGHT: f64 = 0.5;

/// The features that occurred in the texts that were learnt from, and how telling each is.
pub(super) struct Vocabulary {
    numbers: HashMap<String, (u32, f64)>,
    /// Weight of a feature that never occurred.
    rarest: f64,
}

impl Vocabulary {
    /// Learns from texts; a feature that occurs in many is less telling.
    pub(super) fn learn<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut total = 0.0;
        for text in texts {
            total += 1.0;
            for (feature, _) in features(text) {
                *counts.entry(feature).or_default() += 1;
            }
        }
        let rarity = |count: u32| ((1.0 + total) / (1.0 + f64::from(count))).ln() + 1.0;
        let numbers =
            (0..).zip(counts).map(|(number, (feature, count))| (feature, (number, rarity(count))));
        Self { numbers: numbers.collect(), rarest: rarity(0) }
    }

    /// The text as a vector. Unknown features lengthen it without meeting any other, so a text on
    /// a foreign subject is near to nothing.
    pub(super) fn vector(&self, text: &str) -> Vector {
        let mut unknown = 0.0;
        let mut parts = Vec::new();
        for (feature, weight) in features(text) {
            match self.numbers.get(&feature) {
                Some((number, rarity)) => parts.push((*number, weight * rarity)),
                None => unknown += (weight * self.rarest).powi(2),
            }
        }
        Vector::new(parts, unknown)
    }
}

/// The features of a text with their weights: more often is more, but less and less so.
fn features(text: &str) -> BTreeMap<String, f64> {
    let folded = fold(text);
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS_LIMIT)
        .collect();
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    let mut add = |feature: String| *counts.entry(feature).or_default() += 1.0;
    for word in &words {
        add(format!("w {}", shape(word)));
        pieces(word).for_each(|piece| add(format!("p {piece}")));
    }
    for pair in words.windows(2) {
        if let [a, b] = pair {
            add(format!("b {} {}", shape(a), shape(b)));
        }
    }
    for (feature, count) in &mut counts {
        let weight = match feature.as_bytes().first() {
            Some(b'b') => PAIR_WEIGHT,
            Some(b'p') => PIECE_WEIGHT,
            _ => 1.0,
        };
        *count = (1.0 + count.ln()) * weight;
    }
    counts
}

/// All numbers are one word: which number it is tells nothing about the subject.
fn shape(word: &str) -> &str {
    if word.chars().all(|c| c.is_ascii_digit()) { "0" } else { word }
}

fn pieces(word: &str) -> impl Iterator<Item = String> {
    let edged: Vec<char> = format!("<{}>", shape(word)).chars().collect();
    PIECES.flat_map(move |length| {
        let windows: Vec<String> = edged.windows(length).map(|w| w.iter().collect()).collect();
        windows
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary::learn(["my box is late", "my dog is hungry", "where is the box"].into_iter())
    }

    #[test]
    fn texts_on_the_same_matter_are_nearer_than_others() {
        let known = vocabulary();
        let [late, later, dog] =
            ["The boxes are late!", "my box is late", "hungry dogs"].map(|t| known.vector(t));
        assert!(late.dot(&later) > 2.0 * late.dot(&dog));
    }

    #[test]
    fn unknown_words_make_a_text_foreign() {
        let known = vocabulary();
        let box_late = known.vector("my box is late");
        let diluted = known.vector("my box is late quantum chromodynamics symposium");
        assert!(diluted.dot(&box_late) < 0.8);
        assert_eq!(known.vector("qqq zzz"), Vector::default());
        assert_eq!(known.vector(""), Vector::default());
    }
}
