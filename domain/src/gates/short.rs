//! Words of a few bytes, held in one number, so that most words of a text are looked up without
//! touching their bytes one by one.

/// A folded word of 1 to [`Short::MAX`] bytes: its bytes from the lowest on, zeros behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    key: u128,
    len: u8,
}

impl Short {
    /// Most bytes of such a word.
    pub const MAX: usize = 16;

    /// The word with these bytes; `None` when it is empty or too long.
    pub fn pack(word: &[u8]) -> Option<Self> {
        let len = u8::try_from(word.len()).ok().filter(|len| (1..=16).contains(len))?;
        let key = word.iter().rev().fold(0, |key, byte| key << 8 | u128::from(*byte));
        Some(Self { key, len })
    }

    /// The word of ASCII letters and digits that `bytes` begin with, in lower case, and its
    /// length; `None` when it may be longer than [`Short::MAX`] bytes or no byte is one.
    ///
    /// Needs [`Short::MAX`] bytes to look at: near the end of a text there is no answer either.
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (low, rest) = bytes.split_first_chunk()?;
        let high = u64::from_le_bytes(*rest.first_chunk()?);
        let low = u64::from_le_bytes(*low);
        let len = leading_alphanumerics(low);
        if len < 8 {
            let key = u128::from((low | LOWER) & !(u64::MAX << (len * 8)));
            return (len > 0).then_some((Self { key, len: len as u8 }, len as usize));
        }
        let more = leading_alphanumerics(high);
        if more == 8 {
            return None;
        }
        let high = (high | LOWER) & !(u64::MAX << (more * 8));
        let key = u128::from(high) << 64 | u128::from(low | LOWER);
        Some((Self { key, len: 8 + more as u8 }, 8 + more as usize))
    }

    /// The word's bytes.
    pub fn bytes(self) -> ShortBytes {
        ShortBytes { bytes: self.key.to_le_bytes(), len: self.len }
    }

    /// The first three bytes, the first in the lowest; zeros where the word is shorter.
    #[inline]
    pub const fn first_edge(self) -> u32 {
        self.key as u32 & 0x00ff_ffff
    }

    /// The last three bytes in the same order; zero where the word is shorter.
    #[inline]
    pub const fn last_edge(self) -> u32 {
        if self.len < 3 {
            return 0;
        }
        (self.key >> ((self.len as u32 - 3) * 8)) as u32 & 0x00ff_ffff
    }

    #[inline]
    const fn hash(self) -> u64 {
        const K: u64 = 0x9e37_79b9_7f4a_7c15;
        let high = (self.key >> 64) as u64;
        let hash = (self.key as u64 ^ high.rotate_left(23)).wrapping_mul(K);
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
    len: u8,
}

impl ShortBytes {
    /// As a slice.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

/// Short words and their entries.
#[derive(Clone, Debug)]
pub(super) struct ShortTable {
    /// Open addressing with a power of two of slots; 0 is empty, else an index into `words` plus
    /// one.
    slots: Vec<u16>,
    words: Vec<(u128, u16)>,
}

impl ShortTable {
    /// The table of `words`, each of them once.
    pub fn new(words: &[(Short, u16)]) -> Self {
        let mut slots = vec![0; (words.len() * 4).next_power_of_two().max(16)];
        for (index, (word, _)) in (1_u16..).zip(words) {
            let mut at = slot(word.hash(), slots.len());
            while slots[at] != 0 {
                at = (at + 1) % slots.len();
            }
            slots[at] = index;
        }
        Self { slots, words: words.iter().map(|(word, entry)| (word.key, *entry)).collect() }
    }

    /// The entry of a word; 0 when it is not there.
    #[inline]
    pub fn find(&self, word: Short) -> u16 {
        let mut at = slot(word.hash(), self.slots.len());
        while let Some(index @ 1..) = self.slots.get(at).copied() {
            match self.words.get(usize::from(index) - 1) {
                Some((key, entry)) if *key == word.key => return *entry,
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
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
    fn edges_are_the_outermost_three_bytes() {
        let word = Short::pack(b"vomit").expect("short");
        assert_eq!(word.first_edge(), u32::from_le_bytes(*b"vom\0"));
        assert_eq!(word.last_edge(), u32::from_le_bytes(*b"mit\0"));
        assert_eq!(word.bytes().as_slice(), b"vomit");
    }
}
