//! What waits to be carried out, and when.

use std::collections::{BTreeMap, HashMap};

use casebook_domain::Timestamp;
use casebook_store::trace::Cause;
use uuid::Uuid;

/// Identifies an entry within its errand.
pub(crate) type Key = Uuid;

/// Entries by key, in the order in which they are due.
#[derive(Debug)]
pub(crate) struct Waiting<E> {
    entries: HashMap<Key, Waits<E>>,
    by_time: BTreeMap<(Timestamp, Key), ()>,
    /// What makes the entries that are put now.
    cause: Option<Cause>,
}

/// An entry, when it is due, and what made it.
#[derive(Clone, Debug)]
struct Waits<E> {
    due: Timestamp,
    entry: E,
    cause: Option<Cause>,
}

impl<E> Default for Waiting<E> {
    fn default() -> Self {
        Self { entries: HashMap::new(), by_time: BTreeMap::new(), cause: None }
    }
}

impl<E: Clone> Waiting<E> {
    /// From now on entries are made by `cause`.
    pub(crate) fn made_by(&mut self, cause: Option<Cause>) {
        self.cause = cause;
    }

    /// What made an entry, where it is known.
    pub(crate) fn cause_of(&self, key: &Key) -> Option<Cause> {
        self.entries.get(key)?.cause
    }

    /// Adds an entry, or puts another in its place.
    pub(crate) fn put(&mut self, key: Key, due: Timestamp, entry: E) {
        self.settle(key);
        self.by_time.insert((due, key), ());
        self.entries.insert(key, Waits { due, entry, cause: self.cause });
    }

    /// Moves an entry to another time.
    pub(crate) fn postpone(&mut self, key: Key, due: Timestamp) {
        if let Some(waits) = self.entries.get_mut(&key) {
            self.by_time.remove(&(waits.due, key));
            waits.due = due;
            self.by_time.insert((due, key), ());
        }
    }

    /// Takes an entry out.
    pub(crate) fn settle(&mut self, key: Key) {
        if let Some(waits) = self.entries.remove(&key) {
            self.by_time.remove(&(waits.due, key));
        }
    }

    /// Entries that are due at `now` and not left out, the earliest first, at most `max`.
    pub(crate) fn due(
        &self,
        now: Timestamp,
        max: usize,
        left_out: impl Fn(&Key) -> bool,
    ) -> Vec<(Key, E)> {
        let due = self.by_time.keys().take_while(|(at, _)| *at <= now);
        due.filter(|(_, key)| !left_out(key))
            .filter_map(|(_, key)| Some((*key, self.entries.get(key)?.entry.clone())))
            .take(max)
            .collect()
    }

    /// When the first entry after `now` is due.
    pub(crate) fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let from = (now.plus_micros(1), Uuid::nil());
        self.by_time.range(from..).next().map(|((at, _), ())| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn entries_come_in_the_order_in_which_they_are_due() {
        let mut waiting = Waiting::default();
        let [a, b, c] = [1_u128, 2, 3].map(Uuid::from_u128);
        waiting.put(a, at(30), 'a');
        waiting.put(b, at(10), 'b');
        waiting.put(c, at(20), 'c');
        waiting.postpone(b, at(25));
        let due = |now, max| {
            let found = waiting.due(at(now), max, |key| *key == c);
            found.into_iter().map(|(_, entry)| entry).collect::<String>()
        };
        assert_eq!(due(30, 9), "ba");
        assert_eq!(due(30, 1), "b");
        assert_eq!(due(24, 9), "");
        assert_eq!(waiting.next_after(at(20)), Some(at(25)));
        assert_eq!(waiting.next_after(at(30)), None);
    }

    #[test]
    fn a_settled_entry_is_gone() {
        let mut waiting = Waiting::default();
        let key = Uuid::from_u128(1);
        waiting.put(key, at(1), ());
        waiting.settle(key);
        waiting.postpone(key, at(1));
        assert!(waiting.due(at(9), 9, |_| false).is_empty());
    }
}
