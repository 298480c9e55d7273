//! Daily snapshots.

use async_graphql::{Context, Object, Result, SimpleObject};
use casebook_app::queries::figures::DailySnapshot as Day;
use casebook_app::queries::{SnapshotsAnswer, SnapshotsRequest};
use casebook_domain::channel::Channel as DomainChannel;

use super::input::AnalyticsRange;
use crate::graphql::context::request;
use crate::graphql::enums::Channel;
use crate::graphql::error;
use crate::graphql::queue_filter::list;
use crate::graphql::scalars::{Position, int};

/// Daily snapshots by the definitions of `docs/metrics.md`.
pub(in crate::graphql) struct DailySnapshots(SnapshotsAnswer);

/// Answers the field `dailySnapshots`.
pub(in crate::graphql) async fn daily_snapshots(
    ctx: &Context<'_>,
    range: AnalyticsRange,
    tenants: Option<Vec<String>>,
    timezone: String,
) -> Result<DailySnapshots> {
    let request = request(ctx)?;
    let tenants = list("tenants", tenants)?;
    let asked = SnapshotsRequest { tenants, range: range.into(), timezone };
    let limits = request.shared.settings.api.analytics_limits();
    let projections = request.projections();
    let answer = request.app().daily_snapshots(&request.access, projections, asked, &limits);
    Ok(DailySnapshots(answer.await.map_err(error::of)?))
}

/// Daily snapshots by the definitions of `docs/metrics.md`.
#[Object]
impl DailySnapshots {
    /// Version of the definitions.
    async fn definition_version(&self) -> i32 {
        int(self.0.provenance.definition_version)
    }

    /// Position up to which the log is in them.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.provenance.position))
    }

    /// The timezone whose days they are.
    async fn timezone(&self) -> &str {
        &self.0.provenance.timezone
    }

    /// One for each tenant and date, by tenant, then date.
    async fn days(&self) -> Vec<DailySnapshot> {
        self.0.snapshots.iter().map(DailySnapshot::from).collect()
    }
}

/// Conversations of a channel.
#[derive(SimpleObject)]
struct ChannelCount {
    /// The channel.
    channel: Option<Channel>,
    /// Number of conversations.
    count: i32,
}

/// Conversations of a team.
#[derive(SimpleObject)]
struct TeamCount {
    /// Code of the team; null for those that no team has.
    team: Option<String>,
    /// Number of conversations.
    count: i32,
}

/// A tenant's day. A conversation here is a ticket: the piece of work with status, team, agent,
/// times and rating.
#[derive(SimpleObject)]
struct DailySnapshot {
    /// The tenant.
    tenant: String,
    /// The local date, `2026-04-08`.
    date: String,
    /// Conversations that had begun by the end of the day, since the first.
    total_conversations: i32,
    /// Those that began on the day.
    new_conversations: i32,
    /// Those whose last end lies on the day, closed ones included.
    resolved_conversations: i32,
    /// Mean time to the first reply of those that got it on the day, in minutes, to hundredths.
    avg_first_response_minutes: Option<f64>,
    /// Mean time from beginning to end of those resolved on the day, in minutes, to hundredths.
    avg_resolution_minutes: Option<f64>,
    /// Mean of the ratings given on the day, 1 to 5, to hundredths; null until there are any.
    csat_average: Option<f64>,
    /// Those that began on the day, by channel.
    conversations_by_channel: Vec<ChannelCount>,
    /// Those that began on the day, by the team that has them now.
    conversations_by_team: Vec<TeamCount>,
}

impl From<&Day> for DailySnapshot {
    fn from(day: &Day) -> Self {
        let by_channel = day.conversations_by_channel.iter().map(|(name, count)| ChannelCount {
            channel: name.parse::<DomainChannel>().ok().map(Into::into),
            count: int(*count),
        });
        let by_team = day.conversations_by_team.iter();
        let by_team = by_team.map(|(team, n)| TeamCount { team: team.clone(), count: int(*n) });
        Self {
            tenant: day.tenant.clone(),
            date: day.date.clone(),
            total_conversations: int(day.total_conversations),
            new_conversations: int(day.new_conversations),
            resolved_conversations: int(day.resolved_conversations),
            avg_first_response_minutes: day.avg_first_response_minutes,
            avg_resolution_minutes: day.avg_resolution_minutes,
            csat_average: day.csat_average,
            conversations_by_channel: by_channel.collect(),
            conversations_by_team: by_team.collect(),
        }
    }
}
