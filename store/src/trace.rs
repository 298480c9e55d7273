//! What the parts of the house tell about their work, so that one trace can follow a mail through
//! all of it: names of fields, and where work that an event caused takes the trace up.
//!
//! Parts run at different times and in different processes, and nothing is stored for traces. The
//! log tells enough: an event's `correlation_id` is the trace, and its `command_id` is the span
//! that appended it. So whoever reads an event knows the parent of what it makes of it.
//!
//! Spans of [`TARGET`] are for traces only and never shown in the server's log. Beside attributes
//! they hold fields for whoever builds the trace: `otel.name`, `otel.kind`, [`OF`], [`CAUSE`],
//! [`LINKS`], [`COMMAND`], [`STORED`], [`OPENS`] and [`PARENT`]. No field holds personal data.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use tracing::Span;
use tracing::field::Empty;
use uuid::Uuid;

use crate::{Append, AppendError, Appended, Dialect, StoredEvent};

/// Target of the spans that make up traces.
pub const TARGET: &str = "casebook_trace";
/// Field: the conversation that the work is about, a UUID; its trace.
pub const OF: &str = "trace.of";
/// Field: the [`Cause`] of work that an event made necessary.
pub const CAUSE: &str = "trace.cause";
/// Field: several [`Cause`]s, separated by spaces, of work that is done for all of them at once.
pub const LINKS: &str = "trace.links";
/// Field: the command that a span appends, a UUID.
pub const COMMAND: &str = "trace.command";
/// Field: whether the append was stored by this very span.
pub const STORED: &str = "trace.stored";
/// Field: whether the append began the conversation.
pub const OPENS: &str = "trace.opens";
/// Field: the `traceparent` that a request brought along.
pub const PARENT: &str = "trace.parent";

static FOLLOWED: AtomicBool = AtomicBool::new(false);

/// Says that somebody builds traces in this process.
pub fn follow() {
    FOLLOWED.store(true, Ordering::Relaxed);
}

/// Whether somebody builds traces in this process; what costs time is left out otherwise.
pub fn is_followed() -> bool {
    FOLLOWED.load(Ordering::Relaxed)
}

/// Where work that an event made necessary hangs in the event's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// The conversation: the trace.
    pub conversation: Uuid,
    /// The command that appended the event: the span.
    pub command: Uuid,
}

impl Cause {
    /// The cause that an event is.
    pub fn of(event: &StoredEvent) -> Option<Self> {
        Self::told(&event.metadata, event.command_id)
    }

    /// The cause that an event with this metadata and command is; `None` where nobody builds
    /// traces, and for events without a conversation.
    pub fn told(metadata: &str, command: Uuid) -> Option<Self> {
        #[derive(Deserialize)]
        struct Metadata<'a> {
            #[serde(borrow)]
            correlation_id: Option<Cow<'a, str>>,
        }
        if !is_followed() {
            return None;
        }
        let metadata: Metadata<'_> = serde_json::from_str(metadata).ok()?;
        let conversation = metadata.correlation_id?.parse().ok()?;
        Some(Self { conversation, command })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.conversation, self.command)
    }
}

impl FromStr for Cause {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (conversation, command) = text.split_once('/').unwrap_or((text, ""));
        Ok(Self { conversation: conversation.parse()?, command: command.parse()? })
    }
}

/// An append as a trace sees it; costs nothing where nobody builds traces.
pub(crate) struct Appending {
    span: Span,
    /// The conversation's stream and the events that it gets, where it gets some.
    conversation: Option<(String, u64)>,
}

impl Appending {
    pub(crate) fn new(append: &Append, dialect: Dialect) -> Self {
        let system = match dialect {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgresql",
        };
        let told = |name| append.metadata.get(name).map(String::as_str);
        let span = tracing::info_span!(
            target: TARGET,
            "append",
            otel.name = "append events",
            otel.kind = "client",
            db.system.name = system,
            db.operation.name = "append",
            casebook.tenant = append.tenant,
            casebook.command = told("command"),
            casebook.event.types = types(append),
            casebook.position = Empty,
            "error.type" = Empty,
            trace.of = told("correlation_id"),
            trace.command = append.command_id.to_string(),
            trace.opens = Empty,
            trace.stored = Empty,
        );
        let is_followed = !span.is_disabled();
        let conversation = told("correlation_id").filter(|_| is_followed).and_then(|id| {
            let write = append.writes.iter().find(|write| write.stream.id == id)?;
            Some((id.to_owned(), write.events.len() as u64))
        });
        Self { span, conversation }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes what came of it.
    pub(crate) fn ended(&self, result: &Result<Appended, AppendError>) {
        match result {
            Ok(done) => {
                self.span.record("casebook.position", done.last_position);
                self.span.record(STORED, !done.repeated);
                self.span.record(OPENS, !done.repeated && self.opens(done));
            }
            Err(error) => {
                self.span.record("error.type", code(error));
            }
        }
    }

    /// Whether the conversation's first event is among those appended.
    fn opens(&self, done: &Appended) -> bool {
        let Some((id, events)) = &self.conversation else { return false };
        done.versions.iter().any(|to| to.stream.id == *id && to.version == *events)
    }
}

/// The types of the events, each once, in order.
fn types(append: &Append) -> String {
    let mut types: Vec<&str> = Vec::new();
    for event in append.writes.iter().flat_map(|write| &write.events) {
        if !types.contains(&event.event_type.as_str()) {
            types.push(&event.event_type);
        }
    }
    types.join(",")
}

fn code(error: &AppendError) -> &'static str {
    match error {
        AppendError::Conflict { .. } => "conflict",
        AppendError::KeyTaken { .. } => "key_taken",
        AppendError::IdempotencyMismatch { .. } => "idempotency_mismatch",
        AppendError::TooLarge { .. } => "too_large",
        AppendError::Invalid(_) => "invalid",
        AppendError::ReadOnly => "read_only",
        AppendError::Unavailable { .. } => "unavailable",
        AppendError::Full => "full",
    }
}
