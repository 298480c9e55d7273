//! The words a policy knows, found by their folded form in a few nanoseconds.

use std::collections::HashMap;

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
    /// Open addressing; 0 is empty, else an index into `exact` plus one.
    slots: Vec<u16>,
    exact: Vec<(Box<[u8]>, u16)>,
    heads: Stems,
    tails: Stems,
}

/// The outermost bytes of a stem.
type Edge = [u8; MIN_STEM];
/// A stem and its number.
type Entry = (Box<[u8]>, u16);

/// Stems by their outermost three bytes, longest first.
#[derive(Clone, Debug)]
struct Stems {
    filter: [u64; 64],
    by_edge: HashMap<Edge, Vec<Entry>>,
}

fn mix(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        hash = (hash ^ word).wrapping_mul(K).rotate_left(29);
    }
    let mut last = 0;
    for byte in chunks.remainder() {
        last = last << 8 | u64::from(*byte);
    }
    let hash = (hash ^ last).wrapping_mul(K);
    hash ^ hash >> 32
}

fn bit(edge: [u8; MIN_STEM]) -> usize {
    let [a, b, c] = edge.map(usize::from);
    (a ^ b << 4 ^ c << 7) & 4095
}

impl Stems {
    fn new(stems: Vec<(Box<[u8]>, u16)>, edge: fn(&[u8]) -> Option<[u8; MIN_STEM]>) -> Self {
        let mut all = Self { filter: [0; 64], by_edge: HashMap::new() };
        for (stem, id) in stems {
            if let Some(edge) = edge(&stem) {
                all.filter[bit(edge) >> 6] |= 1 << (bit(edge) & 63);
                all.by_edge.entry(edge).or_default().push((stem, id));
            }
        }
        all.by_edge
            .values_mut()
            .for_each(|list| list.sort_by_key(|(stem, _)| usize::MAX - stem.len()));
        all
    }

    fn find(&self, edge: Option<[u8; MIN_STEM]>, matches: impl Fn(&[u8]) -> bool) -> u16 {
        let Some(edge) = edge else { return 0 };
        if self.filter[bit(edge) >> 6] & 1 << (bit(edge) & 63) == 0 {
            return 0;
        }
        let stems = self.by_edge.get(&edge);
        stems.and_then(|list| list.iter().find(|(stem, _)| matches(stem))).map_or(0, |(_, id)| *id)
    }
}

fn first_edge(word: &[u8]) -> Option<[u8; MIN_STEM]> {
    word.first_chunk().copied()
}

fn last_edge(word: &[u8]) -> Option<[u8; MIN_STEM]> {
    word.last_chunk().copied()
}

impl Vocabulary {
    /// The vocabulary of `forms`; the entry of the form at index `i` is `i + 1`.
    pub fn new(forms: &[Form]) -> Self {
        let (mut exact, mut heads, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        for (form, id) in forms.iter().zip(1_u16..) {
            match form {
                Form::Exact(word) => exact.push((Box::from(word.as_bytes()), id)),
                Form::Prefix(stem) => heads.push((Box::from(stem.as_bytes()), id)),
                Form::Suffix(stem) => tails.push((Box::from(stem.as_bytes()), id)),
            }
        }
        let mut slots = vec![0; (exact.len() * 4).next_power_of_two().max(16)];
        for (index, (word, _)) in (1_u16..).zip(&exact) {
            let mut at = slot(mix(word), slots.len());
            while slots[at] != 0 {
                at = (at + 1) % slots.len();
            }
            slots[at] = index;
        }
        let (heads, tails) = (Stems::new(heads, first_edge), Stems::new(tails, last_edge));
        Self { slots, exact, heads, tails }
    }

    /// What is known about a folded word.
    #[inline]
    pub fn find(&self, word: &[u8]) -> Word {
        let mut at = slot(mix(word), self.slots.len());
        while let Some(index @ 1..) = self.slots.get(at).copied() {
            match self.exact.get(usize::from(index) - 1) {
                Some((known, id)) if **known == *word => return Word { head: *id, tail: 0 },
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
        Word {
            head: self.heads.find(first_edge(word), |stem| word.starts_with(stem)),
            tail: self.tails.find(last_edge(word), |stem| word.ends_with(stem)),
        }
    }
}

/// The first slot to try; `slots` is a power of two.
#[expect(clippy::cast_possible_truncation, reason = "only the low bits are kept")]
fn slot(hash: u64, slots: usize) -> usize {
    hash as usize & (slots - 1)
}
