//! Why a ticket stands where it stands.

use async_graphql::{Context, Enum, ID, Json, Object, Result, SimpleObject};
use casebook_domain::access::Seen;
use casebook_domain::audit;
use casebook_domain::ids::TicketId;
use serde_json::{Value, json};

use super::super::context::request;
use super::super::enums::{TicketStatus, mapped};
use super::super::error;
use super::super::reads;
use super::super::scalars::{DateTime, Position, int};
use super::super::verdict::GateMatch;

mapped! {
    /// A rule of priority. They are asked in this order, and the first that matches decides.
    PriorityRule from audit::PriorityRule {
        /// We wrote first, or the customer has the next word: 4.
        Awaiting,
        /// An agent called it urgent or high: 1; low: 3.
        Manual,
        /// A gate fired or there is a reason to escalate: 1.
        Escalated,
        /// The confidence lies below the policy's threshold, or triage failed: 2.
        Unsure,
        /// Everything else: 3.
        Normal,
    }
}

mapped! {
    /// The rule that gave a ticket its status.
    StatusRule from audit::StatusRule {
        /// A message opened it.
        Received,
        /// The customer wrote again.
        WroteAgain,
        /// A gate fired.
        Gated,
        /// Triage or an agent gave a reason to escalate.
        ReasonGiven,
        /// A reply or a promised replacement cannot be delivered, or nobody can tell.
        Undeliverable,
        /// Triage had its say, or gave up.
        Decided,
        /// An agent has it.
        Taken,
        /// A reply was approved.
        Approved,
        /// The customer has the next word.
        Awaiting,
        /// The agent or the reply that kept it in progress is gone.
        GivenBack,
        /// It is answered.
        Resolved,
        /// It was closed without an answer.
        Closed,
        /// It was opened again.
        Reopened,
    }
}

/// Why a ticket has its status and its priority.
pub(in crate::graphql) struct Why(audit::Why);

/// An event of the ticket that an account refers to.
struct AuditReference(audit::Reference);

/// One rule of priority, asked about the ticket.
#[derive(SimpleObject)]
struct PriorityLine {
    /// The rule.
    rule: PriorityRule,
    /// The rule in words.
    words: &'static str,
    /// The priority that it gives, or would give if it matched.
    priority: i32,
    /// Whether it matches.
    matches: bool,
    /// Whether it decides: it is the first that matches.
    decides: bool,
    /// What it looked at.
    compared: Vec<ComparedValue>,
    /// The events behind those values.
    because: Vec<AuditReference>,
}

/// A value that a rule looked at.
#[derive(SimpleObject)]
struct ComparedValue {
    /// What it is, for example `confidence`.
    name: &'static str,
    /// The value as text.
    value: String,
}

/// A gate that fired on the ticket and that no agent has dealt with.
#[derive(SimpleObject)]
struct GateLine {
    /// The gate's code.
    code: String,
    /// The gate's escalation reason.
    reason: String,
    /// Version of the policy that the gate belongs to.
    policy_version: String,
    /// The gate's lines in that version, in the form of the policy's files; one of them held. Empty
    /// where the version was never published here.
    rules: Vec<Json<Value>>,
    /// UUID of the message on which it fired last.
    message_uuid: ID,
    /// The words that matched.
    matches: Vec<GateMatch>,
    /// Contacts counted, for a rule about contacts.
    contacts: Option<i32>,
    /// Credits counted, for a rule about credits.
    credits: Option<i32>,
    /// The event by which it fired.
    fired_by: AuditReference,
}

/// Why a ticket has its status and its priority.
#[Object]
impl Why {
    /// Its status.
    async fn status(&self) -> TicketStatus {
        self.0.status.into()
    }

    /// The rule that gave it this status.
    async fn status_rule(&self) -> StatusRule {
        self.0.status_rule.into()
    }

    /// That rule in words.
    async fn status_words(&self) -> &'static str {
        self.0.status_rule.words()
    }

    /// The event that last set the status.
    async fn status_set_by(&self) -> AuditReference {
        AuditReference(self.0.status_set_by.clone())
    }

    /// Its priority.
    async fn priority(&self) -> i32 {
        self.0.priority.number().into()
    }

    /// The rules of priority in their order, with the values that each compared.
    async fn rules(&self) -> Vec<PriorityLine> {
        self.0.rules.iter().map(PriorityLine::from).collect()
    }

    /// The gates that fired and that no agent has dealt with, those of the latest message first.
    async fn gates(&self) -> Vec<GateLine> {
        self.0.gates.iter().map(GateLine::from).collect()
    }
}

/// An event of the ticket that an account refers to.
#[Object]
impl AuditReference {
    /// Place in the log.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// Version of the ticket after it.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// When it was recorded.
    async fn time(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Who acted.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// Name of the event.
    async fn event_type(&self) -> &str {
        &self.0.event_type
    }

    /// What happened, in words.
    async fn sentence(&self) -> &str {
        &self.0.sentence
    }
}

impl From<&audit::RuleLine> for PriorityLine {
    fn from(line: &audit::RuleLine) -> Self {
        let value = |of: &audit::Compared| ComparedValue { name: of.name, value: of.value.clone() };
        Self {
            rule: line.rule.into(),
            words: line.rule.words(),
            priority: line.priority.number().into(),
            matches: line.matches,
            decides: line.decides,
            compared: line.compared.iter().map(value).collect(),
            because: line.because.iter().cloned().map(AuditReference).collect(),
        }
    }
}

impl From<&audit::GateLine> for GateLine {
    fn from(line: &audit::GateLine) -> Self {
        let finding = line.finding.clone().unwrap_or_default();
        Self {
            code: line.code.clone(),
            reason: line.reason.clone(),
            policy_version: line.policy_version.clone(),
            rules: line.rules.iter().map(|rule| Json(json!(rule))).collect(),
            message_uuid: ID(line.message_id.to_string()),
            matches: finding.matches.iter().map(GateMatch::from).collect(),
            contacts: finding.contacts.map(int),
            credits: finding.credits.map(int),
            fired_by: AuditReference(line.fired_by.clone()),
        }
    }
}

/// Why a ticket stands where it stands. Reasons and matched words are the customer's, so asking
/// for them counts as a look.
pub(in crate::graphql) async fn why(ctx: &Context<'_>, ticket: TicketId) -> Result<Why> {
    let request = request(ctx)?;
    let why = request.app().why(&request.access, ticket).await.map_err(error::of)?;
    let shows = ctx.look_ahead();
    if shows.field("rules").field("compared").exists()
        || shows.field("gates").field("matches").exists()
    {
        reads::by_way_of(ctx, ticket, Seen::Ticket(ticket)).await?;
    }
    Ok(Why(why))
}
