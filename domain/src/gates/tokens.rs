//! Cuts a text into words that remember where they stand in the text as it was given.
//!
//! A word is a run of letters and digits. An apostrophe inside a word parts it: `won't` is `won`
//! and `'t`, so `dog's` holds the word `dog`, while `I'll` does not hold `ill`. Hyphens, slashes
//! and line breaks part words like spaces.

use super::gap::Gap;
use super::normal::{Kind, fold, kind};
use super::short::Short;
use super::vocabulary::{Vocabulary, Word};

/// Longest word in bytes that is looked up; longer ones match nothing.
pub(super) const MAX_WORD: usize = 64;
/// Words after which a sentence without an end is cut, so that work stays linear.
pub(super) const MAX_SENTENCE: u32 = 128;

/// One word of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Byte offset where it begins.
    pub start: u32,
    /// Byte offset after it.
    pub end: u32,
    /// What the vocabulary knows about it.
    pub word: Word,
    /// Number of its sentence, rising.
    pub sentence: u32,
    /// Number of its clause, rising; sentences never share one.
    pub clause: u32,
}

/// Fits a byte offset into a token; texts beyond 4 GiB do not occur (mails are limited far below).
#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

const SPACE: u8 = 0;
const LETTER: u8 = 1;
const STOP: u8 = 2;
const PAUSE: u8 = 3;
const APOSTROPHE: u8 = 4;
const HYPHEN: u8 = 5;
const NEWLINE: u8 = 6;
const OTHER: u8 = 7;
const WIDE: u8 = 8;
/// No byte: the text is over.
const END: u8 = 9;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [OTHER; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b' ' | b'\t' | b'\r' => SPACE,
            b'\n' => NEWLINE,
            b'.' | b'!' | b'?' => STOP,
            b',' | b';' | b':' | b'(' | b')' | b'[' | b']' => PAUSE,
            b'\'' | b'`' => APOSTROPHE,
            b'-' => HYPHEN,
            _ if byte.is_ascii_alphanumeric() => LETTER,
            _ if byte >= 0x80 => WIDE,
            _ => OTHER,
        };
        at += 1;
    }
    table
}

/// The words of several texts in a row, none of whose sentences spans two texts.
pub(super) struct Tokens<'v> {
    vocabulary: &'v Vocabulary,
    /// The words so far.
    pub list: Vec<Token>,
    sentence: u32,
    clause: u32,
    in_sentence: u32,
}

impl<'v> Tokens<'v> {
    /// No words yet; room for those of `bytes` bytes of text.
    pub fn new(vocabulary: &'v Vocabulary, bytes: usize) -> Self {
        let list = Vec::with_capacity((bytes / 5).min(1 << 16) + 8);
        Self { vocabulary, list, sentence: 0, clause: 0, in_sentence: 0 }
    }

    /// Adds the words of `text`, whose first begins a sentence.
    pub fn add(&mut self, text: &str) {
        self.end_sentence();
        Cutter { tokens: self, text, at: 0, gap: Gap::default() }.run();
    }

    fn end_sentence(&mut self) {
        self.sentence += 1;
        self.clause += 1;
        self.in_sentence = 0;
    }

    fn push(&mut self, start: usize, end: usize, word: Word) {
        if self.in_sentence == MAX_SENTENCE {
            self.end_sentence();
        }
        self.in_sentence += 1;
        self.list.push(Token {
            start: offset(start),
            end: offset(end),
            word,
            sentence: self.sentence,
            clause: self.clause,
        });
    }
}

struct Cutter<'t, 'v, 's> {
    tokens: &'t mut Tokens<'v>,
    text: &'s str,
    at: usize,
    gap: Gap,
}

impl Cutter<'_, '_, '_> {
    fn run(mut self) {
        let mut class = self.class();
        while class != END {
            class = match class {
                LETTER => self.word(),
                SPACE => {
                    self.gap.add(Gap::SPACE);
                    self.at += 1;
                    self.class()
                }
                WIDE => self.wide(),
                class => {
                    self.between(class);
                    self.at += 1;
                    self.class()
                }
            }
        }
    }

    /// The class of the byte to read next.
    #[inline]
    fn class(&self) -> u8 {
        self.text.as_bytes().get(self.at).map_or(END, |byte| CLASS[usize::from(*byte)])
    }

    fn between(&mut self, class: u8) {
        let next = self.text.as_bytes().get(self.at + 1);
        match class {
            NEWLINE => {
                let again = self.gap.has(Gap::NEWLINE);
                self.gap.add(if again { Gap::PARAGRAPH } else { Gap::NEWLINE });
                self.gap.add(Gap::SPACE);
            }
            STOP if self.text.as_bytes().get(self.at) == Some(&b'.') => self.gap.add(Gap::STOP),
            STOP => self.gap.add(Gap::HARD_STOP),
            PAUSE => self.gap.add(Gap::PAUSE),
            HYPHEN
                if self.gap.has(Gap::SPACE)
                    && next.is_none_or(|b| CLASS[usize::from(*b)] != LETTER) =>
            {
                self.gap.add(Gap::PAUSE);
            }
            _ => {}
        }
    }

    fn wide(&mut self) -> u8 {
        let Some(c) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
            self.at += 1;
            return self.class();
        };
        match kind(c) {
            Kind::Letter | Kind::Complex => return self.word(),
            Kind::Pictograph => {
                self.close_gap(self.at);
                let end = self.at + c.len_utf8();
                let mut buffer = [0; 4];
                let word = self.tokens.vocabulary.find(c.encode_utf8(&mut buffer).as_bytes());
                self.tokens.push(self.at, end, word);
            }
            Kind::Stop => self.gap.add(Gap::HARD_STOP),
            Kind::Pause => self.gap.add(Gap::PAUSE),
            Kind::Space => self.gap.add(Gap::SPACE),
            Kind::Invisible | Kind::Apostrophe | Kind::Other => {}
        }
        self.at += c.len_utf8();
        self.class()
    }

    /// Ends sentence or clause where the characters since the last word ask for it.
    fn close_gap(&mut self, next: usize) {
        let gap = std::mem::take(&mut self.gap);
        let capital = || self.text.as_bytes().get(next).is_some_and(u8::is_ascii_uppercase);
        if gap.has(Gap::PARAGRAPH)
            || gap.has(Gap::HARD_STOP)
            || (gap.has(Gap::STOP) && (gap.has(Gap::SPACE) || capital()))
        {
            self.tokens.end_sentence();
        } else if gap.has(Gap::PAUSE) {
            self.tokens.clause += 1;
        }
    }

    /// Reads the word that begins here and the parts that apostrophes join to it; the class of
    /// the byte behind it.
    #[inline]
    fn word(&mut self) -> u8 {
        if self.gap.joins() {
            self.gap = Gap::default();
        } else {
            self.close_gap(self.at);
        }
        self.plain_word().unwrap_or_else(|| self.joined_word())
    }

    /// Reads a short word of ASCII letters and digits that nothing joins to what follows.
    #[inline]
    fn plain_word(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let (word, len) = Short::read(rest)?;
        let behind = rest.get(len).map_or(END, |byte| CLASS[usize::from(*byte)]);
        if matches!(behind, APOSTROPHE | WIDE) {
            return None;
        }
        let start = self.at;
        self.at += len;
        self.tokens.push(start, self.at, self.tokens.vocabulary.find_short(word));
        Some(behind)
    }

    fn joined_word(&mut self) -> u8 {
        let mut glued = false;
        while self.part(glued) {
            let mark = self.text.get(self.at..).and_then(|rest| rest.chars().next());
            self.at += mark.map_or(1, char::len_utf8);
            glued = true;
        }
        self.class()
    }

    /// Reads one part of a word; true when it ends at an apostrophe with a letter behind it.
    fn part(&mut self, glued: bool) -> bool {
        let start = self.at;
        let mut key = Key::new();
        let mut joined = false;
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match CLASS[usize::from(byte)] {
                LETTER => {
                    key.push(byte.to_ascii_lowercase());
                    self.at += 1;
                }
                APOSTROPHE => {
                    joined = self.letter_at(self.at + 1);
                    break;
                }
                WIDE => {
                    let Some(c) = self.text.get(self.at..).and_then(|rest| rest.chars().next())
                    else {
                        break;
                    };
                    match kind(c) {
                        Kind::Letter => key.push_letter(c),
                        Kind::Complex => key.complex = true,
                        Kind::Invisible => {}
                        Kind::Apostrophe => {
                            joined = self.letter_at(self.at + c.len_utf8());
                            break;
                        }
                        _ => break,
                    }
                    self.at += c.len_utf8();
                }
                _ => break,
            }
        }
        let written = self.text.get(start..self.at).unwrap_or("");
        let word = key.find(self.tokens.vocabulary, written, glued);
        self.tokens.push(start, self.at, word);
        joined
    }

    fn letter_at(&self, at: usize) -> bool {
        let next = self.text.get(at..).and_then(|rest| rest.chars().next());
        next.is_some_and(char::is_alphanumeric)
    }
}

/// The folded form of a word under construction.
struct Key {
    /// Byte 0 is reserved for the mark of a short glued part.
    bytes: [u8; MAX_WORD + 1],
    len: usize,
    complex: bool,
}

impl Key {
    const fn new() -> Self {
        Self { bytes: [b'\''; MAX_WORD + 1], len: 1, complex: false }
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
        }
        self.len += 1;
    }

    fn push_letter(&mut self, c: char) {
        if c == 'ß' {
            self.push(b's');
            return self.push(b's');
        }
        let mut buffer = [0; 4];
        for lower in c.to_lowercase() {
            lower.encode_utf8(&mut buffer).bytes().for_each(|byte| self.push(byte));
        }
    }

    /// Looks the word up; `written` is its text as given.
    fn find(&self, vocabulary: &Vocabulary, written: &str, glued: bool) -> Word {
        if self.complex {
            let folded = fold(written);
            let marked = mark_part(&folded, glued);
            return vocabulary.find(marked.as_bytes());
        }
        // One or two letters behind an apostrophe are an ending, not a word of their own.
        let from = if glued && self.len <= MAX_PART + 1 { 0 } else { 1 };
        self.bytes.get(from..self.len).map_or(Word::UNKNOWN, |bytes| vocabulary.find(bytes))
    }
}

/// Longest part behind an apostrophe, in bytes, that counts as an ending (`'t`, `'ll`).
const MAX_PART: usize = 2;

fn mark_part(part: &str, glued: bool) -> String {
    if glued && part.len() <= MAX_PART { format!("'{part}") } else { part.to_owned() }
}

/// The folded words of a policy's pattern word, in the form in which texts are cut.
pub(super) fn fold_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut glued = false;
    let mut end = |word: &mut String, glued: bool| {
        if !word.is_empty() {
            words.push(mark_part(&fold(word), glued));
            word.clear();
        }
    };
    for c in text.chars() {
        let sort = if c.is_ascii() {
            match CLASS[c as usize & 0xff] {
                LETTER => Kind::Letter,
                APOSTROPHE => Kind::Apostrophe,
                _ => Kind::Other,
            }
        } else {
            kind(c)
        };
        match sort {
            Kind::Letter | Kind::Complex => word.push(c),
            Kind::Invisible => {}
            Kind::Pictograph => {
                end(&mut word, glued);
                glued = false;
                end(&mut c.to_string(), false);
            }
            _ => {
                end(&mut word, glued);
                glued = sort == Kind::Apostrophe;
            }
        }
    }
    end(&mut word, glued);
    words
}
