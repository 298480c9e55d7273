//! What readers find in a window is what they would have read themselves.

use casebook_store::Page;

use super::{BYTES_MAX, EVENTS_MAX, Held, Item};
use crate::audit::AuditIndex;
use crate::contacts::Contacts;
use crate::notes::Notes;
use crate::read_model::ReadModel;
use crate::runner::{Skips, decode};
use crate::testing::mixed;
use crate::tickets::Tickets;

fn extend(held: &mut Held, stored: &[casebook_store::StoredEvent]) {
    let Some((first, last)) = stored.first().zip(stored.last()) else { return };
    let items = stored.iter().cloned().map(Item::of).collect();
    held.extend(first.position - 1, items, last.position);
}

/// What a read model reads by itself: only the types that it wants.
fn alone<M: ReadModel>(stored: &[casebook_store::StoredEvent], after: u64) -> (Vec<u64>, u64) {
    let wanted = stored
        .iter()
        .filter(|event| event.position > after)
        .filter(|event| M::EVENTS.is_empty() || M::EVENTS.contains(&event.event_type.as_str()));
    let page = Page { events: wanted.cloned().collect(), reached: stored.len() as u64 };
    let decoded = decode(page, &Skips::default(), M::NAME);
    (decoded.events.iter().map(|event| event.position).collect(), decoded.reached)
}

fn found<M: ReadModel>(held: &Held, after: u64) -> (Vec<u64>, u64) {
    let decoded = held.of::<M>(after, &Skips::default());
    (decoded.events.iter().map(|event| event.position).collect(), decoded.reached)
}

#[test]
fn each_reader_finds_what_it_wants() {
    let stored = mixed(0, 30).stored();
    let mut held = Held::default();
    let (early, late) = stored.split_at(stored.len() / 3);
    extend(&mut held, early);
    extend(&mut held, late);
    for after in (0..=stored.len() as u64).step_by(7) {
        assert_eq!(found::<Tickets>(&held, after), alone::<Tickets>(&stored, after));
        assert_eq!(found::<Notes>(&held, after), alone::<Notes>(&stored, after));
        assert_eq!(found::<AuditIndex>(&held, after), alone::<AuditIndex>(&stored, after));
    }
}

#[test]
fn what_cannot_be_read_stops_those_who_want_it() {
    let mut history = mixed(0, 3);
    history.push_unreadable("{}");
    let position = history.len() as u64;
    history.extend(mixed(10, 3));
    let stored = history.stored();
    let mut held = Held::default();
    extend(&mut held, &stored);
    let contacts = held.of::<Contacts>(0, &Skips::default());
    assert_eq!(contacts.reached, position - 1);
    assert!(contacts.unreadable.is_some_and(|reason| reason.contains("casebook skip")));
    assert_eq!(found::<Notes>(&held, 0).1, stored.len() as u64);
}

#[test]
fn the_oldest_go_first_and_a_gap_begins_anew() {
    let stored = mixed(0, 10).stored();
    let mut held = Held::default();
    let mut begun = 0;
    while held.items.len() <= EVENTS_MAX {
        let moved = stored.iter().cloned().map(|mut event| {
            event.position += begun;
            event
        });
        extend(&mut held, &moved.collect::<Vec<_>>());
        begun += stored.len() as u64;
    }
    held.trim();
    assert_eq!((held.items.len(), held.from), (EVENTS_MAX, begun - EVENTS_MAX as u64));
    assert_eq!(held.bytes, held.items.iter().map(|item| item.bytes).sum::<usize>());

    let mut large = stored[0].clone();
    large.position = begun + 1;
    let mut item = Item::of(large);
    item.bytes = BYTES_MAX + 1;
    held.extend(begun, vec![item], begun + 1);
    assert_eq!(held.of::<AuditIndex>(begun, &Skips::default()).reached, begun + 1);
    held.trim();
    assert_eq!((held.items.len(), held.bytes, held.from), (0, 0, begun + 1));

    held.extend(begun + 50, Vec::new(), begun + 60);
    assert_eq!((held.from, held.reached), (begun + 50, begun + 60));
}
