//! One entry of the audit trail.

use std::borrow::Cow;

use casebook_domain::audit::{Change, sentence};
use casebook_domain::event::Event;
use casebook_domain::ids::{ContactId, ConversationId, TicketId};
use casebook_domain::{Timestamp, erase};
use casebook_projections::audit::AuditRow;
use casebook_projections::metadata;
use casebook_store::StoredEvent;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::AppError;

/// An event as auditors see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditEntry {
    /// Place in the log.
    pub position: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Tenant that owns it.
    pub tenant: String,
    /// Name of the event.
    pub event_type: String,
    /// Identifier of the event.
    pub event_id: String,
    /// What kind of thing it happened to: `ticket`, `conversation`, `contact`, `policy`, `access`.
    pub stream_kind: String,
    /// To which of them.
    pub stream_id: String,
    /// How many events that had seen, this one included.
    pub version: u64,
    /// Who acted, for example `agent:ada`.
    pub actor: String,
    /// What was asked for, for example `CloseTicket`.
    pub command: String,
    /// The request; events of one request share it.
    pub command_id: Uuid,
    /// The conversation that the request was about.
    pub correlation_id: Option<String>,
    /// The event that led to the request, where one did.
    pub causation_id: Option<String>,
    /// Version of the policy in force.
    pub policy_version: Option<String>,
    /// The ticket it is about.
    pub ticket_id: Option<TicketId>,
    /// The conversation it is about.
    pub conversation_id: Option<ConversationId>,
    /// The contact it names.
    pub contact_id: Option<ContactId>,
    /// The event in words, free of personal data.
    pub sentence: String,
    /// What was recorded.
    pub data: Value,
    /// What it changed.
    pub changes: Vec<Change>,
}

impl AuditEntry {
    /// The entry of an event, of which the index says what it is about. Its changes are still to
    /// be told.
    ///
    /// # Errors
    /// A fault when this program cannot read the event.
    pub(super) fn new(stored: &StoredEvent, row: &AuditRow) -> Result<Self, AppError> {
        let (kind, name) = (&stored.stream.kind, &stored.event_type);
        let event = Event::decode(kind, name, &stored.event_version, &stored.payload);
        let event = event.map_err(AppError::fault)?;
        let mut metadata = metadata(&stored.metadata);
        let mut take = |name: &str| metadata.remove(name).map(Cow::into_owned);
        Ok(Self {
            position: stored.position,
            recorded_at: stored.recorded_at,
            tenant: stored.tenant.clone(),
            event_type: name.clone(),
            event_id: take("event_id").unwrap_or_default(),
            stream_kind: kind.clone(),
            stream_id: stored.stream.id.clone(),
            version: stored.version,
            actor: row.actor.clone(),
            command: take("command").unwrap_or_default(),
            command_id: stored.command_id,
            correlation_id: take("correlation_id"),
            causation_id: take("causation_id"),
            policy_version: take("policy_version"),
            ticket_id: row.ticket_id,
            conversation_id: row.conversation_id,
            contact_id: row.contact_id,
            sentence: event.as_ref().map(sentence).unwrap_or_default(),
            data: data(&stored.payload)?,
            changes: Vec::new(),
        })
    }

    /// Whether what was recorded holds values that tell something about a customer.
    pub fn has_personal(&self) -> bool {
        erase(&mut self.data.clone())
    }

    /// Takes the values out that tell something about a customer; that there are some, and that
    /// they changed, is still told.
    pub fn withhold(&mut self) {
        erase(&mut self.data);
        let changes = std::mem::take(&mut self.changes);
        self.changes = changes.into_iter().map(Change::withheld).collect();
    }
}

/// What an event says, without its name around it.
pub(super) fn data(payload: &str) -> Result<Value, AppError> {
    let named: Value = serde_json::from_str(payload).map_err(AppError::fault)?;
    match named {
        Value::Object(fields) => Ok(fields.into_values().next().unwrap_or_default()),
        other => Ok(other),
    }
}
