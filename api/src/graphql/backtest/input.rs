//! Which policy is tried.

use async_graphql::{InputObject, Result};
use casebook_app::{AppError, Permission};
use casebook_domain::policy::Policy;

use crate::graphql::context::Request;
use crate::graphql::error;
use crate::json;

/// A policy to be tried: a version that was published, or the policy itself. Exactly one of both.
#[derive(Debug, InputObject)]
pub(crate) struct TriedPolicy {
    /// A published version, in full.
    version: Option<String>,
    /// The policy as JSON, in the form of `Policy.json`.
    json: Option<String>,
}

impl TriedPolicy {
    /// The policy that the argument `field` names.
    pub(super) async fn read(self, request: &Request, tenant: &str, field: &str) -> Result<Policy> {
        request.access.require(Permission::Administer).map_err(error::of)?;
        if !request.access.sees(tenant) || request.app().policies().get(tenant).is_none() {
            return Err(error::of(AppError::NotFound("tenant")));
        }
        let policy = match (self.version, self.json) {
            (Some(version), None) => {
                let found = request.app().published_policy(&request.access, tenant, &version);
                found.await.map_err(error::of)?
            }
            (None, Some(text)) => json::read::<Policy>(text.as_bytes()).map_err(|problem| {
                let place = problem.body.field.unwrap_or_default();
                error::invalid(field, format!("{place} {}", problem.body.message))
            })?,
            _ => return Err(error::invalid(field, "give either version or json")),
        };
        if policy.tenant != tenant {
            return Err(error::invalid(field, "is a policy of another tenant"));
        }
        Ok(policy)
    }
}
