//! Figures straight from the events, by going through all of them for each single figure: what
//! read models, statements and counting must come to, too.

use std::collections::{BTreeMap, HashMap};

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_domain::event::Event;
use casebook_domain::ids::{DecisionId, TicketId};
use casebook_domain::ticket::{
    GATED_CATEGORY, Status, Ticket, TicketClassified, TicketEvent, TicketGated,
};
use cqrs_es::Aggregate;

use crate::Recorded;
use crate::analytics::{
    DraftFigures, Figures, GateFigure, ModelFigures, Range, SatisfactionFigures, Spread,
    TicketFigures, TriageFigures,
};

/// Which tickets and whose figures; `None` means all.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// Of this tenant.
    pub tenant: Option<String>,
    /// Of this category, or of none.
    pub category: Option<Option<String>>,
    /// Of this team, or of none.
    pub team: Option<Option<String>>,
    /// Credited to this agent, or to nobody.
    pub agent: Option<Option<String>>,
}

impl Only {
    fn agent(&self, agent: Option<&String>) -> bool {
        self.agent.as_ref().is_none_or(|only| only.as_ref() == agent)
    }

    fn category(&self, category: Option<&String>) -> bool {
        self.category.as_ref().is_none_or(|only| only.as_ref() == category)
    }
}

/// Everything that happened to one ticket.
#[derive(Default)]
struct Story {
    tenant: String,
    ticket: Ticket,
    outbound: bool,
    received_at: Timestamp,
    team: Option<String>,
    corrected: bool,
    decided: Option<String>,
    usage: Option<DraftUsage>,
    opened: Vec<Timestamp>,
    ended: Vec<(Timestamp, Option<String>)>,
    approved: HashMap<String, String>,
    sent: Vec<(Timestamp, String)>,
    outcomes: BTreeMap<DecisionId, (Timestamp, Said)>,
}

/// What triage said about one message.
enum Said {
    Gated(TicketGated),
    Classified(Box<TicketClassified>),
    Nothing,
}

impl Story {
    fn tell(&mut self, event: &Recorded<Event>, told: &TicketEvent) {
        let was_open = self.ticket.exists() && self.ticket.status().is_open();
        self.ticket.apply(told.clone());
        match told {
            TicketEvent::TicketReceived(received) => self.received_at = received.received_at,
            TicketEvent::TicketStarted(started) => {
                (self.outbound, self.received_at) = (true, started.started_at);
            }
            TicketEvent::TicketAssigned(to) if to.team.is_some() => self.team = to.team.clone(),
            TicketEvent::CategoryCorrected(_) => self.corrected = true,
            TicketEvent::TicketGated(gated) => {
                self.corrected = false;
                self.decided = Some(GATED_CATEGORY.to_owned());
                self.outcome(gated.decision_id, event, Said::Gated(gated.clone()));
            }
            TicketEvent::TicketClassified(decision) => {
                self.corrected = false;
                self.decided = Some(decision.answer.category.clone());
                let said = Said::Classified(decision.clone());
                self.outcome(decision.decision_id, event, said);
            }
            TicketEvent::TriageFailed(failed) => {
                self.outcome(DecisionId::by_model(failed.message_id), event, Said::Nothing);
            }
            TicketEvent::ReplyApproved(approved) => {
                self.usage = Some(approved.comparison.usage);
                self.approved.insert(approved.reply_id.to_string(), approved.approved_by.clone());
            }
            TicketEvent::ReplyWithdrawn(_) => self.usage = None,
            TicketEvent::ReplySent(sent) => {
                let agent = self.approved[&sent.reply_id.to_string()].clone();
                self.sent.push((sent.sent_at, agent));
            }
            TicketEvent::TicketResolved(ended) => {
                let agent = self.sent.last().map(|(_, agent)| agent.clone());
                self.end(ended.at, agent);
            }
            TicketEvent::TicketClosed(ended) => {
                self.usage = None;
                let metadata = event.metadata();
                let actor = metadata.get("actor").map_or("", |actor| actor);
                let agent = actor.strip_prefix("agent:").map(str::to_owned);
                self.end(ended.at, agent);
            }
            _ => {}
        }
        if !was_open && self.ticket.status().is_open() {
            let at = match self.ended.last() {
                Some((ended, _)) => event.recorded_at.max(*ended),
                None => self.received_at,
            };
            self.opened.push(at);
        }
    }

    fn outcome(&mut self, id: DecisionId, event: &Recorded<Event>, said: Said) {
        self.outcomes.insert(id, (event.recorded_at, said));
    }

    fn end(&mut self, at: Timestamp, agent: Option<String>) {
        self.ended.push((at, agent));
    }

    /// Whether it was open just before an instant.
    fn open_before(&self, at: Timestamp) -> bool {
        let mut open = 0;
        for (index, opened) in self.opened.iter().enumerate() {
            open += i32::from(*opened < at);
            if let Some((ended, _)) = self.ended.get(index) {
                open -= i32::from((*ended).max(*opened) < at);
            }
        }
        open > 0
    }

    fn last_end(&self) -> Option<&(Timestamp, Option<String>)> {
        self.ended.last().filter(|_| !self.ticket.status().is_open())
    }

    fn category(&self) -> Option<String> {
        self.ticket.category().map(str::to_owned)
    }
}

/// What happened to every ticket.
pub struct Stories(BTreeMap<TicketId, Story>);

impl Stories {
    /// Tells what events make.
    pub fn of(events: &[Recorded<Event>]) -> Self {
        let mut stories: BTreeMap<TicketId, Story> = BTreeMap::new();
        for event in events {
            if let Event::Ticket(told) = &event.event
                && let Ok(id) = event.stream.id.parse()
            {
                let story = stories.entry(id).or_default();
                story.tenant.clone_from(&event.tenant);
                story.tell(event, told);
            }
        }
        Self(stories)
    }
}

/// The figures of a range, all but the backlog's; `open` is that of just before `as_of`.
pub fn naive_figures(stories: &Stories, range: Range, as_of: Timestamp, only: &Only) -> Figures {
    let asked = |story: &&Story| {
        only.tenant.as_ref().is_none_or(|tenant| *tenant == story.tenant)
            && only.team.as_ref().is_none_or(|team| *team == story.team)
    };
    let asked: Vec<&Story> = stories.0.values().filter(asked).collect();
    let mine: Vec<&Story> =
        asked.iter().copied().filter(|story| only.category(story.category().as_ref())).collect();
    let decided: Vec<&Story> =
        asked.iter().copied().filter(|story| only.category(story.decided.as_ref())).collect();
    Figures {
        tickets: tickets(&mine, range, only),
        open: (range.from < as_of).then(|| {
            let open = |story: &&&Story| {
                only.agent(story.ticket.standing().assignee.as_ref()) && story.open_before(as_of)
            };
            mine.iter().filter(open).count() as u64
        }),
        first_response: spread(&mine, |story| {
            let (at, agent) = story.sent.first()?;
            let counts = !story.outbound && range.holds(*at) && only.agent(Some(agent));
            counts.then_some(*at)
        }),
        resolution: spread(&mine, |story| {
            let (at, agent) = story.last_end()?;
            (range.holds(*at) && only.agent(agent.as_ref())).then_some(*at)
        }),
        drafts: drafts(&decided, range, only),
        triage: triage(&asked, range, only),
        satisfaction: SatisfactionFigures::default(),
        backlog: None,
    }
}

fn tickets(stories: &[&Story], range: Range, only: &Only) -> TicketFigures {
    let has = |story: &Story| only.agent(story.ticket.standing().assignee.as_ref());
    let count = |wanted: &dyn Fn(&Story) -> bool| {
        stories.iter().filter(|story| wanted(story)).count() as u64
    };
    let ended = |story: &Story| {
        let ends = |(at, agent): &(Timestamp, Option<String>)| {
            range.holds(*at) && only.agent(agent.as_ref())
        };
        story.last_end().is_some_and(ends)
    };
    let began = |story: &Story| range.holds(story.received_at) && has(story);
    let sum = |each: &dyn Fn(&Story) -> usize| {
        stories.iter().map(|story| each(story)).sum::<usize>() as u64
    };
    TicketFigures {
        received: count(&began),
        outbound: count(&|story| began(story) && story.outbound),
        received_ended: count(&|story| began(story) && !story.ticket.status().is_open()),
        resolved: count(&|s| ended(s) && s.ticket.status() == Status::Resolved),
        closed: count(&|s| ended(s) && s.ticket.status() == Status::Closed),
        reopened: sum(&|story| {
            let again = story.opened.iter().skip(1).filter(|at| range.holds(**at)).count();
            if has(story) { again } else { 0 }
        }),
        category_corrected: count(&|story| ended(story) && story.corrected),
        replies_sent: sum(&|story| {
            let mine =
                |(at, agent): &&(Timestamp, String)| range.holds(*at) && only.agent(Some(agent));
            story.sent.iter().filter(mine).count()
        }),
    }
}

fn drafts(stories: &[&Story], range: Range, only: &Only) -> DraftFigures {
    let count = |usage: DraftUsage| {
        let used = |story: &&&Story| {
            story.usage == Some(usage)
                && story
                    .last_end()
                    .is_some_and(|(at, agent)| range.holds(*at) && only.agent(agent.as_ref()))
        };
        stories.iter().filter(used).count() as u64
    };
    DraftFigures {
        sent_as_is: count(DraftUsage::SentAsIs),
        minor_edits: count(DraftUsage::MinorEdits),
        major_rewrite: count(DraftUsage::MajorRewrite),
        replaced: count(DraftUsage::Replaced),
        no_draft: count(DraftUsage::NoDraft),
    }
}

/// Percentiles by their definition: the smallest that enough others do not exceed.
fn spread(stories: &[&Story], end: impl Fn(&Story) -> Option<Timestamp>) -> Spread {
    let since = |story: &&Story| {
        let end = end(story)?.as_micros();
        Some((end - story.received_at.as_micros()).max(0))
    };
    let all: Vec<i64> = stories.iter().filter_map(since).collect();
    let percentile = |percent: usize| {
        let enough = |limit: &&i64| {
            all.iter().filter(|duration| duration <= limit).count() * 100 >= percent * all.len()
        };
        all.iter().filter(enough).min().map(|micros| *micros as f64 / 1e6)
    };
    let mean = all.iter().sum::<i64>() as f64 / all.len() as f64 / 1e6;
    Spread {
        count: all.len() as u64,
        average_seconds: (!all.is_empty()).then_some(mean),
        median_seconds: percentile(50),
        p90_seconds: percentile(90),
    }
}

fn triage(stories: &[&Story], range: Range, only: &Only) -> TriageFigures {
    let mut figures = TriageFigures::default();
    for story in stories {
        if !only.agent(story.ticket.standing().assignee.as_ref()) {
            continue;
        }
        for (at, said) in story.outcomes.values() {
            let category = match said {
                Said::Gated(_) => Some(GATED_CATEGORY.to_owned()),
                Said::Classified(decision) => Some(decision.answer.category.clone()),
                Said::Nothing => None,
            };
            if range.holds(*at) && only.category(category.as_ref()) {
                add(&mut figures, said);
            }
        }
    }
    figures
}

fn add(figures: &mut TriageFigures, said: &Said) {
    let decision = match said {
        Said::Nothing => {
            figures.failed += 1;
            return;
        }
        Said::Gated(gated) => {
            figures.gated += 1;
            figures.escalated += 1;
            for code in &gated.codes {
                let gate: &mut GateFigure = figures.gates.entry(code.clone()).or_default();
                gate.fired += 1;
                gate.triggers += u64::from(*code == gated.code);
            }
            return;
        }
        Said::Classified(decision) => decision,
    };
    let answer = &decision.answer;
    let escalates = answer.escalation_reason.is_some() || answer.category == GATED_CATEGORY;
    figures.escalated += u64::from(escalates);
    let run = &decision.run;
    if run.provider == "built_in" {
        figures.by_built_in += 1;
    } else {
        let hundredths = decision.answer.confidence.hundredths();
        figures.by_model += 1;
        figures.confidence_hundredths += u64::from(hundredths);
        figures.low_confidence += u64::from(decision.unsure);
        figures.histogram[usize::from(hundredths.min(99) / 10)] += 1;
    }
    let key = (run.provider.clone(), run.model_used.clone());
    let model: &mut ModelFigures = figures.models.entry(key).or_default();
    model.answers += 1;
    model.input_tokens += run.usage.input_tokens;
    model.output_tokens += run.usage.output_tokens;
    model.cache_read_tokens += run.usage.cache_read_tokens;
    model.cache_write_tokens += run.usage.cache_write_tokens;
    model.cost_micro_usd += run.cost_micro_usd;
    model.duration_ms += u64::from(run.execution_duration_ms);
}
