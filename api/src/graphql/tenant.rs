//! A tenant, as its policy in force describes it.

use async_graphql::SimpleObject;
use casebook_app::queries::TenantView;

use super::enums::Channel;

/// An organisation or brand.
#[derive(SimpleObject)]
pub(super) struct Tenant {
    /// Its name, as in filters.
    name: String,
    /// Name of the policy in force.
    policy_name: String,
    /// Version of the policy in force.
    policy_version: String,
    /// Its inboxes.
    inboxes: Vec<Inbox>,
    /// Its categories.
    categories: Vec<Category>,
    /// Codes of its gates, the most severe first.
    gates: Vec<String>,
}

/// One address or account of a channel.
#[derive(SimpleObject)]
pub(super) struct Inbox {
    /// Its name, as in filters.
    name: String,
    /// How people write to it.
    channel: Channel,
    /// Addresses at which it is reached.
    addresses: Vec<String>,
}

/// A subject matter of messages.
#[derive(SimpleObject)]
pub(super) struct Category {
    /// Its code, as in filters.
    code: String,
    /// What customers call it.
    customer_name: Option<String>,
}

impl Category {
    pub(super) const fn new(code: String, customer_name: Option<String>) -> Self {
        Self { code, customer_name }
    }
}

impl From<TenantView> for Tenant {
    fn from(view: TenantView) -> Self {
        let inboxes = view.inboxes.into_iter().map(|inbox| Inbox {
            name: inbox.name,
            channel: inbox.channel.into(),
            addresses: inbox.addresses,
        });
        let categories = view
            .categories
            .into_iter()
            .map(|category| Category::new(category.code, category.customer_name));
        Self {
            name: view.name,
            policy_name: view.policy_name,
            policy_version: view.policy_version,
            inboxes: inboxes.collect(),
            categories: categories.collect(),
            gates: view.gates,
        }
    }
}
