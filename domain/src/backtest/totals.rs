//! Totals over all tickets of a run.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ledger::{Count, Human, Ledger, Track};
use super::side::{DraftChange, Forecast};

/// A number on either side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// Under the policy of that time, or the other policy.
    pub before: u64,
    /// Under the policy that is tried.
    pub after: u64,
}

impl Pair {
    const fn of(count: Count) -> Self {
        Self { before: count.before, after: count.after }
    }

    fn add(&mut self, before: bool, after: bool) {
        self.before += u64::from(before);
        self.after += u64::from(after);
    }
}

/// How many messages a gate fires for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateTotal {
    /// Code of the gate.
    pub code: String,
    /// Messages on either side.
    #[serde(flatten)]
    pub messages: Pair,
    /// Messages for which it fires on both sides.
    pub both: u64,
}

/// How many tickets come to a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CategoryTotal {
    /// Code of the category; `None` for tickets that nobody decided.
    pub code: Option<String>,
    /// Tickets on either side.
    #[serde(flatten)]
    pub tickets: Pair,
    /// Tickets that leave it: in it before, and elsewhere after.
    pub leave: u64,
    /// Tickets that come to it: elsewhere before, and in it after.
    pub arrive: u64,
}

/// How many tickets come to a priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PriorityTotal {
    /// 1 to 3; `None` for tickets that nobody decided.
    pub priority: Option<u8>,
    /// Tickets on either side.
    #[serde(flatten)]
    pub tickets: Pair,
}

/// How many tickets were foretold one thing and met another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// What triage foretells.
    pub forecast: Forecast,
    /// What humans did.
    pub human: Human,
    /// Tickets on either side.
    #[serde(flatten)]
    pub tickets: Pair,
}

/// Totals of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Messages that were judged.
    pub messages: u64,
    /// Their tickets.
    pub tickets: u64,
    /// Tickets on which the sides differ in anything.
    pub changed: u64,
    /// Raw answers that were accepted again.
    pub answers: u64,
    /// Answers that cannot be used.
    pub refused: Pair,
    /// Answers below `thresholds.notify`.
    pub notified: Pair,
    /// Answers that reach `thresholds.autonomy` in a category that allows that.
    pub autonomous: Pair,
    /// Tickets that are escalated by a gate or by triage.
    pub escalated: Pair,
    /// Tickets whose subject differs.
    pub subjects_changed: u64,
    /// Tickets with a reply that would be signed otherwise.
    pub sign_offs_changed: u64,
    /// Tickets with a reply that would carry another subject.
    pub reply_subjects_changed: u64,
    /// Tickets by what became of their draft.
    pub drafts: BTreeMap<DraftChange, u64>,
    /// By gate, the most frequent first.
    pub gates: Vec<GateTotal>,
    /// By category, the most frequent first.
    pub categories: Vec<CategoryTotal>,
    /// By priority.
    pub priorities: Vec<PriorityTotal>,
    /// What was foretold against what humans did; pairs that occur.
    pub confusion: Vec<Confusion>,
}

/// Counts while all tickets are gone through.
#[derive(Default)]
struct Tally {
    categories: BTreeMap<Option<u16>, (Pair, u64, u64)>,
    priorities: BTreeMap<Option<u8>, Pair>,
    confusion: BTreeMap<(Forecast, Human), Pair>,
}

impl Tally {
    fn add(&mut self, track: &Track) {
        let (before, after) = (&track.before, &track.after);
        let moved = before.category() != after.category();
        let from = self.categories.entry(before.category()).or_default();
        from.0.before += 1;
        from.1 += u64::from(moved);
        let to = self.categories.entry(after.category()).or_default();
        to.0.after += 1;
        to.2 += u64::from(moved);
        let number = |side: &super::side::Side| side.priority().map(|priority| priority.number());
        self.priorities.entry(number(before)).or_default().before += 1;
        self.priorities.entry(number(after)).or_default().after += 1;
        let human = track.human();
        self.confusion.entry((before.forecast(), human)).or_default().before += 1;
        self.confusion.entry((after.forecast(), human)).or_default().after += 1;
    }
}

impl Ledger {
    /// Totals of everything so far.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals {
            messages: self.messages,
            tickets: self.tracks.len() as u64,
            answers: self.answers,
            refused: Pair::of(self.refused),
            notified: Pair::of(self.notified),
            autonomous: Pair::of(self.autonomous),
            gates: self.gate_totals(),
            ..Totals::default()
        };
        let mut tally = Tally::default();
        for track in &self.tracks {
            let (before, after) = (&track.before, &track.after);
            totals.changed += u64::from(track.changed());
            totals.escalated.add(before.is_escalated(), after.is_escalated());
            totals.subjects_changed += u64::from(!before.same_subject(after));
            totals.sign_offs_changed += u64::from(track.sign_off);
            totals.reply_subjects_changed += u64::from(track.reply_subject);
            *totals.drafts.entry(before.draft_change(after)).or_default() += 1;
            tally.add(track);
        }
        totals.categories = self.category_totals(tally.categories);
        let priority = |(priority, tickets)| PriorityTotal { priority, tickets };
        totals.priorities = tally.priorities.into_iter().map(priority).collect();
        totals.priorities.sort_by_key(|total| total.priority.unwrap_or(u8::MAX));
        let confusion = tally.confusion.into_iter();
        totals.confusion = confusion
            .map(|((forecast, human), tickets)| Confusion { forecast, human, tickets })
            .collect();
        totals
    }

    fn gate_totals(&self) -> Vec<GateTotal> {
        let mut totals: Vec<GateTotal> = self
            .gates
            .iter()
            .map(|(number, count)| GateTotal {
                code: self.names.code(*number).to_owned(),
                messages: Pair::of(*count),
                both: count.both,
            })
            .collect();
        totals.sort_by(|a, b| {
            let size = |total: &GateTotal| total.messages.before.max(total.messages.after);
            size(b).cmp(&size(a)).then_with(|| a.code.cmp(&b.code))
        });
        totals
    }

    fn category_totals(
        &self,
        counts: BTreeMap<Option<u16>, (Pair, u64, u64)>,
    ) -> Vec<CategoryTotal> {
        let mut totals: Vec<CategoryTotal> = counts
            .into_iter()
            .map(|(number, (tickets, leave, arrive))| CategoryTotal {
                code: number.map(|number| self.names.code(number).to_owned()),
                tickets,
                leave,
                arrive,
            })
            .collect();
        totals.sort_by(|a, b| {
            let size = |total: &CategoryTotal| total.tickets.before.max(total.tickets.after);
            size(b).cmp(&size(a)).then_with(|| a.code.cmp(&b.code))
        });
        totals
    }
}
