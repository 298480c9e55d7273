//! Folding as traces see it: only while following, and little enough that a burst drowns nobody.

use casebook_store::StoredEvent;
use casebook_store::trace::{Cause, TARGET, is_followed};
use tracing::Span;
use tracing::field::Empty;

use super::window::Shared;
use crate::ProjectionError;

/// Commands at a time up to which each has a span of its own in its own trace; beyond, one span
/// of no trace links to them.
const APART_MAX: usize = 8;
/// Links of one span.
const LINKS_MAX: usize = 64;

/// The spans of events that are folded; they end when this is dropped.
pub(super) struct Folding(Vec<Span>);

impl Folding {
    /// Begins the spans of what the read model follows the log closely by. A rebuild and catching
    /// up have none.
    pub fn begin(model: &'static str, events: &[Shared]) -> Self {
        let position = events.last().map_or(0, |event| event.position);
        let causes = events.iter().filter_map(|event| event.cause());
        Self::of(model, position, events.len(), causes)
    }

    /// Begins the spans of events that came just when nothing was known to follow.
    pub fn begin_read(model: &'static str, events: &[StoredEvent]) -> Self {
        let position = events.last().map_or(0, |event| event.position);
        Self::of(model, position, events.len(), events.iter().filter_map(Cause::of))
    }

    fn of(
        model: &'static str,
        position: u64,
        events: usize,
        found: impl Iterator<Item = Cause>,
    ) -> Self {
        if !is_followed() || events == 0 {
            return Self(Vec::new());
        }
        let mut causes: Vec<Cause> = Vec::new();
        for cause in found {
            if !causes.contains(&cause) {
                causes.push(cause);
            }
            if causes.len() > LINKS_MAX {
                break;
            }
        }
        if causes.len() <= APART_MAX {
            return Self(causes.iter().map(|cause| one(model, position, cause)).collect());
        }
        let links: Vec<String> = causes.iter().take(LINKS_MAX).map(Cause::to_string).collect();
        Self(vec![many(model, position, events, &links.join(" "))])
    }

    /// Ends the spans with what came of it.
    pub fn end<T>(self, result: &Result<T, ProjectionError>) {
        if result.is_err() {
            for span in &self.0 {
                span.record("error.type", "stopped");
            }
        }
    }
}

fn one(model: &'static str, position: u64, cause: &Cause) -> Span {
    tracing::info_span!(
        target: TARGET,
        parent: None,
        "fold",
        otel.name = format!("fold {model}"),
        otel.kind = "consumer",
        casebook.read_model = model,
        casebook.position = position,
        "error.type" = Empty,
        trace.cause = cause.to_string(),
    )
}

fn many(model: &'static str, position: u64, events: usize, links: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        parent: None,
        "fold",
        otel.name = format!("fold {model}"),
        otel.kind = "consumer",
        casebook.read_model = model,
        casebook.position = position,
        casebook.events = events,
        "error.type" = Empty,
        trace.links = links,
    )
}
