//! The queue as of a position.

use std::sync::Arc;

use casebook_store::StoreError;

use super::AsOf;
use super::sets::{Head, Sets};
use crate::ProjectionError;
use crate::page::{Page, Slice};
use crate::runner::RowSet;
use crate::tickets::{QueueFilter, QueueKey, Shelf, TicketRow, Tickets};

/// The open tickets as of a position, in the order of the queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct QueueAsOf(Arc<[TicketRow]>);

/// Whether a filter asks for tickets that need somebody, put aside or not; only these are known as
/// of an earlier position. Resolved and closed tickets, and set-aside messages, are not.
pub fn shows_open_only(filter: &QueueFilter) -> bool {
    filter.shelves().into_iter().all(Shelf::is_open)
}

impl AsOf {
    /// The queue: the nearest stored set, folded forward.
    ///
    /// # Errors
    /// As [`AsOf::new`].
    pub async fn queue(&self) -> Result<QueueAsOf, ProjectionError> {
        let sets = Sets::new(self.store.db().clone());
        let head = match sets.newest(self.position).await {
            // The tables are made by the first process that records; without a set everything is
            // folded from the beginning.
            Err(StoreError::Database(_)) => Head::default(),
            head => head?,
        };
        let mut rows = RowSet::<Tickets>::default();
        for row in sets.load(head, Some(&self.scope)).await? {
            rows.insert(row);
        }
        let rows = self.forward(rows, head.position, false).await?;
        let mut rows = rows.into_rows();
        rows.sort_by_key(TicketRow::queue_key);
        Ok(QueueAsOf(rows.into()))
    }
}

impl QueueAsOf {
    /// Number of tickets, whatever the filter.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One page of the tickets that a filter lets through, as [`crate::tickets::queue_page`]
    /// answers it. Only for filters of which [`shows_open_only`] holds.
    pub fn page(&self, filter: &QueueFilter, slice: &Slice<QueueKey>) -> Page<TicketRow> {
        let admitted = self.0.iter().filter(|row| filter.admits(row));
        // One row more than asked tells whether the list goes on.
        let limit = slice.rows() + 1;
        let rows = match *slice {
            _ if slice.rows() == 0 => Vec::new(),
            Slice::Forward { after, .. } => {
                let behind = |row: &&TicketRow| after.is_none_or(|key| row.queue_key() > key);
                admitted.filter(behind).take(limit).cloned().collect()
            }
            Slice::Backward { before, .. } => {
                let ahead = |row: &&TicketRow| before.is_none_or(|key| row.queue_key() < key);
                admitted.rev().filter(ahead).take(limit).cloned().collect()
            }
        };
        Page::cut(rows, slice)
    }

    /// Number of tickets that a filter lets through.
    pub fn count(&self, filter: &QueueFilter) -> u64 {
        self.0.iter().filter(|row| filter.admits(row)).count() as u64
    }
}
