//! An agent's work on a ticket besides answering it.

use std::collections::BTreeSet;

use super::TicketError;
use crate::ticket::{
    Because, ByAgent, CategoryCorrected, Ended, LabelsChanged, PrioritySet, Snoozed, Ticket,
    TicketAssigned, TicketEscalated, TicketEvent, TicketReopened, Urgency, Woken,
};
use crate::{Personal, Timestamp};

/// Longest label, in characters.
pub const LABEL_CHARS_MAX: usize = 50;
/// Labels that a ticket can carry.
pub const LABELS_MAX: usize = 50;
/// Longest reason that an agent can give, in characters.
pub const REASON_CHARS_MAX: usize = 1000;

/// An agent's work besides answering. Times and names are passed in.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkCommand {
    /// Take it.
    Claim {
        /// The agent who acts.
        agent: String,
    },
    /// Give it back.
    Release {
        /// The agent who acts.
        agent: String,
    },
    /// Give it to somebody.
    Assign {
        /// The agent who gets it; `None` for nobody.
        agent: Option<String>,
        /// The team that gets it; `None` leaves it as it is.
        team: Option<String>,
    },
    /// Put labels on and take labels off.
    Label {
        /// Labels to put on.
        add: Vec<String>,
        /// Labels to take off.
        remove: Vec<String>,
    },
    /// Say how urgent it is.
    SetPriority(Urgency),
    /// Correct the category.
    CorrectCategory(String),
    /// Pass it on to those who decide.
    Escalate {
        /// Why.
        reason: String,
    },
    /// Mark that the customer has the next word.
    AwaitCustomer {
        /// The agent who acts.
        agent: String,
    },
    /// Put it aside until a time.
    Snooze {
        /// When it comes back.
        until: Timestamp,
        /// The present time.
        now: Timestamp,
    },
    /// Bring it back.
    Wake(Because),
    /// Close it without an answer.
    Close {
        /// The present time.
        now: Timestamp,
    },
    /// Open it again.
    Reopen,
}

type Decided = Result<Vec<TicketEvent>, TicketError>;

impl Ticket {
    pub(super) fn work(&self, command: WorkCommand) -> Decided {
        if let WorkCommand::Reopen = command {
            let reopened = TicketReopened { because: Because::Agent };
            let ended = !self.status().is_open();
            return Ok(ended
                .then_some(TicketEvent::TicketReopened(reopened))
                .into_iter()
                .collect());
        }
        // Words about a ticket can be put right after it ended; work on it cannot be done.
        if !matches!(command, WorkCommand::Label { .. } | WorkCommand::CorrectCategory(_)) {
            self.require_open()?;
        }
        match command {
            WorkCommand::Claim { agent } => self.claim(agent),
            WorkCommand::Release { agent } => self.release(agent),
            WorkCommand::Assign { agent, team } => Ok(self.assign(agent, team)),
            WorkCommand::Label { add, remove } => self.label(&add, &remove),
            WorkCommand::SetPriority(urgency) => {
                let set = PrioritySet { urgency };
                Ok(unless(self.standing.urgency == Some(urgency), TicketEvent::PrioritySet(set)))
            }
            WorkCommand::CorrectCategory(to) => {
                let same = self.category.as_ref() == Some(&to);
                let corrected = CategoryCorrected { from: self.category.clone(), to };
                Ok(unless(same, TicketEvent::CategoryCorrected(corrected)))
            }
            WorkCommand::Escalate { reason } => escalate(&reason),
            WorkCommand::AwaitCustomer { agent } => {
                self.require_no_reply_under_way()?;
                let awaited = TicketEvent::CustomerAwaited(ByAgent { agent });
                Ok(unless(self.standing.awaiting, awaited))
            }
            WorkCommand::Snooze { until, now } => self.snooze(until, now),
            WorkCommand::Wake(because) => {
                let woken = TicketEvent::Woken(Woken { because });
                Ok(unless(self.standing.snoozed_until.is_none(), woken))
            }
            WorkCommand::Close { now } => {
                self.require_no_reply_under_way()?;
                Ok(vec![TicketEvent::TicketClosed(Ended { at: now })])
            }
            WorkCommand::Reopen => Ok(Vec::new()),
        }
    }

    pub(super) const fn require_open(&self) -> Result<(), TicketError> {
        if self.status().is_open() { Ok(()) } else { Err(TicketError::NotOpen) }
    }

    pub(super) fn require_no_reply_under_way(&self) -> Result<(), TicketError> {
        match self.reply() {
            Some(reply) if reply.phase.is_under_way() => Err(TicketError::ReplyUnderWay),
            _ => Ok(()),
        }
    }

    fn claim(&self, agent: String) -> Decided {
        match &self.standing.assignee {
            Some(other) if *other != agent => Err(TicketError::TakenBy(other.clone())),
            Some(_) if self.status() == crate::ticket::Status::InProgress => Ok(Vec::new()),
            _ => Ok(vec![TicketEvent::TicketClaimed(ByAgent { agent })]),
        }
    }

    fn release(&self, agent: String) -> Decided {
        match &self.standing.assignee {
            None => Ok(Vec::new()),
            Some(other) if *other != agent => Err(TicketError::TakenBy(other.clone())),
            Some(_) => Ok(vec![TicketEvent::TicketReleased(ByAgent { agent })]),
        }
    }

    fn assign(&self, agent: Option<String>, team: Option<String>) -> Vec<TicketEvent> {
        let same_team = team.is_none() || team == self.team;
        let same = agent == self.standing.assignee && same_team;
        unless(same, TicketEvent::TicketAssigned(TicketAssigned { agent, team }))
    }

    fn label(&self, add: &[String], remove: &[String]) -> Decided {
        let add = labels(add)?;
        let remove = labels(remove)?;
        let added: Vec<String> = add
            .difference(&self.labels)
            .filter(|label| !remove.contains(*label))
            .cloned()
            .collect();
        let removed: Vec<String> = remove.intersection(&self.labels).cloned().collect();
        if self.labels.len() + added.len() - removed.len() > LABELS_MAX {
            return Err(TicketError::Invalid { field: "add", message: "at most 50 labels" });
        }
        let nothing = added.is_empty() && removed.is_empty();
        Ok(unless(nothing, TicketEvent::LabelsChanged(LabelsChanged { added, removed })))
    }

    fn snooze(&self, until: Timestamp, now: Timestamp) -> Decided {
        if until <= now {
            let message = "name a time that lies ahead";
            return Err(TicketError::Invalid { field: "until", message });
        }
        let same = self.standing.snoozed_until == Some(until);
        Ok(unless(same, TicketEvent::Snoozed(Snoozed { until })))
    }
}

fn escalate(reason: &str) -> Decided {
    let reason = reason.trim();
    let invalid = |message| TicketError::Invalid { field: "reason", message };
    if reason.is_empty() {
        return Err(invalid("say why"));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(invalid("at most 1000 characters"));
    }
    let reason = Personal::new(reason.to_owned());
    Ok(vec![TicketEvent::TicketEscalated(TicketEscalated { reason })])
}

/// Labels as they are stored: trimmed, in lower case, white space collapsed.
fn labels(given: &[String]) -> Result<BTreeSet<String>, TicketError> {
    let invalid = |message| TicketError::Invalid { field: "labels", message };
    let tidy = |label: &String| {
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        match label.chars().count() {
            0 => Err(invalid("a label is blank")),
            1..=LABEL_CHARS_MAX if !label.chars().any(char::is_control) => Ok(label),
            _ => Err(invalid("a label has at most 50 printable characters")),
        }
    };
    given.iter().map(tidy).collect()
}

fn unless(so_already: bool, event: TicketEvent) -> Vec<TicketEvent> {
    if so_already { Vec::new() } else { vec![event] }
}
