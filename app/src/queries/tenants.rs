//! The tenants that an actor may see, as their policies in force describe them.

use casebook_domain::channel::Channel;

use crate::{Access, App, AppError, Permission};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantView {
    /// Its name, as in identifiers and filters.
    pub name: String,
    /// Name of the policy in force.
    pub policy_name: String,
    /// Version of the policy in force.
    pub policy_version: String,
    /// Its inboxes.
    pub inboxes: Vec<InboxView>,
    /// Its categories.
    pub categories: Vec<CategoryView>,
    /// Codes of its gates, the most severe first.
    pub gates: Vec<String>,
}

/// An inbox of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxView {
    /// Its name.
    pub name: String,
    /// How people write to it.
    pub channel: Channel,
    /// Addresses at which it is reached.
    pub addresses: Vec<String>,
}

/// A category of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryView {
    /// Its code.
    pub code: String,
    /// What customers call it, in the tenant's first language.
    pub customer_name: Option<String>,
}

impl App {
    /// The tenants that the actor may see, by name.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to read.
    pub fn tenants(&self, access: &Access) -> Result<Vec<TenantView>, AppError> {
        access.require(Permission::Read)?;
        let names = access.visible(self.policies().tenants());
        let in_force = names.iter().filter_map(|name| self.policies().get(name));
        Ok(in_force.map(|now| view(&now)).collect())
    }
}

fn view(now: &crate::InForce) -> TenantView {
    let policy = &now.policy;
    let inboxes = policy.inboxes.iter().map(|inbox| InboxView {
        name: inbox.name.clone(),
        channel: inbox.channel,
        addresses: inbox.addresses.clone(),
    });
    let language = policy.primary_language();
    let categories = policy.categories.iter().map(|category| CategoryView {
        code: category.code.clone(),
        customer_name: category.customer_name.get(language, language).map(str::to_owned),
    });
    TenantView {
        name: policy.tenant.clone(),
        policy_name: policy.name.clone(),
        policy_version: now.version.clone(),
        inboxes: inboxes.collect(),
        categories: categories.collect(),
        gates: policy.gates.gates.iter().map(|gate| gate.code.clone()).collect(),
    }
}
