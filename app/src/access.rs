//! Who asks, and what they may see and do.
//!
//! Only this module makes an [`Access`], so a query or use case that takes one has been
//! authorised.

use std::fmt;

use crate::AppError;

/// Who acts; recorded with every event as `actor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person of the tenant, by name.
    Agent(String),
    /// A program that hands in or takes out data, by name.
    Integration(String),
    /// Casebook itself, by the part that acts.
    System(&'static str),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(name) => write!(f, "agent:{name}"),
            Self::Integration(name) => write!(f, "integration:{name}"),
            Self::System(part) => write!(f, "system:{part}"),
        }
    }
}

impl Actor {
    /// The bare name.
    pub const fn name(&self) -> &str {
        match self {
            Self::Agent(name) | Self::Integration(name) => name.as_str(),
            Self::System(part) => part,
        }
    }
}

/// An agent's bare name, with or without `agent:` before it; `None` unless it has 1 to 100
/// letters, digits, `.`, `_`, `-` or `@`.
pub(crate) fn agent_name(name: &str) -> Option<&str> {
    let bare = name.strip_prefix("agent:").unwrap_or(name);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    (!bare.is_empty() && bare.len() <= 100 && bare.chars().all(fits)).then_some(bare)
}

/// What an actor may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See conversations, tickets and contacts.
    Read,
    /// Hand in messages.
    Intake,
    /// Work on tickets and answer them.
    Work,
    /// Publish policies and import directories.
    Administer,
    /// Follow public events, which tell nothing about the people who write.
    Follow,
    /// See personal data in public events.
    Personal,
}

/// Which tenants an actor may see.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tenants {
    All,
    Only(Vec<String>),
}

/// Proof that somebody was authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    actor: Actor,
    tenants: Tenants,
    permissions: &'static [Permission],
}

impl Access {
    /// Somebody at the console of the machine: everything, in the name of a part of Casebook.
    pub const fn operator(part: &'static str) -> Self {
        Self {
            actor: Actor::System(part),
            tenants: Tenants::All,
            permissions: &[
                Permission::Read,
                Permission::Intake,
                Permission::Work,
                Permission::Administer,
                Permission::Follow,
                Permission::Personal,
            ],
        }
    }

    /// An agent who presented the API token. Until accounts exist, the token opens all tenants.
    ///
    /// # Errors
    /// `INVALID` when the name is not `agent:` and 1 to 100 letters, digits, `.`, `_`, `-` or `@`.
    pub fn agent(name: &str) -> Result<Self, AppError> {
        let bare = agent_name(name)
            .ok_or_else(|| AppError::invalid("x-casebook-agent", "use agent:<name>"))?;
        Ok(Self {
            actor: Actor::Agent(bare.to_owned()),
            tenants: Tenants::All,
            permissions: &[
                Permission::Read,
                Permission::Work,
                Permission::Administer,
                Permission::Follow,
                Permission::Personal,
            ],
        })
    }

    /// A program that presented the token of `api.integrations.<name>`: it follows public events
    /// of these tenants, with personal data where the settings say so, and does nothing else.
    pub fn integration(name: &str, tenants: Vec<String>, personal: bool) -> Self {
        let permissions: &[Permission] = if personal {
            &[Permission::Follow, Permission::Personal]
        } else {
            &[Permission::Follow]
        };
        Self {
            actor: Actor::Integration(name.to_owned()),
            tenants: Tenants::Only(tenants),
            permissions,
        }
    }

    /// A mail route that presented the intake secret of these tenants; `None` means all.
    pub fn intake(tenants: Option<Vec<String>>) -> Self {
        Self {
            actor: Actor::Integration("intake".to_owned()),
            tenants: tenants.map_or(Tenants::All, Tenants::Only),
            permissions: &[Permission::Intake],
        }
    }

    /// The same actor, who sees no other tenants than these.
    #[must_use]
    pub fn within(self, tenants: &[String]) -> Self {
        let tenants = tenants.iter().filter(|tenant| self.sees(tenant)).cloned().collect();
        Self { tenants: Tenants::Only(tenants), ..self }
    }

    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Refuses actors without the permission.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    pub fn require(&self, permission: Permission) -> Result<(), AppError> {
        if self.permissions.contains(&permission) { Ok(()) } else { Err(AppError::Forbidden) }
    }

    /// Whether the actor may see this tenant.
    pub fn sees(&self, tenant: &str) -> bool {
        match &self.tenants {
            Tenants::All => true,
            Tenants::Only(names) => names.iter().any(|name| name == tenant),
        }
    }

    /// The tenants among `known` that the actor may see.
    pub fn visible(&self, known: impl IntoIterator<Item = String>) -> Vec<String> {
        known.into_iter().filter(|tenant| self.sees(tenant)).collect()
    }
}
