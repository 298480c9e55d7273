//! Who writes a read model, among several processes.

use std::time::Instant;

use casebook_store::{Dialect, Lease, Leases, Store, WriteBatch};

use crate::{ProjectionError, ProjectionSettings};

/// The right to write one read model. On SQLite one process writes, so nothing is leased.
///
/// It only keeps processes from doing the same work: what keeps rows right is the epoch of the
/// checkpoint.
pub(crate) struct Leadership {
    leases: Option<Leases>,
    name: String,
    owner: String,
    settings: ProjectionSettings,
    held: Option<(Lease, Instant)>,
}

impl Leadership {
    pub fn new(model: &str, store: &Store, settings: &ProjectionSettings) -> Self {
        let leases = match store.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(store.leases().clone()),
        };
        let owner = new_owner();
        let name = format!("read_model/{model}");
        Self { leases, name, owner, settings: settings.clone(), held: None }
    }

    /// Whether this process may write now; takes or renews the lease when that is due.
    pub async fn hold(&mut self) -> Result<bool, ProjectionError> {
        let Some(leases) = &self.leases else { return Ok(true) };
        if let Some((lease, since)) = &self.held {
            if since.elapsed() < self.settings.lease_renew() {
                return Ok(true);
            }
            if leases.renew(lease, self.settings.lease_ttl()).await? {
                self.held = Some((lease.clone(), Instant::now()));
                return Ok(true);
            }
            self.held = None;
            return Ok(false);
        }
        let taken = leases.acquire(&self.name, &self.owner, self.settings.lease_ttl()).await?;
        self.held = taken.map(|lease| (lease, Instant::now()));
        Ok(self.held.is_some())
    }

    /// Whether this process may write, as far as it knows.
    pub const fn is_held(&self) -> bool {
        self.leases.is_none() || self.held.is_some()
    }

    /// Does something that takes long and writes nothing that others would mind, and keeps the
    /// right to write meanwhile.
    ///
    /// # Errors
    /// [`ProjectionError::TakenOver`] when it was lost; what was done so far is dropped.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, ProjectionError> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(self.settings.lease_renew()) => {}
            }
            if !self.hold().await? {
                return Err(self.taken_over());
            }
        }
    }

    /// The batch, refused as a whole when the right to write was lost before.
    ///
    /// # Errors
    /// [`ProjectionError::TakenOver`] when that is known already.
    pub fn fenced(&self, batch: WriteBatch) -> Result<WriteBatch, ProjectionError> {
        let Some(leases) = &self.leases else { return Ok(batch) };
        let (lease, _) = self.held.as_ref().ok_or_else(|| self.taken_over())?;
        Ok(leases.fence(lease, self.settings.lease_ttl(), batch))
    }

    /// The error of those who may not write any more.
    pub fn taken_over(&self) -> ProjectionError {
        ProjectionError::TakenOver { name: self.name.clone() }
    }

    /// Lets others write at once.
    pub async fn release(&mut self) {
        if let (Some(leases), Some((lease, _))) = (&self.leases, self.held.take())
            && let Err(error) = leases.release(&lease).await
        {
            // It expires by itself.
            tracing::warn!(lease = %lease.name, %error, "a lease was not given back");
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "an owner must be unlike every other; no row and no event depends on it"
)]
fn new_owner() -> String {
    uuid::Uuid::now_v7().to_string()
}
