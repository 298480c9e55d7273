//! What a request carries through all resolvers.

use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_graphql::Context;
use casebook_app::queries::{AsOf, Cursor};
use casebook_app::{Access, App, AppError, Looks, Projections};
use casebook_domain::access::Look;

use super::batch::Key;
use super::loads::Loads;
use super::reads::Recorder;
use super::scalars::Position;
use super::{as_of, error};
use crate::state::Shared;

/// What a request carries. Loads are the request's own, so that nothing crosses accesses.
pub(super) struct Request {
    pub(super) shared: Arc<Shared>,
    pub(super) access: Access,
    loads: Loads,
    /// What root fields read as of earlier moments.
    then: Then,
    /// What the answer shows, as of whatever moment.
    looks: Arc<Mutex<Looks>>,
}

/// Requests as of earlier moments, each under the name of its root field: a list that only grows.
#[derive(Default)]
struct Then(OnceLock<Box<Link>>);

struct Link {
    root: String,
    request: Request,
    next: Then,
}

impl Then {
    fn find(&self, root: &str) -> Option<&Request> {
        let link = self.0.get()?;
        if link.root == root { Some(&link.request) } else { link.next.find(root) }
    }

    /// The request under the link's name; the link's own where there is none. All resolvers of a
    /// request run in one task, so nobody comes in between.
    fn find_or_add(&self, made: Box<Link>) -> &Request {
        match self.0.get() {
            Some(link) if link.root == made.root => &link.request,
            Some(link) => link.next.find_or_add(made),
            None => &self.0.get_or_init(|| made).request,
        }
    }
}

impl Request {
    pub(super) fn new(shared: Arc<Shared>, access: Access) -> Self {
        let loads = Loads::new(shared.app.clone(), access.clone(), None);
        Self { shared, access, loads, then: Then::default(), looks: Arc::default() }
    }

    /// The request as of an earlier moment, for everything below the root field of this name.
    pub(super) fn begin_at(&self, root: &str, then: AsOf) -> &Self {
        let (shared, access) = (Arc::clone(&self.shared), self.access.clone());
        let loads = Loads::new(shared.app.clone(), access.clone(), Some(then));
        let looks = Arc::clone(&self.looks);
        let request = Self { shared, access, loads, then: Then::default(), looks };
        let link = Link { root: root.to_owned(), request, next: Then::default() };
        self.then.find_or_add(Box::new(link))
    }

    pub(super) fn app(&self) -> &App {
        &self.shared.app
    }

    pub(super) fn projections(&self) -> &Projections {
        &self.shared.projections
    }

    /// Notes that the answer shows somebody's data; it is recorded before the answer leaves.
    pub(super) fn saw(&self, tenant: &str, look: Look) {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).add(tenant, look);
    }

    /// Records what answers to this request show.
    pub(super) fn recorder(&self) -> Recorder {
        let (shared, access) = (Arc::clone(&self.shared), self.access.clone());
        Recorder::new(shared, access, Arc::clone(&self.looks))
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

    /// Waits until the read models that people work with have reached a position, when one is
    /// given.
    pub(super) async fn wait_for(&self, position: Option<&Position>) -> async_graphql::Result<()> {
        let Some(position) = position else { return Ok(()) };
        let cursor = position.cursor("waitFor")?;
        self.wait_until(cursor).await.map_err(error::of)
    }

    /// Waits until the index of the audit trail has reached a position, when one is given.
    pub(super) async fn wait_for_trail(
        &self,
        position: Option<&Position>,
    ) -> async_graphql::Result<()> {
        let Some(position) = position else { return Ok(()) };
        let cursor = position.cursor("waitFor")?;
        let waited =
            self.app().wait_for_trail(&self.access, self.projections(), cursor, self.patience());
        waited.await.map_err(error::of)
    }

    /// Waits until all read models have reached a position, when one is given.
    pub(super) async fn wait_for_all(
        &self,
        position: Option<&Position>,
    ) -> async_graphql::Result<()> {
        let Some(position) = position else { return Ok(()) };
        let cursor = position.cursor("waitFor")?;
        let waited =
            self.app().wait_for_all(&self.access, self.projections(), cursor, self.patience());
        waited.await.map_err(error::of)
    }

    /// Waits until the read models have reached a position of this log.
    ///
    /// # Errors
    /// `UNAVAILABLE` when that takes longer than `api.wait_max_ms`.
    pub(super) async fn reach(&self, position: u64) -> Result<(), AppError> {
        self.wait_until(Cursor { log_id: self.app().log_id(), position }).await
    }

    async fn wait_until(&self, cursor: Cursor) -> Result<(), AppError> {
        self.app().wait_for(&self.access, self.projections(), cursor, self.patience()).await
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(self.shared.settings.api.wait_max_ms)
    }
}

/// The request of a resolver; below a root field with `asOf`, the request as of then.
pub(super) fn request<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Request> {
    let request = ctx.data::<Request>()?;
    if request.then.0.get().is_none() {
        return Ok(request);
    }
    Ok(as_of::root(ctx).and_then(|root| request.then.find(root)).unwrap_or(request))
}
