//! Decisions of operators about the log itself, as one stream for each tenant.
//!
//! An event that no program can read stops those who follow the log. Passing it over is a decision
//! that is recorded like any other, so that whoever reads the log again passes over the same.

mod event;

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use event::{EventSkipped, OperationsEvent};

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// What can be asked of a tenant's operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationsCommand {
    /// Pass over an event; a repeat changes nothing.
    Skip(EventSkipped),
}

/// Why an operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OperationsError {
    /// Nobody would learn why.
    #[error("say why, in at most {REASON_CHARS_MAX} characters")]
    Reason,
}

/// What operators of a tenant decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operations {
    /// For each position, the readers that pass it over; `None` means all.
    skipped: BTreeMap<u64, BTreeSet<Option<String>>>,
}

impl Operations {
    /// Whether this reader passes over the event at a position.
    pub fn skips(&self, position: u64, reader: &str) -> bool {
        self.skipped.get(&position).is_some_and(|readers| {
            readers.contains(&None) || readers.iter().flatten().any(|named| named == reader)
        })
    }

    /// Whether any reader passes over the event at a position.
    pub fn knows(&self, position: u64) -> bool {
        self.skipped.contains_key(&position)
    }

    /// Takes into account what was decided.
    pub fn note(&mut self, event: OperationsEvent) {
        let OperationsEvent::EventSkipped(skip) = event;
        self.skipped.entry(skip.position).or_default().insert(skip.reader);
    }

    /// Decides what a command leads to.
    ///
    /// # Errors
    /// [`OperationsError`] for a skip without a usable reason.
    pub fn decide(
        &self,
        command: OperationsCommand,
    ) -> Result<Vec<OperationsEvent>, OperationsError> {
        let OperationsCommand::Skip(mut skip) = command;
        skip.reason = skip.reason.trim().to_owned();
        if skip.reason.is_empty() || skip.reason.chars().count() > REASON_CHARS_MAX {
            return Err(OperationsError::Reason);
        }
        let known = self
            .skipped
            .get(&skip.position)
            .is_some_and(|readers| readers.contains(&None) || readers.contains(&skip.reader));
        Ok(if known { Vec::new() } else { vec![OperationsEvent::EventSkipped(skip)] })
    }
}

impl Aggregate for Operations {
    const TYPE: &'static str = "operations";
    type Command = OperationsCommand;
    type Event = OperationsEvent;
    type Error = OperationsError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.note(event);
    }
}
