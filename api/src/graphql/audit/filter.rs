//! Which part of the audit trail is asked for.

use async_graphql::{Enum, ID, InputObject, Result};
use casebook_app::{AuditRequest, AuditSubject};

use super::super::error;
use super::super::global_id::{Kind, local};
use super::super::scalars::DateTime;

/// Which entry of the audit trail is the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum AuditOrder {
    /// The latest.
    #[default]
    NewestFirst,
    /// The earliest.
    OldestFirst,
}

/// Which entries of the audit trail are asked for. What is left out does not narrow.
#[derive(Default, InputObject)]
pub(in crate::graphql) struct AuditFilter {
    /// Only of this tenant.
    tenant: Option<String>,
    /// About this ticket; its global id or UUID. At most one of `ticket`, `conversation`, `contact`
    /// and `policies` is given.
    ticket: Option<ID>,
    /// About this conversation and its tickets; its global id or UUID.
    conversation: Option<ID>,
    /// About this contact and their conversations; its global id or UUID.
    contact: Option<ID>,
    /// About policies coming into force.
    policies: Option<bool>,
    /// Only what this actor did, for example `agent:ada`, `model:...`, `system:delivery`.
    actor: Option<String>,
    /// Only events of these names, for example `TicketResolved`.
    event_types: Option<Vec<String>>,
    /// Only what was recorded at or after this instant.
    from: Option<DateTime>,
    /// Only what was recorded before this instant.
    until: Option<DateTime>,
}

impl AuditFilter {
    pub(super) fn into_request(self) -> Result<AuditRequest> {
        let mut subjects = Vec::new();
        if let Some(id) = &self.ticket {
            subjects.push(AuditSubject::Ticket(local("ticket", Kind::Ticket, id)?));
        }
        if let Some(id) = &self.conversation {
            let id = local("conversation", Kind::Conversation, id)?;
            subjects.push(AuditSubject::Conversation(id));
        }
        if let Some(id) = &self.contact {
            subjects.push(AuditSubject::Contact(local("contact", Kind::Contact, id)?));
        }
        if self.policies == Some(true) {
            subjects.push(AuditSubject::Policies);
        }
        let subject = subjects.pop().unwrap_or_default();
        if !subjects.is_empty() {
            let message = "give at most one of ticket, conversation, contact and policies";
            return Err(error::invalid("filter", message));
        }
        Ok(AuditRequest {
            subject,
            tenant: self.tenant,
            actor: self.actor,
            event_types: self.event_types.unwrap_or_default(),
            from: self.from.map(|at| at.0),
            until: self.until.map(|at| at.0),
        })
    }
}
