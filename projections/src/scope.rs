//! Whose rows a query may see.

/// The tenants whose rows a query may see. Made by the authoriser of `app`; an empty list sees
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantScope {
    /// The tenants.
    pub tenants: Vec<String>,
}

impl TenantScope {
    /// The scope of one tenant.
    pub fn one(tenant: impl Into<String>) -> Self {
        Self { tenants: vec![tenant.into()] }
    }
}
