//! What a draft may contain.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rules for the model's proposed reply: some are told to the model, all can be verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftRules {
    /// Domains that links in a draft may point to; a link elsewhere is refused.
    #[serde(default)]
    pub link_domains: Vec<String>,
    /// Mail addresses that a draft may name; another one is refused.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Longest draft in words; 0 sets no limit.
    #[serde(default)]
    pub max_words: u32,
    /// Rules in words, one sentence each, for the model.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Closing formulas that are cut off the end of a draft, because the sign-off is added later.
    #[serde(default)]
    pub sign_offs: Vec<String>,
}
