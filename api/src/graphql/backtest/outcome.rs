//! A ticket that comes out otherwise.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use casebook_domain::backtest;

use crate::graphql::context::request;
use crate::graphql::enums::mapped;
use crate::graphql::global_id::{Kind, encode};
use crate::graphql::reads;
use crate::graphql::ticket::Ticket;

mapped! {
    /// What triage foretells about the work on a ticket.
    Forecast from backtest::Forecast {
        /// A gate fired.
        Gated,
        /// Triage gave a reason to escalate.
        Escalated,
        /// Triage was below the priority threshold, or failed.
        Unsure,
        /// Triage was sure.
        Confident,
        /// No answer is recorded: a model would be asked.
        Unknown,
    }
}

mapped! {
    /// What humans did with a ticket in the end.
    HumanVerdict from backtest::Human {
        /// An agent passed it on to those who decide.
        Escalated,
        /// The draft was sent unchanged.
        SentAsIs,
        /// The draft was sent with changes, or another text in its place.
        Edited,
        /// A reply was sent, and there was no draft.
        OwnWords,
        /// It was closed without a reply.
        Closed,
        /// Nobody has dealt with it yet.
        Open,
    }
}

mapped! {
    /// What becomes of a ticket's draft.
    DraftChange from backtest::DraftChange {
        /// The same draft, or none on either side.
        Same,
        /// Another text.
        Changed,
        /// There was one and is none now.
        Withheld,
        /// There was none and is one now.
        Appeared,
    }
}

/// What triage alone makes of a ticket.
#[derive(SimpleObject)]
pub(super) struct BacktestOutcome {
    /// Codes of the gates that fire for any of its messages.
    gates: Vec<String>,
    /// Whether a gate fires or triage gives a reason to escalate.
    escalated: bool,
    /// Place in the queue, 1 to 3; null while nobody decided.
    priority: Option<i32>,
    /// Code of the category; null while nobody decided.
    category: Option<String>,
    /// Confidence of the latest answer that counts.
    confidence: Option<f64>,
    /// Subject; null while the ticket has none, or where it is older than the range.
    subject: Option<String>,
    /// What it foretells.
    forecast: Forecast,
}

impl From<&backtest::Outcome> for BacktestOutcome {
    fn from(outcome: &backtest::Outcome) -> Self {
        Self {
            gates: outcome.gates.clone(),
            escalated: outcome.escalated,
            priority: outcome.priority.map(i32::from),
            category: outcome.category.clone(),
            confidence: outcome.confidence,
            subject: outcome.subject.clone(),
            forecast: outcome.forecast.into(),
        }
    }
}

/// A ticket that comes out otherwise.
pub(super) struct TicketChange(pub(super) backtest::TicketChange);

/// A ticket that comes out otherwise.
#[Object(name = "BacktestChange")]
impl TicketChange {
    /// Global id of the ticket.
    async fn ticket_id(&self) -> ID {
        encode(Kind::Ticket, &self.0.tenant, self.0.ticket_id)
    }

    /// The ticket as it stands now; null while the read models do not know it yet.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        reads::shown(ctx, request(ctx)?.get(self.0.ticket_id).await?)
    }

    /// What was made of it, or the policy `against` makes of it.
    async fn before(&self) -> BacktestOutcome {
        (&self.0.before).into()
    }

    /// What the tried policy makes of it.
    async fn after(&self) -> BacktestOutcome {
        (&self.0.after).into()
    }

    /// What becomes of its draft.
    async fn draft(&self) -> DraftChange {
        self.0.draft.into()
    }

    /// Whether a reply would be signed otherwise.
    async fn sign_off_changed(&self) -> bool {
        self.0.sign_off_changed
    }

    /// Whether a reply would carry another subject.
    async fn reply_subject_changed(&self) -> bool {
        self.0.reply_subject_changed
    }

    /// What humans did.
    async fn human(&self) -> HumanVerdict {
        self.0.human.into()
    }
}
