//! The event log: append, read, follow.

mod append;
mod append_error;
mod at;
mod commands;
mod cursor;
mod event;
pub(crate) mod gather;
mod parts;
pub(crate) mod plan;
pub(crate) mod prepare;
pub(crate) mod queue;
mod reader;
mod subscribe;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod turn;

use std::collections::HashMap;
use std::time::Duration;

use casebook_domain::Timestamp;
use tokio::sync::watch;
use tracing::Instrument;
use uuid::Uuid;

pub use append::{
    Append, Appended, Expected, KeyClaim, MAX_EVENT_BYTES, MAX_LOG_BLOB_BYTES, NewBlob, NewEvent,
    StreamVersion, Write,
};
pub use append_error::AppendError;
pub use commands::RecordedCommand;
pub(crate) use commands::{CommandColumns, encode_versions};
pub use cursor::{Cursor, CursorError};
pub use event::{Filter, StoredEvent, StreamId};
pub use parts::StreamPart;
pub use prepare::{
    MAX_APPEND_BYTES, MAX_APPEND_EVENTS, MAX_KEY_BYTES, MAX_KEYS, MAX_METADATA_BYTES,
    MAX_NAME_BYTES,
};
pub use reader::Page;
pub(crate) use reader::{COLUMNS, unfiltered_page};
pub use subscribe::Subscription;
pub use turn::Turn;

use crate::StoreError;
use crate::backend::Backend;
use crate::db::{Db, Value};
use crate::trace::Appending;

const STREAMS: &str =
    "SELECT DISTINCT aggregate_id FROM events WHERE aggregate_type = $1 ORDER BY aggregate_id";
const LATEST: &str = "SELECT sequence FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 \
     AND event_type = $3 AND sequence <= $4 ORDER BY sequence DESC LIMIT 1";
const FIND_BLOB: &str = "SELECT bytes FROM blobs WHERE tenant = $1 AND sha256 = $2";
const FIND_COMMAND: &str = "SELECT tenant, fingerprint, first_position, last_position, versions, \
     outcome, recorded_at FROM commands WHERE command_id = $1";

/// Halves the log until one position is left: time never decreases along positions.
const POSITION_AT: &str = "WITH RECURSIVE s(lo, hi) AS (
    SELECT CAST(0 AS bigint), coalesce(max(position), 0) FROM events
    UNION ALL
    SELECT CASE WHEN e.recorded_at <= $1 THEN e.position ELSE s.lo END,
           CASE WHEN e.recorded_at <= $1 THEN s.hi ELSE e.position - 1 END
    FROM s JOIN events e ON e.position = (s.lo + s.hi + 1) / 2 WHERE s.lo < s.hi
) SELECT lo FROM s WHERE lo = hi";

/// Streams that one statement reads.
pub const MAX_STREAMS: usize = 2_000;

/// The event log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Log {
    backend: Backend,
    db: Db,
}

impl Log {
    pub(crate) fn new(backend: Backend) -> Self {
        Self { db: Db::new(backend.clone()), backend }
    }

    /// Identity of this log; it changes when the database is restored.
    pub fn log_id(&self) -> Uuid {
        self.backend.log_id()
    }

    /// Appends the events of one command to all its streams, or none of them. When this answers
    /// `Ok`, the events are safe on disk. Dropping the future never cancels an append that is
    /// queued.
    ///
    /// # Errors
    /// See [`AppendError`]; after `Unavailable` with an unknown outcome, repeat the command.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let told = Appending::new(&append, self.backend.dialect());
        let appended = self.append_untold(append).instrument(told.span()).await;
        told.ended(&appended);
        appended
    }

    async fn append_untold(&self, append: Append) -> Result<Appended, AppendError> {
        let prepared = prepare::prepare(append)?;
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.append(prepared).await,
            Backend::Postgres(postgres) => postgres.append(prepared).await,
        }
    }

    /// Waits for a turn, which holds up every other append: for a command that has lost the race
    /// for its streams again and again, so that it cannot lose once more.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`] when it does not come in time.
    pub async fn turn(&self) -> Result<Turn, AppendError> {
        match &self.backend {
            Backend::Sqlite(_) => Ok(Turn::of_none(self.clone())),
            Backend::Postgres(postgres) => postgres.turn(self.clone()).await,
        }
    }

    /// The result of an earlier command.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn find_command(
        &self,
        command_id: Uuid,
    ) -> Result<Option<RecordedCommand>, StoreError> {
        let rows = self.db.query(FIND_COMMAND, &[command_id.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let columns = CommandColumns {
            tenant: row.text("tenant")?.to_owned(),
            fingerprint: row.text("fingerprint")?.to_owned(),
            first_position: row.uint("first_position")?,
            last_position: row.uint("last_position")?,
            versions: row.text("versions")?.to_owned(),
            outcome: row.opt_text("outcome")?.map(str::to_owned),
            recorded_at: row.int("recorded_at")?,
        };
        RecordedCommand::try_from(columns).map(Some)
    }

    /// The streams of a kind, by the index over streams; for kinds with few of them.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn streams(&self, kind: &str) -> Result<Vec<StreamId>, StoreError> {
        let rows = self.db.query(STREAMS, &[kind.into()]).await?;
        let stream = |row: &crate::Row| Ok(StreamId::new(kind, row.text("aggregate_id")?));
        rows.iter().map(stream).collect()
    }

    /// Version of the last event of this type in a stream up to a version; 0 when there is none.
    /// Reads the stream backwards as far as that, by the index over streams.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn latest(
        &self,
        stream: &StreamId,
        event_type: &str,
        up_to: Option<u64>,
    ) -> Result<u64, StoreError> {
        let up_to = up_to.unwrap_or(i64::MAX as u64);
        let StreamId { kind, id } = stream;
        let params = [kind.into(), id.into(), event_type.into(), up_to.into()];
        let rows = self.db.query(LATEST, &params).await?;
        rows.first().map_or(Ok(0), |row| row.uint("sequence"))
    }

    /// The bytes of a blob that was stored beside events, if there is one.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn find_blob(
        &self,
        tenant: &str,
        sha256: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.db.query(FIND_BLOB, &[tenant.into(), sha256.into()]).await?;
        rows.first().map(|row| row.bytes("bytes").map(<[u8]>::to_vec)).transpose()
    }

    /// The bytes of blobs that were stored beside events, by hash, without those that were not;
    /// one statement.
    ///
    /// # Errors
    /// As [`Db::query`]; [`StoreError::Invalid`] for more than [`MAX_KEYS`] hashes.
    pub async fn find_blobs(
        &self,
        tenant: &str,
        sha256: &[String],
    ) -> Result<HashMap<String, Vec<u8>>, StoreError> {
        if sha256.len() > MAX_KEYS {
            return Err(StoreError::Invalid(format!("more than {MAX_KEYS} blobs asked at once")));
        }
        let mut params: Vec<Value> = vec![tenant.into()];
        params.extend(sha256.iter().map(Value::from));
        let marks: Vec<_> = (2..=params.len()).map(|n| format!("${n}")).collect();
        if marks.is_empty() {
            return Ok(HashMap::new());
        }
        let marks = marks.join(", ");
        let sql =
            format!("SELECT sha256, bytes FROM blobs WHERE tenant = $1 AND sha256 IN ({marks})");
        let rows = self.db.query(&sql, &params).await?;
        let entry =
            |row: &crate::Row| Ok((row.text("sha256")?.to_owned(), row.bytes("bytes")?.to_vec()));
        rows.iter().map(entry).collect()
    }

    /// What a key stands for, if it was claimed.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn find_key(
        &self,
        tenant: &str,
        kind: &str,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        Ok(self.find_keys(tenant, kind, &[key.to_owned()]).await?.remove(key))
    }

    /// What each of `keys` stands for, without those that were not claimed; one statement.
    ///
    /// # Errors
    /// As [`Db::query`]; [`StoreError::Invalid`] for more than [`MAX_KEYS`] keys.
    pub async fn find_keys(
        &self,
        tenant: &str,
        kind: &str,
        keys: &[String],
    ) -> Result<HashMap<String, String>, StoreError> {
        Ok(self.find_keys_of(tenant, [kind, kind], keys).await?.0)
    }

    /// What each of `keys` stands for as a key of the first kind, and as one of the second; one
    /// statement. Who looks for keys of both kinds saves a round trip by it.
    ///
    /// # Errors
    /// As [`Self::find_keys`].
    pub async fn find_keys_of(
        &self,
        tenant: &str,
        kinds: [&str; 2],
        keys: &[String],
    ) -> Result<(HashMap<String, String>, HashMap<String, String>), StoreError> {
        let mut found = (HashMap::new(), HashMap::new());
        if keys.len() > MAX_KEYS {
            return Err(StoreError::Invalid(format!("more than {MAX_KEYS} keys asked at once")));
        }
        // NUL is in no key, and PostgreSQL cannot be asked about it.
        let asked = keys.iter().filter(|key| !key.contains('\0'));
        let [first, second] = kinds;
        let mut params: Vec<Value> = vec![tenant.into(), first.into(), second.into()];
        params.extend(asked.map(Value::from));
        let marks: Vec<_> = (4..=params.len()).map(|n| format!("${n}")).collect();
        if marks.is_empty() {
            return Ok(found);
        }
        let sql = format!(
            "SELECT kind, key, value FROM keys \
             WHERE tenant = $1 AND kind IN ($2, $3) AND key IN ({})",
            marks.join(", ")
        );
        for row in &self.db.query(&sql, &params).await? {
            let map = if row.text("kind")? == first { &mut found.0 } else { &mut found.1 };
            map.insert(row.text("key")?.to_owned(), row.text("value")?.to_owned());
        }
        Ok(found)
    }

    /// Up to `limit` events after position `after` that pass `filter`.
    ///
    /// # Errors
    /// As [`Db::query`]; [`StoreError::Hole`] if an unfiltered page is not dense.
    pub async fn read(
        &self,
        after: u64,
        filter: &Filter,
        limit: usize,
    ) -> Result<Page, StoreError> {
        crate::db::note_statement();
        let limit = limit.max(1);
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.page(after, filter, limit).await,
            Backend::Postgres(postgres) => postgres.page(after, filter, limit).await,
        }
    }

    /// Up to `limit` events of one stream after version `after_version`.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        crate::db::note_statement();
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.stream(stream, after_version, limit).await,
            Backend::Postgres(postgres) => postgres.stream(stream, after_version, limit).await,
        }
    }

    /// All events of these types, at or below the position `up_to`, of several streams of one
    /// kind; by position and in one statement.
    ///
    /// # Errors
    /// As [`Db::query`]; [`StoreError::Invalid`] for more than [`MAX_STREAMS`] streams.
    pub async fn read_streams(
        &self,
        kind: &str,
        ids: &[String],
        event_types: &'static [&'static str],
        up_to: u64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        if ids.len() > MAX_STREAMS {
            return Err(StoreError::Invalid(format!("more than {MAX_STREAMS} streams at once")));
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        crate::db::note_statement();
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.streams(kind, ids, event_types, up_to).await,
            Backend::Postgres(postgres) => postgres.streams(kind, ids, event_types, up_to).await,
        }
    }

    /// The last position, 0 for an empty log.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn last_position(&self) -> Result<u64, StoreError> {
        crate::db::note_statement();
        self.backend.last_position().await
    }

    /// The last position that was recorded at or before `at`; 0 if there is none.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn position_at(&self, at: Timestamp) -> Result<u64, StoreError> {
        let rows = self.db.query(POSITION_AT, &[at.into()]).await?;
        rows.first().map_or(Ok(0), |row| row.uint("lo"))
    }

    /// Follows the log from after position `after`: history first, then live, without a seam.
    pub fn subscribe(&self, after: u64, filter: Filter) -> Subscription {
        Subscription::new(self.clone(), self.head(), after, filter)
    }

    /// Waits until the log has reached `position`.
    ///
    /// # Errors
    /// [`StoreError::Timeout`] after `timeout`.
    pub async fn wait_for(&self, position: u64, timeout: Duration) -> Result<(), StoreError> {
        let mut head = self.head();
        let reached = head.wait_for(|head| *head >= position);
        match tokio::time::timeout(timeout, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(StoreError::unavailable("the store was closed")),
            Err(_) => Err(StoreError::Timeout { position }),
        }
    }

    /// The last position that this process knows of: a wake-up signal, fed by its own appends, by
    /// notices of other processes and by polling.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.backend.head().subscribe()
    }
}

/// Moves the known head on; it never goes back.
pub(crate) fn advance_head(head: &watch::Sender<u64>, position: u64) {
    head.send_if_modified(|known| {
        let further = position > *known;
        if further {
            *known = position;
        }
        further
    });
}

/// An identity for a log that begins, or that begins anew after a restore.
#[expect(
    clippy::disallowed_methods,
    reason = "the identity must be unlike every other; no decision and no event depends on it"
)]
pub(crate) fn new_log_id() -> Uuid {
    Uuid::now_v7()
}
