//! Compiled patterns and their matching, without backtracking.
//!
//! A pattern is followed for all of its possible ends at once: bit `k` of a [`Reach`] says that
//! the sequence so far can end `k` words after its start. So the work at one place is bounded by
//! the pattern's size, whatever the text.

use super::sets::WordSet;
use super::tokens::Token;

/// Reachable ends as bits; matches span at most 63 words.
pub(super) type Reach = u64;

/// A sequence of nodes.
pub(super) type Seq = Box<[Node]>;

/// One step of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A word of the set.
    Word(u32),
    /// A word of the set, written exactly so.
    Cased(u32, Box<str>),
    /// Up to so many words of any kind.
    Gap(u8),
    /// One of several sequences.
    Any(Box<[Seq]>),
    /// A sequence up to so many times.
    Repeat(Seq, u8),
    /// The beginning of a sentence.
    Start,
}

/// A text cut into words, with what is needed to match patterns on it.
pub(super) struct Page<'p> {
    /// The words.
    pub tokens: &'p [Token],
    /// The subject and the text, as given.
    pub texts: [&'p str; 2],
    /// How many of the words stand in the subject.
    pub subject_tokens: usize,
    /// The sets the nodes name.
    pub sets: &'p [WordSet],
    /// Entries of all words of the text.
    pub present: &'p WordSet,
}

impl Page<'_> {
    /// The ends that `seq` reaches when it begins at word `start`; 0 when it does not match.
    pub fn reach(&self, seq: &[Node], start: usize) -> Reach {
        self.follow(seq, start, 1)
    }

    fn follow(&self, seq: &[Node], start: usize, from: Reach) -> Reach {
        let mut reach = from;
        for node in seq {
            reach = match node {
                Node::Word(set) => self.step(reach, start, |token, _| self.holds(*set, token)),
                Node::Cased(set, word) => self.step(reach, start, |token, at| {
                    self.holds(*set, token) && self.written(token, at) == &**word
                }),
                Node::Gap(most) => self.skip(reach, start, *most),
                Node::Any(options) => {
                    options.iter().fold(0, |all, option| all | self.follow(option, start, reach))
                }
                Node::Repeat(body, most) => self.repeat(body, *most, start, reach),
                Node::Start => self.starts(reach, start),
            };
            if reach == 0 {
                return 0;
            }
        }
        reach
    }

    fn repeat(&self, body: &[Node], most: u8, start: usize, from: Reach) -> Reach {
        let (mut all, mut last) = (from, from);
        for _ in 0..most {
            last = self.follow(body, start, last) & !all;
            if last == 0 {
                break;
            }
            all |= last;
        }
        all
    }

    #[inline]
    fn step(&self, reach: Reach, start: usize, fits: impl Fn(&Token, usize) -> bool) -> Reach {
        let Some(sentence) = self.tokens.get(start).map(|token| token.sentence) else { return 0 };
        let (mut left, mut next) = (reach, 0);
        while left != 0 {
            let at = start + left.trailing_zeros() as usize;
            let token = self.tokens.get(at).filter(|token| token.sentence == sentence);
            if token.is_some_and(|token| fits(token, at)) {
                next |= (left & left.wrapping_neg()) << 1;
            }
            left &= left - 1;
        }
        next
    }

    fn skip(&self, reach: Reach, start: usize, most: u8) -> Reach {
        let (mut all, mut last) = (reach, reach);
        for _ in 0..most {
            last = self.step(last, start, |_, _| true) & !all;
            if last == 0 {
                break;
            }
            all |= last;
        }
        all
    }

    fn starts(&self, reach: Reach, start: usize) -> Reach {
        let (mut left, mut kept) = (reach, 0);
        while left != 0 {
            let at = start + left.trailing_zeros() as usize;
            let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
            let here = self.tokens.get(at);
            if before.map(|token| token.sentence) != here.map(|token| token.sentence) {
                kept |= left & left.wrapping_neg();
            }
            left &= left - 1;
        }
        kept
    }

    #[inline]
    fn holds(&self, set: u32, token: &Token) -> bool {
        self.sets.get(set as usize).is_some_and(|set| set.holds(token.word))
    }

    /// The word at index `at` as it was written.
    fn written(&self, token: &Token, at: usize) -> &str {
        let [subject, text] = self.texts;
        let source = if at < self.subject_tokens { subject } else { text };
        source.get(token.start as usize..token.end as usize).unwrap_or("")
    }
}
