//! What is needed to perform decisions again: states as they were, policies of old, stored bytes.

use std::sync::Arc;

use bytes::Bytes;
use casebook_domain::contact::Contact;
use casebook_domain::conversation::{Body, Conversation};
use casebook_domain::policy::Policy;
use casebook_domain::ticket::Ticket;
use casebook_store::StoreError;
use quick_cache::sync::Cache;

use super::report::Report;
use super::states::States;
use crate::{App, AppError, InForce};

/// Versions of policies that are kept compiled.
const POLICIES_KEPT: usize = 64;

/// Why a command cannot be performed again.
pub(super) enum Stuck {
    /// An earlier event of its streams cannot be read, so the state before it is not known.
    Unreadable,
    /// A text that it was made from is missing or damaged.
    TextMissing,
    /// The store does not answer.
    Store(AppError),
}

impl From<AppError> for Stuck {
    fn from(error: AppError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for Stuck {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Undecodable { .. } => Self::Unreadable,
            error => Self::Store(error.into()),
        }
    }
}

/// Performs decisions again.
pub(super) struct Performer<'a> {
    pub(super) app: &'a App,
    pub(super) report: Report,
    pub(super) contacts: States<Contact>,
    pub(super) conversations: States<Conversation>,
    pub(super) tickets: States<Ticket>,
    policies: Cache<(String, String), Option<Arc<InForce>>>,
}

impl<'a> Performer<'a> {
    pub(super) fn new(app: &'a App, show: bool) -> Self {
        let log = || app.store().log().clone();
        Self {
            app,
            report: Report::new(show),
            contacts: States::new(log()),
            conversations: States::new(log()),
            tickets: States::new(log()),
            policies: Cache::new(POLICIES_KEPT),
        }
    }

    /// A version of a tenant's policy, in force or not; `None` when its content is not there or
    /// is no policy.
    pub(super) async fn policy(
        &mut self,
        tenant: &str,
        version: &str,
    ) -> Result<Option<Arc<InForce>>, AppError> {
        let key = (tenant.to_owned(), version.to_owned());
        if let Some(known) = self.policies.get(&key) {
            return Ok(known.clone());
        }
        let json = self.bytes(tenant, version).await?;
        let policy = json.and_then(|json| serde_json::from_slice::<Policy>(&json).ok());
        let policy = policy.filter(|policy| policy.tenant == tenant);
        let policy = policy.and_then(|policy| InForce::of(version, policy, Vec::new()).ok());
        let policy = policy.map(Arc::new);
        self.policies.insert(key, policy.clone());
        Ok(policy)
    }

    /// Stored bytes; `None` when they are missing or damaged, which `verify` tells apart.
    pub(super) async fn bytes(
        &self,
        tenant: &str,
        sha256: &str,
    ) -> Result<Option<Bytes>, AppError> {
        self.app.sound_blob(tenant, sha256).await
    }

    /// The whole text of a body; `None` when its bytes are missing or damaged.
    pub(super) async fn text(&self, tenant: &str, body: &Body) -> Result<Option<String>, AppError> {
        match body {
            Body::Inline(text) => Ok(text.get().cloned()),
            Body::Blob { sha256, .. } => {
                let bytes = self.bytes(tenant, sha256).await?;
                Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
            }
        }
    }
}
