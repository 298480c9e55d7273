//! Gives the spans of one piece of work their place: trace, parent, identifiers, links. Pure.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{Link, SpanContext, SpanId, Status, TraceId};
use opentelemetry_sdk::trace::{SpanData, SpanLinks};
use uuid::Uuid;

use super::fields::Told;
use super::ids::{context, is_kept, span_of, trace_of};
use super::settings::Sampling;

/// A span that has ended.
#[derive(Clone, Debug)]
pub struct Finished {
    pub id: SpanId,
    /// The span above it in the same piece of work; `None` for the first.
    pub parent: Option<SpanId>,
    pub name: &'static str,
    pub began: SystemTime,
    pub ended: SystemTime,
    pub told: Told,
}

/// Where a span hangs.
#[derive(Clone, Debug)]
struct Place {
    trace: TraceId,
    /// Nil for the first span of a trace.
    parent: SpanId,
    is_remote: bool,
    link: Option<SpanContext>,
}

/// The spans as they leave; none of a trace that is not kept. The first span is the last of the
/// list. `fresh` is a trace for work that is about no conversation.
///
/// Work about one conversation belongs to its trace, below the append that made it necessary, else
/// below the conversation's beginning; a caller's own trace is linked. Work about none goes on with
/// the caller's trace. Where a request is about several, each append is in its conversation's trace
/// and linked to the request.
pub fn assemble(finished: Vec<Finished>, fresh: TraceId, sampling: Sampling) -> Vec<SpanData> {
    let Some(first) = finished.last() else { return Vec::new() };
    let home = home_of(&finished);
    let top = top(first, home, &finished, fresh);
    let caller = first.told.caller.clone().filter(|_| home.is_none());
    let is_kept = |trace: TraceId| match &caller {
        Some(caller) if sampling.follows_callers && caller.trace_id() == trace => {
            caller.is_sampled()
        }
        _ => is_kept(trace, sampling.share),
    };
    let ids: HashMap<SpanId, SpanId> =
        finished.iter().map(|span| (span.id, final_id(span, home, &finished))).collect();
    let id_of = |id: SpanId| ids.get(&id).copied().unwrap_or(id);
    let mut spans = Vec::with_capacity(finished.len());
    for span in finished {
        let place = match (span.parent, span.told.conversation) {
            (None, _) => top.clone(),
            (Some(parent), Some(other)) if Some(other) != home => Place {
                trace: trace_of(other),
                parent: span_of(other),
                is_remote: true,
                link: Some(context(top.trace, id_of(parent), false)),
            },
            (Some(parent), _) => {
                Place { trace: top.trace, parent: id_of(parent), is_remote: false, link: None }
            }
        };
        if is_kept(place.trace) {
            let id = id_of(span.id);
            spans.push(data(span, id, place));
        }
    }
    spans
}

/// The one conversation that the work is about.
fn home_of(finished: &[Finished]) -> Option<Uuid> {
    if let Some(cause) = finished.last().and_then(|first| first.told.cause) {
        return Some(cause.conversation);
    }
    let all: BTreeSet<Uuid> = finished.iter().filter_map(|span| span.told.conversation).collect();
    let mut all = all.into_iter();
    all.next().filter(|_| all.next().is_none())
}

/// The place of the first span.
fn top(first: &Finished, home: Option<Uuid>, finished: &[Finished], fresh: TraceId) -> Place {
    let caller = first.told.caller.clone();
    let Some(home) = home else {
        return match caller {
            Some(caller) => Place {
                trace: caller.trace_id(),
                parent: caller.span_id(),
                is_remote: true,
                link: None,
            },
            None => Place { trace: fresh, parent: SpanId::INVALID, is_remote: false, link: None },
        };
    };
    let (trace, link) = (trace_of(home), caller);
    match first.told.cause {
        Some(cause) => Place { trace, parent: span_of(cause.command), is_remote: true, link },
        None if opens(finished, home) => {
            Place { trace, parent: SpanId::INVALID, is_remote: false, link }
        }
        None => Place { trace, parent: span_of(home), is_remote: true, link },
    }
}

/// Whether the work began the conversation, so that its first span is the trace's first.
fn opens(finished: &[Finished], home: Uuid) -> bool {
    finished.iter().any(|span| span.told.opens && span.told.conversation == Some(home))
}

/// An append that was stored is known by its command, the beginning of a conversation by the
/// conversation, so that others can name them; everything else keeps its own id.
fn final_id(span: &Finished, home: Option<Uuid>, finished: &[Finished]) -> SpanId {
    match (span.told.command, home) {
        (Some(command), _) if span.told.stored => span_of(command),
        (_, Some(home))
            if span.parent.is_none() && span.told.cause.is_none() && opens(finished, home) =>
        {
            span_of(home)
        }
        _ => span.id,
    }
}

fn data(span: Finished, id: SpanId, place: Place) -> SpanData {
    let told = span.told;
    let mut links = SpanLinks::default();
    let causes =
        told.links.iter().map(|to| context(trace_of(to.conversation), span_of(to.command), true));
    links.links =
        place.link.into_iter().chain(causes).map(|to| Link::new(to, Vec::new(), 0)).collect();
    SpanData {
        span_context: context(place.trace, id, false),
        parent_span_id: place.parent,
        parent_span_is_remote: place.is_remote,
        span_kind: told.kind,
        name: told.name.map_or(Cow::Borrowed(span.name), Cow::Owned),
        start_time: span.began,
        end_time: span.ended.max(span.began),
        attributes: told.attributes,
        dropped_attributes_count: 0,
        events: Default::default(),
        links,
        status: if told.has_failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder("casebook")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    }
}
