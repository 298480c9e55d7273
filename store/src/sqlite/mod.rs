//! The store on SQLite: one writer thread, a few reading threads, a lock against other writers.

mod append;
mod checkpoint;
mod connection;
mod error;
mod identity;
mod lock;
mod mark;
mod read;
mod readers;
mod schema;
mod upsert;
mod value;
mod writer;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use self::lock::WriteLock;
use self::readers::Readers;
use self::writer::{Job, QueuedWrite, Writer};
use crate::db::{Row, Value, WriteBatch, WriteOutcome};
use crate::log::prepare::Prepared;
use crate::log::{AppendError, Appended, Filter, Page, StoredEvent, StreamId, queue};
use crate::migrate::{MigrationReport, require_none};
use crate::{Clock, Mode, StoreError, StoreSettings};

/// One SQLite file, opened.
#[derive(Debug)]
pub(crate) struct Sqlite {
    readers: Readers,
    writer: Option<mpsc::Sender<Job>>,
    log_id: Uuid,
    head: watch::Sender<u64>,
    settings: StoreSettings,
}

impl Sqlite {
    /// Opens the file at `path`. Blocks on the disk: call it where that is allowed.
    pub fn open(
        path: &Path,
        mode: Mode,
        settings: StoreSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        match mode {
            Mode::Write => Self::open_to_write(path, settings, clock),
            Mode::ReadOnly => Self::open_to_read(path, settings),
        }
    }

    /// Applies pending migrations. Takes the lock, so a running server is left alone.
    pub fn migrate(
        path: &Path,
        settings: &StoreSettings,
        clock: &dyn Clock,
    ) -> Result<MigrationReport, StoreError> {
        create_folder(path)?;
        let _lock = WriteLock::take(path, clock)?;
        let conn = connection::open_writer(path, settings)?;
        let report = schema::migrate(&conn, clock)?;
        identity::settle(&conn, path)?;
        Ok(report)
    }

    fn open_to_write(
        path: &Path,
        settings: StoreSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        create_folder(path)?;
        let lock = WriteLock::take(path, clock.as_ref())?;
        let conn = connection::open_writer(path, &settings)?;
        if settings.migrate_on_open {
            schema::migrate(&conn, clock.as_ref())?;
        }
        require_none(schema::missing(&conn)?)?;
        let mark = identity::settle(&conn, path)?;
        let log_id = identity::read(&conn)?;
        let readers = Readers::open(path, &settings)?;
        let writer = Writer::new(path.to_owned(), conn, lock, mark, (settings.clone(), clock))?;
        let head = writer.head();
        let (sender, jobs) = mpsc::channel(settings.append_queue_length.max(1));
        std::thread::Builder::new()
            .name("casebook-write".into())
            .spawn(move || writer.run(jobs))
            .map_err(|error| StoreError::unavailable(format!("no thread: {error}")))?;
        Ok(Self { readers, writer: Some(sender), log_id, head, settings })
    }

    fn open_to_read(path: &Path, settings: StoreSettings) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::unavailable("there is no database file at this path"));
        }
        let conn = connection::open_reader(path)?;
        require_none(schema::missing(&conn)?)?;
        let log_id = identity::read(&conn)?;
        let head = watch::Sender::new(read::last_position(&conn)?);
        let readers = Readers::open(path, &settings)?;
        Ok(Self { readers, writer: None, log_id, head, settings })
    }

    pub const fn log_id(&self) -> Uuid {
        self.log_id
    }

    pub const fn head(&self) -> &watch::Sender<u64> {
        &self.head
    }

    /// Whether another process may append, so that this one has to look.
    pub const fn must_poll(&self) -> bool {
        self.writer.is_none()
    }

    pub async fn append(&self, prepared: Prepared) -> Result<Appended, AppendError> {
        let writer = self.writer.as_ref().ok_or(AppendError::ReadOnly)?;
        queue::submit(writer, prepared, self.settings.append_timeout()).await?.await
    }

    pub async fn write(&self, batch: WriteBatch) -> Result<WriteOutcome, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        let (answer, receiver) = oneshot::channel();
        let ended = || StoreError::unavailable("the writer has ended");
        writer.send(Job::Write(QueuedWrite { batch, answer })).await.map_err(|_| ended())?;
        receiver.await.map_err(|_| ended())?
    }

    pub async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let (sql, params) = (sql.to_owned(), params.to_vec());
        self.readers.run(move |conn| value::query(conn, &sql, &params)).await
    }

    pub async fn page(
        &self,
        after: u64,
        filter: &Filter,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let (filter, window) = (filter.clone(), self.settings.read_window_max.max(1));
        self.readers.run(move |conn| read::page(conn, after, &filter, limit, window)).await
    }

    pub async fn stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let stream = stream.clone();
        self.readers.run(move |conn| read::stream(conn, &stream, after_version, limit)).await
    }

    pub async fn streams(
        &self,
        kind: &str,
        ids: &[String],
        event_types: &'static [&'static str],
        up_to: u64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (kind, ids) = (kind.to_owned(), ids.to_vec());
        self.readers.run(move |conn| read::streams(conn, &kind, &ids, event_types, up_to)).await
    }

    pub async fn parts(&self, parts: String) -> Result<Vec<StoredEvent>, StoreError> {
        self.readers.run(move |conn| read::parts(conn, parts)).await
    }

    pub async fn at(&self, positions: String) -> Result<Vec<StoredEvent>, StoreError> {
        self.readers.run(move |conn| read::at(conn, positions)).await
    }

    pub async fn last_position(&self) -> Result<u64, StoreError> {
        self.readers.run(read::last_position).await
    }

    /// Lets the writer finish what is queued and tidy up.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            let (answer, receiver) = oneshot::channel();
            if writer.send(Job::Stop(answer)).await.is_ok() {
                // An error means that the writer ended by itself.
                let _ended = receiver.await;
            }
        }
    }
}

fn create_folder(path: &Path) -> Result<(), StoreError> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        None => Ok(()),
        Some(folder) => std::fs::create_dir_all(folder).map_err(|error| {
            StoreError::unavailable(format!("the folder of the database: {error}"))
        }),
    }
}
