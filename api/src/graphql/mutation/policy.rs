//! Publishing a policy and rolling back to an earlier one.

use std::collections::BTreeMap;

use async_graphql::{Context, InputObject, Object, Result};
use casebook_app::{AppError, Published};
use casebook_domain::policy::Policy;

use super::error::MutationError;
use super::outcome::carry_out;
use crate::graphql::context::request;
use crate::graphql::policy::{PolicyView, in_force};
use crate::graphql::scalars::Position;
use crate::json;

/// See the module.
#[derive(Default)]
pub(super) struct PolicyMutations;

/// A policy to bring into force, as one JSON document or as the files of the tenant's folder.
#[derive(Debug, InputObject)]
pub(super) struct PublishPolicyInput {
    /// The tenant; the policy must be its own.
    tenant: String,
    /// The policy as JSON, in the form of `Policy.json`.
    json: Option<String>,
    /// The policy as the texts of its files, `policy.toml` among them.
    files: Option<Vec<PolicyFileInput>>,
    /// Version that must be in force for this to be done; another one is a `CONFLICT`.
    expected_version: Option<String>,
    /// Why, for those who read the history.
    note: Option<String>,
}

/// One file of a policy.
#[derive(Debug, InputObject)]
pub(super) struct PolicyFileInput {
    /// Path inside the tenant's folder, with `/` between its parts.
    path: String,
    /// What it says.
    text: String,
}

/// An earlier version to bring into force again.
#[derive(Debug, InputObject)]
pub(super) struct RollbackPolicyInput {
    /// The tenant.
    tenant: String,
    /// The version; its beginning is enough.
    version: String,
    /// Why, for those who read the history.
    note: Option<String>,
}

/// What came of publishing or rolling back a policy.
pub(super) struct PolicyPayload {
    tenant: String,
    outcome: Result<Published, MutationError>,
}

/// What came of publishing or rolling back a policy.
#[Object]
impl PolicyPayload {
    /// Version in force now.
    async fn version(&self) -> Option<&str> {
        self.outcome.as_ref().ok().map(|published| published.version.as_str())
    }

    /// Whether it came into force by this; false when it was in force already.
    async fn changed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|published| published.changed)
    }

    /// Position that the log has reached by this; null when nothing changed.
    async fn position(&self, ctx: &Context<'_>) -> Result<Option<Position>> {
        let app = request(ctx)?.app();
        let position = self.outcome.as_ref().ok().and_then(|published| published.position);
        Ok(position.map(|position| Position::new(app, position)))
    }

    /// The policy in force now; null when nothing was done.
    async fn policy(&self, ctx: &Context<'_>) -> Result<Option<PolicyView>> {
        if self.outcome.is_err() {
            return Ok(None);
        }
        in_force(request(ctx)?, &self.tenant).map(Some)
    }

    /// Why nothing was done; null when it was done.
    async fn error(&self) -> Option<&MutationError> {
        self.outcome.as_ref().err()
    }
}

impl PolicyPayload {
    fn of(tenant: String, outcome: Result<Published, AppError>) -> Result<Self> {
        let outcome = match outcome {
            Ok(published) => Ok(published),
            Err(refused) => Err(MutationError::expected(refused)?),
        };
        Ok(Self { tenant, outcome })
    }
}

/// Publishing a policy and rolling back to an earlier one.
#[Object]
impl PolicyMutations {
    /// Brings a policy into force. The same content is the same version, so a repeat changes
    /// nothing.
    async fn publish_policy(
        &self,
        ctx: &Context<'_>,
        input: PublishPolicyInput,
    ) -> Result<PolicyPayload> {
        let PublishPolicyInput { tenant, json, files, expected_version, note } = input;
        let of = tenant.clone();
        let outcome = carry_out(ctx, |app, access| async move {
            let policy = read(&of, json, files)?;
            app.publish_policy_over(&access, &policy, expected_version.as_deref(), note).await
        });
        PolicyPayload::of(tenant, outcome.await?)
    }

    /// Brings an earlier version into force again.
    async fn rollback_policy(
        &self,
        ctx: &Context<'_>,
        input: RollbackPolicyInput,
    ) -> Result<PolicyPayload> {
        let RollbackPolicyInput { tenant, version, note } = input;
        let of = tenant.clone();
        let outcome = carry_out(ctx, |app, access| async move {
            app.rollback_policy(&access, &of, &version, note).await
        });
        PolicyPayload::of(tenant, outcome.await?)
    }
}

/// The policy that the input spells out.
fn read(
    tenant: &str,
    json: Option<String>,
    files: Option<Vec<PolicyFileInput>>,
) -> Result<Policy, AppError> {
    let (field, policy) = match (json, files) {
        (Some(json), None) => ("json", from_json(&json)?),
        (None, Some(files)) => ("files", from_files(files)?),
        _ => return Err(AppError::invalid("json", "give either json or files")),
    };
    if policy.tenant != tenant {
        return Err(AppError::invalid(field, "the policy is that of another tenant"));
    }
    Ok(policy)
}

fn from_json(text: &str) -> Result<Policy, AppError> {
    json::read(text.as_bytes()).map_err(|problem| {
        let place = problem.body.field.unwrap_or_default();
        AppError::invalid("json", format!("{place} {}", problem.body.message))
    })
}

fn from_files(files: Vec<PolicyFileInput>) -> Result<Policy, AppError> {
    let mut texts = BTreeMap::new();
    for file in files {
        if let Some(_twice) = texts.insert(file.path, file.text) {
            return Err(AppError::invalid("files", "a path is given twice"));
        }
    }
    Policy::from_files(&texts).map_err(|error| AppError::invalid("files", error.to_string()))
}
