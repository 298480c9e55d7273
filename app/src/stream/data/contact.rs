//! What is known of the people who write.

use casebook_domain::ids::ContactId;
use schemars::JsonSchema;
use serde::Serialize;

/// A person became known.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ContactRegistered {
    /// The contact; random, says nothing about the person.
    pub contact_id: ContactId,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<ContactPerson>,
}

/// Who a contact is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ContactPerson {
    /// Normalised address.
    pub address: Option<String>,
    /// Name as the person writes it.
    pub name: Option<String>,
}

/// The tenant's business told what it knows about a contact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ContactContextChanged {
    /// The contact.
    pub contact_id: ContactId,
    /// Where it comes from, for example `import`.
    pub source: String,
    /// What tells something about the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<ContextPerson>,
}

/// What the tenant's business knows about a contact.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ContextPerson {
    /// Identifier in the tenant's own system.
    pub customer_id: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// State of the subscription in the tenant's own words; null without one.
    pub subscription_status: Option<String>,
    /// Name of the subscribed plan.
    pub plan: Option<String>,
    /// Size of the box they receive, in the tenant's own words.
    pub box_size: Option<String>,
    /// Number of credits they were given.
    pub credit_count: u64,
}
