//! The data behind the rules for subjects; the rules themselves are in [`crate::subject`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Localised;

/// What stands for `{category}` in a subject template.
pub(crate) const CATEGORY_SLOT: &str = "{category}";

/// How subjects are cleaned, recognised as blank and replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRules {
    /// Subjects that say nothing, such as `(no subject)`; round, square and angle brackets are
    /// the same.
    pub placeholders: Vec<String>,
    /// Marks that mail programs put before the subject of an answer or a forwarded mail, without
    /// their colon.
    #[serde(default = "known_reply_marks")]
    pub reply_marks: Vec<String>,
    /// Subject of a ticket that has none, by language; `{category}` is the category's
    /// customer-facing name.
    pub fallback: Localised,
}

/// Marks of common mail programs: English, German, French, Nordic, Dutch, Spanish, Portuguese,
/// Italian, Polish, Turkish and Chinese.
fn known_reply_marks() -> Vec<String> {
    [
        "re", "aw", "antw", "antwort", "wg", "fwd", "fw", "sv", "vs", "vb", "vl", "rv", "res",
        "enc", "tr", "réf", "rif", "odp", "pd", "ynt", "ilt", "doorst", "betr", "回复", "答复",
        "转发",
    ]
    .map(str::to_owned)
    .to_vec()
}
