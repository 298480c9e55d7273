//! What the model is told: the prompt's text and the articles beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names that `{{...}}` may hold in a prompt; see [`crate::policy::Policy::system_prompt`].
pub const PROMPT_VARIABLES: [&str; 7] =
    ["actions", "brand", "categories", "draft_rules", "knowledge", "languages", "personas"];

/// The instruction to the model and the lines that introduce the person who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// The system prompt, with variables such as `{{categories}}`.
    pub system: String,
    /// The line above what is known about a customer.
    pub known_customer: String,
    /// The line that stands instead when the directory knows nobody (SOP CS-01 v2.4).
    pub unknown_customer: String,
}

/// An article that the model may rely on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeText {
    /// Path of the file inside the tenant's folder, for example `knowledge/delivery.md`.
    pub path: String,
    /// The article in Markdown.
    pub text: String,
}

impl KnowledgeText {
    /// The first heading, else the path.
    pub fn title(&self) -> &str {
        self.text
            .lines()
            .find_map(|line| line.strip_prefix("# "))
            .map_or(self.path.as_str(), str::trim)
    }
}
