//! What the tenant's business knows about a contact.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gates::Credit;

/// A contact as the tenant's customer. Fields follow the SOP's tables `customers` and
/// `subscriptions`; everything is optional, because directories are incomplete.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerContext {
    /// Identifier in the tenant's own system.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// First name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// What they subscribe to.
    #[serde(default)]
    pub subscription: Option<Subscription>,
    /// Size of the box they receive, in the tenant's own words.
    #[serde(default)]
    pub box_size: Option<String>,
    /// Credits they were given.
    #[serde(default)]
    pub credits: Vec<Credit>,
}

/// A subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// State in the tenant's own words, for example `active` or `paused`.
    pub status: String,
    /// Name of the plan.
    #[serde(default)]
    pub plan: Option<String>,
    /// Weeks between deliveries.
    #[serde(default)]
    pub frequency_weeks: Option<u32>,
    /// Identifier in the subscription system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Date of the next payment, as YYYY-MM-DD.
    #[serde(default)]
    pub next_billing_date: Option<String>,
}

impl CustomerContext {
    /// First and last name, as far as known.
    pub fn full_name(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.first_name, &self.last_name]
            .into_iter()
            .filter_map(|part| part.as_deref().map(str::trim))
            .filter(|part| !part.is_empty())
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}
