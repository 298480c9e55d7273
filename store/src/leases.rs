//! Leases: who may do what for now, among several processes.
//!
//! Rows with an expiry by the database's clock, so that no process's clock matters and nothing
//! outlives a lost connection. The epoch rises with each change of owner: an effect that carries
//! an old epoch is refused.

use std::time::Duration;

use crate::db::{Db, Step, Value, WriteBatch, WriteOutcome};
use crate::{Dialect, StoreError};

/// A lease that was held when it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub name: String,
    /// Who holds it; unique to one run of one process.
    pub owner: String,
    /// Rises with each change of owner, from 1.
    pub epoch: u64,
}

/// Takes, renews and returns leases. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Leases {
    db: Db,
}

impl Leases {
    pub(crate) const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Takes the lease `name` for `ttl`, if it is free, expired, or already this owner's.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn acquire(
        &self,
        name: &str,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        let now = self.now();
        let take = format!(
            "INSERT INTO leases (name, owner, epoch, expires_at) \
             VALUES ($1, $2, 1, {now} + $3::bigint) ON CONFLICT (name) DO UPDATE SET \
             epoch = leases.epoch + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END, \
             owner = excluded.owner, expires_at = excluded.expires_at \
             WHERE leases.owner = excluded.owner OR leases.expires_at <= {now}"
        );
        let params = vec![name.into(), owner.into(), micros(ttl)];
        self.db.write(WriteBatch::new().execute(take, params)).await?;
        let find = format!(
            "SELECT owner, epoch FROM leases WHERE name = $1 AND owner = $2 AND expires_at > {now}"
        );
        let rows = self.db.query(&find, &[name.into(), owner.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let epoch = row.uint("epoch")?;
        Ok(Some(Lease { name: name.to_owned(), owner: owner.to_owned(), epoch }))
    }

    /// Keeps a lease for another `ttl` from now; false when it was lost.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<bool, StoreError> {
        let outcome = self.db.write(self.fence(lease, ttl, WriteBatch::new())).await?;
        Ok(outcome == WriteOutcome::Done)
    }

    /// The batch, refused as a whole when the lease was lost before; written, it keeps the lease
    /// for another `ttl` from now.
    #[must_use]
    pub fn fence(&self, lease: &Lease, ttl: Duration, mut batch: WriteBatch) -> WriteBatch {
        let now = self.now();
        let sql = format!(
            "UPDATE leases SET expires_at = {now} + $4::bigint \
             WHERE name = $1 AND owner = $2 AND epoch = $3 AND expires_at > {now}"
        );
        let mut params = named(lease);
        params.push(micros(ttl));
        batch.steps.insert(0, Step::Expect { sql: sql.into(), params, rows: 1 });
        batch
    }

    /// Number of leases that are held and whose names begin with `prefix`.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn count(&self, prefix: &str) -> Result<usize, StoreError> {
        // PostgreSQL does not infer a parameter's type inside substr.
        let length = match self.db.dialect() {
            Dialect::Sqlite => "$2",
            Dialect::Postgres => "$2::int",
        };
        let sql = format!(
            "SELECT count(*) AS held FROM leases \
             WHERE substr(name, 1, {length}) = $1 AND expires_at > {now}",
            now = self.now()
        );
        let characters = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        let rows = self.db.query(&sql, &[prefix.into(), Value::Int(characters)]).await?;
        let held = rows.first().map_or(Ok(0), |row| row.uint("held"))?;
        Ok(usize::try_from(held).unwrap_or(usize::MAX))
    }

    /// Gives a lease back; nothing happens when it was lost before.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let sql = "UPDATE leases SET expires_at = 0 WHERE name = $1 AND owner = $2 AND epoch = $3";
        self.db.write(WriteBatch::new().execute(sql, named(lease))).await.map(drop)
    }

    /// The database's clock, in microseconds.
    const fn now(&self) -> &'static str {
        match self.db.dialect() {
            Dialect::Sqlite => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
            Dialect::Postgres => "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
        }
    }
}

fn named(lease: &Lease) -> Vec<Value> {
    vec![Value::from(&lease.name), Value::from(&lease.owner), lease.epoch.into()]
}

fn micros(ttl: Duration) -> Value {
    Value::Int(i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX / 2))
}
