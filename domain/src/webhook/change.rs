//! What is to change about a subscription.

use std::fmt;

use serde::Serialize;

use super::Subscription;

/// What is to change about a subscription; what is left out stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChangeWebhook {
    /// The address.
    pub url: Option<String>,
    /// Public types of events; none means all.
    pub types: Option<Vec<String>>,
    /// Whether events are sent with personal data.
    pub personal: Option<bool>,
    /// What it is for.
    pub description: Option<String>,
}

impl ChangeWebhook {
    /// A subscription with the change made to it.
    #[must_use]
    pub fn made_to(&self, before: &Subscription) -> Subscription {
        let Self { url, types, personal, description } = self.clone();
        Subscription {
            url: url.unwrap_or_else(|| before.url.clone()),
            types: types.unwrap_or_else(|| before.types.clone()),
            personal: personal.unwrap_or(before.personal),
            description: description.unwrap_or_else(|| before.description.clone()),
        }
    }
}

impl fmt::Debug for ChangeWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeWebhook").field("types", &self.types).finish_non_exhaustive()
    }
}
