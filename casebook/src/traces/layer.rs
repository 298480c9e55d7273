//! Collects the spans of one piece of work until its first span ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use casebook_store::Clock;
use casebook_store::trace::TARGET;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::assemble::{Finished, assemble};
use super::fields::Told;
use super::ids::span_of;
use super::settings::Sampling;
use crate::ids::RandomIds;
use casebook_app::Ids;

/// Spans of one piece of work that are kept; what ends after them is left out.
const SPANS_MAX: usize = 512;

/// Takes finished spans without ever waiting.
pub type Sink = Arc<dyn Fn(SpanData) + Send + Sync>;

/// Builds traces from the spans of [`TARGET`].
pub struct TraceLayer {
    sampling: Sampling,
    clock: Arc<dyn Clock>,
    sink: Sink,
}

/// The spans of one piece of work that have ended, children before parents.
#[derive(Default)]
struct Work {
    ended: Mutex<Vec<Finished>>,
}

/// A span that has not ended.
struct Open {
    work: Arc<Work>,
    id: SpanId,
    parent: Option<SpanId>,
    began: SystemTime,
    told: Told,
}

impl TraceLayer {
    /// A layer that hands the spans of those traces that are kept to `sink`.
    pub fn new(sampling: Sampling, clock: Arc<dyn Clock>, sink: Sink) -> Self {
        Self { sampling, clock, sink }
    }

    /// Whether a span or event is for traces only.
    pub fn is_for_traces(metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn now(&self) -> SystemTime {
        let micros = u64::try_from(self.clock.now().as_micros()).unwrap_or(0);
        UNIX_EPOCH + Duration::from_micros(micros)
    }
}

impl<S> Layer<S> for TraceLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            let open = extensions.get::<Open>()?;
            Some((Arc::clone(&open.work), open.id))
        });
        let (work, parent) = match above {
            Some((work, parent)) => (work, Some(parent)),
            None => (Arc::default(), None),
        };
        let mut told = Told::default();
        attributes.record(&mut told);
        let id = span_of(RandomIds.random());
        span.extensions_mut().insert(Open { work, id, parent, began: self.now(), told });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.told);
        }
    }

    /// A span ends when nobody holds it any more, so a parent ends after its children.
    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        let Open { work, id, parent, began, told } = open;
        let name = span.name();
        let is_first = parent.is_none();
        let finished = Finished { id, parent, name, began, ended: self.now(), told };
        let mut ended = work.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if is_first || ended.len() < SPANS_MAX {
            ended.push(finished);
        }
        if is_first {
            let ended = std::mem::take(&mut *ended);
            let trace = TraceId::from_bytes(RandomIds.random().into_bytes());
            assemble(ended, trace, self.sampling).into_iter().for_each(|span| (self.sink)(span));
        }
    }
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;
