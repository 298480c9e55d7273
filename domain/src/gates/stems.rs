//! Beginnings and ends of words, found by their outermost three bytes.

use super::vocabulary::MIN_STEM;

/// Which end of a word a stem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Its beginning.
    Head,
    /// Its end.
    Tail,
}

/// A stem and its entry.
type Entry = (Box<[u8]>, u16);

/// Bits of the filter and of the bucket numbers.
const FILTER: usize = 4096;
const BUCKETS: usize = 256;

/// Stems of one side.
#[derive(Clone, Debug)]
pub(super) struct Stems {
    side: Side,
    /// A bit for each edge that a stem has; most words stop here.
    filter: [u64; FILTER / 64],
    /// Stems by their edge, longest first.
    buckets: Vec<Vec<Entry>>,
}

impl Stems {
    /// A table of stems of [`MIN_STEM`] bytes or more.
    pub fn new(stems: Vec<Entry>, side: Side) -> Self {
        let mut all = Self { side, filter: [0; FILTER / 64], buckets: vec![Vec::new(); BUCKETS] };
        for (stem, entry) in stems {
            if let Some(edge) = all.edge(&stem) {
                all.filter[bit(edge) / 64] |= 1 << (bit(edge) % 64);
                all.buckets[bit(edge) % BUCKETS].push((stem, entry));
            }
        }
        for bucket in &mut all.buckets {
            bucket.sort_by_key(|(stem, _)| usize::MAX - stem.len());
        }
        all
    }

    /// Whether there are no stems at all.
    pub fn is_empty(&self) -> bool {
        self.filter == [0; FILTER / 64]
    }

    /// Whether a word with this edge may have a stem here.
    #[inline]
    pub fn may_hold(&self, edge: u32) -> bool {
        self.filter[bit(edge) / 64] >> (bit(edge) % 64) & 1 == 1
    }

    /// The entry of the longest stem of the word; 0 for none.
    pub fn find(&self, word: &[u8]) -> u16 {
        let Some(edge) = self.edge(word).filter(|edge| self.may_hold(*edge)) else { return 0 };
        let fits = |(stem, _): &&Entry| match self.side {
            Side::Head => word.starts_with(stem),
            Side::Tail => word.ends_with(stem),
        };
        self.buckets[bit(edge) % BUCKETS].iter().find(fits).map_or(0, |(_, entry)| *entry)
    }

    /// The outermost bytes in reading order, the first in the lowest.
    fn edge(&self, word: &[u8]) -> Option<u32> {
        let [a, b, c]: [u8; MIN_STEM] = match self.side {
            Side::Head => *word.first_chunk()?,
            Side::Tail => *word.last_chunk()?,
        };
        Some(u32::from_le_bytes([a, b, c, 0]))
    }
}

/// Where an edge stands in the filter.
#[inline]
fn bit(edge: u32) -> usize {
    (edge.wrapping_mul(0x9e37_79b1) >> 20) as usize % FILTER
}
