//! What a check of decisions found so far.

use std::collections::BTreeMap;

use casebook_domain::event::LogEvent;
use casebook_store::{StoredEvent, StreamId};
use serde::Serialize;
use serde_json::Value;

use super::difference::{Difference, Rule, Side, differences};
use super::group::Group;

/// What a check of decisions saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DecisionCheck {
    /// Events read.
    pub events: u64,
    /// Position up to which they were read.
    pub position: u64,
    /// How often each rule was performed again.
    pub performed: BTreeMap<Rule, u64>,
    /// How many fields differ, by rule.
    pub differing: BTreeMap<Rule, u64>,
    /// Commands that could not be performed again, by reason.
    pub not_performed: BTreeMap<&'static str, u64>,
}

impl DecisionCheck {
    /// Whether everything that could be performed again gave what is recorded.
    pub fn is_clean(&self) -> bool {
        self.differing.is_empty()
    }
}

/// Collects what is found; differences are handed on after each command.
pub(super) struct Report {
    pub(super) check: DecisionCheck,
    pub(super) found: Vec<Difference>,
    show: bool,
}

impl Report {
    pub(super) fn new(show: bool) -> Self {
        Self { check: DecisionCheck::default(), found: Vec::new(), show }
    }

    /// Counts rules that were performed again.
    pub(super) fn performed(&mut self, rules: &[Rule]) {
        for rule in rules {
            *self.check.performed.entry(*rule).or_default() += 1;
        }
    }

    /// Counts a command that could not be performed again.
    pub(super) fn not_performed(&mut self, reason: &'static str) {
        *self.check.not_performed.entry(reason).or_default() += 1;
    }

    /// Notes a difference at a place of an event.
    pub(super) fn differs(
        &mut self,
        at: &StoredEvent,
        path: &str,
        recorded: Option<&Value>,
        recomputed: Option<&Value>,
    ) {
        let rule = Rule::of(&at.event_type, path);
        self.add(at, &at.stream, &at.event_type, (rule, path), (recorded, recomputed));
    }

    fn add(
        &mut self,
        at: &StoredEvent,
        stream: &StreamId,
        event_type: &str,
        (rule, path): (Rule, &str),
        (recorded, recomputed): (Option<&Value>, Option<&Value>),
    ) {
        *self.check.differing.entry(rule).or_default() += 1;
        let side = |value: Option<&Value>| value.map(|value| Side::of(value, self.show));
        self.found.push(Difference {
            position: at.position,
            tenant: at.tenant.clone(),
            stream: stream.to_string(),
            event_type: event_type.to_owned(),
            rule,
            path: path.to_owned(),
            recorded: side(recorded),
            recomputed: side(recomputed),
        });
    }

    /// Holds a stored event against the one that follows, field by field; where they say the same
    /// in the same version of the form, byte by byte as well.
    pub(super) fn compare<E: LogEvent>(&mut self, stored: &StoredEvent, follows: &E) {
        let (Ok(value), Ok(bytes)) =
            (serde_json::to_value(follows), serde_json::to_string(follows))
        else {
            // What cannot be written was never stored.
            return self.unexplained(stored);
        };
        let recorded = content(&stored.payload, &stored.event_type);
        let value = value.get(&stored.event_type).cloned().unwrap_or_default();
        let found = differences(&recorded, &value);
        for (path, recorded, recomputed) in &found {
            self.differs(stored, path, *recorded, *recomputed);
        }
        // A message is held against its raw bytes before it is held against itself.
        let says_the_same = self.found.iter().all(|other| other.position != stored.position);
        let is_present = stored.event_version == follows.event_version();
        if says_the_same && is_present && stored.payload != bytes {
            let (recorded, follows) = (Value::from(stored.payload.as_str()), Value::from(bytes));
            self.differs(stored, "", Some(&recorded), Some(&follows));
        }
    }

    /// Holds the events of a stream against those that follow, in order; what only one side has is
    /// a difference, too.
    pub(super) fn align<E: LogEvent>(&mut self, group: &Group, stream: &StreamId, follow: &[E]) {
        let mut recorded = group.of_stream(stream);
        for event in follow {
            let name = event.event_type();
            match recorded.iter().position(|stored| stored.event_type == name) {
                Some(at) => {
                    let stored = recorded.remove(at);
                    self.compare(stored, event);
                }
                None => {
                    let event = serde_json::to_value(event).unwrap_or_default();
                    let rule = Rule::of(&name, "");
                    let sides = (None, Some(&event));
                    self.add(group.first(), stream, &name, (rule, ""), sides);
                }
            }
        }
        for stored in recorded {
            self.unexplained(stored);
        }
    }

    /// Notes an event that does not follow from anything.
    pub(super) fn unexplained(&mut self, stored: &StoredEvent) {
        let recorded = content(&stored.payload, &stored.event_type);
        self.differs(stored, "", Some(&recorded), None);
    }
}

/// What an event says, without the name around it.
pub(super) fn content(payload: &str, event_type: &str) -> Value {
    let mut value: Value = serde_json::from_str(payload).unwrap_or_default();
    value.get_mut(event_type).map(Value::take).unwrap_or_default()
}
