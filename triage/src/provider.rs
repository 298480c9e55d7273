//! What every provider of answers has in common: the question, the answer, the trait.

use std::sync::Arc;

use async_trait::async_trait;
use casebook_domain::policy::Policy;
use casebook_domain::triage::{MessageFacts, answer_schema, user_prompt};
use serde_json::Value;

use crate::AskError;

/// Somebody who can be asked what a message is about.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Stable name, for metrics and settings.
    fn name(&self) -> &'static str;

    /// Id of the model that will be asked.
    fn model(&self) -> &str;

    /// Asks once; retries, if any, are the caller's.
    ///
    /// # Errors
    /// [`AskError`] says why there is no answer and whether asking again may help.
    async fn ask(&self, request: &Request) -> Result<Reply, AskError>;
}

/// One question.
#[derive(Clone, Debug)]
pub struct Request {
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// Its version; providers keep what they learn from a policy under it.
    pub policy_version: String,
    /// The system prompt: the same for every message under one policy.
    pub system: String,
    /// The user turn.
    pub user: String,
    /// What the user turn was made of.
    pub facts: MessageFacts,
    /// JSON schema of the answer.
    pub schema: Value,
}

impl Request {
    /// The question about a message under a policy.
    pub fn new(policy: Arc<Policy>, policy_version: String, facts: MessageFacts) -> Self {
        Self {
            system: policy.system_prompt(),
            user: user_prompt(&policy, &facts),
            schema: answer_schema(&policy),
            policy,
            policy_version,
            facts,
        }
    }
}

/// An answer as it came, not yet checked: it goes through [`casebook_domain::triage::accept`].
#[derive(Clone, PartialEq)]
pub struct Reply {
    /// The JSON text of the answer.
    pub raw: String,
    /// Id of the model that answered.
    pub model: String,
    /// The provider's id of the request, for asking its support.
    pub request_id: Option<String>,
    /// What it took.
    pub usage: Usage,
    /// What it cost at the configured prices, in millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("raw_bytes", &self.raw.len())
            .field("model", &self.model)
            .field("request_id", &self.request_id)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}

/// Tokens that an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read without the cache.
    pub input_tokens: u64,
    /// Written.
    pub output_tokens: u64,
    /// Read from the cache.
    pub cache_read_tokens: u64,
    /// Put into the cache.
    pub cache_write_tokens: u64,
}
