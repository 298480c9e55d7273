//! Spans of the work as `tracing` sees it, and the spans that leave.

use casebook_domain::Timestamp;
use casebook_store::FakeClock;
use opentelemetry::Value;
use opentelemetry::trace::Status;
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt;

use super::super::ids::trace_of;
use super::*;
use uuid::Uuid;

const CONVERSATION: Uuid = Uuid::from_u128(0x1111_2222_3333_5444_8555_6666_7777_8888);
const OTHER: Uuid = Uuid::from_u128(0x9111_2222_3333_5444_8555_6666_7777_9999);
const COMMAND: Uuid = Uuid::from_u128(0xaaaa_bbbb_cccc_5ddd_8eee_ffff_0000_1111);
const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The spans that leave while `work` is done.
fn traced(share: f64, work: impl FnOnce()) -> Vec<SpanData> {
    let left = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&left);
    let clock = Arc::new(FakeClock::new(Timestamp::from_seconds(1_000)));
    let sink: Sink = Arc::new(move |span| sink.lock().expect("spans").push(span));
    let sampling = Sampling { share, follows_callers: true };
    let layer = TraceLayer::new(sampling, clock, sink);
    let layer = layer.with_filter(tracing_subscriber::filter::filter_fn(TraceLayer::is_for_traces));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    std::mem::take(&mut *left.lock().expect("spans"))
}

fn request(caller: Option<&str>) -> tracing::Span {
    tracing::info_span!(target: TARGET, "http", otel.name = "POST /x", otel.kind = "server",
        http.response.status_code = Empty, "error.type" = Empty, trace.parent = caller)
}

/// An append about `conversation` that was stored.
fn append(conversation: Uuid, command: Uuid, opens: bool) {
    let span = tracing::info_span!(target: TARGET, "append", trace.of = conversation.to_string(),
        trace.command = command.to_string(), trace.stored = Empty, trace.opens = Empty,
        casebook.position = Empty);
    span.record("trace.stored", true);
    span.record("trace.opens", opens);
    span.record("casebook.position", 7_u64);
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span {name}"))
}

#[test]
fn a_request_that_begins_a_conversation_is_the_first_span_of_its_trace() {
    let spans = traced(1.0, || {
        let request = request(None).entered();
        // Spans for the log only stand between.
        let _log = tracing::info_span!("http.request").entered();
        let _receive = tracing::info_span!(target: TARGET, "receive").entered();
        append(CONVERSATION, COMMAND, true);
        request.record("http.response.status_code", 202_u64);
    });
    assert_eq!(spans.len(), 3);
    let (http, receive) = (named(&spans, "POST /x"), named(&spans, "receive"));
    let append = named(&spans, "append");
    assert!(spans.iter().all(|span| span.span_context.trace_id() == trace_of(CONVERSATION)));
    assert_eq!(http.parent_span_id, SpanId::INVALID);
    assert_eq!(http.span_context.span_id(), span_of(CONVERSATION));
    assert_eq!(receive.parent_span_id, http.span_context.span_id());
    assert_eq!(append.parent_span_id, receive.span_context.span_id());
    assert_eq!(append.span_context.span_id(), span_of(COMMAND));
    let status = http.attributes.iter().find(|a| a.key.as_str() == "http.response.status_code");
    assert_eq!(status.expect("a status").value, Value::I64(202));
}

#[test]
fn what_an_event_made_necessary_hangs_below_the_append_of_the_event() {
    let next = Uuid::from_u128(COMMAND.as_u128() + 1);
    let spans = traced(1.0, || {
        let cause = format!("{CONVERSATION}/{COMMAND}");
        let errand = tracing::info_span!(target: TARGET, "errand", trace.cause = cause);
        errand.in_scope(|| append(CONVERSATION, next, false));
    });
    let (errand, append) = (named(&spans, "errand"), named(&spans, "append"));
    assert_eq!(errand.span_context.trace_id(), trace_of(CONVERSATION));
    assert_eq!((errand.parent_span_id, errand.parent_span_is_remote), (span_of(COMMAND), true));
    assert_eq!(append.parent_span_id, errand.span_context.span_id());
    assert_eq!(append.span_context.span_id(), span_of(next));
}

#[test]
fn a_later_request_hangs_below_the_beginning_and_links_its_caller() {
    let spans = traced(1.0, || {
        request(Some(CALLER)).in_scope(|| append(CONVERSATION, COMMAND, false));
    });
    let http = named(&spans, "POST /x");
    assert_eq!(http.span_context.trace_id(), trace_of(CONVERSATION));
    assert_eq!((http.parent_span_id, http.parent_span_is_remote), (span_of(CONVERSATION), true));
    let linked = http.links.first().expect("a link").span_context.trace_id();
    assert_eq!(linked.to_string(), "0af7651916cd43dd8448eb211c80319c");
}

#[test]
fn a_request_about_no_conversation_goes_on_with_its_callers_trace() {
    let spans = traced(0.0, || drop(request(Some(CALLER))));
    let http = named(&spans, "POST /x");
    assert_eq!(http.span_context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(http.parent_span_id.to_string(), "b7ad6b7169203331");
    let unkept = CALLER.replace("-01", "-00");
    assert!(traced(1.0, || drop(request(Some(&unkept)))).is_empty());
    let malformed = traced(1.0, || drop(request(Some("malformed"))));
    assert_eq!(malformed[0].parent_span_id, SpanId::INVALID);
}

#[test]
fn a_request_about_several_conversations_has_its_appends_in_their_traces() {
    let next = Uuid::from_u128(COMMAND.as_u128() + 1);
    let spans = traced(1.0, || {
        let _request = request(None).entered();
        append(CONVERSATION, COMMAND, false);
        append(OTHER, next, false);
    });
    let http = named(&spans, "POST /x");
    for (conversation, command) in [(CONVERSATION, COMMAND), (OTHER, next)] {
        let found = spans.iter().find(|span| span.span_context.span_id() == span_of(command));
        let append = found.expect("an append");
        assert_eq!(append.span_context.trace_id(), trace_of(conversation));
        assert_eq!(append.parent_span_id, span_of(conversation));
        assert_eq!(append.links[0].span_context.span_id(), http.span_context.span_id());
    }
}

#[test]
fn an_append_that_was_refused_does_not_take_the_place_of_the_one_that_was_stored() {
    let spans = traced(1.0, || {
        let refused = tracing::info_span!(target: TARGET, "append", "error.type" = "conflict",
            trace.of = CONVERSATION.to_string(), trace.command = COMMAND.to_string());
        drop(refused);
    });
    assert_ne!(spans[0].span_context.span_id(), span_of(COMMAND));
    assert_eq!(spans[0].status, Status::error(""));
}

#[test]
fn many_causes_are_links() {
    let spans = traced(1.0, || {
        let links = format!("{CONVERSATION}/{COMMAND} {OTHER}/{COMMAND} nonsense");
        drop(tracing::info_span!(target: TARGET, "fold", trace.links = links));
    });
    let linked: Vec<_> = spans[0].links.iter().map(|l| l.span_context.trace_id()).collect();
    assert_eq!(linked, [trace_of(CONVERSATION), trace_of(OTHER)]);
}

#[test]
fn only_named_attributes_leave_and_no_long_text() {
    let spans = traced(1.0, || {
        let long = "é".repeat(400);
        drop(tracing::info_span!(target: TARGET, "x", subject = "a secret", casebook.tenant = "t",
            casebook.command = long));
        drop(tracing::info_span!("elsewhere", casebook.tenant = "t"));
    });
    assert_eq!(spans.len(), 1);
    let names: Vec<&str> = spans[0].attributes.iter().map(|a| a.key.as_str()).collect();
    assert_eq!(names, ["casebook.tenant", "casebook.command"]);
    assert!(spans[0].attributes[1].value.as_str().len() <= 256);
}

#[test]
fn traces_that_are_not_kept_leave_nothing() {
    assert!(traced(0.0, || append(CONVERSATION, COMMAND, true)).is_empty());
}

#[test]
fn one_piece_of_work_keeps_a_limited_number_of_spans() {
    let spans = traced(1.0, || {
        let _request = request(None).entered();
        for _ in 0..SPANS_MAX + 10 {
            drop(tracing::info_span!(target: TARGET, "step"));
        }
    });
    assert_eq!(spans.len(), SPANS_MAX + 1);
    assert_eq!(spans.last().expect("the first span").name, "POST /x");
}
