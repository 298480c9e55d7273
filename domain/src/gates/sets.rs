//! Sets of vocabulary entries, and the collection of all words while a policy is compiled.

use std::collections::HashMap;

use super::vocabulary::{Form, Word};

/// A set of vocabulary entries as bits.
#[derive(Clone, Debug, Default)]
pub(super) struct WordSet(Vec<u64>);

impl WordSet {
    /// No entries yet; room for those up to `most`.
    pub fn up_to(most: usize) -> Self {
        Self(vec![0; most / 64 + 1])
    }

    /// Adds an entry.
    #[inline]
    pub fn insert(&mut self, entry: u16) {
        let at = usize::from(entry >> 6);
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= 1 << (entry & 63);
    }

    /// Adds the entries of another set.
    pub fn extend(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(into, from)| *into |= from);
    }

    fn has(&self, entry: u16) -> bool {
        self.0.get(usize::from(entry >> 6)).is_some_and(|bits| bits >> (entry & 63) & 1 == 1)
    }

    /// Whether the word is matched by an entry of this set. Entry 0 is never a member.
    #[inline]
    pub fn holds(&self, word: Word) -> bool {
        self.has(word.head) || (word.tail != 0 && self.has(word.tail))
    }

    /// Adds what is known about a word. Entry 0 may come in, which no other set holds.
    #[inline]
    pub fn note(&mut self, word: Word) {
        self.insert(word.head);
        if word.tail != 0 {
            self.insert(word.tail);
        }
    }

    /// Whether the sets share an entry.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    /// The entries, rising.
    pub fn entries(&self) -> impl Iterator<Item = u16> + '_ {
        let most = u16::try_from(self.0.len() * 64).unwrap_or(u16::MAX);
        (0..most).filter(|entry| self.has(*entry))
    }
}

/// All forms and sets of forms of a policy, each once.
#[derive(Default)]
pub(super) struct Words {
    /// The forms; the entry of the form at index `i` is `i + 1`.
    pub forms: Vec<Form>,
    by_form: HashMap<Form, u16>,
    sets: Vec<Vec<u16>>,
    by_set: HashMap<Vec<u16>, u32>,
}

impl Words {
    /// Most forms a policy may hold.
    pub const MAX: usize = 20_000;

    /// The entry of a form, added when new; `None` when the policy holds too many.
    pub fn entry(&mut self, form: Form) -> Option<u16> {
        if let Some(entry) = self.by_form.get(&form) {
            return Some(*entry);
        }
        let entry =
            u16::try_from(self.forms.len() + 1).ok().filter(|e| usize::from(*e) <= Self::MAX)?;
        self.forms.push(form.clone());
        self.by_form.insert(form, entry);
        Some(entry)
    }

    /// The number of the set with these entries.
    pub fn set(&mut self, mut entries: Vec<u16>) -> u32 {
        entries.sort_unstable();
        entries.dedup();
        let next = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        *self.by_set.entry(entries.clone()).or_insert_with(|| {
            self.sets.push(entries);
            next
        })
    }

    /// The number of the set that holds the entries of all given sets.
    pub fn union(&mut self, sets: &[u32]) -> u32 {
        let entries = sets.iter().filter_map(|set| self.sets.get(*set as usize));
        let all = entries.flatten().copied().collect();
        self.set(all)
    }

    /// Every set with all entries whose words its forms cover.
    pub fn close(&self) -> Vec<WordSet> {
        self.sets.iter().map(|set| self.closed(set)).collect()
    }

    fn closed(&self, entries: &[u16]) -> WordSet {
        let mut all = WordSet::default();
        for entry in entries {
            all.insert(*entry);
            match self.forms.get(usize::from(*entry) - 1) {
                None | Some(Form::Exact(_)) => {}
                Some(stem) => {
                    let covered = self.forms.iter().zip(1..).filter(|(form, _)| stem.covers(form));
                    covered.for_each(|(_, entry)| all.insert(entry));
                }
            }
        }
        all
    }
}
