//! Recording what came of triage, with everything needed to check it again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use casebook_domain::Personal;
use casebook_domain::ids::{DecisionId, MessageId, derive};
use casebook_domain::policy::Policy;
use casebook_domain::subject;
use casebook_domain::ticket::{
    Classified, ModelRun, Ticket, TicketClassified, TicketCommand, TriageCommand, TriageFailed,
};
use casebook_domain::triage::{Accepted, MessageFacts};
use casebook_store::{AppendError, NewBlob};

use super::Entry;
use crate::append::Command;
use crate::{Access, App, AppError, Classification, GaveUp, InForce};

/// What was asked.
pub(super) struct Asked {
    pub(super) in_force: Arc<InForce>,
    pub(super) facts: MessageFacts,
    pub(super) dedupe_key: Option<Personal<String>>,
    pub(super) started: Instant,
}

/// What is recorded about a message that nobody could be asked about.
pub(super) fn unread(in_force: Arc<InForce>, started: Instant) -> Asked {
    Asked { in_force, facts: MessageFacts::default(), dedupe_key: None, started }
}

/// Pause between attempts to record an answer.
const RECORD_PAUSE: Duration = Duration::from_secs(1);

impl App {
    /// Records an answer, or that there is none. What comes too late leads to nothing.
    pub(super) async fn record_triage(
        &self,
        access: &Access,
        entry: &Entry,
        asked: Asked,
        answered: Result<Classification, GaveUp>,
    ) -> Result<(), AppError> {
        let mut blobs = Vec::new();
        let (actor, command) = match answered {
            Ok(found) => {
                let actor = format!("model:{}", found.model);
                let decision = self.decision(entry, &asked, found, &mut blobs).await?;
                (actor, TriageCommand::Classified(Box::new(decision)))
            }
            Err(gave_up) => {
                let failed = TriageFailed {
                    message_id: entry.message,
                    policy_version: asked.in_force.version.clone(),
                    provider: gave_up.provider,
                    attempts: gave_up.attempts,
                    error: gave_up.error,
                };
                (access.actor().to_string(), TriageCommand::Failed(failed))
            }
        };
        // The answer is paid for: it is recorded as soon as the log takes it, not asked for again.
        loop {
            let recorded = self.try_record_triage(access, entry, &asked, &actor, &command, &blobs);
            match recorded.await {
                Err(AppError::Unavailable { .. }) => tokio::time::sleep(RECORD_PAUSE).await,
                done => return done,
            }
        }
    }

    async fn try_record_triage(
        &self,
        access: &Access,
        entry: &Entry,
        asked: &Asked,
        actor: &str,
        command: &TriageCommand,
        blobs: &[NewBlob],
    ) -> Result<(), AppError> {
        loop {
            let id = entry.ticket.to_string();
            let loaded = self.inner.tickets.load_fresh(&id).await?;
            let decided = loaded.state.decide(TicketCommand::Triage(command.clone()));
            let events = decided.map_err(AppError::fault)?;
            if events.is_empty() {
                return Ok(());
            }
            let message = entry.message.to_string();
            let command_id = derive(&["triage", &entry.tenant, &message]);
            let mut append =
                Command::new(access, &entry.tenant, "ClassifyMessage", command_id, &message)
                    .tell("actor", actor)
                    .tell("correlation_id", correlation(&loaded.state))
                    .tell("policy_version", &asked.in_force.version);
            append.store(blobs);
            append.write(self.ids(), &entry.ticket, loaded.version, &events)?;
            match self.append_work(append.into_append()).await {
                Ok(_) => return Ok(()),
                // Somebody else's work on the same ticket: decided anew at once.
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn decision(
        &self,
        entry: &Entry,
        asked: &Asked,
        found: Classification,
        blobs: &mut Vec<NewBlob>,
    ) -> Result<Classified, AppError> {
        let tenant = &entry.tenant;
        let facts = serde_json::to_vec(&asked.facts).map_err(AppError::fault)?;
        let run = ModelRun {
            system_sha256: self.keep_text(tenant, found.system, blobs).await?,
            user_sha256: self.keep_text(tenant, found.user, blobs).await?,
            facts_sha256: self.keep_text(tenant, facts, blobs).await?,
            raw_sha256: self.keep_text(tenant, found.raw, blobs).await?,
            provider: found.provider,
            model_used: found.model,
            request_id: found.request_id,
            usage: found.usage,
            cost_micro_usd: found.cost_micro_usd,
            attempts: found.attempts,
            execution_duration_ms: u32::try_from(asked.started.elapsed().as_millis())
                .unwrap_or(u32::MAX),
            fallback_from: found.fallback_from,
        };
        let InForce { version, policy, .. } = asked.in_force.as_ref();
        let known = Known {
            message: entry.message,
            is_existing_customer: asked.facts.is_existing_customer,
            dedupe_key: asked.dedupe_key.clone(),
        };
        Ok(classified((version, policy), known, found.accepted, run))
    }

    /// Makes a text ready to be kept beside the event that names it, and answers its hash.
    async fn keep_text(
        &self,
        tenant: &str,
        text: impl Into<Bytes>,
        blobs: &mut Vec<NewBlob>,
    ) -> Result<String, AppError> {
        let raw = self.keep_raw(tenant, text.into(), usize::MAX).await?;
        blobs.extend(raw.inline.filter(|new| blobs.iter().all(|old| old.sha256 != new.sha256)));
        Ok(raw.sha256)
    }
}

/// What is known about the message of a decision besides what it says.
pub(crate) struct Known {
    /// The message.
    pub(crate) message: MessageId,
    /// Whether the directory knew the person.
    pub(crate) is_existing_customer: bool,
    /// Idempotency key that the caller of the message gave.
    pub(crate) dedupe_key: Option<Personal<String>>,
}

/// The decision that an accepted answer makes under a policy, with the version of that policy.
pub(crate) fn classified(
    (version, policy): (&str, &Policy),
    known: Known,
    accepted: Accepted,
    run: ModelRun,
) -> Classified {
    let answer = accepted.answer;
    let suggested = answer.suggested_subject.as_ref().map(Personal::text);
    let language = policy.primary_language();
    let chosen = subject::choose(policy, None, None, suggested, &answer.category, language);
    let decision = TicketClassified {
        decision_id: DecisionId::by_model(known.message),
        message_id: known.message,
        policy_version: version.to_owned(),
        unsure: answer.confidence.is_below(policy.thresholds.priority),
        answer,
        checks: accepted.checks,
        is_existing_customer: known.is_existing_customer,
        subject: None,
        run,
        dedupe_key: known.dedupe_key,
    };
    Classified { decision, fallback_subject: chosen.text }
}

fn correlation(ticket: &Ticket) -> String {
    ticket.conversation().map(|id| id.to_string()).unwrap_or_default()
}
