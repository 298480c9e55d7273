//! Opening and closing a store.

use std::sync::Arc;

use crate::backend::Backend;
use crate::leases::Leases;
use crate::log::{Log, advance_head};
use crate::migrate::MigrationReport;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::tasks::Tasks;
use crate::{Clock, DatabaseUrl, Db, Dialect, Mode, StoreError, StoreSettings, SystemClock};

/// One database, opened. Cheap to clone; it closes when the last clone is dropped, or by
/// [`Store::close`], which waits until everything queued is done.
#[derive(Clone, Debug)]
pub struct Store {
    log: Log,
    db: Db,
    leases: Leases,
    backend: Backend,
    poller: Arc<Tasks>,
}

impl Store {
    /// Opens the database at `url`.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process writes to the same SQLite file,
    /// [`StoreError::NeedsMigration`] when migrations are missing and the settings do not say
    /// `migrate_on_open`, [`StoreError::Unavailable`] when the database cannot be reached.
    pub async fn open(
        url: &DatabaseUrl,
        mode: Mode,
        settings: StoreSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        crate::limits::survive_file_size_limit();
        let poll_interval = settings.poll_interval();
        let backend = match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                let sqlite = blocking(move || Sqlite::open(&path, mode, settings, clock)).await?;
                Backend::Sqlite(Arc::new(sqlite))
            }
            DatabaseUrl::Postgres(url) => {
                Backend::Postgres(Arc::new(Postgres::open(url, mode, settings, clock).await?))
            }
        };
        let mut poller = Tasks::default();
        if backend.must_poll() {
            poller.spawn(poll(backend.clone(), poll_interval));
        }
        let db = Db::new(backend.clone());
        Ok(Self {
            log: Log::new(backend.clone()),
            leases: Leases::new(db.clone()),
            db,
            backend,
            poller: Arc::new(poller),
        })
    }

    /// Applies the migrations that are missing, in order, each in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when one fails, was changed since or is unknown;
    /// [`StoreError::Locked`] when another process writes to the same SQLite file.
    pub async fn migrate(
        url: &DatabaseUrl,
        settings: &StoreSettings,
    ) -> Result<MigrationReport, StoreError> {
        let settings = settings.clone();
        match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                blocking(move || Sqlite::migrate(&path, &settings, &SystemClock)).await
            }
            DatabaseUrl::Postgres(url) => Postgres::migrate(url, &settings, &SystemClock).await,
        }
    }

    /// The event log.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The SQL face for read models.
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// Leases between processes.
    pub const fn leases(&self) -> &Leases {
        &self.leases
    }

    /// Which database this is.
    pub const fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    /// Finishes everything that is queued, then lets the database go. Appends that come later are
    /// answered `Unavailable`.
    pub async fn close(self) {
        self.poller.abort();
        self.backend.close().await;
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::unavailable("opening the database failed")),
    }
}

/// Looks for events of other processes, however they may have come.
async fn poll(backend: Backend, interval: std::time::Duration) {
    let mut failing = false;
    loop {
        tokio::time::sleep(interval).await;
        match backend.last_position().await {
            Ok(position) => {
                failing = false;
                advance_head(backend.head(), position);
            }
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "the end of the log cannot be read");
            }
            Err(_) => {}
        }
    }
}
