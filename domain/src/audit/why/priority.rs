//! The rules of priority, each with the values that it compared.

use serde::Serialize;

use super::trace::Trace;
use super::{Happened, Reference};
use crate::ticket::{Priority, TicketEvent, Urgency};

/// A rule of priority. They are asked in this order, and the first that matches decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityRule {
    /// We wrote last: outbound, or awaiting the customer.
    Awaiting,
    /// An agent called it urgent, high or low.
    Manual,
    /// A gate fired, or somebody gave a reason to escalate.
    Escalated,
    /// Triage was below the threshold, or failed.
    Unsure,
    /// Everything else.
    Normal,
}

impl PriorityRule {
    /// Every rule, in the order in which they are asked.
    pub const ALL: [Self; 5] =
        [Self::Awaiting, Self::Manual, Self::Escalated, Self::Unsure, Self::Normal];

    /// The rule as a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Awaiting => "We wrote first, or the customer has the next word: priority 4.",
            Self::Manual => "An agent called it urgent or high: priority 1; low: priority 3.",
            Self::Escalated => "A gate fired or there is a reason to escalate: priority 1.",
            Self::Unsure => {
                "The confidence lies below the policy's threshold, or triage failed: priority 2."
            }
            Self::Normal => "Everything else: priority 3.",
        }
    }
}

/// A value that a rule looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What it is, for example `confidence`.
    pub name: &'static str,
    /// The value as text.
    pub value: String,
}

/// One rule, asked about a ticket.
#[derive(Clone, PartialEq, Serialize)]
pub struct RuleLine {
    /// The rule.
    pub rule: PriorityRule,
    /// The priority that it gives, or would give if it matched.
    pub priority: Priority,
    /// Whether it matches.
    pub matches: bool,
    /// Whether it decides: it is the first that matches.
    pub decides: bool,
    /// What it looked at.
    pub compared: Vec<Compared>,
    /// The events behind those values.
    pub because: Vec<Reference>,
}

impl std::fmt::Debug for RuleLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("RuleLine");
        shown.field("rule", &self.rule).field("priority", &self.priority);
        shown.field("matches", &self.matches).field("decides", &self.decides);
        shown.finish_non_exhaustive()
    }
}

/// Every rule asked in its order.
pub(super) fn lines(trace: &Trace<'_>, threshold: impl Fn(&str) -> Option<f64>) -> Vec<RuleLine> {
    let mut lines = vec![
        awaiting(trace),
        manual(trace),
        escalated(trace),
        unsure(trace, threshold),
        line(PriorityRule::Normal, Priority::NORMAL, true, Vec::new(), []),
    ];
    if let Some(first) = lines.iter_mut().find(|line| line.matches) {
        first.decides = true;
    }
    lines
}

fn line<'a>(
    rule: PriorityRule,
    priority: Priority,
    matches: bool,
    compared: Vec<Compared>,
    because: impl IntoIterator<Item = &'a Happened>,
) -> RuleLine {
    let because = because.into_iter().map(Happened::reference).collect();
    RuleLine { rule, priority, matches, decides: false, compared, because }
}

fn compared(name: &'static str, value: impl ToString) -> Compared {
    Compared { name, value: value.to_string() }
}

fn awaiting(trace: &Trace<'_>) -> RuleLine {
    let matches = trace.standing.awaiting;
    let values = vec![compared("awaiting the customer", matches)];
    line(PriorityRule::Awaiting, Priority::AWAITING, matches, values, trace.awaiting)
}

fn manual(trace: &Trace<'_>) -> RuleLine {
    let urgency = trace.standing.urgency;
    let (priority, matches, name) = match urgency {
        Some(Urgency::Urgent) => (Priority::HIGH, true, "urgent"),
        Some(Urgency::High) => (Priority::HIGH, true, "high"),
        Some(Urgency::Low) => (Priority::NORMAL, true, "low"),
        Some(Urgency::Normal) => (Priority::HIGH, false, "normal"),
        None => (Priority::HIGH, false, "none"),
    };
    let values = vec![compared("urgency by an agent", name)];
    line(PriorityRule::Manual, priority, matches, values, trace.urgency)
}

fn escalated(trace: &Trace<'_>) -> RuleLine {
    let standing = &trace.standing;
    let matches = standing.escalated || !standing.gate_codes.is_empty();
    let codes = if standing.gate_codes.is_empty() {
        "none".to_owned()
    } else {
        standing.gate_codes.join(", ")
    };
    let mut values = vec![compared("gates that fired", codes)];
    values.push(compared("escalation reason", reason(trace).unwrap_or("none")));
    let mut because: Vec<&Happened> =
        trace.gates.values().copied().chain(trace.escalated).collect();
    because.sort_by_key(|happened| happened.position);
    because.dedup_by_key(|happened| happened.position);
    line(PriorityRule::Escalated, Priority::HIGH, matches, values, because)
}

/// Why the ticket was escalated, in the words of who did.
fn reason<'a>(trace: &Trace<'a>) -> Option<&'a str> {
    match &trace.escalated?.event {
        TicketEvent::TicketEscalated(escalated) => Some(escalated.reason.text()),
        TicketEvent::TicketClassified(decision) => {
            decision.answer.escalation_reason.as_ref().map(crate::Personal::text)
        }
        TicketEvent::DeliveryFailed(_) => Some("a reply could not be delivered"),
        TicketEvent::DeliveryUnknown(_) => Some("nobody can tell whether a reply was delivered"),
        TicketEvent::ReplyBounced(_) => Some("a reply came back"),
        TicketEvent::ReplacementFailed(_) => Some("a promised replacement will not come"),
        _ => None,
    }
}

fn unsure(trace: &Trace<'_>, threshold: impl Fn(&str) -> Option<f64>) -> RuleLine {
    let mut values = Vec::new();
    let mut because: Vec<&Happened> = trace.unsure.into_iter().collect();
    match trace.decision {
        Some((happened, decision)) => {
            let confidence = decision.answer.confidence.value();
            values.push(compared("confidence", format_args!("{confidence:.2}")));
            if let Some(limit) = threshold(&decision.policy_version) {
                values.push(compared("threshold", format_args!("{limit:.2}")));
            }
            values.push(compared("policy version", &decision.policy_version));
            if because.is_empty() {
                because.push(happened);
            }
        }
        None if trace.unsure.is_some() => values.push(compared("triage", "failed")),
        None => values.push(compared("confidence", "no decision by a model")),
    }
    line(PriorityRule::Unsure, Priority::MEDIUM, trace.standing.unsure, values, because)
}
