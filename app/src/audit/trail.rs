//! Pages of the audit trail: the index tells the positions, the log tells the rest.

use casebook_projections::audit::{
    AuditAbout, AuditFilter, AuditRow, audit_page, conversations_of,
};
use casebook_projections::{Page, Slice, TenantScope};
use casebook_store::StoredEvent;

use super::entry::AuditEntry;
use super::request::{AuditRequest, Resolved};
use super::states::States;
use crate::{Access, App, AppError};

impl App {
    /// One page of the audit trail, the newest first or the oldest; with what each event changed
    /// when `with_changes` says so.
    ///
    /// # Errors
    /// `NOT_FOUND` for a subject or tenant that is unknown or foreign.
    pub async fn audit_trail(
        &self,
        access: &Access,
        request: &AuditRequest,
        newest_first: bool,
        slice: &Slice<u64>,
        with_changes: bool,
    ) -> Result<Page<AuditEntry>, AppError> {
        let Resolved { scope, mut filter } = self.resolve_audit(access, request).await?;
        self.add_conversations(&scope, &mut filter).await?;
        let page = self.audit_rows(&scope, &filter, newest_first, slice).await?;
        let mut states = with_changes.then(States::default);
        let rows = self.audit_entries(&page.rows, states.as_mut()).await?;
        Ok(Page { rows, has_next: page.has_next, has_previous: page.has_previous })
    }

    /// Adds the conversations of the contact that is asked about, as far as the index knows them.
    pub(super) async fn add_conversations(
        &self,
        scope: &TenantScope,
        filter: &mut AuditFilter,
    ) -> Result<(), AppError> {
        if let AuditAbout::Contact(contact, conversations) = &mut filter.about
            && let [tenant] = scope.tenants.as_slice()
        {
            let found = conversations_of(self.store().db(), tenant, *contact).await?;
            conversations.extend(found);
        }
        Ok(())
    }

    pub(super) async fn audit_rows(
        &self,
        scope: &TenantScope,
        filter: &AuditFilter,
        newest_first: bool,
        slice: &Slice<u64>,
    ) -> Result<Page<AuditRow>, AppError> {
        Ok(audit_page(self.store().db(), scope, filter, newest_first, slice).await?)
    }

    /// The entries of these rows, in their order.
    pub(super) async fn audit_entries(
        &self,
        rows: &[AuditRow],
        states: Option<&mut States>,
    ) -> Result<Vec<AuditEntry>, AppError> {
        let positions: Vec<u64> = rows.iter().map(|row| row.position).collect();
        let events = self.store().log().read_at(&positions).await?;
        self.entries_of(rows, &events, states).await
    }

    /// The entries of these rows, whose events are sorted by position.
    pub(super) async fn entries_of(
        &self,
        rows: &[AuditRow],
        events: &[StoredEvent],
        states: Option<&mut States>,
    ) -> Result<Vec<AuditEntry>, AppError> {
        let mut changes = match states {
            Some(states) => states.changes(self.store().log(), events).await?,
            None => std::collections::HashMap::new(),
        };
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            // A row whose event is not there belongs to a log that was cut; verify finds it.
            let at = events.binary_search_by_key(&row.position, |event| event.position);
            let Some(event) = at.ok().and_then(|at| events.get(at)) else { continue };
            let mut entry = AuditEntry::new(event, row)?;
            entry.changes = changes.remove(&row.position).unwrap_or_default();
            entries.push(entry);
        }
        Ok(entries)
    }
}
