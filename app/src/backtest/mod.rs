//! Tries a policy on the recorded past: what would change, ticket by ticket.
//!
//! The log is read once, by whole commands and a page ahead (`scan`); what triage and humans did
//! becomes steps (`steps`), which get what they need (`needs`) and both verdicts on all cores
//! (`judge`), and are entered into the ledger in the order of the log. Kept are the events of one
//! page, what a hundred of its steps need, and about 300 bytes for each ticket. Nothing is written
//! and no model is asked.

mod judge;
mod needs;
mod scan;
mod spread;
mod steps;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use casebook_domain::Timestamp;
use casebook_domain::backtest::{Contender, Ledger};
use casebook_domain::policy::Policy;
use casebook_store::StoredEvent;
use serde::Serialize;

use judge::{Judged, Means, Trial};
use needs::Past;
use scan::Scan;
use spread::spread;
use steps::Step;

use crate::{Access, App, AppError, Permission};

/// Steps that are judged at a time. Each may need some megabytes of text, facts and answer.
const STEPS_AT_ONCE: usize = 100;

/// A policy to be tried on the past.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// The policy; its tenant's messages are judged.
    pub policy: Policy,
    /// The policy that it is held against; `None` holds it against what was recorded.
    pub against: Option<Policy>,
    /// Messages that count from this instant on.
    pub from: Option<Timestamp>,
    /// Messages that count before this instant.
    pub to: Option<Timestamp>,
    /// Most messages that are judged, and the name of that limit.
    pub messages_max: (&'static str, u64),
    /// Most tickets that are kept in memory, and the name of that limit.
    pub tickets_max: (&'static str, usize),
}

/// Name and version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyName {
    /// Name among the tenant's.
    pub name: String,
    /// SHA-256 in hex of its content.
    pub version: String,
}

impl PolicyName {
    fn of(contender: &Contender) -> Self {
        let (name, version) = (contender.policy().name.clone(), contender.version().to_owned());
        Self { name, version }
    }
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct BacktestRun {
    /// The tenant.
    pub tenant: String,
    /// The policy that was tried.
    pub policy: PolicyName,
    /// The policy that it was held against; `None` where that is what was recorded.
    pub against: Option<PolicyName>,
    /// Both sides of each ticket.
    pub ledger: Ledger,
    /// Messages whose recorded facts reach less far back than the tried policy's gates look, so
    /// that they may count too few contacts or credits.
    pub short_facts: u64,
    /// What could not be judged again, by reason.
    pub unread: BTreeMap<&'static str, u64>,
    /// Position up to which the log was read.
    pub position: u64,
}

impl App {
    /// Tries a policy on the past. `tell` hears how far it has come after each page.
    ///
    /// # Errors
    /// `INVALID` when a policy has problems or belongs to another tenant, `NOT_FOUND` for a tenant
    /// that the actor may not see, `LIMIT` when there are more messages or tickets than allowed.
    pub async fn backtest(
        &self,
        access: &Access,
        asked: Backtest,
        mut tell: impl FnMut(&BacktestRun),
    ) -> Result<BacktestRun, AppError> {
        access.require(Permission::Administer)?;
        let tenant = asked.policy.tenant.clone();
        if !access.sees(&tenant) || self.policies().get(&tenant).is_none() {
            return Err(AppError::NotFound("tenant"));
        }
        let (after, against) = ready(&asked)?;
        let mut run = BacktestRun {
            tenant: tenant.clone(),
            policy: PolicyName::of(&after),
            against: against.as_ref().map(PolicyName::of),
            ledger: Ledger::default(),
            short_facts: 0,
            unread: BTreeMap::new(),
            position: 0,
        };
        let trial = Arc::new(Trial { after, against });
        let mut past = Past::new();
        let mut scan = Scan::begin(self.store().log().clone(), &tenant).await?;
        let mut page = scan.next().await?;
        while let Some(commands) = page {
            let judged = self.judge_page(&asked, &trial, (&mut past, &run.ledger), commands);
            let (next, judged) = tokio::join!(scan.next(), judged);
            for step in &judged? {
                run.enter(step);
            }
            run.position = scan.position();
            within_limits(&asked, &run.ledger)?;
            tell(&run);
            page = next?;
        }
        Ok(run)
    }

    /// Both verdicts on everything that a page tells, in order.
    async fn judge_page(
        &self,
        asked: &Backtest,
        trial: &Arc<Trial>,
        (past, ledger): (&mut Past, &Ledger),
        commands: Vec<Vec<StoredEvent>>,
    ) -> Result<Vec<Judged>, AppError> {
        let tenant = asked.policy.tenant.as_str();
        let (_, steps) = spread(commands, |events| steps::of_command(events)).await?;
        let mut steps = part_of_run(asked, ledger, steps.into_iter().flatten()).into_iter();
        let mut judged = Vec::new();
        loop {
            let part: Vec<Step> = steps.by_ref().take(STEPS_AT_ONCE).collect();
            if part.is_empty() {
                return Ok(judged);
            }
            let bytes = Arc::new(self.bytes_of(tenant, &part).await?);
            self.add_past(tenant, &part, past).await?;
            let means = Means { trial: Arc::clone(trial), past: Arc::new(past.clone()), bytes };
            judged.extend(spread(part, move |step| means.judge(step)).await?.1);
        }
    }
}

impl BacktestRun {
    fn enter(&mut self, step: &Judged) {
        match step {
            Judged::Unread(reason) => *self.unread.entry(reason).or_default() += 1,
            Judged::Message { short: true, .. } => self.short_facts += 1,
            _ => {}
        }
        step.enter(&self.tenant, &mut self.ledger);
    }
}

/// Both policies, checked and compiled.
fn ready(asked: &Backtest) -> Result<(Contender, Option<Contender>), AppError> {
    let compile = |field: &str, policy: &Policy| {
        if policy.tenant != asked.policy.tenant {
            return Err(AppError::invalid(field, "is a policy of another tenant"));
        }
        if let Some(problem) = policy.check().first() {
            let message = format!("{problem}; `casebook policy check` lists all problems");
            return Err(AppError::invalid(field, message));
        }
        Contender::new(policy.clone()).map_err(|error| AppError::invalid(field, error.to_string()))
    };
    let against = asked.against.as_ref().map(|policy| compile("against", policy)).transpose()?;
    Ok((compile("policy", &asked.policy)?, against))
}

/// The steps that are part of the run: messages by the time at which they count, and what was done
/// about their tickets. Nothing is fetched for the others.
fn part_of_run(asked: &Backtest, ledger: &Ledger, steps: impl Iterator<Item = Step>) -> Vec<Step> {
    let within = |at: Timestamp| {
        asked.from.is_none_or(|from| at >= from) && asked.to.is_none_or(|to| at < to)
    };
    let mut begun = HashSet::new();
    let counts = |step: &Step| match step {
        Step::Message(message) => {
            let counts = within(message.at);
            if counts {
                begun.insert(message.ticket);
            }
            counts
        }
        Step::Unread(_, at) => within(*at),
        step => step.ticket().is_none_or(|ticket| ledger.knows(ticket) || begun.contains(&ticket)),
    };
    steps.filter(counts).collect()
}

fn within_limits(asked: &Backtest, ledger: &Ledger) -> Result<(), AppError> {
    let (name, max) = asked.messages_max;
    if ledger.messages() > max {
        let message = format!("there are more than {max} messages; ask for a shorter time");
        return Err(AppError::Limit { name, message });
    }
    let (name, max) = asked.tickets_max;
    if ledger.tickets() > max {
        let message = format!("there are more than {max} tickets; ask for a shorter time");
        return Err(AppError::Limit { name, message });
    }
    Ok(())
}
