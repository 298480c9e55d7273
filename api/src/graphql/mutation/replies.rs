//! Answering a customer, and notes for colleagues.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MergedObject, Object, Result};
use casebook_app::{AppError, ApproveReply, Done, Replacement};
use casebook_domain::ids::{MessageId, NoteId, TicketId};

use super::error::MutationError;
use super::input::TicketInput;
use super::outcome::{Seen, TicketPayload, carry_out};
use crate::graphql::context::request;
use crate::graphql::global_id::{Kind, read};
use crate::graphql::scalars::DateTime;
use crate::graphql::work_enums::AfterSending;

/// See the module.
#[derive(Default)]
pub(super) struct ReplyMutations;

/// Approves a reply.
#[derive(Debug, InputObject)]
pub(super) struct ApproveReplyInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// The text, without sign-off; `[Name]` stands for the persona.
    text: String,
    /// What becomes of the ticket once the reply is out; null does as the policy says.
    after: Option<AfterSending>,
    /// A replacement that is asked for once the reply is out.
    replacement: Option<ReplacementInput>,
}

/// A replacement of an order.
#[derive(Debug, InputObject)]
pub(super) struct ReplacementInput {
    /// The order, as the tenant's system names it.
    order_reference: String,
    /// Why.
    reason: String,
}

/// Names a reply.
#[derive(Debug, InputObject)]
pub(super) struct ReplyInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// The reply; its global id or UUID.
    reply_id: ID,
}

/// Leaves a note.
#[derive(Debug, InputObject)]
pub(super) struct AddNoteInput {
    #[graphql(flatten)]
    on: TicketInput,
    /// What it says.
    text: String,
}

/// The reply in a payload.
#[derive(Default)]
pub(super) struct ReplyPart(Option<(TicketId, MessageId, Arc<Seen>)>);

#[Object]
impl ReplyPart {
    /// UUID of the reply, by which it is taken back or retried; it becomes that of the message
    /// once the reply is out.
    async fn reply_id(&self) -> Option<ID> {
        self.0.as_ref().map(|(_, reply, _)| ID(reply.to_string()))
    }

    /// When it leaves: until then it can be taken back. Null once it is on its way.
    async fn due_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        let Some((ticket, reply, seen)) = &self.0 else { return Ok(None) };
        let row = seen.row(request(ctx)?, *ticket).await?;
        let row = row.filter(|row| row.reply_id == Some(*reply));
        Ok(row.and_then(|row| row.reply_due_at).map(DateTime))
    }
}

/// What came of approving a reply.
#[derive(MergedObject)]
pub(super) struct ReplyPayload(ReplyPart, TicketPayload);

impl ReplyPayload {
    fn of(outcome: Result<(MessageId, Done), AppError>) -> Result<Self> {
        Ok(match outcome {
            Ok((reply, done)) => {
                let seen = Seen::new(done.position);
                let part = ReplyPart(Some((done.ticket_id, reply, Arc::clone(&seen))));
                Self(part, TicketPayload::done(done, seen))
            }
            Err(refused) => {
                let error = MutationError::expected(refused)?;
                Self(ReplyPart::default(), TicketPayload::refused(error))
            }
        })
    }
}

/// The note in a payload.
pub(super) struct NotePart(Option<NoteId>);

#[Object]
impl NotePart {
    /// UUID of the note.
    async fn note_id(&self) -> Option<ID> {
        self.0.map(|note| ID(note.to_string()))
    }
}

/// What came of leaving a note.
#[derive(MergedObject)]
pub(super) struct NotePayload(NotePart, TicketPayload);

/// Answering a customer, and notes for colleagues.
#[Object]
impl ReplyMutations {
    /// Approves a reply, as drafted or in the agent's own words. It leaves when the undo delay of
    /// its inbox is over.
    async fn approve_reply(
        &self,
        ctx: &Context<'_>,
        input: ApproveReplyInput,
    ) -> Result<ReplyPayload> {
        let ApproveReplyInput { on, text, after, replacement } = input;
        let replacement = replacement.map(|asked| Replacement {
            order_reference: asked.order_reference,
            reason: asked.reason,
        });
        let reply = ApproveReply { text, after: after.map(Into::into), replacement };
        let outcome = carry_out(ctx, |app, access| async move {
            app.approve_reply(&access, &on.read()?, &reply).await
        });
        ReplyPayload::of(outcome.await?)
    }

    /// Takes an approved reply back, as long as its delivery has not begun.
    async fn withdraw_reply(&self, ctx: &Context<'_>, input: ReplyInput) -> Result<TicketPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            let reply = reply_id(&input.reply_id)?;
            app.withdraw_reply(&access, &input.on.read()?, reply).await
        });
        TicketPayload::of(outcome.await?)
    }

    /// Has a failed or held reply, or one whose fate nobody knows, sent after all.
    async fn retry_reply(&self, ctx: &Context<'_>, input: ReplyInput) -> Result<TicketPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            let reply = reply_id(&input.reply_id)?;
            app.retry_reply(&access, &input.on.read()?, reply).await
        });
        TicketPayload::of(outcome.await?)
    }

    /// Leaves a note on a ticket's conversation. Customers never see it.
    async fn add_note(&self, ctx: &Context<'_>, input: AddNoteInput) -> Result<NotePayload> {
        let AddNoteInput { on, text } = input;
        let outcome =
            carry_out(
                ctx,
                |app, access| async move { app.add_note(&access, &on.read()?, &text).await },
            );
        Ok(match outcome.await? {
            Ok((note, done)) => NotePayload(NotePart(Some(note)), TicketPayload::of(Ok(done))?),
            Err(refused) => NotePayload(NotePart(None), TicketPayload::of(Err(refused))?),
        })
    }
}

fn reply_id(id: &ID) -> Result<MessageId, AppError> {
    read("replyId", Kind::Message, id)
}
