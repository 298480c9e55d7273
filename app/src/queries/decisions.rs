//! Decisions of triage in their order.

use casebook_domain::ids::TicketId;
use casebook_projections::decisions::decisions_page;

use super::{DecisionKey, DecisionRow, Page, Slice};
use crate::{Access, App, AppError};

impl App {
    /// One page of decisions, the newest first: of a tenant, about a ticket, or all.
    ///
    /// # Errors
    /// `NOT_FOUND` for a tenant that the actor may not see.
    pub async fn decisions(
        &self,
        access: &Access,
        tenant: Option<&str>,
        ticket: Option<TicketId>,
        slice: &Slice<DecisionKey>,
    ) -> Result<Page<DecisionRow>, AppError> {
        let scope = match tenant {
            Some(tenant) => self.scope_of(access, tenant)?,
            None => self.scope(access)?,
        };
        Ok(decisions_page(self.store().db(), &scope, ticket, slice).await?)
    }
}
