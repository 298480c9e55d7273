//! The bytes that came with a message: the raw mail, its whole text, one of its files.

use bytes::Bytes;
use casebook_domain::access::{Look, Seen, Way};
use casebook_domain::ids::MessageId;
use casebook_projections::messages;

use super::MessageRow;
use crate::{Access, App, AppError, Looks};

/// Which bytes of a message are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The bytes as they arrived.
    Raw,
    /// The full text, in UTF-8.
    Text,
    /// An attachment, by the part number that the message lists.
    Part(u32),
}

/// Bytes with what is known about them. Name and type are the sender's words: never trust them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The sender's name for it.
    pub name: Option<String>,
    /// Media type, as the sender says.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl App {
    /// Bytes that came with a message. That they were taken is recorded.
    ///
    /// # Errors
    /// `NOT_FOUND` for a message, tenant or part that is unknown or foreign, `UNAVAILABLE` when
    /// the blob store cannot be read or the download cannot be recorded.
    pub async fn message_file(
        &self,
        access: &Access,
        tenant: &str,
        message: MessageId,
        kind: FileKind,
    ) -> Result<File, AppError> {
        let scope = self.scope_of(access, tenant)?;
        let row = messages::message(self.store().db(), &scope, message).await?;
        let row = row.ok_or(AppError::NotFound("message"))?;
        let file = match kind {
            FileKind::Raw => self.raw_file(&row).await,
            FileKind::Text => self.text_file(&row).await,
            FileKind::Part(part) => self.part_file(&row, part).await,
        }?;
        self.record_download(access, &row, kind).await?;
        Ok(file)
    }

    async fn record_download(
        &self,
        access: &Access,
        row: &MessageRow,
        kind: FileKind,
    ) -> Result<(), AppError> {
        let message_id = row.message_id;
        let seen = match kind {
            FileKind::Raw => Seen::RawMail(message_id),
            FileKind::Text => Seen::FullText(message_id),
            FileKind::Part(part) => Seen::Attachment { message_id, part },
        };
        let (contact_id, conversation_id) = (row.contact_id, row.conversation_id);
        let mut looks = Looks::default();
        let look = Look { contact_id, conversation_id, ticket_id: row.ticket_id, seen };
        looks.add(&row.tenant, look);
        self.record_looks(access, &looks, Way::Download).await
    }

    async fn raw_file(&self, row: &MessageRow) -> Result<File, AppError> {
        let bytes = self.blob(&row.tenant, &row.raw_sha256).await?;
        let is_mail = row.transport != "http_triage";
        let (extension, content_type) =
            if is_mail { ("eml", "message/rfc822") } else { ("json", "application/json") };
        Ok(File {
            name: Some(format!("{}.{extension}", row.message_id)),
            content_type: content_type.to_owned(),
            bytes,
        })
    }

    async fn text_file(&self, row: &MessageRow) -> Result<File, AppError> {
        let bytes = match &row.text_sha256 {
            Some(sha256) => self.blob(&row.tenant, sha256).await?,
            None => Bytes::copy_from_slice(row.text.as_bytes()),
        };
        let name = Some(format!("{}.txt", row.message_id));
        Ok(File { name, content_type: "text/plain; charset=utf-8".to_owned(), bytes })
    }

    async fn part_file(&self, row: &MessageRow, part: u32) -> Result<File, AppError> {
        let raw = self.blob(&row.tenant, &row.raw_sha256).await?;
        let parser = self.inner.parts.parser.clone();
        // Taking a large mail apart keeps a thread busy for a while.
        let found = tokio::task::spawn_blocking(move || parser.attachment(&raw, part)).await;
        let bytes = found.map_err(AppError::fault)?.ok_or(AppError::NotFound("file"))?;
        let listed = row.attachments.iter().find(|file| file.part == part);
        let content_type = listed.map_or("application/octet-stream", |file| &file.content_type);
        Ok(File {
            name: listed.and_then(|file| file.name.clone()),
            content_type: content_type.to_owned(),
            bytes: bytes.into(),
        })
    }
}
