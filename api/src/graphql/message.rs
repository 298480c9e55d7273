//! A message of a conversation.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use casebook_app::queries::MessageRow;
use casebook_domain::mail;

use super::contact::Contact;
use super::context::request;
use super::conversation::Conversation;
use super::enums::{Automatic, Direction, ForwardState, SetAsideReason};
use super::global_id::{Kind, encode};
use super::reads;
use super::scalars::{DateTime, Position, int};
use super::ticket::Ticket;

/// One entry of a conversation.
pub(super) struct Message(pub(super) MessageRow);

/// A name and an address.
#[derive(SimpleObject)]
pub(super) struct Mailbox {
    /// The name, where given.
    name: Option<String>,
    /// The address, as written in lower case; may be malformed.
    address: String,
}

/// A file that came with a message.
#[derive(SimpleObject)]
pub(super) struct Attachment {
    /// The sender's name for it.
    name: Option<String>,
    /// Media type, as the sender says.
    content_type: String,
    /// Size in bytes.
    size_bytes: i32,
    /// SHA-256 of the content, in hex.
    sha256: String,
    /// Whether it is meant to be shown inside the text.
    inline: bool,
    /// Path on this server where it is downloaded.
    path: String,
}

/// What a delivery report says.
#[derive(SimpleObject)]
pub(super) struct BounceReport {
    /// The recipient that could not be reached.
    recipient: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    action: Option<String>,
    /// Enhanced status code such as `5.1.1`.
    status: Option<String>,
    /// The remote server's own words.
    diagnostic: Option<String>,
}

impl From<&mail::Mailbox> for Mailbox {
    fn from(mailbox: &mail::Mailbox) -> Self {
        Self { name: mailbox.name.clone(), address: mailbox.address.clone() }
    }
}

fn mailboxes(list: &[mail::Mailbox]) -> Vec<Mailbox> {
    list.iter().map(Mailbox::from).collect()
}

impl Message {
    fn path(&self, part: impl std::fmt::Display) -> String {
        format!("/files/{}/{}/{part}", self.0.tenant, self.0.message_id)
    }
}

/// One entry of a conversation.
#[Object]
impl Message {
    /// Identifier, unique over all types and tenants.
    pub(super) async fn id(&self) -> ID {
        encode(Kind::Message, &self.0.tenant, self.0.message_id)
    }

    /// The message's UUID, as receipts and events name it.
    async fn uuid(&self) -> String {
        self.0.message_id.to_string()
    }

    /// Tenant that owns it.
    async fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// Which way it went.
    async fn direction(&self) -> Direction {
        self.0.direction.into()
    }

    /// The agent who approved it, for our own replies.
    async fn sent_by(&self) -> Option<String> {
        self.0.sent_by.clone()
    }

    /// Author.
    async fn from(&self, ctx: &Context<'_>) -> Result<Mailbox> {
        reads::message(ctx, &self.0)?;
        Ok(Mailbox::from(&self.0.sender))
    }

    /// Recipients.
    async fn to(&self, ctx: &Context<'_>) -> Result<Vec<Mailbox>> {
        reads::message(ctx, &self.0)?;
        Ok(mailboxes(&self.0.recipients))
    }

    /// Recipients of copies.
    async fn cc(&self, ctx: &Context<'_>) -> Result<Vec<Mailbox>> {
        reads::message(ctx, &self.0)?;
        Ok(mailboxes(&self.0.copies))
    }

    /// Where answers are wanted.
    async fn reply_to(&self, ctx: &Context<'_>) -> Result<Vec<Mailbox>> {
        reads::message(ctx, &self.0)?;
        Ok(mailboxes(&self.0.reply_to))
    }

    /// Subject as it stands in the mail.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        reads::message(ctx, &self.0)?;
        Ok(self.0.subject.clone())
    }

    /// When its author says it was written.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(DateTime)
    }

    /// When it reached us.
    async fn received_at(&self) -> DateTime {
        DateTime(self.0.received_at)
    }

    /// The full text, or its beginning when `textCut` is true.
    async fn text(&self, ctx: &Context<'_>) -> Result<&str> {
        reads::message(ctx, &self.0)?;
        Ok(&self.0.text)
    }

    /// Whether `text` or `newText` is only a beginning; `textPath` has all of it.
    async fn text_cut(&self) -> bool {
        self.0.text_sha256.is_some() || self.0.new_text_sha256.is_some()
    }

    /// Path on this server where the full text is downloaded.
    async fn text_path(&self) -> String {
        self.path("text")
    }

    /// What the person wrote now: the text without quoted history and signature, or its beginning.
    async fn new_text(&self, ctx: &Context<'_>) -> Result<&str> {
        reads::message(ctx, &self.0)?;
        Ok(self.0.new_text.as_ref().unwrap_or(&self.0.text))
    }

    /// The signature.
    async fn signature(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        reads::message(ctx, &self.0)?;
        Ok(self.0.signature.clone())
    }

    /// Files that came along; at most 200 are listed, the raw mail has all.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        reads::message(ctx, &self.0)?;
        let file = |file: &mail::Attachment| Attachment {
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            size_bytes: int(file.size_bytes),
            sha256: file.sha256.clone(),
            inline: file.inline,
            path: self.path(file.part),
        };
        Ok(self.0.attachments.iter().map(file).collect())
    }

    /// Whether a program wrote it.
    async fn automatic(&self) -> Option<Automatic> {
        self.0.automatic.map(Automatic::from)
    }

    /// What is remarkable about it, as codes such as `same_id_other_content`.
    async fn flags(&self) -> &[String] {
        &self.0.flags
    }

    /// Message-ID of the mail, or the identifier that its transport gave.
    async fn external_id(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        reads::message(ctx, &self.0)?;
        Ok(self.0.external_id.clone())
    }

    /// What carried it: `smtp`, `http_triage`, `import`.
    async fn transport(&self) -> &str {
        &self.0.transport
    }

    /// SHA-256 of the bytes as they arrived, in hex.
    async fn raw_sha256(&self) -> &str {
        &self.0.raw_sha256
    }

    /// Number of bytes that arrived.
    async fn raw_size_bytes(&self) -> i32 {
        int(self.0.raw_size_bytes)
    }

    /// Path on this server where the bytes are downloaded as they arrived.
    async fn raw_path(&self) -> String {
        self.path("raw")
    }

    /// Why it is nobody's work; null when it is somebody's.
    async fn set_aside_reason(&self) -> Option<SetAsideReason> {
        self.0.set_aside_reason.map(SetAsideReason::from)
    }

    /// Where it is handed on.
    async fn forward_to(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        reads::message(ctx, &self.0)?;
        Ok(self.0.forward_to.clone())
    }

    /// How far handing it on has come.
    async fn forward_state(&self) -> Option<ForwardState> {
        self.0.forward_state.map(ForwardState::from)
    }

    /// Attempts to hand it on.
    async fn forward_attempts(&self) -> i32 {
        int(self.0.forward_attempts)
    }

    /// Whether a delivery report says that it did not arrive.
    async fn bounced(&self) -> bool {
        self.0.bounced
    }

    /// What the latest delivery report about it says.
    async fn bounce_report(&self, ctx: &Context<'_>) -> Result<Option<BounceReport>> {
        reads::message(ctx, &self.0)?;
        let report = self.0.bounce_report.as_ref();
        Ok(report.map(|report| BounceReport {
            recipient: report.recipient.clone(),
            action: report.action.clone(),
            status: report.status.clone(),
            diagnostic: report.diagnostic.clone(),
        }))
    }

    /// Position of the last event that changed what is shown here.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// The message that this one is a delivery report about.
    async fn bounce_of(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        Ok(request(ctx)?.get_some(self.0.bounce_of).await?.map(Message))
    }

    /// The thread it belongs to.
    async fn conversation(&self, ctx: &Context<'_>) -> Result<Option<Conversation>> {
        let row = request(ctx)?.get_some(self.0.conversation_id).await?;
        Ok(row.map(Conversation))
    }

    /// The ticket that it opened or joined.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        reads::shown(ctx, request(ctx)?.get_some(self.0.ticket_id).await?)
    }

    /// Who wrote it.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(request(ctx)?.get_some(self.0.contact_id).await?.map(Contact))
    }
}
