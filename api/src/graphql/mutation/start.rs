//! An agent writes first.

use async_graphql::{Context, InputObject, Object, Result};
use casebook_app::StartConversation;

use super::outcome::{TicketPayload, carry_out};

/// See the module.
#[derive(Default)]
pub(super) struct StartMutations;

/// A conversation that an agent begins.
#[derive(Debug, InputObject)]
pub(super) struct StartConversationInput {
    /// The tenant.
    tenant: String,
    /// The inbox it leaves by; null takes the tenant's first one with an address.
    inbox: Option<String>,
    /// Address of the person.
    to: String,
    /// The person's name, where known.
    name: Option<String>,
    /// Subject.
    subject: String,
    /// The text, without sign-off.
    text: String,
    /// Key by which a repeat of this very command is known: 1 to 200 bytes.
    idempotency_key: Option<String>,
}

/// An agent writes first.
#[Object]
impl StartMutations {
    /// Begins a conversation with a person. Its ticket waits for the answer; the first message
    /// leaves like any approved reply.
    async fn start_conversation(
        &self,
        ctx: &Context<'_>,
        input: StartConversationInput,
    ) -> Result<TicketPayload> {
        let begun = StartConversation {
            tenant: input.tenant,
            inbox: input.inbox,
            to: input.to,
            name: input.name,
            subject: input.subject,
            text: input.text,
            idempotency_key: input.idempotency_key,
        };
        let outcome =
            carry_out(
                ctx,
                |app, access| async move { app.start_conversation(&access, &begun).await },
            );
        TicketPayload::of(outcome.await?)
    }
}
