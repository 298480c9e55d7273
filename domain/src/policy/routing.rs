//! Which team takes what, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Teams and the words that lead to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// Code of the team that takes what no rule claims.
    pub default_team: String,
    /// The teams.
    pub teams: Vec<Team>,
    /// Rules in order; the first that matches decides.
    #[serde(default)]
    pub rules: Vec<RoutingRule>,
}

/// A group of agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Stable code, recorded in events.
    pub code: String,
    /// How people see it.
    pub name: String,
}

/// Leads messages with any of some words to a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingRule {
    /// Stable code of the rule, recorded with the decision.
    pub code: String,
    /// Code of the team.
    pub team: String,
    /// Words and phrases; whole words count, case does not.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Codes of categories that lead to the team whatever the words.
    #[serde(default)]
    pub categories: Vec<String>,
}
