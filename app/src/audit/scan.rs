//! The audit trail without its index: the log is read from end to end, and each event is asked
//! what it is about by the index's own fold. For commands that run where no server keeps the
//! index up to date.

use casebook_projections::audit::{AuditAbout, AuditFilter, AuditIndex, AuditRow, EntryId};
use casebook_projections::{ReadModel, Recorded, RowKey, TenantScope};
use casebook_store::{Filter, StoredEvent};

use crate::{App, AppError};

/// Events read at a time.
const PAGE: usize = 1_000;

/// A scan on its way through the log.
pub(super) struct Scan {
    scope: TenantScope,
    filter: AuditFilter,
    after: u64,
    end: u64,
}

impl Scan {
    pub(super) fn new(scope: TenantScope, filter: AuditFilter, end: u64) -> Self {
        let end = filter.up_to.map_or(end, |up_to| up_to.min(end));
        // Which conversations are the contact's is only known from the beginning on.
        let after = match filter.about {
            AuditAbout::Contact(..) => 0,
            _ => filter.after,
        };
        Self { scope, filter, after, end }
    }

    /// The next entries with their events; `None` at the end. A part may be empty.
    pub(super) async fn next(
        &mut self,
        app: &App,
    ) -> Result<Option<(Vec<AuditRow>, Vec<StoredEvent>)>, AppError> {
        if self.after >= self.end {
            return Ok(None);
        }
        let page = app.store().log().read(self.after, &Filter::default(), PAGE).await?;
        if page.events.is_empty() {
            return Ok(None);
        }
        self.after = page.reached;
        let (mut rows, mut events) = (Vec::new(), Vec::new());
        for stored in page.events {
            let seen = stored.position <= self.end && self.scope.tenants.contains(&stored.tenant);
            if seen
                && let Some(row) = row(&stored)?
                && self.admits(&row)
            {
                rows.push(row);
                events.push(stored);
            }
        }
        Ok(Some((rows, events)))
    }

    fn admits(&mut self, row: &AuditRow) -> bool {
        if let AuditAbout::Contact(contact, conversations) = &mut self.filter.about
            && row.contact_id == Some(*contact)
        {
            conversations.extend(row.conversation_id);
        }
        self.filter.admits(row)
    }
}

/// What an event is about; `None` for streams that are not the domain's.
fn row(stored: &StoredEvent) -> Result<Option<AuditRow>, AppError> {
    let recorded = Recorded::decode(stored.clone()).map_err(AppError::fault)?;
    Ok(recorded.map(|event| {
        let key = RowKey::new(&event.tenant, EntryId::at(event.position).0);
        let mut row = AuditIndex::new_row(&key);
        AuditIndex::apply(&mut row, &event);
        row
    }))
}
