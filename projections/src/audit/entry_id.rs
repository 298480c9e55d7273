//! The key of an entry: the position of its event, in the form that keys of rows have.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use uuid::Uuid;

use crate::columns::text_fields;

/// A position as a UUID whose text sorts as the positions do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EntryId(pub Uuid);

impl EntryId {
    /// The entry of the event at `position`.
    pub const fn at(position: u64) -> Self {
        Self(Uuid::from_u128(position as u128))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({self})")
    }
}

impl FromStr for EntryId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

text_fields! {
    EntryId: ToString::to_string, |text| text.parse().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_sort_as_their_positions() {
        let positions = [1, 9, 10, 255, 256, 65_536, u64::from(u32::MAX), u64::MAX];
        let texts: Vec<_> = positions.map(|position| EntryId::at(position).to_string()).into();
        assert!(texts.is_sorted());
    }
}
