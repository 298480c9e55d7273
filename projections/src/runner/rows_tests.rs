//! However events are split into batches, the same rows come out.

use proptest::prelude::*;

use super::RowSet;
use crate::contacts::Contacts;
use crate::conversations::Conversations;
use crate::decisions::Decisions;
use crate::messages::Messages;
use crate::read_model::{KeyedRow, ReadModel};
use crate::testing::mixed;
use crate::tickets::Tickets;

/// Folds in batches that end at `cuts`, with at most `changed_max` changed rows at a time.
fn in_batches<M: ReadModel>(
    events: &[crate::Recorded<casebook_domain::event::Event>],
    cuts: &[usize],
    changed_max: usize,
) -> Vec<M::Row> {
    let mut rows = RowSet::<M>::default();
    let mut start = 0;
    for cut in cuts.iter().copied().chain([events.len()]) {
        let end = cut.clamp(start, events.len());
        let mut rest = &events[start..end];
        while !rest.is_empty() {
            rest = &rest[rows.fold(rest, changed_max)..];
            rows.take_changed();
        }
        start = end;
    }
    rows.into_rows()
}

fn same<M: ReadModel>(
    events: &[crate::Recorded<casebook_domain::event::Event>],
    cuts: &[usize],
    changed_max: usize,
) -> bool {
    let whole = in_batches::<M>(events, &[], usize::MAX);
    let split = in_batches::<M>(events, cuts, changed_max);
    assert!(!whole.is_empty() && whole.windows(2).all(|pair| pair[0].key() < pair[1].key()));
    whole == split
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same_rows(
        mut cuts in proptest::collection::vec(0_usize..200, 0..12),
        changed_max in 1_usize..20,
    ) {
        cuts.sort_unstable();
        let events = mixed(0, 40).recorded();
        prop_assert!(same::<Tickets>(&events, &cuts, changed_max));
        prop_assert!(same::<Conversations>(&events, &cuts, changed_max));
        prop_assert!(same::<Messages>(&events, &cuts, changed_max));
        prop_assert!(same::<Decisions>(&events, &cuts, changed_max));
        prop_assert!(same::<Contacts>(&events, &cuts, changed_max));
    }
}

#[test]
fn a_fold_stops_when_enough_rows_have_changed() {
    let events = mixed(0, 40).recorded();
    let mut rows = RowSet::<Tickets>::default();
    let folded = rows.fold(&events, 3);
    assert!(folded < events.len());
    assert_eq!(rows.take_changed().len(), 3);
    assert_eq!(rows.fold(&events[folded..], usize::MAX), events.len() - folded);
    assert!(rows.take_changed().len() > 3);
    assert!(rows.take_changed().is_empty());
}
