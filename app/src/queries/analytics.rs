//! Figures: how much work there is, how it is done, and what it costs.

use std::collections::BTreeMap;

use casebook_domain::time::MICROS_PER_DAY;
use casebook_projections::analytics::{
    Analytics, Calendar, DEFINITION_VERSION, DailySnapshot, Dimension, FactsRead, Figures, Filter,
    Group, Plan, PlanError, Question, Range, ReadLimits, Snapshots, received_before, tickets_into,
    triage_into,
};
use casebook_projections::{Projections, TenantScope};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Access, App, AppError};

/// Read models that figures come from.
const FACTS: [&str; 2] = ["ticket_facts", "triage_facts"];

/// Answers that are counted at a time in this process; each reads up to
/// [`AnalyticsLimits::rows_max`] rows and holds a number for most of them.
static COUNTING: Semaphore = Semaphore::const_new(2);

/// A question for figures.
#[derive(Clone, Debug)]
pub struct AnalyticsRequest {
    /// Only these tenants; empty for all that the actor may see.
    pub tenants: Vec<String>,
    /// Which time.
    pub range: Range,
    /// What figures are grouped by; empty for the total alone.
    pub group_by: Vec<Dimension>,
    /// What is counted.
    pub filter: Filter,
    /// IANA name of the timezone whose calendar groups by time follow.
    pub timezone: String,
}

/// A question for daily snapshots.
#[derive(Clone, Debug)]
pub struct SnapshotsRequest {
    /// Only these tenants; empty for all that the actor may see.
    pub tenants: Vec<String>,
    /// Which time.
    pub range: Range,
    /// IANA name of the timezone whose days they are.
    pub timezone: String,
}

/// How much one answer may take; settings of the edge.
#[derive(Clone, Copy, Debug)]
pub struct AnalyticsLimits {
    /// `api.analytics_range_days_max`: longest range, in days of 24 hours.
    pub range_days_max: u32,
    /// `api.analytics_groups_max`: groups of an answer, or snapshots.
    pub groups_max: usize,
    /// `api.analytics_rows_max`: tickets and decisions that are read for an answer.
    pub rows_max: usize,
}

/// Where an answer comes from.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Version of the definitions of all figures.
    pub definition_version: u32,
    /// Position up to which the log is in them.
    pub position: u64,
    /// The timezone's own name.
    pub timezone: String,
}

/// Figures.
#[derive(Clone, Debug)]
pub struct AnalyticsAnswer {
    /// Where they come from.
    pub provenance: Provenance,
    /// Figures over everything that was asked for.
    pub total: Figures,
    /// Figures of each group; empty where nothing is grouped.
    pub groups: Vec<Group>,
}

/// Daily snapshots.
#[derive(Clone, Debug)]
pub struct SnapshotsAnswer {
    /// Where they come from.
    pub provenance: Provenance,
    /// One for each tenant and date.
    pub snapshots: Vec<DailySnapshot>,
}

impl App {
    /// Figures over the tenants that the actor may see, by the definitions of `docs/metrics.md`.
    ///
    /// # Errors
    /// `NOT_FOUND` for a tenant that the actor may not see; `INVALID` for a range, timezone or
    /// grouping that makes no sense; `LIMIT` for more than the limits allow.
    pub async fn analytics(
        &self,
        access: &Access,
        projections: &Projections,
        request: AnalyticsRequest,
        limits: &AnalyticsLimits,
    ) -> Result<AnalyticsAnswer, AppError> {
        let scope = self.analytics_scope(access, &request.tenants)?;
        let calendar = calendar(&request.timezone)?;
        let range = checked(request.range, limits)?;
        let provenance = provenance(projections, &calendar);
        let question = Question {
            range,
            now: self.now(),
            group_by: request.group_by,
            filter: request.filter,
            calendar,
        };
        let plan = Plan::new(question, limits.groups_max).map_err(refused)?;
        let _turn = turn().await?;
        let filter = plan.filter().clone();
        let mut counted = Analytics::new(plan);
        let (db, asked) = (self.store().db(), (range, &filter));
        let all = ReadLimits::rows(limits.rows_max);
        let read = tickets_into(db, &scope, asked, all, |fact| counted.ticket(fact)).await?;
        let left = ReadLimits::rows(rows_left(read, limits)?);
        let read = triage_into(db, &scope, asked, left, |one| counted.triaged(one)).await?;
        rows_left(read, limits)?;
        // Sorting many durations keeps a thread busy for a while.
        let finished = tokio::task::spawn_blocking(move || counted.finish()).await;
        let (total, groups) = finished.map_err(AppError::fault)?.map_err(refused)?;
        Ok(AnalyticsAnswer { provenance, total, groups })
    }

    /// One snapshot for each date and tenant that the actor may see, by tenant, then date.
    ///
    /// # Errors
    /// As [`App::analytics`].
    pub async fn daily_snapshots(
        &self,
        access: &Access,
        projections: &Projections,
        request: SnapshotsRequest,
        limits: &AnalyticsLimits,
    ) -> Result<SnapshotsAnswer, AppError> {
        let scope = self.analytics_scope(access, &request.tenants)?;
        let calendar = calendar(&request.timezone)?;
        let range = checked(request.range, limits)?;
        let provenance = provenance(projections, &calendar);
        let _turn = turn().await?;
        let db = self.store().db();
        let before: BTreeMap<String, u64> = received_before(db, &scope, range.from).await?;
        let snapshots = Snapshots::new(range, &calendar, before, limits.groups_max);
        let mut snapshots = snapshots.map_err(refused)?;
        let (all, asked) = (ReadLimits::rows(limits.rows_max), (range, &Filter::default()));
        let read = tickets_into(db, &scope, asked, all, |fact| snapshots.ticket(fact)).await?;
        rows_left(read, limits)?;
        Ok(SnapshotsAnswer { provenance, snapshots: snapshots.finish() })
    }

    fn analytics_scope(
        &self,
        access: &Access,
        tenants: &[String],
    ) -> Result<TenantScope, AppError> {
        if tenants.is_empty() {
            return self.scope(access);
        }
        let mut scope = TenantScope::default();
        for tenant in tenants {
            scope.tenants.extend(self.scope_of(access, tenant)?.tenants);
        }
        scope.tenants.sort();
        scope.tenants.dedup();
        Ok(scope)
    }
}

/// Waits until an answer may be counted; the edge's time-out ends the wait.
async fn turn() -> Result<SemaphorePermit<'static>, AppError> {
    COUNTING.acquire().await.map_err(AppError::fault)
}

fn calendar(timezone: &str) -> Result<Calendar, AppError> {
    let unknown = "is not a known timezone; use an IANA name such as Europe/Vienna or UTC";
    Calendar::named(timezone).ok_or_else(|| AppError::invalid("timezone", unknown))
}

fn checked(range: Range, limits: &AnalyticsLimits) -> Result<Range, AppError> {
    let micros = range.to.as_micros().saturating_sub(range.from.as_micros());
    if micros > i64::from(limits.range_days_max).saturating_mul(MICROS_PER_DAY) {
        let message = format!("the range is longer than {} days", limits.range_days_max);
        return Err(AppError::Limit { name: "api.analytics_range_days_max", message });
    }
    Ok(range)
}

/// The position of the read model that has come least far, looked at before anything is read.
fn provenance(projections: &Projections, calendar: &Calendar) -> Provenance {
    let facts = projections.status().into_iter().filter(|model| FACTS.contains(&model.name));
    Provenance {
        definition_version: DEFINITION_VERSION,
        position: facts.map(|model| model.position).min().unwrap_or_default(),
        timezone: calendar.name().to_owned(),
    }
}

fn rows_left(read: FactsRead, limits: &AnalyticsLimits) -> Result<usize, AppError> {
    match read {
        FactsRead::All { rows_left } => Ok(rows_left),
        FactsRead::TooMany => {
            let message = format!(
                "more than {} tickets and decisions would be read; ask for a shorter range or \
                 fewer tenants",
                limits.rows_max
            );
            Err(AppError::Limit { name: "api.analytics_rows_max", message })
        }
    }
}

fn refused(error: PlanError) -> AppError {
    let message = error.to_string();
    match error {
        PlanError::EmptyRange | PlanError::BeyondCalendar => AppError::invalid("range", message),
        PlanError::Repeated | PlanError::TooManyNames => AppError::invalid("groupBy", message),
        PlanError::TooManyGroups { .. } => {
            AppError::Limit { name: "api.analytics_groups_max", message }
        }
    }
}
