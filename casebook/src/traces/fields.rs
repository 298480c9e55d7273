//! What a span tells: attributes by a list of names, and what its place in a trace follows from.

use std::fmt::Debug;

use casebook_store::trace::{self, Cause};
use opentelemetry::trace::{SpanContext, SpanKind};
use opentelemetry::{KeyValue, Value};
use tracing::field::{Field, Visit};
use uuid::Uuid;

use super::ids;

/// Names under which attributes leave: OpenTelemetry's, and our own. Whatever else a span holds
/// stays here.
const TOLD: [&str; 6] = ["casebook.", "http.", "db.", "messaging.", "gen_ai.", "error.type"];

/// Longest text of an attribute, in bytes.
const TEXT_BYTES_MAX: usize = 256;

/// What a span has told so far.
#[derive(Clone, Debug)]
pub struct Told {
    pub name: Option<String>,
    pub kind: SpanKind,
    pub attributes: Vec<KeyValue>,
    pub has_failed: bool,
    /// The conversation that the work is about.
    pub conversation: Option<Uuid>,
    /// What made the work necessary.
    pub cause: Option<Cause>,
    pub links: Vec<Cause>,
    /// The command that it appended.
    pub command: Option<Uuid>,
    /// Whether the append was stored by it.
    pub stored: bool,
    /// Whether the append began the conversation.
    pub opens: bool,
    /// Where the caller stands in a trace of its own.
    pub caller: Option<SpanContext>,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            name: None,
            kind: SpanKind::Internal,
            attributes: Vec::new(),
            has_failed: false,
            conversation: None,
            cause: None,
            links: Vec::new(),
            command: None,
            stored: false,
            opens: false,
            caller: None,
        }
    }
}

impl Told {
    fn attribute(&mut self, name: &'static str, value: impl Into<Value>) {
        if !TOLD.iter().any(|known| name.starts_with(known)) {
            return;
        }
        self.has_failed |= name == "error.type";
        self.attributes.retain(|attribute| attribute.key.as_str() != name);
        self.attributes.push(KeyValue::new(name, value));
    }

    fn text(&mut self, name: &'static str, text: &str) {
        match name {
            "otel.name" => self.name = Some(short(text)),
            "otel.kind" => self.kind = kind(text),
            trace::OF => self.conversation = text.parse().ok(),
            trace::CAUSE => self.cause = text.parse().ok(),
            trace::LINKS => self.links = text.split(' ').flat_map(str::parse).collect(),
            trace::COMMAND => self.command = text.parse().ok(),
            trace::PARENT => self.caller = ids::traceparent(text),
            name => self.attribute(name, short(text)),
        }
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.attribute(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.attribute(field.name(), i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.attribute(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            trace::STORED => self.stored = value,
            trace::OPENS => self.opens = value,
            name => self.attribute(name, value),
        }
    }
}

fn kind(text: &str) -> SpanKind {
    match text {
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

fn short(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned()
}
