//! What is asked of the metrics, checked and worked out.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use thiserror::Error;

use super::{Calendar, Period, Unit};

/// Names by which figures can be grouped at once, beside time.
const NAMES_MAX: usize = 2;

/// Instants from `from` until before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant behind it.
    pub to: Timestamp,
}

impl Range {
    /// Whether the instant lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// What figures are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
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
    /// Time, cut into units of the calendar.
    Time(Unit),
}

impl Dimension {
    /// All dimensions.
    pub const ALL: [Self; 10] = [
        Self::Tenant,
        Self::Channel,
        Self::Inbox,
        Self::Category,
        Self::Team,
        Self::Agent,
        Self::Time(Unit::Hour),
        Self::Time(Unit::Day),
        Self::Time(Unit::Week),
        Self::Time(Unit::Month),
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Channel => "channel",
            Self::Inbox => "inbox",
            Self::Category => "category",
            Self::Team => "team",
            Self::Agent => "agent",
            Self::Time(Unit::Hour) => "hour",
            Self::Time(Unit::Day) => "day",
            Self::Time(Unit::Week) => "week",
            Self::Time(Unit::Month) => "month",
        }
    }

    /// The dimension of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }
}

/// What is counted. Conditions hold together; an empty list asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these channels.
    pub channels: Vec<Channel>,
    /// One of these inboxes.
    pub inboxes: Vec<String>,
    /// One of these categories.
    pub categories: Vec<String>,
    /// One of these teams.
    pub teams: Vec<String>,
    /// Credited to one of these agents.
    pub agents: Vec<String>,
}

/// A question for figures.
#[derive(Clone, Debug)]
pub struct Question {
    /// Which time.
    pub range: Range,
    /// The present: what is open is asked as of this instant where the range ends later.
    pub now: Timestamp,
    /// What they are grouped by, the outermost first; empty for the total alone.
    pub group_by: Vec<Dimension>,
    /// What is counted.
    pub filter: Filter,
    /// Whose days.
    pub calendar: Calendar,
}

/// Why a question cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// The range has no length.
    #[error("the range must end after it begins")]
    EmptyRange,
    /// A dimension is named twice, or two units of time are.
    #[error("name each dimension once, and at most one unit of time")]
    Repeated,
    /// More names than can be combined.
    #[error("group by at most {NAMES_MAX} dimensions beside a unit of time")]
    TooManyNames,
    /// More groups than one answer may hold.
    #[error(
        "the answer would have more than {max} groups; ask for a shorter range or longer units"
    )]
    TooManyGroups {
        /// The limit.
        max: usize,
    },
    /// Instants that no calendar has.
    #[error("the range lies outside the years -9999 to 9999")]
    BeyondCalendar,
}

/// A question that can be answered.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) range: Range,
    /// The instant as of which open tickets are old: the end of the range, or now.
    pub(super) as_of: Timestamp,
    /// The first instant about which nothing is known or asked: the end of the range, or that
    /// behind now.
    pub(super) known_until: Timestamp,
    pub(super) names: Vec<Dimension>,
    /// Whether figures are grouped by time; else there is one period, the range.
    pub(super) by_time: bool,
    pub(super) periods: Vec<Period>,
    pub(super) filter: Filter,
    pub(super) calendar: Calendar,
    pub(super) groups_max: usize,
}

impl Plan {
    /// Works a question out.
    ///
    /// # Errors
    /// [`PlanError`], in words for whoever asked.
    pub fn new(question: Question, groups_max: usize) -> Result<Self, PlanError> {
        let Question { range, now, group_by, filter, calendar } = question;
        if range.from >= range.to {
            return Err(PlanError::EmptyRange);
        }
        let mut names = Vec::new();
        let mut unit = None;
        for dimension in group_by {
            match dimension {
                Dimension::Time(_) if unit.is_some() => return Err(PlanError::Repeated),
                Dimension::Time(asked) => unit = Some(asked),
                name if names.contains(&name) => return Err(PlanError::Repeated),
                name => names.push(name),
            }
        }
        if names.len() > NAMES_MAX {
            return Err(PlanError::TooManyNames);
        }
        let periods = match unit {
            Some(unit) => calendar.cut(range, unit, groups_max)?,
            None => vec![Period { from: range.from, to: range.to, label: String::new() }],
        };
        Ok(Self {
            range,
            as_of: range.to.min(now),
            known_until: range.to.min(now.plus_micros(1)),
            names,
            by_time: unit.is_some(),
            periods,
            filter,
            calendar,
            groups_max,
        })
    }

    /// The same question without groups: one figure of each kind over the whole range.
    pub(super) fn total(&self) -> Self {
        let Range { from, to } = self.range;
        Self {
            names: Vec::new(),
            by_time: false,
            periods: vec![Period { from, to, label: String::new() }],
            ..self.clone()
        }
    }

    /// Which time it asks for.
    pub const fn range(&self) -> Range {
        self.range
    }

    /// What it counts.
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The period that an instant lies in.
    pub(super) fn period(&self, at: Timestamp) -> Option<usize> {
        if !self.range.holds(at) {
            return None;
        }
        Some(self.periods.partition_point(|period| period.from <= at).saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(group_by: &[Dimension], from: i64, to: i64) -> Result<Plan, PlanError> {
        let range = Range { from: Timestamp::from_seconds(from), to: Timestamp::from_seconds(to) };
        let question = Question {
            range,
            now: Timestamp::from_seconds(1_000),
            group_by: group_by.to_vec(),
            filter: Filter::default(),
            calendar: Calendar::utc(),
        };
        Plan::new(question, 10)
    }

    #[test]
    fn senseless_questions_are_refused() {
        use Dimension::{Agent, Category, Channel, Team, Tenant, Time};
        let refused = |group_by: &[Dimension]| plan(group_by, 0, 9_000).err();
        assert_eq!(plan(&[], 5, 5).err(), Some(PlanError::EmptyRange));
        assert_eq!(refused(&[Team, Team]), Some(PlanError::Repeated));
        assert_eq!(refused(&[Time(Unit::Day), Time(Unit::Day)]), Some(PlanError::Repeated));
        assert_eq!(refused(&[Time(Unit::Day), Time(Unit::Hour)]), Some(PlanError::Repeated));
        assert_eq!(refused(&[Tenant, Agent, Category]), Some(PlanError::TooManyNames));
        assert_eq!(refused(&[Tenant, Time(Unit::Hour), Channel]), None);
        let many = plan(&[Time(Unit::Hour)], 0, 3_600 * 11).err();
        assert_eq!(many, Some(PlanError::TooManyGroups { max: 10 }));
    }

    #[test]
    fn an_instant_lies_in_one_period() {
        let plan = plan(&[Dimension::Time(Unit::Hour)], 0, 7_200).expect("a plan");
        let period = |second| plan.period(Timestamp::from_seconds(second));
        assert_eq!((period(-1), period(0), period(3_599)), (None, Some(0), Some(0)));
        assert_eq!((period(3_600), period(7_199), period(7_200)), (Some(1), Some(1), None));
        assert_eq!(plan.as_of, Timestamp::from_seconds(1_000));
    }
}
