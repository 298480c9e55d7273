//! One empty, migrated database for one test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_store::{Dialect, FakeClock, Mode, Store, StoreError, StoreSettings};
use tempfile::TempDir;

use crate::postgres::{PostgresServer, create_database, drop_database, shared, template_database};
use crate::{Raw, wait};

/// When the clock of a test stands still unless the test moves it: 2026-04-08 09:30:00 UTC.
pub const START: Timestamp = Timestamp::from_seconds(1_775_640_600);

/// A database that nobody else uses; it goes when this value is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    place: Place,
    /// Clock of all stores that the test opens.
    pub clock: Arc<FakeClock>,
}

#[derive(Debug)]
enum Place {
    File {
        folder: TempDir,
    },
    Shared {
        name: String,
    },
    /// On a server that belongs to the test itself.
    Own {
        name: String,
    },
}

impl TestDatabase {
    /// A fresh SQLite file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("casebook-case-").tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("casebook.db").display());
        let database = Self { url, place: Place::File { folder }, clock: clock() };
        let url = database.url.parse().expect("a database address");
        Store::migrate(&url, &StoreSettings::default()).await.expect("migrations run");
        database
    }

    /// A fresh database on the shared PostgreSQL.
    pub async fn postgres() -> Self {
        let template = template_database().await;
        let name = create_database(shared(), Some(template)).await;
        Self { url: shared().url(&name), place: Place::Shared { name }, clock: clock() }
    }

    /// A fresh database on `server`, for tests that stop it.
    pub async fn postgres_on(server: &PostgresServer) -> Self {
        let name = create_database(server, None).await;
        let url = server.url(&name);
        let parsed = url.parse().expect("a database address");
        Store::migrate(&parsed, &StoreSettings::default()).await.expect("migrations run");
        Self { url, place: Place::Own { name }, clock: clock() }
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        match self.place {
            Place::File { .. } => Dialect::Sqlite,
            Place::Shared { .. } | Place::Own { .. } => Dialect::Postgres,
        }
    }

    /// Address of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Address of the PostgreSQL database by way of another local port.
    pub fn url_through(&self, port: u16) -> String {
        shared().url_through(port, self.name())
    }

    /// Name of the PostgreSQL database.
    pub fn name(&self) -> &str {
        match &self.place {
            Place::Shared { name } | Place::Own { name } => name,
            Place::File { .. } => panic!("a SQLite file has no name on a server"),
        }
    }

    /// The SQLite file.
    pub fn file(&self) -> PathBuf {
        self.folder().join("casebook.db")
    }

    /// Folder of the SQLite file.
    pub fn folder(&self) -> &Path {
        match &self.place {
            Place::File { folder } => folder.path(),
            _ => panic!("a PostgreSQL database has no folder of its own"),
        }
    }

    /// Opens the store for writing, with default settings.
    pub async fn open(&self) -> Store {
        self.try_open(Mode::Write, StoreSettings::default()).await.expect("the store opens")
    }

    /// Opens another store beside one that writes: on PostgreSQL a second writing one, as another
    /// process would, on SQLite a reading one.
    pub async fn open_beside(&self) -> Store {
        let mode = match self.dialect() {
            Dialect::Sqlite => Mode::ReadOnly,
            Dialect::Postgres => Mode::Write,
        };
        self.try_open(mode, StoreSettings::default()).await.expect("a second store opens")
    }

    /// Opens the store.
    ///
    /// # Errors
    /// What [`Store::open`] says.
    pub async fn try_open(&self, mode: Mode, settings: StoreSettings) -> Result<Store, StoreError> {
        open_at(&self.url, mode, settings, Arc::clone(&self.clock)).await
    }

    /// A connection that knows nothing of Casebook, as a stranger would use.
    pub async fn raw(&self) -> Raw {
        match self.dialect() {
            Dialect::Sqlite => Raw::sqlite(&self.file()),
            Dialect::Postgres => Raw::postgres(&self.url).await,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.place {
            Place::Shared { name } => drop_database(shared(), name),
            Place::File { folder } => remove(folder.path()),
            // It goes with its server.
            Place::Own { .. } => {}
        }
    }
}

/// Removes the folder of a case once its writer, which may still be finishing, has let go of it.
fn remove(folder: &Path) {
    let lock = folder.join("casebook.db.lock");
    wait::blocking(Duration::from_secs(2), || {
        let free = std::fs::File::open(&lock).map_or(true, |file| file.try_lock().is_ok());
        free && std::fs::remove_dir_all(folder).is_ok()
    });
}

/// Opens a store at any address.
///
/// # Errors
/// What [`Store::open`] says.
pub async fn open_at(
    url: &str,
    mode: Mode,
    settings: StoreSettings,
    clock: Arc<FakeClock>,
) -> Result<Store, StoreError> {
    Store::open(&url.parse().expect("a database address"), mode, settings, clock).await
}

fn clock() -> Arc<FakeClock> {
    Arc::new(FakeClock::new(START))
}
