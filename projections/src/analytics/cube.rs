//! Takes facts in, one by one, and gives figures by group.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;

use super::tally::Tally;
use super::{Dimension, Figures, Filter, Period, Plan, PlanError, Triaged};
use crate::ticket_facts::TicketFact;

/// Where a figure belongs.
#[derive(Clone, Copy)]
struct Names<'a> {
    tenant: &'a str,
    channel: &'a str,
    inbox: &'a str,
    category: Option<&'a str>,
    team: Option<&'a str>,
    agent: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn of_ticket(fact: &'a TicketFact, agent: Option<&'a String>) -> Self {
        Self {
            tenant: &fact.tenant,
            channel: fact.channel.name(),
            inbox: &fact.inbox,
            category: fact.category.as_deref(),
            team: fact.team.as_deref(),
            agent: agent.map(String::as_str),
        }
    }

    /// The same under the category that triage decided, whatever an agent made of it since: what
    /// the SOP's queries by category go by.
    fn as_decided(self, fact: &'a TicketFact) -> Self {
        Self { category: fact.decided_category.as_deref(), ..self }
    }

    fn of_triage(triaged: &'a Triaged) -> Self {
        Self {
            tenant: &triaged.fact.tenant,
            channel: &triaged.channel,
            inbox: &triaged.inbox,
            category: triaged.fact.category.as_deref(),
            team: triaged.team.as_deref(),
            agent: triaged.assignee.as_deref(),
        }
    }

    const fn of(&self, dimension: Dimension) -> Option<&'a str> {
        match dimension {
            Dimension::Tenant => Some(self.tenant),
            Dimension::Channel => Some(self.channel),
            Dimension::Inbox => Some(self.inbox),
            Dimension::Category => self.category,
            Dimension::Team => self.team,
            Dimension::Agent => self.agent,
            Dimension::Time(_) => None,
        }
    }

    fn pass(&self, filter: &Filter) -> bool {
        let among = |list: &[String], name: Option<&str>| {
            list.is_empty() || name.is_some_and(|name| list.iter().any(|item| item == name))
        };
        let channels = &filter.channels;
        (channels.is_empty() || channels.iter().any(|channel| channel.name() == self.channel))
            && among(&filter.inboxes, Some(self.inbox))
            && among(&filter.categories, self.category)
            && among(&filter.teams, self.team)
            && among(&filter.agents, self.agent)
    }
}

/// Counts by group.
#[derive(Clone, Debug)]
pub struct Cube {
    plan: Plan,
    /// The tallies of all periods, by names in the order of the plan.
    groups: BTreeMap<Vec<Option<String>>, Vec<Tally>>,
    full: bool,
}

/// What a group is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey {
    /// Each name that figures are grouped by; `None` where there is none, such as no agent.
    pub names: Vec<(Dimension, Option<String>)>,
    /// The time, where figures are grouped by it.
    pub period: Option<Period>,
}

impl GroupKey {
    /// The group's name in a dimension; `None` where it has none or figures are not grouped by it.
    pub fn name(&self, dimension: Dimension) -> Option<&str> {
        let (_, name) = self.names.iter().find(|(grouped, _)| *grouped == dimension)?;
        name.as_deref()
    }
}

/// The figures of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What it is about.
    pub key: GroupKey,
    /// Its figures.
    pub figures: Figures,
}

impl Cube {
    /// Counts nothing yet.
    pub fn new(plan: Plan) -> Self {
        let mut groups = BTreeMap::new();
        if plan.names.is_empty() {
            // Without names there is a group for each period, whatever happened.
            groups.insert(Vec::new(), vec![Tally::default(); plan.periods.len()]);
        }
        Self { plan, groups, full: false }
    }

    /// Whether there are more groups than the answer may hold; nothing more needs to be read.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// Takes a ticket in. Each figure is credited to an agent of its own: what begins or is open
    /// to who has it, replies to who approved them, ends to who brought them about.
    pub fn ticket(&mut self, fact: &TicketFact) {
        let has = Names::of_ticket(fact, fact.assignee.as_ref());
        if let Some(tally) = self.at(has, fact.received_at) {
            tally.received(fact);
        }
        for gap in &fact.gaps {
            if let Some(tally) = self.at(has, gap.to) {
                tally.reopened();
            }
        }
        for reply in &fact.replies {
            let by = Names::of_ticket(fact, Some(&reply.agent));
            if let Some(tally) = reply.sent_at.and_then(|at| self.at(by, at)) {
                tally.replied();
            }
        }
        if let Some(at) = fact.first_reply_at.filter(|_| !fact.is_outbound) {
            let by = Names::of_ticket(fact, fact.first_reply_by.as_ref());
            if let Some(tally) = self.at(by, at) {
                tally.first_replied(fact, at);
            }
        }
        self.ended(fact);
        self.open(has, fact);
    }

    /// What its last end brought: the draft's use and the rating go by the category of triage.
    fn ended(&mut self, fact: &TicketFact) {
        let by = Names::of_ticket(fact, fact.ended_by.as_ref());
        if let Some(at) = fact.ended_at
            && let Some(tally) = self.at(by, at)
        {
            tally.ended(fact, at);
        }
        let by = by.as_decided(fact);
        if let (Some(usage), Some(at)) = (fact.draft_usage, fact.ended_at)
            && let Some(tally) = self.at(by, at)
        {
            tally.used(usage);
        }
        if let (Some(rating), Some(at)) = (fact.rating, fact.rated_at)
            && let Some(tally) = self.at(by, at)
        {
            tally.rated(rating);
        }
    }

    /// Takes an outcome of triage in, by when it was recorded.
    pub fn triaged(&mut self, triaged: &Triaged) {
        if let Some(tally) = self.at(Names::of_triage(triaged), triaged.fact.decided_at) {
            tally.triaged(triaged);
        }
    }

    /// Notes at the ends of which periods a ticket is open: by the first that ends after it was
    /// opened, and the first that ends after it ended.
    fn open(&mut self, names: Names<'_>, fact: &TicketFact) {
        let (as_of, known_until) = (self.plan.as_of, self.plan.known_until);
        for (from, to) in fact.open_spans() {
            let ends_before =
                |instant: Timestamp| move |period: &Period| period.to.min(known_until) <= instant;
            let first = self.plan.periods.partition_point(ends_before(from));
            let periods = &self.plan.periods;
            let behind = to.map_or(periods.len(), |to| periods.partition_point(ends_before(to)));
            if first >= behind {
                continue;
            }
            let Some(row) = self.row(names) else { return };
            row[first].more_open += 1;
            if let Some(after) = row.get_mut(behind) {
                after.more_open -= 1;
            }
        }
        if !self.plan.by_time && fact.was_open_before(known_until) {
            let date = self.plan.calendar.date(fact.received_at);
            if let Some(tally) = self.row(names).and_then(|row| row.first_mut()) {
                tally.left_open(fact, as_of, date);
            }
        }
    }

    /// The tally of an instant; `None` when it is not asked for.
    fn at(&mut self, names: Names<'_>, at: Timestamp) -> Option<&mut Tally> {
        let period = self.plan.period(at)?;
        self.row(names)?.get_mut(period)
    }

    /// The tallies of all periods under these names.
    fn row(&mut self, names: Names<'_>) -> Option<&mut Vec<Tally>> {
        if self.full || !names.pass(&self.plan.filter) {
            return None;
        }
        let name = |dimension: &Dimension| names.of(*dimension).map(str::to_owned);
        let key: Vec<Option<String>> = self.plan.names.iter().map(name).collect();
        let periods = self.plan.periods.len();
        if !self.groups.contains_key(&key)
            && (self.groups.len() + 1) * periods > self.plan.groups_max
        {
            self.full = true;
            return None;
        }
        Some(self.groups.entry(key).or_insert_with(|| vec![Tally::default(); periods]))
    }

    /// The figures of all groups, by names and time.
    ///
    /// # Errors
    /// [`PlanError::TooManyGroups`].
    pub fn finish(self) -> Result<Vec<Group>, PlanError> {
        let Self { plan, groups, full } = self;
        if full {
            return Err(PlanError::TooManyGroups { max: plan.groups_max });
        }
        let mut finished = Vec::new();
        for (names, row) in groups {
            let mut open = 0_i64;
            for (tally, period) in row.into_iter().zip(&plan.periods) {
                open += tally.more_open;
                let begun = period.from < plan.known_until;
                let open = begun.then(|| u64::try_from(open).unwrap_or_default());
                let figures = tally.figures(open, begun && !plan.by_time);
                let names = plan.names.iter().copied().zip(names.iter().cloned()).collect();
                let period = plan.by_time.then(|| period.clone());
                finished.push(Group { key: GroupKey { names, period }, figures });
            }
        }
        Ok(finished)
    }
}

/// Figures of a whole question: the total and, where asked for, the groups.
#[derive(Clone, Debug)]
pub struct Analytics {
    total: Cube,
    groups: Option<Cube>,
}

impl Analytics {
    /// Counts nothing yet.
    pub fn new(plan: Plan) -> Self {
        let total = Cube::new(plan.total());
        let grouped = plan.by_time || !plan.names.is_empty();
        Self { total, groups: grouped.then(|| Cube::new(plan)) }
    }

    /// Takes a ticket in.
    pub fn ticket(&mut self, fact: &TicketFact) {
        self.each(|cube| cube.ticket(fact));
    }

    /// Takes an outcome of triage in.
    pub fn triaged(&mut self, triaged: &Triaged) {
        self.each(|cube| cube.triaged(triaged));
    }

    fn each(&mut self, mut take: impl FnMut(&mut Cube)) {
        take(&mut self.total);
        self.groups.iter_mut().for_each(take);
    }

    /// Whether there are more groups than the answer may hold.
    pub fn is_full(&self) -> bool {
        self.groups.as_ref().is_some_and(Cube::is_full)
    }

    /// The total and the groups.
    ///
    /// # Errors
    /// As [`Cube::finish`].
    pub fn finish(self) -> Result<(Figures, Vec<Group>), PlanError> {
        let total = self.total.finish()?.pop().map(|group| group.figures).unwrap_or_default();
        Ok((total, self.groups.map_or_else(|| Ok(Vec::new()), Cube::finish)?))
    }
}

#[cfg(test)]
#[path = "cube_tests.rs"]
mod tests;
