//! Lists of people and threads, page by page.

use casebook_domain::address::normalise;
use casebook_projections::TenantScope;
use casebook_projections::contacts::contacts_page;
use casebook_projections::conversations::conversations_page;

use super::{
    ContactKey, ContactRow, ConversationFilter, ConversationKey, ConversationRow, Page, Slice,
};
use crate::{Access, App, AppError};

impl App {
    /// One page of contacts, in an order that never changes: of a tenant or all, those with an
    /// address or all. The address may be written as people write it.
    ///
    /// # Errors
    /// `NOT_FOUND` for a tenant that the actor may not see, `FORBIDDEN` without the permission to
    /// read, `UNAVAILABLE` without a database; the same below.
    pub async fn contacts(
        &self,
        access: &Access,
        tenant: Option<&str>,
        address: Option<&str>,
        slice: &Slice<ContactKey>,
    ) -> Result<Page<ContactRow>, AppError> {
        let scope = self.list_scope(access, tenant)?;
        let address = address.map(normalise);
        Ok(contacts_page(self.store().db(), &scope, address.as_deref(), slice).await?)
    }

    /// One page of the conversations that a filter lets through, the latest activity first: of a
    /// tenant or all.
    ///
    /// # Errors
    /// As [`App::contacts`].
    pub async fn conversations(
        &self,
        access: &Access,
        tenant: Option<&str>,
        filter: &ConversationFilter,
        slice: &Slice<ConversationKey>,
    ) -> Result<Page<ConversationRow>, AppError> {
        let scope = self.list_scope(access, tenant)?;
        Ok(conversations_page(self.store().db(), &scope, filter, slice).await?)
    }

    fn list_scope(&self, access: &Access, tenant: Option<&str>) -> Result<TenantScope, AppError> {
        match tenant {
            Some(tenant) => self.scope_of(access, tenant),
            None => self.scope(access),
        }
    }
}
