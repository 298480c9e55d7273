//! A classification made again from the recorded raw answer, facts and policy, without a model.

use casebook_domain::Personal;
use casebook_domain::policy::Policy;
use casebook_domain::ticket::{
    ModelRun, Ticket, TicketClassified, TicketCommand, TicketEvent, TriageCommand,
};
use casebook_domain::triage::{Check, MessageFacts, accept, user_prompt};
use casebook_store::BlobHash;

use super::record::{Known, classified};

/// What is recorded about a decision.
pub(crate) struct RecordedAnswer<'a> {
    /// The decision.
    pub(crate) decision: &'a TicketClassified,
    /// The policy that it names.
    pub(crate) policy: &'a Policy,
    /// What the checks were told.
    pub(crate) facts: &'a MessageFacts,
    /// The raw answer.
    pub(crate) raw: &'a str,
    /// Idempotency key of the message.
    pub(crate) dedupe_key: Option<Personal<String>>,
    /// The ticket as it stood before.
    pub(crate) ticket: &'a Ticket,
}

impl RecordedAnswer<'_> {
    /// The events that must follow.
    ///
    /// # Errors
    /// The checks that refuse the answer, or none where it cannot be written down.
    pub(crate) fn decide(&self) -> Result<Vec<TicketEvent>, Vec<Check>> {
        let accepted = accept(self.policy, self.facts, self.raw).map_err(|no| no.checks)?;
        let hash = |text: &str| BlobHash::of(text.as_bytes()).to_string();
        let facts = serde_json::to_string(self.facts).map_err(|_| Vec::new())?;
        let run = ModelRun {
            system_sha256: hash(&self.policy.system_prompt()),
            user_sha256: hash(&user_prompt(self.policy, self.facts)),
            facts_sha256: hash(&facts),
            raw_sha256: hash(self.raw),
            ..self.decision.run.clone()
        };
        let known = Known {
            message: self.decision.message_id,
            is_existing_customer: self.facts.is_existing_customer,
            dedupe_key: self.dedupe_key.clone(),
        };
        let version = (self.decision.policy_version.as_str(), self.policy);
        let decision = classified(version, known, accepted, run);
        let command = TicketCommand::Triage(TriageCommand::Classified(Box::new(decision)));
        self.ticket.decide(command).map_err(|_| Vec::new())
    }
}
