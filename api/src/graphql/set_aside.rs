//! A message that was set aside.

use async_graphql::{Context, ID, Object, Result};
use casebook_app::queries::TicketRow;

use super::contact::Contact;
use super::context::request;
use super::conversation::Conversation;
use super::enums::{Channel, SetAsideReason, TicketStatus};
use super::global_id::{Kind, encode};
use super::message::Message;
use super::scalars::DateTime;

/// A message that is nobody's work: an automatic answer, a newsletter, mail to another address.
pub(super) struct SetAsideMail(pub(super) TicketRow);

/// A message that is nobody's work: an automatic answer, a newsletter, mail to another address.
#[Object]
impl SetAsideMail {
    /// Identifier, unique over all types and tenants.
    pub(super) async fn id(&self) -> ID {
        encode(Kind::SetAsideMail, &self.0.tenant, self.0.ticket_id)
    }

    /// Tenant that owns it.
    pub(super) async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// Always null: it is no ticket.
    pub(super) async fn status(&self) -> Option<TicketStatus> {
        None
    }

    /// Place in the queue: always the last.
    pub(super) async fn priority(&self) -> i32 {
        self.0.priority.number().into()
    }

    /// Why it is nobody's work.
    pub(super) async fn set_aside_reason(&self) -> Option<SetAsideReason> {
        self.0.set_aside_reason.map(SetAsideReason::from)
    }

    /// Inbox it came in by; `@other` for an address that is no inbox.
    pub(super) async fn inbox(&self) -> &str {
        &self.0.inbox
    }

    /// How the contact writes.
    pub(super) async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// Subject.
    pub(super) async fn subject(&self) -> Option<String> {
        self.0.subject.clone()
    }

    /// The author's address.
    pub(super) async fn customer_email(&self) -> &str {
        &self.0.customer_email
    }

    /// The author's name, where known.
    pub(super) async fn customer_name(&self) -> Option<String> {
        self.0.customer_name.clone()
    }

    /// The beginning of its new text.
    pub(super) async fn preview(&self) -> &str {
        &self.0.preview
    }

    /// When it reached us, or on import when it was written.
    pub(super) async fn received_at(&self) -> DateTime {
        DateTime(self.0.received_at)
    }

    /// The same instant: it is one message.
    pub(super) async fn last_message_at(&self) -> DateTime {
        DateTime(self.0.last_message_at)
    }

    /// The thread it belongs to.
    pub(super) async fn conversation(&self, ctx: &Context<'_>) -> Result<Option<Conversation>> {
        let row = request(ctx)?.get_some(self.0.conversation_id).await?;
        Ok(row.map(Conversation))
    }

    /// The message itself.
    pub(super) async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        Ok(request(ctx)?.get_some(self.0.message_id).await?.map(Message))
    }

    /// The person who wrote it.
    pub(super) async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(request(ctx)?.get_some(self.0.contact_id).await?.map(Contact))
    }
}
