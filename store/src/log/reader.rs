//! Pages of the log and the promises they keep.

use super::{Filter, StoredEvent};
use crate::StoreError;

/// Columns of an event, in the order in which both databases read them.
pub(crate) const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type, \
     event_version, payload, metadata, tenant, command_id, recorded_at";

/// Events that follow a position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The events that the filter lets through, by position.
    pub events: Vec<StoredEvent>,
    /// Position up to which the page is complete: no further event at or below it matches.
    pub reached: u64,
}

impl Page {
    /// A filtered page: everything in `(after, end]` that matched, or its first `limit`.
    pub(crate) fn of_window(after: u64, end: u64, events: Vec<StoredEvent>, limit: usize) -> Self {
        let cut = events.len() >= limit;
        let last = events.last().map_or(after, |event| event.position);
        Self { events, reached: if cut { last } else { end.max(after) } }
    }
}

/// A page without a filter. Positions are dense, so each event must follow the one before.
///
/// # Errors
/// [`StoreError::Hole`] names the first position that is missing.
pub(crate) fn unfiltered_page(after: u64, events: Vec<StoredEvent>) -> Result<Page, StoreError> {
    for (event, position) in events.iter().zip(after + 1..) {
        if event.position != position {
            return Err(StoreError::Hole { position });
        }
    }
    let reached = events.last().map_or(after, |event| event.position);
    Ok(Page { events, reached })
}

impl Filter {
    /// Whether all events pass.
    pub const fn is_empty(&self) -> bool {
        self.event_types.is_empty() && self.stream_kinds.is_empty() && self.tenant.is_none()
    }
}

#[cfg(test)]
mod tests {
    use casebook_domain::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::StreamId;

    fn event(position: u64) -> StoredEvent {
        StoredEvent {
            position,
            stream: StreamId::new("ticket", "a"),
            version: position,
            event_type: "Noted".into(),
            event_version: "1".into(),
            payload: "{}".into(),
            metadata: "{}".into(),
            tenant: "t".into(),
            command_id: Uuid::nil(),
            recorded_at: Timestamp::default(),
        }
    }

    #[test]
    fn a_hole_is_named() {
        let page = unfiltered_page(3, vec![event(4), event(5)]).expect("dense");
        assert_eq!(page.reached, 5);
        assert_eq!(unfiltered_page(3, vec![]).expect("empty").reached, 3);
        let late = unfiltered_page(3, vec![event(5)]);
        assert!(matches!(late, Err(StoreError::Hole { position: 4 })));
        let twice = unfiltered_page(3, vec![event(4), event(4)]);
        assert!(matches!(twice, Err(StoreError::Hole { position: 5 })));
    }

    #[test]
    fn a_filtered_page_reaches_its_window_unless_it_was_cut() {
        assert_eq!(Page::of_window(3, 100, vec![event(7)], 2).reached, 100);
        assert_eq!(Page::of_window(3, 100, vec![event(7), event(9)], 2).reached, 9);
        assert_eq!(Page::of_window(3, 3, vec![], 2).reached, 3);
        assert_eq!(Page::of_window(9, 3, vec![], 2).reached, 9);
    }
}
