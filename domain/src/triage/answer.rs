//! The answer of triage as it is accepted, and the checks that it went through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Confidence;
use crate::Personal;
use crate::ticket::GATED_CATEGORY;

/// An answer that passed its checks: the seven fields of the model's reply (SOP CS-01 v2.4),
/// repaired where a check could repair them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// Code of a category of the policy; the escalation category when `escalation_reason` is set.
    pub category: String,
    /// How sure.
    pub confidence: Confidence,
    /// Proposed reply without sign-off; empty when escalated, or when no draft may be shown.
    pub draft_response: Personal<String>,
    /// Code of an action of the policy.
    pub action: Option<String>,
    /// Why a person must decide; `None` when nobody must.
    pub escalation_reason: Option<Personal<String>>,
    /// Subject for a message that has none, at most eight words.
    pub suggested_subject: Option<Personal<String>>,
    /// The customer's name, from the directory, else from the sign-off of the message.
    pub customer_name: Option<Personal<String>>,
}

impl Answer {
    /// Whether a person must decide: a reason was given, or the category says so. An answer that
    /// was accepted under a policy's own escalation category always has a reason.
    pub fn escalates(&self) -> bool {
        self.escalation_reason.is_some() || self.category == GATED_CATEGORY
    }
}

/// What one check of a raw answer found; recorded with the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Stable code of the check, for example `draft_links`.
    pub code: String,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// What was wrong or worth knowing, free of personal data; `None` when there is nothing to say.
    pub note: Option<String>,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// Nothing was changed.
    Passed,
    /// Something was wrong and has been put right, for example a sign-off cut off.
    Repaired,
    /// Part of the answer was withheld, for example a draft with a foreign link.
    Withheld,
    /// The answer cannot be used.
    Refused,
}
