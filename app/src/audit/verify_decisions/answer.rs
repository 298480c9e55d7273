//! A classification made again: prompts, facts, validation, subject, draft.

use casebook_domain::Personal;
use casebook_domain::contact::{Contact, ContactEvent, CustomerContext};
use casebook_domain::event::LogEvent;
use casebook_domain::ticket::{Ticket, TicketClassified};
use casebook_domain::triage::MessageFacts;
use casebook_store::{StoredEvent, StreamId};
use cqrs_es::Aggregate;
use serde_json::Value;

use super::difference::{Rule, differences};
use super::group::Group;
use super::performer::{Performer, Stuck};
use crate::triage::RecordedAnswer;
use crate::{AppError, InForce};

/// Events of a contact that are read at a time.
const PAGE: usize = 1000;

impl Performer<'_> {
    /// Accepts the raw answer of a decision again and holds the decision and its draft against
    /// what follows.
    pub(super) async fn answer(
        &mut self,
        group: &Group,
        stored: &StoredEvent,
        decision: &TicketClassified,
    ) -> Result<(), Stuck> {
        let tenant = stored.tenant.as_str();
        let version = decision.policy_version.as_str();
        let Some(in_force) = self.policy(tenant, version).await? else {
            self.report.differs(stored, "/policy_version", Some(&Value::from(version)), None);
            return Ok(());
        };
        let Some(facts) =
            self.named(stored, "/run/facts_sha256", &decision.run.facts_sha256).await?
        else {
            return Ok(());
        };
        let Some(raw) = self.named(stored, "/run/raw_sha256", &decision.run.raw_sha256).await?
        else {
            return Ok(());
        };
        let Ok(recorded) = serde_json::from_str::<MessageFacts>(&facts) else {
            let hash = Value::from(decision.run.facts_sha256.as_str());
            self.report.differs(stored, "/run/facts_sha256", Some(&hash), None);
            return Ok(());
        };
        let before = self.tickets.at(&stored.stream.id, stored.version - 1).await?;
        let dedupe_key = self.facts(stored, decision, &in_force, &before, &recorded).await?;
        let answer = RecordedAnswer {
            decision,
            policy: &in_force.policy,
            facts: &recorded,
            raw: &raw,
            dedupe_key,
            ticket: &before,
        };
        let rules = [Rule::Facts, Rule::Prompt, Rule::Answer, Rule::Subject, Rule::Draft];
        self.report.performed(&rules);
        match answer.decide() {
            Ok(follow) => self.report.align(group, &stored.stream, &follow),
            Err(checks) => {
                let checks = serde_json::to_value(checks).unwrap_or_default();
                let recorded = serde_json::to_value(&decision.checks).unwrap_or_default();
                self.report.differs(stored, "/checks", Some(&recorded), Some(&checks));
            }
        }
        Ok(())
    }

    /// A text that a decision names by its hash; that it is gone is a difference.
    async fn named(
        &mut self,
        stored: &StoredEvent,
        path: &str,
        sha256: &str,
    ) -> Result<Option<String>, Stuck> {
        let bytes = self.bytes(&stored.tenant, sha256).await?;
        if bytes.is_none() {
            self.report.differs(stored, path, Some(&Value::from(sha256)), None);
        }
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Gathers the facts again and holds them against the recorded ones; answers the message's
    /// idempotency key. What the directory knew is taken from the record if it ever knew that.
    async fn facts(
        &mut self,
        stored: &StoredEvent,
        decision: &TicketClassified,
        in_force: &InForce,
        ticket: &Ticket,
        recorded: &MessageFacts,
    ) -> Result<Option<Personal<String>>, Stuck> {
        let (tenant, message) = (stored.tenant.as_str(), decision.message_id);
        let gathered = self.app.message_facts(tenant, in_force, ticket, message).await;
        let (mut facts, dedupe_key) = match gathered {
            Ok(gathered) => gathered,
            Err(error @ AppError::Unavailable { .. }) => return Err(Stuck::Store(error)),
            Err(AppError::NotFound("file")) => return Err(Stuck::TextMissing),
            // An event of the thread or of the contact cannot be read.
            Err(AppError::Internal(_)) => return Err(Stuck::Unreadable),
            Err(_) => {
                let id = Value::from(message.to_string());
                self.report.differs(stored, "/message_id", Some(&id), None);
                return Ok(decision.dedupe_key.clone());
            }
        };
        if self.was_known(ticket, recorded.customer.as_ref(), stored.position).await? {
            facts.customer.clone_from(&recorded.customer);
            facts.is_existing_customer = recorded.customer.is_some();
        }
        let sides = (serde_json::to_value(recorded), serde_json::to_value(&facts));
        if let (Ok(recorded), Ok(gathered)) = sides {
            for (path, recorded, gathered) in differences(&recorded, &gathered) {
                self.report.differs(stored, &format!("/run/facts{path}"), recorded, gathered);
            }
        }
        Ok(dedupe_key)
    }

    /// Whether the directory knew exactly this about the ticket's contact at some time before
    /// `position`. Which version a decision saw is not recorded.
    async fn was_known(
        &self,
        ticket: &Ticket,
        customer: Option<&CustomerContext>,
        position: u64,
    ) -> Result<bool, Stuck> {
        let (Some(customer), Some(contact)) = (customer, ticket.contact()) else {
            return Ok(customer.is_none());
        };
        let stream = StreamId::new(ContactEvent::STREAM_KIND, contact.to_string());
        let (mut person, mut version) = (Contact::default(), 0);
        loop {
            let events = self.app.store().log().read_stream(&stream, version, PAGE).await?;
            let Some(last) = events.last() else { return Ok(false) };
            version = last.version;
            for event in events.iter().filter(|event| event.position < position) {
                let (name, form) = (&event.event_type, &event.event_version);
                let decoded = ContactEvent::decode(name, form, &event.payload);
                person.apply(decoded.map_err(|_| Stuck::Unreadable)?);
                if person.context() == Some(customer) {
                    return Ok(true);
                }
            }
        }
    }
}
