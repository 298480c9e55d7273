//! Pages of the audit trail.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Result, SimpleObject};
use casebook_app as app;
use casebook_app::queries::{Cursor, Page, Slice};
use casebook_domain::access::{Look, Seen};

use super::super::connection::{Paging, page_info};
use super::super::context::{Request, request};
use super::super::cursor::{self, Place};
use super::super::error;
use super::entry::AuditEntry;
use super::filter::{AuditFilter, AuditOrder};

/// The place of an entry: its position in this very log.
#[derive(Clone, Copy)]
struct AuditPlace(Cursor);

impl Place for AuditPlace {
    fn write(&self) -> String {
        format!("audit:{}", self.0)
    }

    fn read(text: &str) -> Option<Self> {
        text.strip_prefix("audit:")?.parse().ok().map(Self)
    }
}

/// An entry in its place.
#[derive(SimpleObject)]
pub(in crate::graphql) struct AuditEdge {
    /// The place.
    cursor: String,
    /// The entry.
    node: AuditEntry,
}

/// A page of the audit trail.
#[derive(SimpleObject)]
pub(in crate::graphql) struct AuditConnection {
    /// The entries with their cursors.
    edges: Vec<AuditEdge>,
    /// Where the page stands.
    page_info: PageInfo,
}

/// One page of the audit trail; see the field.
pub(in crate::graphql) async fn trail(
    ctx: &Context<'_>,
    filter: AuditFilter,
    order: AuditOrder,
    with_personal_data: bool,
    paging: Paging,
) -> Result<AuditConnection> {
    let request = request(ctx)?;
    let slice = positions(request, paging.slice(&request.shared.settings.api)?)?;
    let asked = filter.into_request()?;
    let newest_first = order == AuditOrder::NewestFirst;
    let node = ctx.look_ahead().field("edges").field("node");
    let with_changes = node.field("changes").exists();
    let with_data = node.field("data").exists();
    let (app, access) = (request.app(), &request.access);
    let page = app.audit_trail(access, &asked, newest_first, &slice, with_changes).await;
    let mut page = page.map_err(error::of)?;
    for entry in &mut page.rows {
        if with_personal_data {
            note(request, entry, with_data);
        } else {
            entry.withhold();
        }
    }
    Ok(connection(request, page))
}

/// Positions of this log; a cursor of a log that was restored since means other events.
fn positions(request: &Request, slice: Slice<AuditPlace>) -> Result<Slice<u64>> {
    let position = |field, place: Option<AuditPlace>| {
        let log_id = request.app().log_id();
        let found = place.map(|place| place.0.position_in(log_id, u64::MAX)).transpose();
        found.map_err(|wrong| error::invalid(field, wrong.to_string()))
    };
    Ok(match slice {
        Slice::Forward { first, after } => {
            Slice::Forward { first, after: position("after", after)? }
        }
        Slice::Backward { last, before } => {
            Slice::Backward { last, before: position("before", before)? }
        }
    })
}

/// Notes that an entry shows values of a customer.
fn note(request: &Request, entry: &app::AuditEntry, with_data: bool) {
    if entry.changes.iter().any(|change| change.personal) || (with_data && entry.has_personal()) {
        let (contact_id, conversation_id) = (entry.contact_id, entry.conversation_id);
        let (ticket_id, seen) = (entry.ticket_id, Seen::AuditTrail);
        request.saw(&entry.tenant, Look { contact_id, conversation_id, ticket_id, seen });
    }
}

fn connection(request: &Request, page: Page<app::AuditEntry>) -> AuditConnection {
    let log_id = request.app().log_id();
    let place = |entry: &app::AuditEntry| AuditPlace(Cursor { log_id, position: entry.position });
    let page_info = page_info(&page, place);
    let edge = |entry: app::AuditEntry| AuditEdge {
        cursor: cursor::encode(&place(&entry)),
        node: AuditEntry(entry),
    };
    AuditConnection { edges: page.rows.into_iter().map(edge).collect(), page_info }
}
