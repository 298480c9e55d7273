//! What agents do to a ticket, in words.

use super::list;
use crate::ticket::{
    Because, ByAgent, CategoryCorrected, Ended, LabelsChanged, PrioritySet, Snoozed,
    TicketAssigned, TicketReopened, Urgency, Woken,
};

pub(super) fn escalated() -> String {
    "The ticket was escalated, with a reason.".to_owned()
}

pub(super) fn claimed(by: &ByAgent) -> String {
    format!("{} took the ticket.", by.agent)
}

pub(super) fn released(by: &ByAgent) -> String {
    format!("{} gave the ticket back.", by.agent)
}

pub(super) fn assigned(to: &TicketAssigned) -> String {
    let agent = to.agent.as_deref().unwrap_or("nobody");
    match &to.team {
        Some(team) => format!("The ticket was given to {agent} in team {team}."),
        None => format!("The ticket was given to {agent}."),
    }
}

pub(super) fn labelled(change: &LabelsChanged) -> String {
    match (change.added.as_slice(), change.removed.as_slice()) {
        (added, []) => format!("Labels were put on: {}.", list(added)),
        ([], removed) => format!("Labels were taken off: {}.", list(removed)),
        (added, removed) => {
            format!("Labels were put on: {}; taken off: {}.", list(added), list(removed))
        }
    }
}

pub(super) fn urgency(set: PrioritySet) -> String {
    let urgency = match set.urgency {
        Urgency::Urgent => "urgent: it counts as priority 1",
        Urgency::High => "high: it counts as priority 1",
        Urgency::Normal => "normal: triage decides the priority",
        Urgency::Low => "low: it never rises above priority 3",
    };
    format!("The urgency was set to {urgency}.")
}

pub(super) fn corrected(corrected: &CategoryCorrected) -> String {
    let from = corrected.from.as_deref().unwrap_or("none");
    format!("The category was corrected from {from} to {}.", corrected.to)
}

pub(super) fn awaited(by: &ByAgent) -> String {
    format!("{} left the next word to the customer.", by.agent)
}

pub(super) fn snoozed(snoozed: Snoozed) -> String {
    format!("The ticket was put aside until {}.", snoozed.until)
}

pub(super) fn woken(woken: Woken) -> String {
    format!("The ticket came back from being put aside because {}.", because(woken.because))
}

pub(super) fn resolved(ended: Ended) -> String {
    format!("The ticket was resolved at {}: it is answered.", ended.at)
}

pub(super) fn closed(ended: Ended) -> String {
    format!("The ticket was closed at {} without an answer.", ended.at)
}

pub(super) fn reopened(reopened: TicketReopened) -> String {
    format!("The ticket was opened again because {}.", because(reopened.because))
}

const fn because(because: Because) -> &'static str {
    match because {
        Because::Customer => "the customer wrote",
        Because::Agent => "an agent said so",
        Because::Time => "the time had come",
    }
}
