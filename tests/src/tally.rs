//! The smallest aggregate: it counts. `compat` compiles this file as well, so it names no crate of
//! Casebook.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How often and how far was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Number of events.
    pub events: u64,
    /// Sum of all steps.
    pub sum: u64,
    /// The last step.
    pub last: u64,
}

/// What a tally records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TallyEvent {
    /// Went up.
    Counted {
        /// By how much.
        by: u64,
    },
}

/// A tally refuses to count by nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a tally cannot count by nothing")]
pub struct NothingToCount;

impl DomainEvent for TallyEvent {
    fn event_type(&self) -> String {
        "Counted".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Tally {
    const TYPE: &'static str = "tally";
    type Command = u64;
    type Event = TallyEvent;
    type Error = NothingToCount;
    type Services = ();

    async fn handle(
        &mut self,
        by: u64,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), NothingToCount> {
        if by == 0 {
            return Err(NothingToCount);
        }
        sink.write(TallyEvent::Counted { by }, self).await;
        Ok(())
    }

    fn apply(&mut self, TallyEvent::Counted { by }: TallyEvent) {
        self.events += 1;
        self.sum += by;
        self.last = by;
    }
}
