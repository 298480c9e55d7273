//! Folds a set of open tickets forward to a later position.

use std::collections::HashSet;

use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_store::Page;

use super::AsOf;
use super::streams::Gathered;
use crate::read_model::{KeyedRow, RowKey};
use crate::runner::{Decoded, RowSet, decode, filter, off_thread, touched, up_to};
use crate::tickets::{TicketRow, Tickets};
use crate::{ProjectionError, Recorded};

/// Events of one page.
const PAGE_EVENTS: usize = 10_000;

/// Whether a row belongs to a set: a ticket that is open, put aside until a time or not.
pub(super) fn is_open(row: &TicketRow) -> bool {
    row.shelf.is_open()
}

impl AsOf {
    /// The open tickets as of this position, from those as of the position `from`. `everybody`
    /// says that all tenants count, not only those of the scope.
    pub(super) async fn forward(
        &self,
        mut rows: RowSet<Tickets>,
        from: u64,
        everybody: bool,
    ) -> Result<RowSet<Tickets>, ProjectionError> {
        let mut next = self.page(from, everybody).await?;
        while let Some(page) = next.take() {
            let after = page.reached;
            let fold = self.fold_page(rows, page, everybody);
            let (folded, ahead) = tokio::join!(fold, self.page(after, everybody));
            (rows, next) = (folded?, ahead?);
        }
        Ok(rows)
    }

    /// The page after a position, up to this position; `None` at its end.
    async fn page(&self, after: u64, everybody: bool) -> Result<Option<Page>, ProjectionError> {
        if after >= self.position {
            return Ok(None);
        }
        let mut filter = filter::<Tickets>();
        if let ([tenant], false) = (self.scope.tenants.as_slice(), everybody) {
            filter.tenant = Some(tenant.clone());
        }
        let page = self.store.log().read(after, &filter, PAGE_EVENTS).await?;
        let page = up_to(page, self.position);
        Ok((page.reached > after).then_some(page))
    }

    async fn fold_page(
        &self,
        mut rows: RowSet<Tickets>,
        mut page: Page,
        everybody: bool,
    ) -> Result<RowSet<Tickets>, ProjectionError> {
        if !everybody {
            page.events.retain(|event| self.scope.tenants.contains(&event.tenant));
        }
        let (count, skips) = (page.events.len(), self.skips.clone());
        let decode = move || decode(page, &skips, <Tickets as crate::ReadModel>::NAME);
        let Decoded { events, reached, unreadable } = off_thread(count, decode).await?;
        if let Some(reason) = unreadable {
            let (name, position) = ("tickets".to_owned(), reached);
            return Err(ProjectionError::Stopped { name, position, reason });
        }
        let missing = missing(&rows, &events);
        if let (false, Some(first)) = (missing.is_empty(), events.first()) {
            for row in self.before(first.position, &missing).await? {
                rows.insert(row);
            }
        }
        let work = move || {
            rows.fold(&events, usize::MAX);
            rows.retain_rows(is_open);
            rows
        };
        off_thread(count, work).await
    }

    /// Tickets as they were before a position.
    async fn before(
        &self,
        position: u64,
        ids: &HashSet<RowKey>,
    ) -> Result<Vec<TicketRow>, ProjectionError> {
        let then = Self { position: position.saturating_sub(1), ..self.clone() };
        let tenants: HashSet<&String> = ids.iter().map(|key| &key.tenant).collect();
        let tenants = tenants.into_iter().cloned().collect();
        let then = Self { scope: crate::TenantScope { tenants }, ..then };
        let tickets: Vec<TicketId> = ids.iter().map(|key| TicketId(key.id)).collect();
        let mut gathered = Gathered::default();
        then.of_tickets::<Tickets>(&mut gathered, &tickets).await?;
        let mut rows = then.fold::<Tickets>(&gathered).await?;
        rows.retain(|row| ids.contains(&row.key()));
        Ok(rows)
    }
}

/// Tickets that events touch, that are not at hand and that do not begin with these events: they
/// were closed, and one of these events may open them again.
fn missing(rows: &RowSet<Tickets>, events: &[Recorded<Event>]) -> HashSet<RowKey> {
    let mut seen = HashSet::new();
    let mut missing = HashSet::new();
    for event in events {
        let begins = matches!(event.event, Event::Ticket(_)) && event.version == 1;
        for key in touched::<Tickets>(event).filter(|key| !rows.holds(key)) {
            if seen.insert(key.clone()) && !begins {
                missing.insert(key);
            }
        }
    }
    missing
}
