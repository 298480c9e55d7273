//! An answer: the total and the groups.

use async_graphql::{Context, Object, Result, SimpleObject};
use casebook_app::queries::figures::{Dimension, Group, Range};
use casebook_app::queries::{AnalyticsAnswer, AnalyticsRequest};
use casebook_domain::channel::Channel as DomainChannel;

use super::figures::AnalyticsFigures;
use super::input::{AnalyticsDimension, AnalyticsFilter, AnalyticsRange};
use crate::graphql::context::request;
use crate::graphql::enums::Channel;
use crate::graphql::error;
use crate::graphql::scalars::{DateTime, Position, int};

/// Figures by the definitions of `docs/metrics.md`.
pub(in crate::graphql) struct Analytics {
    answer: AnalyticsAnswer,
    range: Range,
}

/// Answers the field `analytics`.
pub(in crate::graphql) async fn analytics(
    ctx: &Context<'_>,
    range: AnalyticsRange,
    group_by: Option<Vec<AnalyticsDimension>>,
    filter: Option<AnalyticsFilter>,
    timezone: String,
) -> Result<Analytics> {
    let request = request(ctx)?;
    let range: Range = range.into();
    let (tenants, filter) = filter.unwrap_or_default().split()?;
    let group_by = group_by.unwrap_or_default().into_iter().map(Into::into).collect();
    let asked = AnalyticsRequest { tenants, range, group_by, filter, timezone };
    let limits = request.shared.settings.api.analytics_limits();
    let answer = request.app().analytics(&request.access, request.projections(), asked, &limits);
    Ok(Analytics { answer: answer.await.map_err(error::of)?, range })
}

/// Figures by the definitions of `docs/metrics.md`.
#[Object]
impl Analytics {
    /// Version of the definitions.
    async fn definition_version(&self) -> i32 {
        int(self.answer.provenance.definition_version)
    }

    /// Position up to which the log is in the figures.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.answer.provenance.position))
    }

    /// The first instant that is counted.
    async fn from(&self) -> DateTime {
        DateTime(self.range.from)
    }

    /// The first instant that is not counted any more.
    async fn to(&self) -> DateTime {
        DateTime(self.range.to)
    }

    /// The timezone whose calendar groups by time follow.
    async fn timezone(&self) -> &str {
        &self.answer.provenance.timezone
    }

    /// Figures over everything that was asked for.
    async fn total(&self) -> AnalyticsFigures {
        AnalyticsFigures::from(&self.answer.total)
    }

    /// Figures of each group, by names, then time; empty without `groupBy`.
    async fn groups(&self) -> Vec<AnalyticsGroup> {
        self.answer.groups.iter().map(AnalyticsGroup::from).collect()
    }
}

/// A part of time.
#[derive(SimpleObject)]
struct AnalyticsPeriod {
    /// Where it begins; not before the range.
    from: DateTime,
    /// Where it ends, exclusively; not after the range.
    to: DateTime,
    /// The whole period on the local calendar: `2026-04-08T09:00:00+02:00`, `2026-04-08`,
    /// `2026-W15`, `2026-04`.
    label: String,
}

/// Figures of a group. What figures are not grouped by is null, and so is what a ticket does not
/// have, such as an agent.
#[derive(SimpleObject)]
struct AnalyticsGroup {
    /// The tenant.
    tenant: Option<String>,
    /// How the contact writes.
    channel: Option<Channel>,
    /// The inbox.
    inbox: Option<String>,
    /// The category.
    category: Option<String>,
    /// The team.
    team: Option<String>,
    /// The agent.
    agent: Option<String>,
    /// The time.
    period: Option<AnalyticsPeriod>,
    /// The figures.
    figures: AnalyticsFigures,
}

impl From<&Group> for AnalyticsGroup {
    fn from(group: &Group) -> Self {
        let name = |dimension: Dimension| group.key.name(dimension).map(str::to_owned);
        let channel = name(Dimension::Channel).and_then(|name| name.parse::<DomainChannel>().ok());
        let period = group.key.period.as_ref().map(|period| AnalyticsPeriod {
            from: DateTime(period.from),
            to: DateTime(period.to),
            label: period.label.clone(),
        });
        Self {
            tenant: name(Dimension::Tenant),
            channel: channel.map(Into::into),
            inbox: name(Dimension::Inbox),
            category: name(Dimension::Category),
            team: name(Dimension::Team),
            agent: name(Dimension::Agent),
            period,
            figures: AnalyticsFigures::from(&group.figures),
        }
    }
}
