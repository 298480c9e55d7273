//! Counts of one group while facts are taken in.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ticket::Status;
use casebook_domain::time::{MICROS_PER_DAY, MICROS_PER_SECOND};

use super::{Backlog, DraftFigures, Figures, SatisfactionFigures, Spread, TicketFigures};
use super::{TriageFigures, Triaged};
use crate::ticket_facts::TicketFact;

/// Counts of one group.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    tickets: TicketFigures,
    /// By how much more tickets are open at the end of this period than of the one before.
    pub more_open: i64,
    first_response: Vec<i64>,
    resolution: Vec<i64>,
    drafts: DraftFigures,
    triage: TriageFigures,
    satisfaction: SatisfactionFigures,
    ages: Vec<i64>,
    by_date: BTreeMap<String, u64>,
}

impl Tally {
    pub fn received(&mut self, fact: &TicketFact) {
        self.tickets.received += 1;
        self.tickets.outbound += u64::from(fact.is_outbound);
        self.tickets.received_ended += u64::from(fact.ended_at.is_some());
    }

    pub fn first_replied(&mut self, fact: &TicketFact, at: Timestamp) {
        self.first_response.push(micros(fact.received_at, at));
    }

    pub fn ended(&mut self, fact: &TicketFact, at: Timestamp) {
        let resolved = fact.status == Status::Resolved;
        self.tickets.resolved += u64::from(resolved);
        self.tickets.closed += u64::from(!resolved);
        self.tickets.category_corrected += u64::from(fact.category_corrected);
        self.resolution.push(micros(fact.received_at, at));
    }

    pub const fn used(&mut self, usage: DraftUsage) {
        self.drafts.add(usage);
    }

    pub const fn reopened(&mut self) {
        self.tickets.reopened += 1;
    }

    pub const fn replied(&mut self) {
        self.tickets.replies_sent += 1;
    }

    pub fn rated(&mut self, rating: u32) {
        self.satisfaction.ratings += 1;
        self.satisfaction.sum += u64::from(rating);
    }

    pub fn triaged(&mut self, triaged: &Triaged) {
        self.triage.add(&triaged.fact);
    }

    /// A ticket that is open at the end of the range.
    pub fn left_open(&mut self, fact: &TicketFact, as_of: Timestamp, date: String) {
        self.ages.push(micros(fact.received_at, as_of));
        *self.by_date.entry(date).or_default() += 1;
    }

    pub fn figures(self, open: Option<u64>, with_backlog: bool) -> Figures {
        let (ages, by_date) = (self.ages, self.by_date);
        Figures {
            tickets: self.tickets,
            open,
            first_response: Spread::of(self.first_response),
            resolution: Spread::of(self.resolution),
            drafts: self.drafts,
            triage: self.triage,
            satisfaction: self.satisfaction,
            backlog: with_backlog.then(|| backlog(ages, by_date)),
        }
    }
}

fn micros(from: Timestamp, to: Timestamp) -> i64 {
    to.as_micros().saturating_sub(from.as_micros())
}

fn backlog(ages: Vec<i64>, by_date: BTreeMap<String, u64>) -> Backlog {
    let older = |days: i64| ages.iter().filter(|age| **age > days * MICROS_PER_DAY).count() as u64;
    Backlog {
        oldest_seconds: ages.iter().max().map(|age| *age as f64 / MICROS_PER_SECOND as f64),
        over_24_hours: older(1),
        over_48_hours: older(2),
        age: Spread::of(ages),
        by_date,
    }
}
