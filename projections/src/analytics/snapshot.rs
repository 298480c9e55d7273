//! Daily snapshots with the fields of the table `support_analytics` of the support plan: one for
//! each tenant and date. One conversation there is one ticket here: the piece of work with status,
//! team, agent, times and rating.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::time::MICROS_PER_SECOND;

use super::{Calendar, Period, PlanError, Range, Unit};
use crate::ticket_facts::TicketFact;

/// Microseconds in a hundredth of a minute.
const MICROS_PER_HUNDREDTH: i128 = 60 * MICROS_PER_SECOND as i128 / 100;

/// A tenant's day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DailySnapshot {
    /// The tenant.
    pub tenant: String,
    /// The local date, `2026-04-08`.
    pub date: String,
    /// Conversations that had begun by the end of the day, since the first.
    pub total_conversations: u64,
    /// Those that began on the day.
    pub new_conversations: u64,
    /// Those whose last end lies on the day.
    pub resolved_conversations: u64,
    /// Mean time to the first reply of those that got it on the day, in minutes, rounded half up
    /// to hundredths.
    pub avg_first_response_minutes: Option<f64>,
    /// Mean time from beginning to end of those resolved on the day, likewise.
    pub avg_resolution_minutes: Option<f64>,
    /// Mean of the ratings given on the day, 1 to 5, rounded half up to hundredths.
    pub csat_average: Option<f64>,
    /// Those that began on the day, by channel.
    pub conversations_by_channel: BTreeMap<String, u64>,
    /// Those that began on the day, by the team that has them now.
    pub conversations_by_team: BTreeMap<Option<String>, u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: i128,
    count: i128,
}

impl Mean {
    fn add(&mut self, value: i64) {
        self.sum += i128::from(value.max(0));
        self.count += 1;
    }

    /// The mean in hundredths of `unit`, rounded half up.
    fn hundredths(self, hundredth: i128) -> Option<f64> {
        let divisor = self.count * hundredth;
        (divisor > 0).then(|| ((2 * self.sum + divisor) / (2 * divisor)) as f64 / 100.0)
    }
}

#[derive(Clone, Debug, Default)]
struct Day {
    new: u64,
    resolved: u64,
    first_response: Mean,
    resolution: Mean,
    /// In hundredths.
    ratings: Mean,
    by_channel: BTreeMap<String, u64>,
    by_team: BTreeMap<Option<String>, u64>,
}

/// The days of some tenants while facts are taken in.
#[derive(Clone, Debug)]
pub struct Snapshots {
    range: Range,
    days: Vec<Period>,
    /// What each tenant had before, and its days.
    tenants: BTreeMap<String, (u64, Vec<Day>)>,
}

impl Snapshots {
    /// The days of a range for these tenants, each with the number of its tickets that began
    /// before the range. The range is cut on its first and last day.
    ///
    /// # Errors
    /// [`PlanError`] for a range without length, or with more than `snapshots_max` snapshots.
    pub fn new(
        range: Range,
        calendar: &Calendar,
        before: BTreeMap<String, u64>,
        snapshots_max: usize,
    ) -> Result<Self, PlanError> {
        if range.from >= range.to {
            return Err(PlanError::EmptyRange);
        }
        let days = calendar.cut(range, Unit::Day, snapshots_max)?;
        if days.len() * before.len() > snapshots_max {
            return Err(PlanError::TooManyGroups { max: snapshots_max });
        }
        let empty = |(tenant, before)| (tenant, (before, vec![Day::default(); days.len()]));
        let tenants = before.into_iter().map(empty).collect();
        Ok(Self { range, days, tenants })
    }

    /// Takes a ticket in.
    pub fn ticket(&mut self, fact: &TicketFact) {
        let since = |at: Timestamp| at.as_micros().saturating_sub(fact.received_at.as_micros());
        if let Some(day) = self.day(&fact.tenant, fact.received_at) {
            day.new += 1;
            *day.by_channel.entry(fact.channel.name().to_owned()).or_default() += 1;
            *day.by_team.entry(fact.team.clone()).or_default() += 1;
        }
        let first_reply = fact.first_reply_at.filter(|_| !fact.is_outbound);
        if let Some(at) = first_reply
            && let Some(day) = self.day(&fact.tenant, at)
        {
            day.first_response.add(since(at));
        }
        if let Some(at) = fact.ended_at
            && let Some(day) = self.day(&fact.tenant, at)
        {
            day.resolved += 1;
            day.resolution.add(since(at));
        }
        if let (Some(rating), Some(at)) = (fact.rating, fact.rated_at)
            && let Some(day) = self.day(&fact.tenant, at)
        {
            day.ratings.add(i64::from(rating));
        }
    }

    fn day(&mut self, tenant: &str, at: Timestamp) -> Option<&mut Day> {
        if !self.range.holds(at) {
            return None;
        }
        let index = self.days.partition_point(|day| day.from <= at).checked_sub(1)?;
        self.tenants.get_mut(tenant)?.1.get_mut(index)
    }

    /// One snapshot for each tenant and date, by tenant, then date.
    pub fn finish(self) -> Vec<DailySnapshot> {
        let mut snapshots = Vec::new();
        for (tenant, (mut total, days)) in self.tenants {
            for (day, period) in days.into_iter().zip(&self.days) {
                total += day.new;
                snapshots.push(DailySnapshot {
                    tenant: tenant.clone(),
                    date: period.label.clone(),
                    total_conversations: total,
                    new_conversations: day.new,
                    resolved_conversations: day.resolved,
                    avg_first_response_minutes: day.first_response.hundredths(MICROS_PER_HUNDREDTH),
                    avg_resolution_minutes: day.resolution.hundredths(MICROS_PER_HUNDREDTH),
                    // Whole ratings: a hundredth of one is what the mean is rounded to.
                    csat_average: Mean { sum: day.ratings.sum * 100, ..day.ratings }.hundredths(1),
                    conversations_by_channel: day.by_channel,
                    conversations_by_team: day.by_team,
                });
            }
        }
        snapshots
    }
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
