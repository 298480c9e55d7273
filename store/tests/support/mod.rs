//! Databases and appends for the tests of this crate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use casebook_store::{
    Append, Clock, DatabaseUrl, Expected, Mode, NewEvent, Store, StoreSettings, StreamId,
    SystemClock, Write,
};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

/// A folder of its own for one test, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(unique("casebook-store"));
        std::fs::create_dir_all(&path).expect("temporary folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn database(&self) -> DatabaseUrl {
        DatabaseUrl::sqlite(self.0.join("casebook.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind at worst; the system clears its temporary folder.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs `test` on a fresh SQLite file and, where a server is named, on a fresh database there.
pub async fn each_database(test: impl AsyncFn(DatabaseUrl)) {
    let folder = Folder::new();
    test(folder.database()).await;
    if let Some(url) = postgres_database().await {
        test(url.clone()).await;
        drop_database(&url).await;
    }
}

/// A fresh database on the server that `CASEBOOK_TEST_POSTGRES_URL` names.
///
/// # Panics
/// When a server is named and cannot be used: a test that was asked for never passes unseen.
pub async fn postgres_database() -> Option<DatabaseUrl> {
    let server = std::env::var("CASEBOOK_TEST_POSTGRES_URL").ok()?;
    let name = unique("casebook");
    let mut admin = PgConnection::connect(&server).await.expect("the server of the tests");
    admin.execute(format!("CREATE DATABASE {name}").as_str()).await.expect("create a database");
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    Some(format!("{base}/{name}").parse().expect("a URL"))
}

/// Removes a database that [`postgres_database`] made.
pub async fn drop_database(url: &DatabaseUrl) {
    let DatabaseUrl::Postgres(url) = url else { return };
    let server = std::env::var("CASEBOOK_TEST_POSTGRES_URL").expect("the server of the tests");
    let (_, name) = url.rsplit_once('/').expect("a URL with a database");
    let mut admin = PgConnection::connect(&server).await.expect("the server of the tests");
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.execute(drop.as_str()).await.expect("drop a database");
}

/// A name that no other test and no other run has.
fn unique(prefix: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (count, now) = (COUNT.fetch_add(1, Ordering::Relaxed), SystemClock.now().as_micros());
    format!("{prefix}_{}_{count}_{now}", std::process::id())
}

/// Opens `url` for writing, migrating it first.
pub async fn open(url: &DatabaseUrl, clock: Arc<dyn Clock>) -> Store {
    let settings = StoreSettings { migrate_on_open: true, ..StoreSettings::default() };
    Store::open(url, Mode::Write, settings, clock).await.expect("open")
}

/// The `number`-th command: `count` events for the ticket `id`.
pub fn append(number: u128, id: &str, expected: Expected, count: u128) -> Append {
    let event = |index| NewEvent {
        event_id: Uuid::from_u128(number * 1_000_000 + index),
        event_type: "Noted".into(),
        event_version: "1".into(),
        payload: format!("{{\"Noted\": {{\"text\": \"note {number} of ä {index}\"}}}}"),
    };
    Append {
        tenant: "t".into(),
        command_id: Uuid::from_u128(number),
        fingerprint: format!("f{number}"),
        keys: vec![],
        blobs: vec![],
        writes: vec![Write {
            stream: StreamId::new("ticket", id),
            expected,
            events: (0..count).map(event).collect(),
        }],
        metadata: BTreeMap::from([("actor".to_owned(), "agent:test".to_owned())]),
        outcome: Some(format!("done {number}")),
    }
}
