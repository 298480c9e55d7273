//! One pass over the text that finds notes by help desks, gateways, lawyers and lists.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::Document;
use super::words;

/// What a phrase belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// "Reply above this line".
    ReplyAbove,
    /// A gateway's warning that a mail came from outside.
    Banner,
    /// A legal notice; several make one.
    Notice,
    /// A list's, tracker's or help desk's footer.
    Footer,
}

/// A phrase found in a line.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The line.
    pub line: usize,
    /// What it belongs to.
    pub kind: Kind,
    /// Which phrase: equal numbers are equal phrases.
    pub phrase: usize,
}

struct Finder {
    /// An alternation of literals, longest first; compiles to one multi-literal search.
    pattern: Option<Regex>,
    phrases: HashMap<&'static str, (Kind, usize)>,
}

static FINDER: LazyLock<Finder> = LazyLock::new(|| {
    let files = [
        (Kind::ReplyAbove, include_str!("words/reply_above.txt")),
        (Kind::Banner, include_str!("words/banners.txt")),
        (Kind::Notice, include_str!("words/notices.txt")),
        (Kind::Footer, include_str!("words/footers.txt")),
    ];
    let phrases: HashMap<&'static str, (Kind, usize)> = files
        .into_iter()
        .flat_map(|(kind, file)| words::items(file).map(move |phrase| (phrase, kind)))
        .enumerate()
        .map(|(number, (phrase, kind))| (phrase, (kind, number)))
        .collect();
    let mut longest_first: Vec<&str> = phrases.keys().copied().collect();
    longest_first.sort_unstable_by_key(|phrase| (Reverse(phrase.len()), *phrase));
    let escaped: Vec<String> = longest_first.into_iter().map(regex::escape).collect();
    // Fails only beyond a limit of size that these few files cannot reach.
    let pattern = Regex::new(&escaped.join("|")).ok();
    Finder { pattern, phrases }
});

/// All phrases in the text, in its order.
pub fn find(document: &Document) -> Vec<Found> {
    let Some(pattern) = &FINDER.pattern else { return Vec::new() };
    pattern
        .find_iter(document.all_lower())
        .filter_map(|hit| {
            let (kind, phrase) = *FINDER.phrases.get(hit.as_str())?;
            Some(Found { line: document.line_at(hit.start()), kind, phrase })
        })
        .collect()
}
