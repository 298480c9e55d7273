//! A note for colleagues.

use async_graphql::{Context, Object, Result};
use casebook_app::queries::NoteRow;

use super::context::request;
use super::reads;
use super::scalars::{DateTime, Position};
use super::ticket::Ticket;

/// A note that an agent left for colleagues; customers never see it.
pub(super) struct Note(pub(super) NoteRow);

/// A note that an agent left for colleagues; customers never see it.
#[Object]
impl Note {
    /// The note's UUID, as events name it.
    async fn uuid(&self) -> String {
        self.0.note_id.to_string()
    }

    /// The agent who wrote it.
    async fn author(&self) -> &str {
        &self.0.author
    }

    /// What it says.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// When it was written.
    async fn written_at(&self) -> DateTime {
        DateTime(self.0.written_at)
    }

    /// Position of the event that recorded it.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// The ticket it was written on.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        reads::shown(ctx, request(ctx)?.get_some(self.0.ticket_id).await?)
    }
}
