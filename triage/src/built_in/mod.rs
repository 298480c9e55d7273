//! Answers without a network: what a tenant's policy teaches by its examples, descriptions and
//! articles, learnt in this process.
//!
//! The same policy and message always give the same answer. It is the provider where no key is
//! configured, and the fall-back when the other one is away. It drafts only where an article
//! answers; its confidence is calibrated on the policy's own examples (see `calibration`).

mod answer;
mod calibration;
mod classifier;
mod corpus;
mod draft;
mod features;
mod language;
mod subject;
mod vector;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use casebook_domain::policy::Policy;
use tokio::time::Instant;

use crate::{AskError, AskErrorKind, Provider, Reply, Request, Usage};
use answer::Learnt;

/// Id of the model; the number rises with every change that gives other answers.
pub const MODEL: &str = "built-in-1";
/// How many policies' learning is kept; tenants with more learn again when their turn comes.
const KEPT: usize = 16;

/// What was learnt, by the policy's version, the latest use last.
type Shelf = Vec<(String, Arc<Learnt>)>;

/// The provider.
#[derive(Clone, Default)]
pub struct BuiltIn {
    learnt: Arc<Mutex<Shelf>>,
    /// Held while a policy is learnt, so that many first questions learn it once.
    learning: Arc<Mutex<()>>,
}

impl BuiltIn {
    /// A provider that has learnt nothing yet; it learns a policy at the first question.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers without waiting for anything but the processor; learning a policy takes a
    /// fraction of a second, so callers on an async runtime ask from a blocking thread.
    ///
    /// # Errors
    /// [`AskErrorKind::InvalidRequest`] when the policy teaches nothing: no category has examples.
    pub fn answer(&self, request: &Request) -> Result<String, AskError> {
        let learnt = self.learnt(&request.policy, &request.policy_version).ok_or_else(|| {
            AskError::new(
                AskErrorKind::InvalidRequest,
                "the policy has no examples to learn from; add some to its categories",
            )
        })?;
        Ok(learnt.answer(&request.policy, &request.facts))
    }

    /// What a policy teaches, learnt now unless it is on the shelf.
    fn learnt(&self, policy: &Policy, version: &str) -> Option<Arc<Learnt>> {
        // Two tenants may have policies under the same version text in tests and imports.
        let key = format!("{}/{}/{version}", policy.tenant, policy.name);
        if let Some(known) = self.take(&key) {
            return Some(known);
        }
        let _learning = self.learning.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.take(&key) {
            return Some(known);
        }
        let learnt = Arc::new(Learnt::from(policy)?);
        self.put(key, Arc::clone(&learnt));
        Some(learnt)
    }

    fn take(&self, key: &str) -> Option<Arc<Learnt>> {
        let mut shelf = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        let at = shelf.iter().position(|(known, _)| known == key)?;
        let found = shelf.remove(at);
        let learnt = Arc::clone(&found.1);
        shelf.push(found);
        Some(learnt)
    }

    fn put(&self, key: String, learnt: Arc<Learnt>) {
        let mut shelf = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|(known, _)| *known != key);
        shelf.push((key, learnt));
        if shelf.len() > KEPT {
            shelf.remove(0);
        }
    }
}

#[async_trait]
impl Provider for BuiltIn {
    fn name(&self) -> &'static str {
        "built_in"
    }

    fn model(&self) -> &str {
        MODEL
    }

    async fn ask(&self, request: &Request) -> Result<Reply, AskError> {
        let started = Instant::now();
        // Learning takes long enough to hold up everything else on this thread.
        let (provider, question) = (self.clone(), request.clone());
        let answered = tokio::task::spawn_blocking(move || provider.answer(&question)).await;
        let broke_off = |_| AskError::new(AskErrorKind::ServerError, "the classifier broke off");
        let raw = answered.map_err(broke_off)??;
        Ok(Reply {
            raw,
            model: MODEL.to_owned(),
            request_id: None,
            usage: Usage::default(),
            cost_micro_usd: 0,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}
