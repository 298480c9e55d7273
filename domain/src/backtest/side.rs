//! One side of a ticket: what triage alone makes of it under one policy.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::contender::{AnswerVerdict, MessageVerdict};
use super::names::Names;
use crate::ticket::Priority;
use crate::triage::Confidence;

/// What a policy foretells about the work on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Forecast {
    /// A gate fired.
    Gated,
    /// Triage gave a reason to escalate.
    Escalated,
    /// Triage was below the priority threshold, or failed.
    Unsure,
    /// Triage was sure.
    Confident,
    /// No answer is recorded: a model would be asked.
    Unknown,
}

impl Forecast {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 5] =
        [Self::Gated, Self::Escalated, Self::Unsure, Self::Confident, Self::Unknown];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gated => "gated",
            Self::Escalated => "escalated",
            Self::Unsure => "unsure",
            Self::Confident => "confident",
            Self::Unknown => "unknown",
        }
    }
}

/// What became of the draft of a ticket's latest decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftChange {
    /// The same draft, or none on either side.
    Same,
    /// Another text.
    Changed,
    /// There was one and is none now.
    Withheld,
    /// There was none and is one now.
    Appeared,
}

impl DraftChange {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Withheld => "withheld",
            Self::Appeared => "appeared",
        }
    }
}

/// What triage alone makes of a ticket, to be read by people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Gates that fired for any of its messages, by code.
    pub gates: Vec<String>,
    /// Whether a gate fired or triage gave a reason to escalate.
    pub escalated: bool,
    /// Place in the queue; `None` while nobody decided.
    pub priority: Option<u8>,
    /// Code of the category; `None` while nobody decided.
    pub category: Option<String>,
    /// Confidence of the latest answer that counted.
    pub confidence: Option<f64>,
    /// Subject; `None` while the ticket has none.
    pub subject: Option<String>,
    /// What it foretells.
    pub forecast: Forecast,
}

/// Where the latest message stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Latest {
    #[default]
    Waiting,
    Gated,
    Answered,
}

/// One side of a ticket. Small, because a run keeps one pair for each ticket.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    gates: Box<[u16]>,
    subject: Option<Box<str>>,
    category: Option<u16>,
    confidence: Option<Confidence>,
    /// The first bytes of the draft's SHA-256; 0 when there is none.
    draft: u64,
    escalated: bool,
    unsure: bool,
    latest: Latest,
}

impl Side {
    /// A ticket that began before the run: it has a subject, which is not known.
    pub(super) fn joined() -> Self {
        Self { subject: Some("".into()), ..Self::default() }
    }

    /// Takes a message in, as [`crate::ticket::Standing`] does: earlier gates stay, what triage
    /// said about the message before does not.
    pub(super) fn take_message(
        &mut self,
        verdict: &MessageVerdict,
        is_first: bool,
        names: &mut Names,
    ) {
        if is_first {
            self.subject = verdict.subject.as_deref().map(Into::into);
        }
        self.unsure = false;
        self.draft = 0;
        self.latest = Latest::Waiting;
        if verdict.gates.is_empty() {
            return;
        }
        self.latest = Latest::Gated;
        self.category = Some(names.number(&verdict.gated_category));
        if self.subject.is_none() {
            self.subject = verdict.gated_subject.as_deref().map(Into::into);
        }
        let mut gates = self.gates.to_vec();
        gates.extend(verdict.gates.iter().map(|code| names.number(code)));
        gates.sort_unstable();
        gates.dedup();
        self.gates = gates.into();
    }

    /// Takes an answer about the latest message in; answers whether it counts, which it does not
    /// where a gate decided.
    pub(super) fn take_answer(&mut self, verdict: &AnswerVerdict, names: &mut Names) -> bool {
        if self.latest != Latest::Waiting {
            return false;
        }
        self.latest = Latest::Answered;
        let AnswerVerdict::Accepted {
            category, confidence, unsure, escalates, draft, subject, ..
        } = verdict
        else {
            self.unsure = true;
            return true;
        };
        self.category = Some(names.number(category));
        self.confidence = Some(*confidence);
        self.unsure = *unsure;
        self.escalated |= *escalates;
        if self.subject.is_none() {
            self.subject = Some(subject.as_str().into());
        }
        let shown = !self.is_escalated() && !draft.trim().is_empty();
        self.draft = if shown { fingerprint(draft) } else { 0 };
        true
    }

    pub(super) const fn is_escalated(&self) -> bool {
        self.escalated || !self.gates.is_empty()
    }

    pub(super) const fn category(&self) -> Option<u16> {
        self.category
    }

    pub(super) fn forecast(&self) -> Forecast {
        match self.latest {
            _ if !self.gates.is_empty() => Forecast::Gated,
            _ if self.escalated => Forecast::Escalated,
            Latest::Waiting => Forecast::Unknown,
            _ if self.unsure => Forecast::Unsure,
            _ => Forecast::Confident,
        }
    }

    pub(super) fn priority(&self) -> Option<Priority> {
        let known = self.forecast() != Forecast::Unknown;
        known.then(|| Priority::by_triage(self.is_escalated(), self.unsure))
    }

    pub(super) const fn draft_change(&self, after: &Self) -> DraftChange {
        match (self.draft, after.draft) {
            (before, after) if before == after => DraftChange::Same,
            (_, 0) => DraftChange::Withheld,
            (0, _) => DraftChange::Appeared,
            _ => DraftChange::Changed,
        }
    }

    /// Whether both sides come to the same in everything that people see.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.gates == other.gates
            && self.is_escalated() == other.is_escalated()
            && self.priority() == other.priority()
            && self.category == other.category
            && self.confidence == other.confidence
            && self.same_subject(other)
            && self.draft == other.draft
    }

    pub(super) fn same_subject(&self, other: &Self) -> bool {
        self.subject == other.subject
    }

    pub(super) fn outcome(&self, names: &Names) -> Outcome {
        Outcome {
            gates: self.gates.iter().map(|gate| names.code(*gate).to_owned()).collect(),
            escalated: self.is_escalated(),
            priority: self.priority().map(Priority::number),
            category: self.category.map(|category| names.code(category).to_owned()),
            confidence: self.confidence.map(Confidence::value),
            subject: self.subject.as_deref().filter(|text| !text.is_empty()).map(str::to_owned),
            forecast: self.forecast(),
        }
    }
}

/// A number that tells texts apart; never 0.
fn fingerprint(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    let first = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    first.max(1)
}
