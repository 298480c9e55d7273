//! What the events say about tickets and decisions, worked out without any read model or SQL.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Standing, TicketEvent};
use casebook_store::Store;
use casebook_tests::{desk, inspect};

/// A ticket by its events.
#[derive(Clone, Debug, Default)]
pub struct ToldTicket {
    pub tenant: String,
    pub arrived: Timestamp,
    pub standing: Standing,
    pub usage: Option<DraftUsage>,
    /// When it was resolved or closed, while it is.
    pub resolved: Option<Timestamp>,
    /// From when to when it was resolved or closed before it was opened again.
    pub gaps: Vec<(Timestamp, Timestamp)>,
    pub first_reply: Option<Timestamp>,
    /// Category of its latest decision.
    pub category: Option<String>,
    pub decisions: u32,
    pub begun_by_us: bool,
}

/// A decision by its event.
#[derive(Clone, Debug)]
pub struct ToldDecision {
    pub ticket: TicketId,
    pub recorded: Timestamp,
    pub gate: Option<String>,
    pub hundredths: u32,
    pub model: String,
    pub escalates: bool,
}

/// Everything that figures are about.
#[derive(Debug, Default)]
pub struct Told {
    pub tickets: BTreeMap<TicketId, ToldTicket>,
    pub decisions: Vec<ToldDecision>,
}

impl Told {
    /// Reads the whole log.
    pub async fn of(store: &Store) -> Self {
        let mut told = Self::default();
        for stored in inspect::read_all(store.log()).await {
            let Event::Ticket(event) = desk::decode(&stored) else { continue };
            let id: TicketId = stored.stream.id.parse().expect("a ticket");
            let ticket = told.tickets.entry(id).or_default();
            ticket.tenant.clone_from(&stored.tenant);
            ticket.hear(&event, stored.recorded_at);
            if let Some(decision) = decision(&event) {
                ticket.decisions += 1;
                ticket.category = Some(decision.0);
                let (gate, hundredths, model, escalates) = decision.1;
                let recorded = stored.recorded_at;
                told.decisions.push(ToldDecision {
                    ticket: id,
                    recorded,
                    gate,
                    hundredths,
                    model,
                    escalates,
                });
            }
        }
        told
    }

    /// Tickets that are resolved or closed and whose reply was compared with a draft.
    pub fn compared(&self) -> impl Iterator<Item = (&ToldTicket, DraftUsage, Timestamp)> {
        self.tickets.values().filter_map(|ticket| Some((ticket, ticket.usage?, ticket.resolved?)))
    }
}

impl ToldTicket {
    fn hear(&mut self, event: &TicketEvent, recorded: Timestamp) {
        self.standing.evolve(event);
        match event {
            TicketEvent::TicketReceived(received) => self.arrived = received.received_at,
            TicketEvent::TicketStarted(started) => {
                self.arrived = started.started_at;
                self.begun_by_us = true;
            }
            TicketEvent::ReplyApproved(approved) => self.usage = Some(approved.comparison.usage),
            TicketEvent::ReplyWithdrawn(_) => self.usage = None,
            TicketEvent::ReplySent(sent) => {
                self.first_reply.get_or_insert(sent.sent_at);
            }
            TicketEvent::TicketResolved(ended) => self.resolved = Some(ended.at),
            TicketEvent::TicketClosed(ended) => {
                self.resolved = Some(ended.at);
                self.usage = None;
            }
            _ => {}
        }
        if self.standing.status.is_open()
            && let Some(ended) = self.resolved.take()
        {
            self.gaps.push((ended, recorded.max(ended)));
        }
    }

    /// Whether it was open just before an instant.
    pub fn was_open_before(&self, at: Timestamp) -> bool {
        let begun = self.arrived < at;
        let ended = self.resolved.is_some_and(|resolved| resolved.max(self.arrived) < at);
        let in_gap = self.gaps.iter().any(|(from, to)| *from < at && *to >= at);
        begun && !ended && !in_gap
    }
}

/// Category; gate, confidence in hundredths, model, whether it escalates.
type Decided = (String, (Option<String>, u32, String, bool));

fn decision(event: &TicketEvent) -> Option<Decided> {
    match event {
        TicketEvent::TicketGated(gated) => {
            let model = "policy_gate".to_owned();
            Some(("escalation".to_owned(), (Some(gated.code.clone()), 0, model, true)))
        }
        TicketEvent::TicketClassified(decision) => {
            let answer = &decision.answer;
            let escalates = answer.category == "escalation"
                || answer.escalation_reason.as_ref().is_some_and(|reason| reason.get().is_some());
            let hundredths = answer.confidence.hundredths().into();
            let model = decision.run.model_used.clone();
            Some((answer.category.clone(), (None, hundredths, model, escalates)))
        }
        _ => None,
    }
}

/// A share in percent with one decimal, rounded half up as PostgreSQL's `ROUND` does.
pub fn percent(part: usize, whole: usize) -> String {
    let tenths = (part * 2_000 + whole) / (2 * whole);
    format!("{}.{}", tenths / 10, tenths % 10)
}
