//! The words a policy knows, found by their folded form in a few nanoseconds.

use std::collections::HashMap;

use super::short::{Short, ShortTable};
use super::stems::{Side, Stems};

/// What the vocabulary knows about a word of a text: at most two of its entries.
///
/// An exact entry stands for everything its word matches; a word without one may still begin
/// like one entry and end like another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The exact entry, else the longest entry the word begins with; 0 for none.
    pub head: u16,
    /// The longest entry the word ends with; 0 for none or beside an exact entry.
    pub tail: u16,
}

impl Word {
    /// A word the policy does not know.
    pub const UNKNOWN: Self = Self { head: 0, tail: 0 };
}

/// A way of matching one word.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// The whole word.
    Exact(String),
    /// Its beginning.
    Prefix(String),
    /// Its end.
    Suffix(String),
}

impl Form {
    /// Whether every word that `other` stands for is matched by this form.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Prefix(stem), Self::Exact(word) | Self::Prefix(word)) => word.starts_with(stem),
            (Self::Suffix(stem), Self::Exact(word) | Self::Suffix(word)) => word.ends_with(stem),
            (this, other) => this == other,
        }
    }
}

/// Shortest stem of a prefix or suffix form in bytes.
pub(super) const MIN_STEM: usize = 3;

/// The table of all forms of a policy.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    /// Exact words of [`Short::MAX`] bytes at most.
    short: ShortTable,
    /// All other exact words.
    long: HashMap<Box<[u8]>, u16>,
    heads: Stems,
    tails: Stems,
    has_tails: bool,
}

impl Vocabulary {
    /// The vocabulary of `forms`; the entry of the form at index `i` is `i + 1`.
    pub fn new(forms: &[Form]) -> Self {
        let (mut short, mut long) = (Vec::new(), HashMap::new());
        let (mut heads, mut tails) = (Vec::new(), Vec::new());
        for (form, id) in forms.iter().zip(1_u16..) {
            match form {
                Form::Exact(word) => match Short::pack(word.as_bytes()) {
                    Some(word) => short.push((word, id)),
                    None => drop(long.insert(Box::from(word.as_bytes()), id)),
                },
                Form::Prefix(stem) => heads.push((Box::from(stem.as_bytes()), id)),
                Form::Suffix(stem) => tails.push((Box::from(stem.as_bytes()), id)),
            }
        }
        let tails = Stems::new(tails, Side::Tail);
        Self {
            short: ShortTable::new(&short),
            long,
            heads: Stems::new(heads, Side::Head),
            has_tails: !tails.is_empty(),
            tails,
        }
    }

    /// What is known about a folded word.
    pub fn find(&self, word: &[u8]) -> Word {
        if let Some(short) = Short::pack(word) {
            return self.find_short(short);
        }
        match self.long.get(word) {
            Some(id) => Word { head: *id, tail: 0 },
            None => self.by_stems(word),
        }
    }

    /// What is known about a folded word of a few bytes.
    #[inline]
    pub fn find_short(&self, word: Short) -> Word {
        let exact = self.short.find(word);
        let stem = self.has_tails | self.heads.may_hold(word.first_edge());
        if (exact == 0) & stem {
            return self.by_stems(word.bytes().as_slice());
        }
        Word { head: exact, tail: 0 }
    }

    fn by_stems(&self, word: &[u8]) -> Word {
        Word { head: self.heads.find(word), tail: self.tails.find(word) }
    }
}
