//! What figures are asked for.

use async_graphql::{Enum, InputObject, Result};
use casebook_app::queries::figures::{Dimension, Filter, Range, Unit};

use crate::graphql::enums::Channel;
use crate::graphql::queue_filter::list;
use crate::graphql::scalars::DateTime;

/// Instants from `from` until before `to`, at most `api.analytics_range_days_max` days.
#[derive(Clone, Copy, Debug, InputObject)]
pub(in crate::graphql) struct AnalyticsRange {
    /// The first instant.
    from: DateTime,
    /// The first instant behind it.
    to: DateTime,
}

impl From<AnalyticsRange> for Range {
    fn from(range: AnalyticsRange) -> Self {
        Self { from: range.from.0, to: range.to.0 }
    }
}

/// What figures are grouped by: at most two names, and at most one unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(in crate::graphql) enum AnalyticsDimension {
    /// The tenant.
    Tenant,
    /// How the contact writes.
    Channel,
    /// The inbox.
    Inbox,
    /// The category: of the decision for figures of triage, drafts and satisfaction, else of the
    /// ticket.
    Category,
    /// The team that has the ticket.
    Team,
    /// The agent to whom a figure is credited.
    Agent,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks from Monday.
    Week,
    /// Months.
    Month,
}

impl From<AnalyticsDimension> for Dimension {
    fn from(dimension: AnalyticsDimension) -> Self {
        match dimension {
            AnalyticsDimension::Tenant => Self::Tenant,
            AnalyticsDimension::Channel => Self::Channel,
            AnalyticsDimension::Inbox => Self::Inbox,
            AnalyticsDimension::Category => Self::Category,
            AnalyticsDimension::Team => Self::Team,
            AnalyticsDimension::Agent => Self::Agent,
            AnalyticsDimension::Hour => Self::Time(Unit::Hour),
            AnalyticsDimension::Day => Self::Time(Unit::Day),
            AnalyticsDimension::Week => Self::Time(Unit::Week),
            AnalyticsDimension::Month => Self::Time(Unit::Month),
        }
    }
}

/// What is counted. Conditions hold together; what is left out asks nothing.
#[derive(Debug, Default, InputObject)]
pub(in crate::graphql) struct AnalyticsFilter {
    /// Only these tenants.
    tenants: Option<Vec<String>>,
    /// One of these channels.
    channels: Option<Vec<Channel>>,
    /// One of these inboxes.
    inboxes: Option<Vec<String>>,
    /// One of these categories.
    categories: Option<Vec<String>>,
    /// One of these teams.
    teams: Option<Vec<String>>,
    /// Credited to one of these agents.
    agents: Option<Vec<String>>,
}

impl AnalyticsFilter {
    /// The tenants, and everything else.
    pub(super) fn split(self) -> Result<(Vec<String>, Filter)> {
        let channels = list("filter.channels", self.channels)?;
        let filter = Filter {
            channels: channels.into_iter().map(Into::into).collect(),
            inboxes: list("filter.inboxes", self.inboxes)?,
            categories: list("filter.categories", self.categories)?,
            teams: list("filter.teams", self.teams)?,
            agents: list("filter.agents", self.agents)?,
        };
        Ok((list("filter.tenants", self.tenants)?, filter))
    }
}
