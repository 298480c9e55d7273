//! Which policy is in force.

use schemars::JsonSchema;
use serde::Serialize;

/// A version of the tenant's policy came into force.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyPublished {
    /// SHA-256 in hex over the canonical JSON of the policy.
    pub version: String,
    /// Name of the policy among the tenant's.
    pub name: String,
    /// Why, in the publisher's words.
    pub note: Option<String>,
}

/// An earlier version of the tenant's policy came into force again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyRolledBack {
    /// The version in force from now on.
    pub version: String,
    /// The version it replaces.
    pub replaced: String,
    /// Why, in the publisher's words.
    pub note: Option<String>,
}
