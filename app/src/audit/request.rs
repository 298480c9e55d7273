//! What is asked of the audit trail, and which entries that means.

use std::collections::BTreeSet;

use casebook_domain::Timestamp;
use casebook_domain::contact::Contact;
use casebook_domain::conversation::Conversation;
use casebook_domain::event::{Event, names_of_events};
use casebook_domain::ids::{ContactId, ConversationId, TicketId};
use casebook_domain::ticket::{Ticket, TicketEvent};
use casebook_projections::audit::{AuditAbout, AuditFilter};
use casebook_projections::{TenantScope, metadata};
use casebook_store::{StoredEvent, StreamId};
use cqrs_es::Aggregate;

use crate::{Access, App, AppError};

/// Names of the events by which policies change.
const POLICY_EVENTS: [&str; 2] = ["PolicyPublished", "PolicyRolledBack"];

/// Most names of events that one request may give.
const EVENT_TYPES_MAX: usize = 100;

/// Characters of an unknown name that an error repeats.
const NAME_CHARS_SHOWN: usize = 60;

/// Kinds of actors; see [`Actor`](crate::Actor).
const ACTORS: [&str; 3] = ["agent", "integration", "system"];

/// What entries are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AuditSubject {
    /// Anything that the actor may see.
    #[default]
    Everything,
    /// A ticket.
    Ticket(TicketId),
    /// A conversation with its tickets.
    Conversation(ConversationId),
    /// A contact with the conversations they took part in.
    Contact(ContactId),
    /// The policies in force over time.
    Policies,
}

/// Which part of the audit trail is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditRequest {
    /// What it is about.
    pub subject: AuditSubject,
    /// Only of this tenant.
    pub tenant: Option<String>,
    /// Only of this actor, for example `agent:ada`.
    pub actor: Option<String>,
    /// Only events of these names; an empty list means all.
    pub event_types: Vec<String>,
    /// Only what was recorded at or after this instant.
    pub from: Option<Timestamp>,
    /// Only what was recorded before this instant.
    pub until: Option<Timestamp>,
}

impl AuditRequest {
    /// Refuses what can name no event or actor: an empty answer would be taken for "never".
    fn check(&self) -> Result<(), AppError> {
        if self.event_types.len() > EVENT_TYPES_MAX {
            let message = format!("names more than {EVENT_TYPES_MAX}");
            return Err(AppError::invalid("eventTypes", message));
        }
        let unknown = self.event_types.iter().find(|name| !names_of_events().contains(*name));
        if let Some(name) = unknown {
            let shown: String = name.chars().take(NAME_CHARS_SHOWN).collect();
            let message = format!("names {shown:?}, which is no type of event");
            return Err(AppError::invalid("eventTypes", message));
        }
        let who = self.actor.as_deref().map(|actor| actor.split_once(':').unwrap_or_default());
        if who.is_some_and(|(kind, name)| {
            !ACTORS.contains(&kind) || name.is_empty() || name.contains('\0')
        }) {
            let message =
                "is not KIND:NAME with KIND agent, integration or system, as in agent:ada";
            return Err(AppError::invalid("actor", message));
        }
        Ok(())
    }

    /// The request in words, free of personal data.
    pub(super) fn describe(&self) -> String {
        let subject = match &self.subject {
            AuditSubject::Everything => None,
            AuditSubject::Ticket(id) => Some(format!("ticket {id}")),
            AuditSubject::Conversation(id) => Some(format!("conversation {id}")),
            AuditSubject::Contact(id) => Some(format!("contact {id}")),
            AuditSubject::Policies => Some("policies".to_owned()),
        };
        let types = (!self.event_types.is_empty()).then(|| self.event_types.join(" "));
        let parts = [
            subject,
            self.tenant.as_ref().map(|tenant| format!("tenant {tenant}")),
            self.actor.as_ref().map(|actor| format!("actor {actor}")),
            types.map(|types| format!("events {types}")),
            self.from.map(|from| format!("from {from}")),
            self.until.map(|until| format!("until {until}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        // What is recorded of a request must fit into an event, however long the request is.
        parts.join(", ").chars().take(1_000).collect()
    }

    /// Names of events that are asked for; `None` when that can be none.
    fn names(&self) -> Option<Vec<String>> {
        if self.subject != AuditSubject::Policies {
            return Some(self.event_types.clone());
        }
        let asked = |name: &&str| {
            self.event_types.is_empty() || self.event_types.iter().any(|asked| asked == name)
        };
        let names: Vec<String> =
            POLICY_EVENTS.iter().filter(|name| asked(name)).map(ToString::to_string).collect();
        (!names.is_empty()).then_some(names)
    }
}

/// What a request means in terms of the index.
pub(super) struct Resolved {
    pub(super) scope: TenantScope,
    pub(super) filter: AuditFilter,
}

impl App {
    /// Finds out which entries are meant. The conversations of a contact are left out.
    ///
    /// # Errors
    /// `NOT_FOUND` for a subject or tenant that is unknown or foreign, `INVALID` for what can name
    /// no event or actor.
    pub(super) async fn resolve_audit(
        &self,
        access: &Access,
        request: &AuditRequest,
    ) -> Result<Resolved, AppError> {
        request.check()?;
        let mut scope = match &request.tenant {
            Some(tenant) => self.scope_of(access, tenant)?,
            None => self.scope(access)?,
        };
        let (about, owner) = self.audit_about(access, &request.subject).await?;
        if let Some(owner) = owner {
            scope.tenants.retain(|tenant| *tenant == owner);
            if scope.tenants.is_empty() {
                return Err(AppError::NotFound("subject"));
            }
        }
        let event_types = request.names();
        if event_types.is_none() {
            scope.tenants.clear();
        }
        let filter = AuditFilter {
            about,
            actor: request.actor.clone(),
            event_types: event_types.unwrap_or_default(),
            after: match request.from {
                Some(from) => self.last_before(from).await?,
                None => 0,
            },
            up_to: match request.until {
                Some(until) => Some(self.last_before(until).await?),
                None => None,
            },
        };
        Ok(Resolved { scope, filter })
    }

    /// The last position that was recorded before an instant.
    async fn last_before(&self, at: Timestamp) -> Result<u64, AppError> {
        Ok(self.store().log().position_at(at.plus_micros(-1)).await?)
    }

    /// What a subject means, and the tenant that owns it.
    async fn audit_about(
        &self,
        access: &Access,
        subject: &AuditSubject,
    ) -> Result<(AuditAbout, Option<String>), AppError> {
        Ok(match subject {
            AuditSubject::Everything | AuditSubject::Policies => (AuditAbout::Everything, None),
            AuditSubject::Ticket(id) => {
                let first = self.first_event(access, Ticket::TYPE, id, "ticket").await?;
                let conversation = conversation_of(&first)?;
                (AuditAbout::Ticket(*id, conversation), Some(first.tenant))
            }
            AuditSubject::Conversation(id) => {
                let first = self.first_event(access, Conversation::TYPE, id, "conversation");
                (AuditAbout::Conversation(*id), Some(first.await?.tenant))
            }
            AuditSubject::Contact(id) => {
                let first = self.first_event(access, Contact::TYPE, id, "contact").await?;
                (AuditAbout::Contact(*id, BTreeSet::new()), Some(first.tenant))
            }
        })
    }

    /// The first event of what is asked about, straight from the log.
    async fn first_event(
        &self,
        access: &Access,
        kind: &str,
        id: &impl ToString,
        what: &'static str,
    ) -> Result<StoredEvent, AppError> {
        let stream = StreamId::new(kind, id.to_string());
        let first = self.store().log().read_stream(&stream, 0, 1).await?.pop();
        first.filter(|event| access.sees(&event.tenant)).ok_or(AppError::NotFound(what))
    }
}

/// The conversation that a ticket's first event names; where it cannot be read, the one in which
/// it was caused.
fn conversation_of(first: &StoredEvent) -> Result<ConversationId, AppError> {
    let (kind, name) = (&first.stream.kind, &first.event_type);
    match Event::decode(kind, name, &first.event_version, &first.payload) {
        Ok(Some(Event::Ticket(TicketEvent::TicketReceived(event)))) => Ok(event.conversation_id),
        Ok(Some(Event::Ticket(TicketEvent::TicketStarted(event)))) => Ok(event.conversation_id),
        Ok(_) => Err(AppError::NotFound("ticket")),
        Err(error) => {
            let caused_in = metadata(&first.metadata).remove("correlation_id");
            let id = caused_in.and_then(|id| id.parse().ok());
            id.ok_or_else(|| AppError::fault(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_asked_for_by_the_names_of_their_events() {
        let of = |names: &[&str]| AuditRequest {
            subject: AuditSubject::Policies,
            event_types: names.iter().map(ToString::to_string).collect(),
            ..AuditRequest::default()
        };
        assert_eq!(of(&[]).names(), Some(POLICY_EVENTS.map(str::to_owned).to_vec()));
        assert_eq!(of(&["PolicyRolledBack"]).names(), Some(vec!["PolicyRolledBack".to_owned()]));
        assert_eq!(of(&["TicketClosed"]).names(), None);
    }

    #[test]
    fn what_names_nothing_is_refused() {
        let of = |name: &str, actor: Option<&str>| {
            let (event_types, actor) = (vec![name.to_owned()], actor.map(str::to_owned));
            AuditRequest { event_types, actor, ..AuditRequest::default() }.check()
        };
        assert!(of("TicketClosed", Some("agent:ada")).is_ok());
        assert!(of("WebhookChanged", Some("system:triage")).is_ok());
        for (name, actor) in [
            ("TicketClosd", None),
            ("", None),
            ("TicketClosed", Some("ada")),
            ("TicketClosed", Some("agents:ada")),
            ("TicketClosed", Some("agent:")),
            ("TicketClosed", Some("")),
        ] {
            let refused = of(name, actor).map_err(|error| error.code());
            assert_eq!(refused, Err("INVALID"), "{name} {actor:?}");
        }
    }

    #[test]
    fn a_request_is_described_by_what_it_asks_for() {
        assert_eq!(AuditRequest::default().describe(), "");
        let request = AuditRequest {
            tenant: Some("a".to_owned()),
            actor: Some("agent:ada".to_owned()),
            event_types: vec!["TicketClosed".to_owned()],
            ..AuditRequest::default()
        };
        assert_eq!(request.describe(), "tenant a, actor agent:ada, events TicketClosed");
    }
}
