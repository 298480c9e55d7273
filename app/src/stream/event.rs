//! A public event: what is told, in the envelope of CloudEvents 1.0.

use std::sync::{Arc, OnceLock};

use casebook_domain::Timestamp;
use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_projections::tickets::Tickets;
use casebook_projections::{ReadModel, Recorded};
use casebook_store::trace::Cause;
use casebook_store::{Cursor, StreamId};
use serde::Serialize;
use uuid::Uuid;

use super::map::told;
use super::types::EventData;

/// An event as the outside sees it: CloudEvents 1.0 in its JSON format, with the extension
/// attributes `tenant`, `position`, `actor` and `correlationid`.
#[derive(Clone, Debug, Serialize)]
pub struct PublicEvent {
    specversion: &'static str,
    /// Identifier of the event.
    pub id: String,
    /// Who tells: `/casebook/` and the tenant.
    pub source: String,
    /// Name of its type.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// What it is about: the kind of a stream, a slash, and its identifier.
    pub subject: String,
    /// When it was recorded.
    pub time: Timestamp,
    datacontenttype: &'static str,
    /// The tenant that owns it.
    pub tenant: String,
    /// Its place in the log, as a cursor.
    pub position: String,
    /// Who caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The conversation in which it was caused.
    #[serde(rename = "correlationid", skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// What it tells.
    pub data: EventData,
}

/// An event of the log that has a public form. The forms are made once, for all who follow.
#[derive(Debug)]
pub struct StreamEvent {
    log_id: Uuid,
    recorded: Recorded<Event>,
    ticket_id: Option<TicketId>,
    plain: PublicEvent,
    personal: OnceLock<PublicEvent>,
    plain_json: OnceLock<Arc<str>>,
    personal_json: OnceLock<Arc<str>>,
}

impl StreamEvent {
    /// The public form of a recorded event; `None` for one that has none.
    pub fn new(log_id: Uuid, recorded: Recorded<Event>) -> Option<Self> {
        let told = told(&recorded, false)?;
        let plain = envelope(log_id, &recorded, told.data);
        Some(Self {
            log_id,
            ticket_id: told.ticket_id,
            plain,
            recorded,
            personal: OnceLock::new(),
            plain_json: OnceLock::new(),
            personal_json: OnceLock::new(),
        })
    }

    /// Its place in the log.
    pub const fn position(&self) -> u64 {
        self.recorded.position
    }

    /// The tenant that owns it.
    pub fn tenant(&self) -> &str {
        &self.recorded.tenant
    }

    /// The stream it belongs to.
    pub(super) const fn stream(&self) -> &StreamId {
        &self.recorded.stream
    }

    /// The ticket that it is about, if any.
    pub const fn ticket_id(&self) -> Option<TicketId> {
        self.ticket_id
    }

    /// Where work that it makes necessary hangs in a trace.
    pub(crate) fn cause(&self) -> Option<Cause> {
        self.recorded.cause()
    }

    /// The entry of the queue that the event changes, if any: a ticket, or a set-aside message by
    /// the identifier of the ticket that it would have opened.
    pub fn queue_entry(&self) -> Option<TicketId> {
        Tickets::touched(&self.recorded).into_iter().flatten().next().map(TicketId)
    }

    /// The public form, with personal data or without.
    pub fn public(&self, personal: bool) -> &PublicEvent {
        if !personal {
            return &self.plain;
        }
        self.personal.get_or_init(|| match told(&self.recorded, true) {
            Some(told) => envelope(self.log_id, &self.recorded, told.data),
            None => self.plain.clone(),
        })
    }

    /// The public form as JSON on one line.
    pub fn json(&self, personal: bool) -> Arc<str> {
        let made = if personal { &self.personal_json } else { &self.plain_json };
        let json = made.get_or_init(|| {
            // Plain structs with text keys: nothing in them can fail to be written.
            serde_json::to_string(self.public(personal)).unwrap_or_default().into()
        });
        Arc::clone(json)
    }
}

fn envelope(log_id: Uuid, recorded: &Recorded<Event>, data: EventData) -> PublicEvent {
    let metadata = recorded.metadata();
    let known = |name: &str| metadata.get(name).map(|value| value.clone().into_owned());
    let cursor = Cursor { log_id, position: recorded.position };
    PublicEvent {
        specversion: "1.0",
        // Every event of the log has an identifier; its place is unique as well.
        id: known("event_id").unwrap_or_else(|| cursor.to_string()),
        source: format!("/casebook/{}", recorded.tenant),
        type_name: data.type_name(),
        subject: recorded.stream.to_string(),
        time: recorded.recorded_at,
        datacontenttype: "application/json",
        tenant: recorded.tenant.clone(),
        position: cursor.to_string(),
        actor: known("actor"),
        correlation_id: known("correlation_id"),
        data,
    }
}
