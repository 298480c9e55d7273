//! What one subscription has yet to send, in lanes: events about one ticket go one after the
//! other, those of different tickets beside each other. Pure; time is passed in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use casebook_domain::Timestamp;
use casebook_domain::webhook::{Parked, Webhook};

use crate::StreamEvent;

/// What an event is about: its ticket, or else the stream that it belongs to.
pub(super) fn key_of(event: &StreamEvent) -> String {
    match event.ticket_id() {
        Some(ticket) => format!("ticket/{ticket}"),
        None => event.public(false).subject.clone(),
    }
}

/// A letter to be sent now.
#[derive(Clone, Debug)]
pub(super) struct Next {
    pub(super) position: u64,
    pub(super) key: String,
    /// Number of this attempt; the first is 1.
    pub(super) attempt: u32,
    /// The event, where it is still at hand.
    pub(super) event: Option<Arc<StreamEvent>>,
}

#[derive(Debug, Default)]
struct Place {
    attempts: u32,
    due: Option<Timestamp>,
    event: Option<Arc<StreamEvent>>,
    /// Whether the log knows that it waits.
    recorded: bool,
}

#[derive(Debug, Default)]
struct Lane {
    places: BTreeMap<u64, Place>,
    /// The first is on its way, or what came of it is not recorded yet.
    busy: bool,
}

/// All lanes of a subscription.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: HashMap<String, Lane>,
    /// First of each lane that is not busy, by the time at which it is due.
    heads: BTreeSet<(Timestamp, u64, String)>,
    /// Positions that are read, and neither settled nor known to the log.
    fresh: BTreeSet<u64>,
    /// How far the log was read.
    read: u64,
}

impl Lanes {
    /// The lanes as the log knows them.
    pub(super) fn of(webhook: &Webhook) -> Self {
        let mut lanes = Self {
            lanes: HashMap::new(),
            heads: BTreeSet::new(),
            fresh: BTreeSet::new(),
            read: webhook.reached(),
        };
        for (position, waiting) in webhook.waiting() {
            let (attempts, due) = (waiting.attempts, waiting.due);
            let place = Place { attempts, due, event: None, recorded: true };
            lanes.put(*position, &waiting.key, place);
        }
        lanes
    }

    /// Takes in an event that was read at `now`: letters that were due before go before it.
    pub(super) fn push(&mut self, event: &Arc<StreamEvent>, now: Timestamp) {
        let position = event.position();
        self.fresh.insert(position);
        let event_kept = Some(Arc::clone(event));
        let place = Place { due: Some(now), event: event_kept, ..Place::default() };
        self.put(position, &key_of(event), place);
    }

    fn put(&mut self, position: u64, key: &str, place: Place) {
        let lane = self.lanes.entry(key.to_owned()).or_default();
        let is_first = lane.places.is_empty();
        let due = due(&place);
        lane.places.insert(position, place);
        if is_first && !lane.busy {
            self.heads.insert((due, position, key.to_owned()));
        }
    }

    /// Notes how far the log was read.
    pub(super) fn has_read(&mut self, position: u64) {
        self.read = self.read.max(position);
    }

    /// Takes the next letter that is due, if one is.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Next> {
        let head = self.heads.first().filter(|(due, ..)| *due <= now)?.clone();
        self.heads.remove(&head);
        let (_, position, key) = head;
        let lane = self.lanes.get_mut(&key)?;
        lane.busy = true;
        let place = lane.places.get(&position)?;
        let (attempt, event) = (place.attempts + 1, place.event.clone());
        Some(Next { position, key, attempt, event })
    }

    /// When the next letter is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.heads.first().map(|(due, ..)| *due)
    }

    /// A letter is settled: those behind it may go.
    pub(super) fn settle(&mut self, position: u64, key: &str) {
        self.fresh.remove(&position);
        if let Some(lane) = self.lanes.get_mut(key) {
            lane.places.remove(&position);
        }
        self.free(key);
    }

    /// A letter was not taken and its failure is recorded: it waits as the log says.
    pub(super) fn put_off(&mut self, position: u64, key: &str, webhook: &Webhook) {
        let Some(waiting) = webhook.waiting().get(&position) else {
            return self.settle(position, key);
        };
        let place = self.lanes.get_mut(key).and_then(|lane| lane.places.get_mut(&position));
        if let Some(place) = place {
            (place.attempts, place.due) = (waiting.attempts, waiting.due);
            (place.event, place.recorded) = (None, true);
        }
        self.fresh.remove(&position);
        self.free(key);
    }

    /// A letter could not be sent for a reason of our own; it is due again at `at`.
    pub(super) fn put_back(&mut self, position: u64, key: &str, at: Timestamp) {
        let place = self.lanes.get_mut(key).and_then(|lane| lane.places.get_mut(&position));
        if let Some(place) = place {
            place.due = Some(at);
        }
        self.free(key);
    }

    fn free(&mut self, key: &str) {
        let Some(lane) = self.lanes.get_mut(key) else { return };
        lane.busy = false;
        match lane.places.first_key_value() {
            Some((position, place)) => {
                self.heads.insert((due(place), *position, key.to_owned()));
            }
            None => {
                self.lanes.remove(key);
            }
        }
    }

    /// Letters that wait behind one that was not taken, unknown to the log; `failed` tells which
    /// first ones are about to be recorded as such.
    pub(super) fn behind(&self, failed: impl Fn(u64) -> bool) -> Vec<Parked> {
        let mut parked = Vec::new();
        for (key, lane) in &self.lanes {
            let Some((first, head)) = lane.places.first_key_value() else { continue };
            if !head.recorded && !failed(*first) {
                continue;
            }
            let others = lane.places.iter().filter(|(at, place)| *at != first && !place.recorded);
            parked.extend(others.map(|(at, _)| Parked { position: *at, key: key.clone() }));
        }
        parked.sort_unstable_by_key(|parked| parked.position);
        parked
    }

    /// The log knows now that these wait; their content is read again when it is their turn.
    pub(super) fn parked(&mut self, parked: &[Parked]) {
        for Parked { position, key } in parked {
            self.fresh.remove(position);
            let lane = self.lanes.get_mut(key);
            if let Some(place) = lane.and_then(|lane| lane.places.get_mut(position)) {
                (place.event, place.recorded) = (None, true);
            }
        }
    }

    /// The position up to which everything is settled or known to the log, once `left_out` are.
    pub(super) fn reached(&self, left_out: impl Fn(u64) -> bool) -> u64 {
        let first = self.fresh.iter().find(|position| !left_out(**position));
        first.map_or(self.read, |position| position - 1)
    }

    /// Letters that are neither settled nor known to the log.
    pub(super) fn fresh(&self) -> usize {
        self.fresh.len()
    }
}

/// When a place is due; at once where nothing else is said.
fn due(place: &Place) -> Timestamp {
    place.due.unwrap_or(Timestamp::from_micros(i64::MIN))
}
