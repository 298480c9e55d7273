//! What a message can be about, and what triage may recommend.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text in several languages, by language tag (`en`, `de`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Localised(pub BTreeMap<String, String>);

impl Localised {
    /// The text in `language`, else in `fallback`, else in whichever language comes first.
    ///
    /// `de-AT` finds `de`: the region is dropped when the full tag is unknown.
    pub fn get(&self, language: &str, fallback: &str) -> Option<&str> {
        [language, base(language), fallback]
            .into_iter()
            .find_map(|tag| self.0.get(tag))
            .or_else(|| self.0.values().next())
            .map(String::as_str)
    }
}

/// The language of a tag without script and region.
fn base(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

/// What part a category plays in triage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CategoryRole {
    /// A subject matter like any other.
    #[default]
    Ordinary,
    /// The category of every gated or escalated ticket; exactly one.
    Escalation,
    /// The category of messages that fit no other; exactly one.
    Fallback,
}

/// A subject matter of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Stable code, recorded in events.
    pub code: String,
    /// How a customer sees it, for example in the subject "Your delivery".
    pub customer_name: Localised,
    /// What belongs here, in words for the model.
    pub description: String,
    /// Typical messages, for the built-in classifier and for the model.
    #[serde(default)]
    pub examples: Vec<String>,
    /// What part it plays in triage.
    #[serde(default)]
    pub role: CategoryRole,
    /// Whether a human must review each reply even where autonomy is allowed.
    #[serde(default)]
    pub mandatory_review: bool,
}

/// One thing that triage may recommend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Stable code, recorded in events.
    pub code: String,
    /// How an agent sees it.
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localised_text_falls_back_by_region_then_default_then_any() {
        let text = Localised(BTreeMap::from([
            ("de".to_owned(), "Lieferung".to_owned()),
            ("en".to_owned(), "delivery".to_owned()),
        ]));
        assert_eq!(text.get("de-AT", "en"), Some("Lieferung"));
        assert_eq!(text.get("fr", "en"), Some("delivery"));
        assert_eq!(text.get("fr", "it"), Some("Lieferung"));
        assert_eq!(Localised::default().get("fr", "it"), None);
    }
}
