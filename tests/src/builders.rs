//! Appends in one line.

use std::collections::BTreeMap;

use casebook_store::log::{Append, Expected, KeyClaim, NewEvent, StreamId, Write};
use uuid::Uuid;

use crate::ids;

/// Tenant of appends that do not say otherwise.
pub const TENANT: &str = "acme";

/// An append in the making; [`AppendBuilder::done`] finishes it.
#[derive(Clone, Debug)]
pub struct AppendBuilder(Append);

/// An append of `count` events to one stream that stands at version `expected`.
///
/// The events are `Counted`, payload `{"Counted":{"by":N}}` with N from 1.
pub fn append(kind: &str, id: &str, expected: u64, count: usize) -> AppendBuilder {
    AppendBuilder(Append {
        tenant: TENANT.to_owned(),
        command_id: ids::fresh(),
        fingerprint: "fingerprint".to_owned(),
        keys: Vec::new(),
        blobs: Vec::new(),
        writes: Vec::new(),
        metadata: BTreeMap::from([("actor".to_owned(), "agent:test".to_owned())]),
        outcome: None,
    })
    .also(kind, id, Expected::Version(expected), (1..=count).map(event).collect())
}

/// The event `Counted` by `n`.
pub fn event(n: usize) -> NewEvent {
    event_with("Counted", format!(r#"{{"Counted":{{"by":{n}}}}}"#))
}

/// An event of any type and payload.
pub fn event_with(event_type: &str, payload: impl Into<String>) -> NewEvent {
    NewEvent {
        event_id: ids::fresh(),
        event_type: event_type.to_owned(),
        event_version: "1".to_owned(),
        payload: payload.into(),
    }
}

impl AppendBuilder {
    /// Adds a write to another stream.
    #[must_use]
    pub fn also(mut self, kind: &str, id: &str, expected: Expected, events: Vec<NewEvent>) -> Self {
        self.0.writes.push(Write { stream: StreamId::new(kind, id), expected, events });
        self
    }

    /// Replaces the events of the first write.
    #[must_use]
    pub fn events(mut self, events: Vec<NewEvent>) -> Self {
        self.0.writes[0].events = events;
        self
    }

    /// Accepts any version of the first stream.
    #[must_use]
    pub fn any_version(mut self) -> Self {
        self.0.writes[0].expected = Expected::Any;
        self
    }

    /// Sets the command.
    #[must_use]
    pub fn command(mut self, id: Uuid) -> Self {
        self.0.command_id = id;
        self
    }

    /// Sets the fingerprint.
    #[must_use]
    pub fn fingerprint(mut self, text: &str) -> Self {
        text.clone_into(&mut self.0.fingerprint);
        self
    }

    /// Sets the tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        tenant.clone_into(&mut self.0.tenant);
        self
    }

    /// Sets the answer kept with the command.
    #[must_use]
    pub fn outcome(mut self, text: &str) -> Self {
        self.0.outcome = Some(text.to_owned());
        self
    }

    /// Claims an outside identity.
    #[must_use]
    pub fn key(mut self, kind: &str, key: &str, value: &str) -> Self {
        let claim =
            KeyClaim { kind: kind.to_owned(), key: key.to_owned(), value: value.to_owned() };
        self.0.keys.push(claim);
        self
    }

    /// Adds an entry to the shared metadata.
    #[must_use]
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.0.metadata.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The finished append.
    pub fn done(self) -> Append {
        self.0
    }
}
