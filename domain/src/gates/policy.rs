//! The gate policy as data: what a TOML file of a tenant may say.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GateError;

/// Which text of a mail the gates read, beside its subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateScope {
    /// Subject and the whole body with quoted history and signature.
    SubjectAndFullText,
    /// Subject and what the person newly wrote.
    #[default]
    SubjectAndNewText,
}

/// A versioned set of gates: the policy data of one tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateSet {
    /// The text the gates read.
    #[serde(default)]
    pub scope: GateScope,
    /// Spelling variants: for each table, every pattern word that holds one of its keys also
    /// matches with all keys replaced (for example `ä` by `ae`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spellings: Vec<BTreeMap<String, String>>,
    /// Named word lists; a pattern refers to one as `<name>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Vec<String>>,
    /// Named conditions; a rule refers to one by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guards: BTreeMap<String, Condition>,
    /// The gates, the most severe first.
    pub gates: Vec<Gate>,
}

/// One gate: a code, what it tells a human, and the rules that make it fire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Machine code, unique in the set: small letters, digits and underscores.
    pub code: String,
    /// The escalation reason shown to agents.
    pub reason: String,
    /// A label of severity for display; the order of the gates is what decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// The gate fires when one of these rules holds.
    pub rules: Vec<Rule>,
}

/// A rule holds when every part that it names holds; it names at least a pattern or a fact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Patterns; a place in the text that matches one of them is a hit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<String>,
    /// Patterns that neutralise a hit they overlap ("blood worms" a hit on "blood").
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Conditions that must all hold around the hit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Guard>,
    /// Conditions none of which may hold around the hit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<Guard>,
    /// How often the person must have written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<ContactRule>,
    /// Credits the person must have received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<CreditRule>,
}

/// A condition given in place or by the name of a guard of the set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Guard {
    /// The name of an entry of [`GateSet::guards`].
    Named(String),
    /// The condition itself.
    Given(Box<Condition>),
}

/// Where a condition's match must lie, seen from the hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Before, after or over the hit.
    #[default]
    Near,
    /// Ends before the hit begins.
    Before,
    /// Begins after the hit ends.
    After,
    /// Shares at least one word with the hit.
    Over,
}

/// How far around the hit a condition looks at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bounds {
    /// Up to the next comma, bracket, dash or sentence end.
    Clause,
    /// Up to the sentence end.
    #[default]
    Sentence,
    /// The whole subject and text.
    Text,
}

/// A pattern that must (or must not) stand near a hit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Patterns; one of them must match.
    pub any: Vec<String>,
    /// On which side of the hit.
    #[serde(default)]
    pub place: Place,
    /// How many words may stand between the hit and the match; without it, any number within
    /// the bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u16>,
    /// How far to look.
    #[serde(default)]
    pub bounds: Bounds,
    /// Further conditions around the same hit that must all hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Guard>,
    /// Conditions around the same hit that make this one not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<Guard>,
}

/// A person wrote at least so often in a window that ends with this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRule {
    /// Contacts needed, this one included.
    pub at_least: u32,
    /// Length of the window in days of 24 hours.
    pub days: u32,
}

/// A person received at least so many credits in a window that ends with this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditRule {
    /// Credits needed; reversals (amounts of zero or less) do not count.
    pub at_least: u32,
    /// Length of the window in days of 24 hours.
    pub days: u32,
}

impl GateSet {
    /// Reads a policy from TOML and checks that it compiles.
    ///
    /// # Errors
    /// [`GateError::Toml`] for malformed text or unknown keys, else what [`GateSet::compile`]
    /// reports.
    pub fn from_toml(text: &str) -> Result<Self, GateError> {
        let set: Self = toml::from_str(text).map_err(|e| GateError::Toml(e.to_string()))?;
        set.compile()?;
        Ok(set)
    }
}
