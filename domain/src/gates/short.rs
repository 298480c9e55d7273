//! Words of a few bytes, held in one number, so that most words of a text are looked up without
//! touching their bytes one by one.

/// A folded word of 1 to [`Short::MAX`] bytes: its bytes from the lowest on, zeros behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    low: u64,
    high: u64,
}

impl Short {
    /// Most bytes of such a word.
    pub const MAX: usize = 16;

    /// The word with these bytes; `None` when it is empty, too long or holds a zero.
    pub fn pack(word: &[u8]) -> Option<Self> {
        if word.is_empty() || word.len() > Self::MAX || word.contains(&0) {
            return None;
        }
        let mut bytes = word.iter().copied().chain(std::iter::repeat(0));
        let mut half = || u64::from_le_bytes(std::array::from_fn(|_| bytes.next().unwrap_or(0)));
        let low = half();
        Some(Self { low, high: half() })
    }

    /// The word of ASCII letters and digits that `bytes` begin with, in lower case, and its
    /// length; `None` when it may be longer than [`Short::MAX`] bytes or no byte is one.
    ///
    /// Needs [`Short::MAX`] bytes to look at: near the end of a text there is no answer either.
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (halves, _) = bytes.first_chunk::<{ Self::MAX }>()?.as_chunks();
        let [low, high] = halves else { return None };
        let (low, high) = (u64::from_le_bytes(*low), u64::from_le_bytes(*high));
        let len = leading_alphanumerics(low);
        if len < 8 {
            let low = (low | LOWER) & !(u64::MAX << (len * 8));
            return (len > 0).then_some((Self { low, high: 0 }, len as usize));
        }
        let more = leading_alphanumerics(high);
        let high = (high | LOWER) & !(u64::MAX << (more % 8 * 8));
        (more < 8).then_some((Self { low: low | LOWER, high }, 8 + more as usize))
    }

    /// The word's bytes.
    pub fn bytes(self) -> ShortBytes {
        let mut bytes = [0; Self::MAX];
        let (low, high) = bytes.split_at_mut(8);
        low.copy_from_slice(&self.low.to_le_bytes());
        high.copy_from_slice(&self.high.to_le_bytes());
        let len = bytes.iter().position(|byte| *byte == 0).unwrap_or(Self::MAX);
        ShortBytes { bytes, len }
    }

    /// The first three bytes, the first in the lowest; zeros where the word is shorter.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "three bytes are wanted")]
    pub const fn first_edge(self) -> u32 {
        self.low as u32 & 0x00ff_ffff
    }

    #[inline]
    const fn hash(self) -> u64 {
        const K: u64 = 0x9e37_79b9_7f4a_7c15;
        let hash = (self.low ^ self.high.rotate_left(23)).wrapping_mul(K);
        hash ^ hash >> 32
    }
}

/// Turns every ASCII letter into its lower case and leaves digits as they are.
const LOWER: u64 = lanes(0x20);
/// The highest bit of each byte.
const TOP: u64 = lanes(0x80);

const fn lanes(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// How many of the eight bytes, from the lowest on, are ASCII letters or digits.
#[inline]
const fn leading_alphanumerics(bytes: u64) -> u32 {
    let plain = bytes & !TOP;
    let lower = plain | LOWER;
    // Without their top bits no sum of two lanes reaches into the next one.
    let letter = (lower + lanes(0x80 - b'a')) & !(lower + lanes(0x7f - b'z'));
    let digit = (plain + lanes(0x80 - b'0')) & !(plain + lanes(0x7f - b'9'));
    let other = !((letter | digit) & !bytes) & TOP;
    other.trailing_zeros() / 8
}

/// The bytes of a [`Short`].
pub(super) struct ShortBytes {
    bytes: [u8; Short::MAX],
    len: usize,
}

impl ShortBytes {
    /// As a slice.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

/// Short words and their entries.
#[derive(Clone, Debug)]
pub(super) struct ShortTable {
    /// Open addressing with a power of two of slots; each holds an entry, 0 when it is empty.
    slots: Vec<u16>,
    /// The word of each entry; zeros for entries that are no short words.
    keys: Vec<Short>,
}

impl ShortTable {
    /// The table of `words`, each of them and each entry once.
    pub fn new(words: &[(Short, u16)]) -> Self {
        let most = words.iter().map(|(_, entry)| usize::from(*entry)).max().unwrap_or(0);
        let mut slots = vec![0; (words.len() * 4).next_power_of_two().max(16)];
        let mut keys = vec![Short { low: 0, high: 0 }; most + 1];
        for (word, entry) in words {
            let mut at = slot(word.hash(), slots.len());
            while slots[at] != 0 {
                at = (at + 1) % slots.len();
            }
            slots[at] = *entry;
            keys[usize::from(*entry)] = *word;
        }
        Self { slots, keys }
    }

    /// The entry of a word; 0 when it is not there.
    #[inline]
    pub fn find(&self, word: Short) -> u16 {
        let mut at = slot(word.hash(), self.slots.len());
        while let Some(entry) = self.slots.get(at).copied() {
            let known = self.keys.get(usize::from(entry)).is_some_and(|key| *key == word);
            // Known and unknown words take turns in a text: one jump for both, which is foreseen.
            if known | (entry == 0) {
                return entry;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        0
    }
}

/// The first slot to try; `slots` is a power of two.
#[expect(clippy::cast_possible_truncation, reason = "only the low bits are kept")]
#[inline]
fn slot(hash: u64, slots: usize) -> usize {
    hash as usize & (slots - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_word_that_packing_its_letters_gives() {
        let text = b"Hello-World9 abcdefghijklmnop qrstuvwxyzABCDEF. \xc3\xa4X{`@[/:09azAZ";
        for start in 0..text.len() {
            let rest = &text[start..];
            let len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let expected = Short::pack(&rest[..len].to_ascii_lowercase())
                .filter(|_| rest.len() >= Short::MAX && len < Short::MAX);
            assert_eq!(Short::read(rest), expected.map(|word| (word, len)), "at {start}");
        }
    }

    #[test]
    fn every_byte_counts_as_what_it_is() {
        for byte in 0..=u8::MAX {
            let bytes = u64::from_le_bytes([b'z', byte, b'A', b' ', b'0', byte, 0x80, 0xff]);
            let expected = if byte.is_ascii_alphanumeric() { 3 } else { 1 };
            assert_eq!(leading_alphanumerics(bytes), expected, "{byte}");
        }
    }

    #[test]
    fn a_word_keeps_its_bytes() {
        let word = Short::pack(b"vomit").expect("short");
        assert_eq!(word.first_edge(), u32::from_le_bytes(*b"vom\0"));
        assert_eq!(Short::pack(b"anaphylactically").expect("short").bytes().as_slice().len(), 16);
        assert_eq!(Short::pack(b"anaphylactically2"), None);
        assert_eq!(word.bytes().as_slice(), b"vomit");
    }
}
