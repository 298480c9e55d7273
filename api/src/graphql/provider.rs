//! What classifies messages, and what it would be told.

use async_graphql::SimpleObject;
use casebook_app as app;

/// How a provider of classifications is doing.
#[derive(SimpleObject)]
pub(super) struct ProviderState {
    /// Its name, for example `anthropic` or `built_in`.
    name: String,
    /// The model it asks.
    model: String,
    /// Whether it is asked at present; false while it is known to be away.
    available: bool,
    /// What went wrong last.
    last_error: Option<String>,
}

/// What a model would be told about a message.
#[derive(SimpleObject)]
pub(super) struct PromptPreview {
    /// Version of the policy in force.
    policy_version: String,
    /// The system prompt: the same for every message of the tenant.
    system: String,
    /// The user prompt: the message and what is known around it.
    user: String,
}

impl From<app::ProviderState> for ProviderState {
    fn from(state: app::ProviderState) -> Self {
        let app::ProviderState { name, model, available, last_error } = state;
        Self { name, model, available, last_error }
    }
}

impl From<app::PromptPreview> for PromptPreview {
    fn from(preview: app::PromptPreview) -> Self {
        let app::PromptPreview { policy_version, system, user } = preview;
        Self { policy_version, system, user }
    }
}
