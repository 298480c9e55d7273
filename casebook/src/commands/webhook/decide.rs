//! What an operator decides, apart from where it is carried out.

use casebook_app::{ChangeWebhook, StreamStart};
use casebook_domain::ids::WebhookId;
use casebook_store::Cursor;
use uuid::Uuid;

use crate::cli::{WebhookAdd, WebhookChange, WebhookCommand};
use crate::exit::Failure;

/// A decision.
pub(super) enum Decision {
    Add(WebhookAdd),
    Change(WebhookId, ChangeWebhook),
    Rotate(WebhookId),
    Pause(WebhookId, String),
    Resume(WebhookId),
    Replay(WebhookId, String),
    Redeliver(WebhookId, String),
    Remove(WebhookId),
}

impl Decision {
    /// The decision that a command asks for; the command itself where it only reads.
    pub(super) fn of(command: WebhookCommand) -> Result<Self, Box<WebhookCommand>> {
        Ok(match command {
            WebhookCommand::Add(add) => Self::Add(add),
            WebhookCommand::Change(change) => Self::Change(change.id.id, wanted(change)),
            WebhookCommand::Rotate(id) => Self::Rotate(id.id),
            WebhookCommand::Pause { id, reason } => Self::Pause(id.id, reason),
            WebhookCommand::Resume(id) => Self::Resume(id.id),
            WebhookCommand::Replay { id, after } => Self::Replay(id.id, after),
            WebhookCommand::Redeliver { id, position } => Self::Redeliver(id.id, position),
            WebhookCommand::Remove(id) => Self::Remove(id.id),
            reading => return Err(Box::new(reading)),
        })
    }
}

fn wanted(change: WebhookChange) -> ChangeWebhook {
    let WebhookChange { url, types, all_types, personal, description, .. } = change;
    let types = if all_types { Some(Vec::new()) } else { Some(types).filter(|t| !t.is_empty()) };
    ChangeWebhook { url, types, personal, description }
}

/// Reads where to begin: `earliest`, `latest`, a number in the log `log_id`, or a cursor.
pub(super) fn start(text: &str, log_id: Uuid) -> Result<StreamStart, Failure> {
    if let Ok(position) = text.parse() {
        return Ok(StreamStart::After(Cursor { log_id, position }));
    }
    text.parse().map_err(|wrong| Failure::usage(format!("{text}: {wrong}")))
}

/// Reads a position: a number in the log `log_id`, or a cursor; `None` is before the first.
pub(super) fn position(text: &str, log_id: Uuid) -> Result<Option<Cursor>, Failure> {
    match start(text, log_id)? {
        StreamStart::Earliest => Ok(None),
        StreamStart::After(cursor) => Ok(Some(cursor)),
        StreamStart::Latest => Err(Failure::usage("give a number or a cursor")),
    }
}
