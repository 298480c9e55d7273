//! The versions of a policy: when each came into force, by whom and why.

use async_graphql::SimpleObject;
use casebook_domain::policy_log::{Term, VersionHistory};

use super::scalars::DateTime;

/// A version of a policy that was ever published.
#[derive(SimpleObject)]
pub(super) struct PolicyVersion {
    /// SHA-256 of its content, in hex.
    version: String,
    /// Name of the policy.
    name: String,
    /// Whether it is in force.
    in_force: bool,
    /// When it was first published.
    published_at: DateTime,
    /// Who published it first, for example `agent:ada`.
    published_by: String,
    /// Why, in their words.
    note: Option<String>,
    /// Each time it came into force, the first time first.
    terms: Vec<PolicyTerm>,
}

/// A version of a policy came into force.
#[derive(SimpleObject)]
pub(super) struct PolicyTerm {
    /// Since when.
    since: DateTime,
    /// Who brought it into force, for example `agent:ada`.
    actor: String,
    /// Why, in their words.
    note: Option<String>,
    /// The version that it replaced; null for the tenant's first.
    replaced: Option<String>,
    /// Whether it was brought back by a rollback.
    is_rollback: bool,
}

impl From<VersionHistory> for PolicyVersion {
    fn from(history: VersionHistory) -> Self {
        let VersionHistory { version, name, in_force, published, again } = history;
        Self {
            published_at: DateTime(published.at),
            published_by: published.actor.clone(),
            note: published.note.clone(),
            terms: std::iter::once(published).chain(again).map(PolicyTerm::from).collect(),
            version,
            name,
            in_force,
        }
    }
}

impl From<Term> for PolicyTerm {
    fn from(term: Term) -> Self {
        let Term { at, actor, note, replaced, is_rollback } = term;
        Self { since: DateTime(at), actor, note, replaced, is_rollback }
    }
}
