//! What a classifier would be told about a message, for people who change the prompt.

use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::triage::user_prompt;

use crate::{Access, App, AppError, Permission};

/// The two prompts as a model would get them.
#[derive(Clone, PartialEq, Eq)]
pub struct PromptPreview {
    /// Version of the policy in force.
    pub policy_version: String,
    /// The system prompt: the same for every message of the tenant.
    pub system: String,
    /// The user prompt: the message and what is known around it.
    pub user: String,
}

impl App {
    /// The prompts for a message of a ticket under the policy in force. Asks no model.
    ///
    /// # Errors
    /// `NOT_FOUND` when the ticket or its message is unknown or foreign.
    pub async fn prompt_preview(
        &self,
        access: &Access,
        ticket: TicketId,
        message: MessageId,
    ) -> Result<PromptPreview, AppError> {
        access.require(Permission::Read)?;
        let tenant = self.tenant_of(access, ticket).await?;
        let in_force = self.policies().get(&tenant).ok_or(AppError::NotFound("tenant"))?;
        let loaded = self.inner.tickets.load(&ticket.to_string()).await?;
        if !loaded.state.has_message(message) {
            return Err(AppError::NotFound("message"));
        }
        let facts = self.message_facts(&tenant, &in_force, &loaded.state, message).await?.0;
        Ok(PromptPreview {
            policy_version: in_force.version.clone(),
            system: in_force.policy.system_prompt(),
            user: user_prompt(&in_force.policy, &facts),
        })
    }
}
