//! What the gates found, in the form that events keep.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Personal;

/// The verdicts of all gates of a policy on one message, the most severe gate first.
///
/// On the wire: `{"checked": [every code in order], "fired": [findings]}`, so that silent gates
/// cost a word each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Stored", into = "Stored")]
#[schemars(with = "Stored")]
pub struct GateOutcome {
    /// One verdict per gate, in the policy's order.
    pub verdicts: Vec<GateVerdict>,
}

/// One gate's verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateVerdict {
    /// The gate's code.
    pub code: String,
    /// Why it fired; `None` when it stayed silent.
    pub finding: Option<Finding>,
}

/// Why a gate fired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The gate's code.
    pub code: String,
    /// The gate's escalation reason.
    pub reason: String,
    /// The gate's label of severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// The words that matched, in reading order; at most [`Finding::MAX_MATCHES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<GateMatch>,
    /// Contacts counted, for a rule about contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<u32>,
    /// Credits counted, for a rule about credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<u32>,
}

impl Finding {
    /// Most matches that one finding keeps; they are for the reader's eye, not for the decision.
    pub const MAX_MATCHES: usize = 8;
}

/// Which text a match stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchPlace {
    /// The subject.
    Subject,
    /// The text the policy's scope names.
    Text,
}

/// Words of the mail that made a gate fire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateMatch {
    /// The words as written.
    pub words: Personal<String>,
    /// Where they stand.
    pub place: MatchPlace,
    /// Byte offset of the first word in that text as it was given.
    pub start: u32,
    /// Byte offset after the last word.
    pub end: u32,
}

impl GateVerdict {
    /// Whether the gate fired.
    pub const fn fired(&self) -> bool {
        self.finding.is_some()
    }
}

impl GateOutcome {
    /// Codes of the gates that fired, the most severe first.
    pub fn fired(&self) -> impl Iterator<Item = &str> {
        self.findings().map(|finding| finding.code.as_str())
    }

    /// Findings of the gates that fired, the most severe first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.verdicts.iter().filter_map(|verdict| verdict.finding.as_ref())
    }

    /// The finding that names the escalation: that of the most severe gate.
    pub fn first(&self) -> Option<&Finding> {
        self.findings().next()
    }
}

/// The compact wire form.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
struct Stored {
    /// Codes of every gate that was checked, the most severe first.
    checked: Vec<String>,
    /// Findings of the gates that fired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fired: Vec<Finding>,
}

impl From<GateOutcome> for Stored {
    fn from(outcome: GateOutcome) -> Self {
        let (checked, found): (Vec<_>, Vec<_>) =
            outcome.verdicts.into_iter().map(|v| (v.code, v.finding)).unzip();
        Self { checked, fired: found.into_iter().flatten().collect() }
    }
}

impl From<Stored> for GateOutcome {
    fn from(stored: Stored) -> Self {
        let mut fired = stored.fired;
        let verdict = |code: String| {
            let at = fired.iter().position(|finding| finding.code == code);
            GateVerdict { finding: at.map(|at| fired.remove(at)), code }
        };
        Self { verdicts: stored.checked.into_iter().map(verdict).collect() }
    }
}
