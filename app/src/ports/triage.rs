//! Asking what a message is about.

use std::sync::Arc;

use async_trait::async_trait;
use casebook_domain::policy::Policy;
use casebook_domain::ticket::TokenUsage;
use casebook_domain::triage::{Accepted, MessageFacts};
use thiserror::Error;

/// Finds out what a message is about, by one or several providers.
#[async_trait]
pub trait Classifier: Send + Sync + 'static {
    /// Asks until there is an accepted answer, or nobody is left to ask. Retries, limits and
    /// fall-back are the classifier's; the caller records what comes of it.
    ///
    /// # Errors
    /// [`GaveUp`] when no provider gave an answer that could be accepted.
    async fn classify(&self, question: Question) -> Result<Classification, GaveUp>;

    /// How the providers are doing, in the order in which they are asked.
    fn states(&self) -> Vec<ProviderState>;
}

/// What a classifier is asked. `Debug` shows nothing personal.
#[derive(Clone, Debug)]
pub struct Question {
    /// Version of the policy in force.
    pub policy_version: String,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// The message and what is known around it.
    pub facts: MessageFacts,
}

/// An accepted answer and how it came about.
#[derive(Clone)]
pub struct Classification {
    /// The answer with the checks it passed.
    pub accepted: Accepted,
    /// The raw answer that was accepted.
    pub raw: String,
    /// The system prompt that was sent.
    pub system: String,
    /// The user prompt that was sent.
    pub user: String,
    /// Who answered.
    pub provider: String,
    /// Identifier of the model as it named itself.
    pub model: String,
    /// Identifier of the request at the provider.
    pub request_id: Option<String>,
    /// What was counted.
    pub usage: TokenUsage,
    /// Cost by the configured prices, in millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// Calls that were made, all providers together.
    pub attempts: u32,
    /// Why an earlier provider did not answer.
    pub fallback_from: Option<String>,
}

/// Nobody gave an answer that could be accepted; free of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{error}")]
pub struct GaveUp {
    /// Who was asked last.
    pub provider: String,
    /// Calls that were made, all providers together.
    pub attempts: u32,
    /// What went wrong in the end.
    pub error: String,
}

/// How a provider is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderState {
    /// Its name, such as `anthropic`.
    pub name: String,
    /// The model it asks.
    pub model: String,
    /// Whether it is asked at present; false while it is known to be away.
    pub available: bool,
    /// What went wrong last, free of personal data.
    pub last_error: Option<String>,
}
