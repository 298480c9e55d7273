//! Tickets of a contact as a list.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Object, Result, SimpleObject};
use casebook_app::queries::{Page, TicketRow};

use super::connection::page_info;
use super::ticket::Ticket;
use super::{cursor, reads};

/// A ticket in its place.
pub(super) struct TicketEdge(TicketRow);

/// A ticket in its place.
#[Object]
impl TicketEdge {
    /// The place.
    async fn cursor(&self) -> String {
        cursor::encode(&self.0.ticket_key())
    }

    /// The ticket.
    async fn node(&self, ctx: &Context<'_>) -> Result<Ticket> {
        reads::ticket(ctx, &self.0)?;
        Ok(Ticket(self.0.clone()))
    }
}

/// A page of the tickets of a contact, the newest first.
#[derive(SimpleObject)]
pub(super) struct TicketConnection {
    /// The tickets with their cursors.
    edges: Vec<TicketEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

impl TicketConnection {
    pub(super) fn new(page: Page<TicketRow>) -> Self {
        let page_info = page_info(&page, TicketRow::ticket_key);
        Self { edges: page.rows.into_iter().map(TicketEdge).collect(), page_info }
    }
}
