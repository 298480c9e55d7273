//! Publishing a policy and rolling back to an earlier one.

use bytes::Bytes;
use casebook_domain::ids::derive;
use casebook_domain::policy::Policy;
use casebook_domain::policy_log::{PolicyCommand, PolicyEvent};
use casebook_store::NewBlob;

use crate::append::Command;
use crate::{Access, App, AppError, Permission};

/// What publishing or rolling back led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Version in force now.
    pub version: String,
    /// Whether it came into force by this call.
    pub changed: bool,
    /// Position of the event, when there is one.
    pub position: Option<u64>,
}

impl App {
    /// Brings a policy into force.
    ///
    /// # Errors
    /// `INVALID` when the policy has problems, `FORBIDDEN` without the permission.
    pub async fn publish_policy(
        &self,
        access: &Access,
        policy: &Policy,
        note: Option<String>,
    ) -> Result<Published, AppError> {
        self.publish_policy_over(access, policy, None, note).await
    }

    /// Brings a policy into force where `expected` still is; `None` replaces any.
    ///
    /// # Errors
    /// As [`App::publish_policy`]; `CONFLICT` when another version is in force.
    pub async fn publish_policy_over(
        &self,
        access: &Access,
        policy: &Policy,
        expected: Option<&str>,
        note: Option<String>,
    ) -> Result<Published, AppError> {
        access.require(Permission::Administer)?;
        let problems = policy.check();
        if let Some(first) = problems.first() {
            let more = problems.len() - 1;
            let message = format!("{first} ({more} more; `casebook policy check` lists them)");
            return Err(AppError::invalid("policy", message));
        }
        let json = policy.canonical_json();
        let version = policy.version().as_str().to_owned();
        let raw = self.keep_raw(&policy.tenant, Bytes::from(json), usize::MAX).await?;
        let command = PolicyCommand::Publish {
            version: version.clone(),
            name: policy.name.clone(),
            size_bytes: raw.size_bytes,
            note,
        };
        self.change_policy(access, &policy.tenant, command, expected, raw.inline).await
    }

    /// Brings an earlier version into force again; a beginning of the version is enough.
    ///
    /// # Errors
    /// `INVALID` when it does not name one known version, `FORBIDDEN` without the permission.
    pub async fn rollback_policy(
        &self,
        access: &Access,
        tenant: &str,
        version: &str,
        note: Option<String>,
    ) -> Result<Published, AppError> {
        access.require(Permission::Administer)?;
        let version = version.strip_prefix('v').unwrap_or(version).to_owned();
        let command = PolicyCommand::Rollback { version, note };
        self.change_policy(access, tenant, command, None, None).await
    }

    /// A published version of a tenant's policy.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was never published.
    pub async fn published_policy(
        &self,
        access: &Access,
        tenant: &str,
        version: &str,
    ) -> Result<Policy, AppError> {
        access.require(Permission::Read)?;
        let log = self.inner.policy_logs.load_fresh(tenant).await?;
        if !access.sees(tenant) || !log.state.versions().contains_key(version) {
            return Err(AppError::NotFound("policy version"));
        }
        let json = self.blob(tenant, version).await?;
        serde_json::from_slice(&json).map_err(AppError::fault)
    }

    async fn change_policy(
        &self,
        access: &Access,
        tenant: &str,
        command: PolicyCommand,
        expected: Option<&str>,
        content: Option<NewBlob>,
    ) -> Result<Published, AppError> {
        if !access.sees(tenant) {
            return Err(AppError::NotFound("tenant"));
        }
        let log = self.inner.policy_logs.load_fresh(tenant).await?;
        if let Some(expected) = expected {
            require_in_force(log.state.in_force(), expected, log.version)?;
        }
        let events = log
            .state
            .decide(command)
            .map_err(|error| AppError::invalid("version", error.to_string()))?;
        let version = match events.first() {
            None => log.state.in_force().unwrap_or_default().to_owned(),
            Some(PolicyEvent::PolicyPublished(published)) => published.version.clone(),
            Some(PolicyEvent::PolicyRolledBack(back)) => back.version.clone(),
        };
        let mut position = None;
        if !events.is_empty() {
            let id = derive(&["policy", tenant, &log.version.to_string(), &version]);
            let mut command = Command::new(access, tenant, "ChangePolicy", id, "");
            command.store(content.as_slice());
            command.write(self.ids(), &tenant, log.version, &events)?;
            position = Some(self.append_policy(tenant, command).await?);
        }
        match position {
            Some(position) => self.bring_into_force(tenant, &version, position).await?,
            None => self.reload_policies().await?,
        }
        Ok(Published { version, changed: position.is_some(), position })
    }

    async fn append_policy(&self, tenant: &str, mut command: Command) -> Result<u64, AppError> {
        // The first policy makes the tenant; its key for hashing addresses is made with it.
        if self.store().log().find_key(tenant, "secret", "contact").await?.is_none() {
            command.claim("secret", "contact", hex::encode(self.ids().secret()));
        }
        let append = command.into_append();
        self.evict(append.writes.iter().map(|write| &write.stream));
        Ok(self.store().log().append(append).await?.last_position)
    }
}

/// Refuses when another version than the expected one is in force.
fn require_in_force(in_force: Option<&str>, expected: &str, version: u64) -> Result<(), AppError> {
    match in_force {
        Some(present) if present == expected => Ok(()),
        None => Err(AppError::NotFound("tenant")),
        Some(present) => {
            let message = format!("policy version {present} is in force; read it again");
            Err(AppError::Refused { version, message })
        }
    }
}
