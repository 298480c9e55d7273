//! The audit trail without its index: the log is read from end to end, and each event is asked
//! what it is about by the index's own fold. For commands that run where no server keeps the
//! index up to date.

use std::collections::BTreeSet;

use casebook_domain::ids::{ContactId, ConversationId};
use casebook_projections::audit::{AuditAbout, AuditFilter, AuditIndex, AuditRow, EntryId};
use casebook_projections::{ReadModel, Recorded, RowKey, Skips, TenantScope};
use casebook_store::{Filter, Log, StoredEvent};

use super::unreadable::is_skipped;
use crate::{App, AppError};

/// Events read at a time.
const PAGE: usize = 1_000;

/// A scan on its way through the log.
pub(super) struct Scan {
    scope: TenantScope,
    filter: AuditFilter,
    skips: Skips,
    after: u64,
    end: u64,
}

impl Scan {
    /// Begins a scan of what is in the log now. For a contact the log is read once more before:
    /// which conversations are theirs may be told by its last event.
    pub(super) async fn begin(
        log: &Log,
        scope: TenantScope,
        mut filter: AuditFilter,
    ) -> Result<Self, AppError> {
        let last = log.last_position().await?;
        let skips = Skips::load(log).await?;
        if let AuditAbout::Contact(contact, conversations) = &mut filter.about {
            for tenant in &scope.tenants {
                conversations.extend(conversations_of(log, &skips, tenant, *contact, last).await?);
            }
        }
        let end = filter.up_to.map_or(last, |up_to| up_to.min(last));
        let after = filter.after;
        Ok(Self { scope, filter, skips, after, end })
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
                && let Some(row) = row(&stored, &self.skips)?
                && self.filter.admits(&row)
            {
                rows.push(row);
                events.push(stored);
            }
        }
        Ok(Some((rows, events)))
    }
}

/// The conversations that a contact of a tenant took part in, up to a position.
async fn conversations_of(
    log: &Log,
    skips: &Skips,
    tenant: &str,
    contact: ContactId,
    last: u64,
) -> Result<BTreeSet<ConversationId>, AppError> {
    let filter = Filter { tenant: Some(tenant.to_owned()), ..Filter::default() };
    let mut found = BTreeSet::new();
    let mut after = 0;
    while after < last {
        let page = log.read(after, &filter, PAGE).await?;
        if page.reached <= after {
            break;
        }
        after = page.reached;
        for stored in &page.events {
            let row = row(stored, skips)?.filter(|row| row.contact_id == Some(contact));
            found.extend(row.and_then(|row| row.conversation_id));
        }
    }
    Ok(found)
}

/// What an event is about; `None` for streams that are not the domain's, and for events that are
/// passed over by decision.
fn row(stored: &StoredEvent, skips: &Skips) -> Result<Option<AuditRow>, AppError> {
    if is_skipped(skips, stored.position) {
        return Ok(None);
    }
    let recorded = Recorded::decode(stored.clone()).map_err(AppError::fault)?;
    Ok(recorded.map(|event| {
        let key = RowKey::new(&event.tenant, EntryId::at(event.position).0);
        let mut row = AuditIndex::new_row(&key);
        AuditIndex::apply(&mut row, &event);
        row
    }))
}
