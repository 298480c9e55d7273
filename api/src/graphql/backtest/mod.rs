//! Policies tried on the recorded past.

mod input;
mod outcome;
mod totals;

use async_graphql::{Context, Object, Result, SimpleObject};
use casebook_app::{AppError, Backtest, BacktestRun, PolicyName};
use casebook_domain::backtest::Totals;
use tokio::sync::Semaphore;

pub(super) use input::TriedPolicy;
use outcome::TicketChange;
use totals::{BeforeAfter, CategoryTotal, Confusion, DraftTotal, GateTotal, PriorityTotal, Unread};

use super::context::{Request, request};
use super::error;
use super::reads;
use super::scalars::{DateTime, Position, int};

/// Runs at a time in this process; each keeps all cores busy.
static RUNNING: Semaphore = Semaphore::const_new(1);

/// Most tickets of one run: never more than messages.
const TICKETS_MAX: usize = usize::MAX;

/// Cost of a run towards the complexity of a query, beside that of its fields.
pub(super) const COST: usize = 1_000;

/// What another policy would have made of recorded messages.
pub(super) struct BacktestResult {
    run: BacktestRun,
    totals: Totals,
    changes_max: usize,
}

/// Name and version of a policy.
#[derive(SimpleObject)]
pub(super) struct BacktestPolicy {
    /// Its name among the tenant's policies.
    name: String,
    /// SHA-256 of its content, in hex.
    version: String,
}

impl From<&PolicyName> for BacktestPolicy {
    fn from(policy: &PolicyName) -> Self {
        Self { name: policy.name.clone(), version: policy.version.clone() }
    }
}

/// What is asked.
pub(super) struct Asked {
    pub(super) tenant: String,
    pub(super) policy: TriedPolicy,
    pub(super) against: Option<TriedPolicy>,
    pub(super) from: Option<DateTime>,
    pub(super) to: Option<DateTime>,
    pub(super) changes: i32,
}

/// Tries a policy.
pub(super) async fn backtest(request: &Request, asked: Asked) -> Result<BacktestResult> {
    let settings = &request.shared.settings.api;
    let changes_max = usize::try_from(asked.changes).unwrap_or_default();
    if asked.changes < 0 || changes_max > settings.page_size_max {
        let message = format!("use 0 to {}", settings.page_size_max);
        return Err(error::invalid("changes", message));
    }
    let policy = asked.policy.read(request, &asked.tenant, "policy").await?;
    let against = match asked.against {
        Some(against) => Some(against.read(request, &asked.tenant, "against").await?),
        None => None,
    };
    let _turn = RUNNING.acquire().await.map_err(|cause| error::of(AppError::fault(cause)))?;
    let asked = Backtest {
        policy,
        against,
        from: asked.from.map(|from| from.0),
        to: asked.to.map(|to| to.0),
        messages_max: ("api.backtest_messages_max", settings.backtest_messages_max),
        tickets_max: ("backtest.tickets_max", TICKETS_MAX),
    };
    let run = request.app().backtest(&request.access, asked, |_| {}).await.map_err(error::of)?;
    let totals = run.ledger.totals();
    Ok(BacktestResult { run, totals, changes_max })
}

/// What another policy would have made of recorded messages. `before` is what was recorded, or
/// the policy `against`; `after` is the policy that was tried.
#[Object(name = "Backtest")]
impl BacktestResult {
    /// The tenant.
    async fn tenant(&self) -> &str {
        &self.run.tenant
    }

    /// The policy that was tried.
    async fn policy(&self) -> BacktestPolicy {
        (&self.run.policy).into()
    }

    /// The policy that it was held against; null where that is what was recorded.
    async fn against(&self) -> Option<BacktestPolicy> {
        self.run.against.as_ref().map(BacktestPolicy::from)
    }

    /// Position up to which the log was read.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.run.position))
    }

    /// Messages that were judged.
    async fn messages(&self) -> i32 {
        int(self.totals.messages)
    }

    /// Their tickets.
    async fn tickets(&self) -> i32 {
        int(self.totals.tickets)
    }

    /// Tickets that come out otherwise in anything.
    async fn changed_tickets(&self) -> i32 {
        int(self.totals.changed)
    }

    /// Recorded answers of a model that went through the checks again.
    async fn answers(&self) -> i32 {
        int(self.totals.answers)
    }

    /// Answers that cannot be used.
    async fn refused_answers(&self) -> BeforeAfter {
        self.totals.refused.into()
    }

    /// Answers below `thresholds.notify`.
    async fn notified_answers(&self) -> BeforeAfter {
        self.totals.notified.into()
    }

    /// Answers that reach `thresholds.autonomy` in a category that allows that.
    async fn autonomous_answers(&self) -> BeforeAfter {
        self.totals.autonomous.into()
    }

    /// Tickets that are escalated by a gate or by triage.
    async fn escalated_tickets(&self) -> BeforeAfter {
        self.totals.escalated.into()
    }

    /// Tickets whose subject changes.
    async fn changed_subjects(&self) -> i32 {
        int(self.totals.subjects_changed)
    }

    /// Tickets with a reply that would be signed otherwise.
    async fn changed_sign_offs(&self) -> i32 {
        int(self.totals.sign_offs_changed)
    }

    /// Tickets with a reply that would carry another subject.
    async fn changed_reply_subjects(&self) -> i32 {
        int(self.totals.reply_subjects_changed)
    }

    /// Messages by gate, the most frequent first.
    async fn gates(&self) -> Vec<GateTotal> {
        self.totals.gates.iter().map(GateTotal::from).collect()
    }

    /// Tickets by category, the most frequent first.
    async fn categories(&self) -> Vec<CategoryTotal> {
        self.totals.categories.iter().map(CategoryTotal::from).collect()
    }

    /// Tickets by priority.
    async fn priorities(&self) -> Vec<PriorityTotal> {
        self.totals.priorities.iter().map(PriorityTotal::from).collect()
    }

    /// Tickets by what becomes of their draft.
    async fn drafts(&self) -> Vec<DraftTotal> {
        self.totals.drafts.iter().map(DraftTotal::from).collect()
    }

    /// Tickets by what triage foretells and what humans did; pairs that occur.
    async fn confusion(&self) -> Vec<Confusion> {
        self.totals.confusion.iter().map(Confusion::from).collect()
    }

    /// The first of the changed tickets, in the order of the log.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<TicketChange>> {
        let asked = ctx.look_ahead();
        let sides = ["before", "after"].map(|side| asked.field(side).field("subject").exists());
        if sides.contains(&true) {
            reads::subjects_of_changes(ctx, &self.run.tenant)?;
        }
        let changes = self.run.ledger.changes().take(self.changes_max);
        Ok(changes.map(TicketChange).collect())
    }

    /// Messages whose recorded facts reach less far back than the policy's gates look, so that
    /// contacts or credits may be counted too low.
    async fn short_facts(&self) -> i32 {
        int(self.run.short_facts)
    }

    /// What could not be judged again, by reason.
    async fn unread(&self) -> Vec<Unread> {
        self.run.unread.iter().map(Unread::from).collect()
    }
}
