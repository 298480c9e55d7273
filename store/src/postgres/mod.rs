//! The store on PostgreSQL: one appending connection for each process, pools for everything else.

mod append;
mod connection;
mod error;
mod identity;
mod pool;
mod read;
mod schema;
mod signal;
mod upsert;
mod value;
mod writer;

use std::sync::Arc;

use sqlx::postgres::PgPool;
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use uuid::Uuid;

use self::connection::{Purpose, connect, options};
use self::writer::{Job, Writer};
use crate::db::{Row, Value, WriteBatch, WriteOutcome};
use crate::log::gather::Gather;
use crate::log::prepare::Prepared;
use crate::log::{
    AppendError, Appended, Filter, Log, Page, StoredEvent, StreamId, Turn, queue, turn,
};
use crate::migrate::{MigrationReport, require_none};
use crate::tasks::Tasks;
use crate::{Clock, Mode, StoreError, StoreSettings};

/// Connections for wake-up: one listens, one tells and looks.
const SIGNAL_CONNECTIONS: u32 = 2;

/// One PostgreSQL database, opened.
#[derive(Debug)]
pub(crate) struct Postgres {
    readers: PgPool,
    writers: Option<PgPool>,
    signals: PgPool,
    appends: Option<mpsc::Sender<Job>>,
    log_id: Uuid,
    head: watch::Sender<u64>,
    settings: StoreSettings,
    signal_tasks: Tasks,
}

impl Postgres {
    /// Connects, checks the version of server and schema, and starts the writer.
    pub async fn open(
        url: &str,
        mode: Mode,
        settings: StoreSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let purpose = if mode == Mode::Write { Purpose::Append } else { Purpose::Read };
        let append_options = options(url, purpose, &settings)?;
        let mut connection = connect(&append_options, &settings).await?;
        connection::check_version(&mut connection).await?;
        connection::check_sees_rows(&mut connection).await?;
        if mode == Mode::Write && settings.migrate_on_open {
            schema::migrate(&mut connection, clock.as_ref()).await?;
        }
        require_none(schema::missing(&mut connection).await?)?;
        let log_id = match mode {
            Mode::Write => identity::settle(&mut connection).await?,
            Mode::ReadOnly => identity::read(&mut connection).await?,
        };
        let pool = |purpose, size| {
            options(url, purpose, &settings).map(|o| connection::pool(o, size, &settings))
        };
        let readers = pool(Purpose::Read, settings.read_connections)?;
        let signals = pool(Purpose::Signal, SIGNAL_CONNECTIONS)?;
        let head = watch::Sender::new(read::last_position(&readers).await?);
        let mut tasks = Tasks::default();
        tasks.spawn(signal::listen(signals.clone(), head.clone()));
        let (mut writers, mut appends) = (None, None);
        if mode == Mode::Write {
            let committed = Arc::new(Notify::new());
            let interval = settings.notify_interval();
            let told = Arc::clone(&committed);
            tasks.spawn(signal::tell(signals.clone(), head.clone(), told, interval));
            let (sender, receiver) = mpsc::channel(settings.append_queue_length.max(1));
            let writer = Writer {
                options: append_options,
                connection: Some(connection),
                settings: settings.clone(),
                clock,
                head: head.clone(),
                committed,
                gather: Gather::default(),
            };
            tokio::spawn(writer.run(receiver));
            writers = Some(pool(Purpose::Write, settings.write_connections)?);
            appends = Some(sender);
        }
        Ok(Self { readers, writers, signals, appends, log_id, head, settings, signal_tasks: tasks })
    }

    /// Applies pending migrations.
    pub async fn migrate(
        url: &str,
        settings: &StoreSettings,
        clock: &dyn Clock,
    ) -> Result<MigrationReport, StoreError> {
        let mut connection = connect(&options(url, Purpose::Write, settings)?, settings).await?;
        connection::check_version(&mut connection).await?;
        connection::check_sees_rows(&mut connection).await?;
        let report = schema::migrate(&mut connection, clock).await?;
        identity::settle(&mut connection).await?;
        connection.close().await?;
        Ok(report)
    }

    pub const fn log_id(&self) -> Uuid {
        self.log_id
    }

    pub const fn head(&self) -> &watch::Sender<u64> {
        &self.head
    }

    pub async fn append(&self, prepared: Prepared) -> Result<Appended, AppendError> {
        let appends = self.appends.as_ref().ok_or(AppendError::ReadOnly)?;
        queue::submit(appends, prepared, self.settings.append_timeout()).await?.await
    }

    /// Asks the writer for a turn; see [`Log::turn`].
    pub async fn turn(&self, log: Log) -> Result<Turn, AppendError> {
        let appends = self.appends.as_ref().ok_or(AppendError::ReadOnly)?;
        let (request, turn) = turn::request(log, self.settings.append_timeout());
        let ended = |_| AppendError::unavailable("the writer has ended", false);
        appends.send(Job::Turn(request)).await.map_err(ended)?;
        turn.await
    }

    pub async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let arguments = value::arguments(params)?;
        let text = value::text(sql, params);
        value::rows(&pool::fetch_all(&self.readers, &text, &|| arguments.clone()).await?)
    }

    /// Runs the batch on a task of its own: a caller that goes away leaves no transaction open.
    pub async fn write(&self, batch: WriteBatch) -> Result<WriteOutcome, StoreError> {
        let pool = self.writers.clone().ok_or(StoreError::ReadOnly)?;
        match tokio::spawn(write(pool, batch)).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::unavailable("a write failed")),
        }
    }

    pub async fn page(
        &self,
        after: u64,
        filter: &Filter,
        limit: usize,
    ) -> Result<Page, StoreError> {
        read::page(&self.readers, after, filter, limit, self.settings.read_window_max.max(1)).await
    }

    pub async fn stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        read::stream(&self.readers, stream, after_version, limit).await
    }

    pub async fn streams(
        &self,
        kind: &str,
        ids: &[String],
        event_types: &[&str],
        up_to: u64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        read::streams(&self.readers, kind, ids, event_types, up_to).await
    }

    pub async fn parts(&self, parts: String) -> Result<Vec<StoredEvent>, StoreError> {
        read::parts(&self.readers, parts).await
    }

    pub async fn at(&self, positions: String) -> Result<Vec<StoredEvent>, StoreError> {
        read::at(&self.readers, positions).await
    }

    pub async fn last_position(&self) -> Result<u64, StoreError> {
        read::last_position(&self.readers).await
    }

    /// Lets the writer finish what is queued and closes all connections.
    pub async fn close(&self) {
        if let Some(appends) = &self.appends {
            let (answer, receiver) = oneshot::channel();
            if appends.send(Job::Stop(answer)).await.is_ok() {
                // An error means that the writer ended by itself.
                let _ended = receiver.await;
            }
        }
        self.signal_tasks.abort();
        let pools = [Some(&self.readers), Some(&self.signals), self.writers.as_ref()];
        for pool in pools.into_iter().flatten() {
            // A statement that does not end in time loses its connection with the process.
            let _late = tokio::time::timeout(self.settings.connect_timeout(), pool.close()).await;
        }
    }
}

async fn write(pool: PgPool, batch: WriteBatch) -> Result<WriteOutcome, StoreError> {
    let mut connection = begin(&pool).await?;
    let result = run_and_end(&mut connection, &batch).await;
    if result.is_err() {
        // Whatever state it is in, nobody gets this connection again.
        let failed: PgConnection = connection.detach();
        drop(failed);
    }
    result
}

async fn run_and_end(
    connection: &mut PgConnection,
    batch: &WriteBatch,
) -> Result<WriteOutcome, StoreError> {
    if batch.relaxed {
        connection.execute("SET LOCAL synchronous_commit = off").await?;
    }
    let outcome = upsert::run(connection, batch).await?;
    let end = match outcome {
        WriteOutcome::Done => "COMMIT",
        WriteOutcome::Refused { .. } => "ROLLBACK",
    };
    connection.execute(end).await?;
    Ok(outcome)
}

/// A connection with a transaction begun; dead connections of the pool are thrown away.
async fn begin(pool: &PgPool) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>, StoreError> {
    let mut attempts = pool.options().get_max_connections() + 1;
    loop {
        attempts -= 1;
        let mut connection = pool.acquire().await?;
        let sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
        match (&mut *connection).execute(sql).await {
            Ok(_) => return Ok(connection),
            Err(error) => {
                drop(connection.detach());
                if attempts == 0 || !pool::is_lost(&error) {
                    return Err(error.into());
                }
            }
        }
    }
}
