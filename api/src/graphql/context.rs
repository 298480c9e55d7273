//! What a request carries through all resolvers.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Context;
use casebook_app::queries::Cursor;
use casebook_app::{Access, App, AppError, Projections};

use super::batch::Key;
use super::error;
use super::loads::Loads;
use super::scalars::Position;
use crate::state::Shared;

/// What a request carries. Loads are the request's own, so that nothing crosses accesses.
pub(super) struct Request {
    pub(super) shared: Arc<Shared>,
    pub(super) access: Access,
    loads: Loads,
}

impl Request {
    pub(super) fn new(shared: Arc<Shared>, access: Access) -> Self {
        let loads = Loads::new(shared.app.clone(), access.clone());
        Self { shared, access, loads }
    }

    pub(super) fn app(&self) -> &App {
        &self.shared.app
    }

    pub(super) fn projections(&self) -> &Projections {
        &self.shared.projections
    }

    /// What belongs to a key, loaded together with what siblings ask for.
    pub(super) async fn get<K: Key>(&self, key: K) -> async_graphql::Result<Option<K::Value>> {
        self.loads.get(key).await.map_err(error::of)
    }

    /// What belongs to a key that may be missing.
    pub(super) async fn get_some<K: Key>(
        &self,
        key: Option<K>,
    ) -> async_graphql::Result<Option<K::Value>> {
        match key {
            Some(key) => self.get(key).await,
            None => Ok(None),
        }
    }

    /// What belongs to a key in text; nothing does when the text is none.
    pub(super) async fn get_text<K: Key + FromStr>(
        &self,
        text: &str,
    ) -> async_graphql::Result<Option<K::Value>> {
        self.get_some(text.parse::<K>().ok()).await
    }

    /// Waits until the read models have reached a position, when one is given.
    pub(super) async fn wait_for(&self, position: Option<&Position>) -> async_graphql::Result<()> {
        let Some(position) = position else { return Ok(()) };
        let cursor = position.cursor("waitFor")?;
        self.wait_until(cursor).await.map_err(error::of)
    }

    /// Waits until the read models have reached a position of this log.
    ///
    /// # Errors
    /// `UNAVAILABLE` when that takes longer than `api.wait_max_ms`.
    pub(super) async fn reach(&self, position: u64) -> Result<(), AppError> {
        self.wait_until(Cursor { log_id: self.app().log_id(), position }).await
    }

    async fn wait_until(&self, cursor: Cursor) -> Result<(), AppError> {
        let timeout = Duration::from_millis(self.shared.settings.api.wait_max_ms);
        self.app().wait_for(&self.access, self.projections(), cursor, timeout).await
    }
}

/// The request of a resolver.
pub(super) fn request<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Request> {
    ctx.data::<Request>()
}
