//! The filter of the queue over rows in memory: the same conditions as those of the database.

use super::filter::words;
use super::{Assignee, QueueFilter, Shelf, TicketRow};

impl QueueFilter {
    /// Whether the filter lets a row through.
    pub(crate) fn admits(&self, row: &TicketRow) -> bool {
        let shelf_fits = self.shelves().contains(&row.shelf);
        let assignee_fits = match &self.assignee {
            None => true,
            Some(Assignee::Nobody) => row.assignee.is_none(),
            Some(Assignee::Agent(agent)) => row.assignee.as_ref() == Some(agent),
        };
        shelf_fits
            && assignee_fits
            && one_of(&self.status, row.status.as_ref())
            && one_of(&self.priority, Some(&row.priority))
            && one_of(&self.category, row.category.as_ref())
            && one_of(&self.channel, Some(&row.channel))
            && one_of(&self.inbox, Some(&row.inbox))
            && one_of(&self.reply_state, row.reply_state.as_ref())
            && self.gate.as_ref().is_none_or(|gate| row.gate_codes.contains(gate))
            && self.label.as_ref().is_none_or(|label| row.labels.contains(&label.to_lowercase()))
            && words(self.text.as_deref()).iter().all(|word| row.search.contains(word))
    }
}

/// Whether the value is in the list; an empty list asks nothing.
fn one_of<T: PartialEq>(list: &[T], value: Option<&T>) -> bool {
    list.is_empty() || value.is_some_and(|value| list.contains(value))
}

impl Shelf {
    /// Whether a row on it still needs somebody, now or later.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Snoozed)
    }
}
