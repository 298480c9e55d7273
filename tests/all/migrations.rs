//! Migrations: applied once, in order, and never changed behind the back of a database.

use casebook_store::{Dialect, Mode, Store, StoreError, StoreSettings};
use casebook_tests::postgres::{create_database, drop_database, shared};
use casebook_tests::{TestDatabase, append, both_databases};
use tokio::task::JoinSet;

both_databases!(
    migrating_twice_changes_nothing,
    changed_migration_is_refused,
    unknown_newer_migration_is_refused,
    empty_database_needs_migration,
    migrations_may_run_at_the_same_time,
);

async fn migrate(url: &str) -> Result<casebook_store::MigrationReport, StoreError> {
    Store::migrate(&url.parse().expect("an address"), &StoreSettings::default()).await
}

/// Address of a database without any table.
async fn empty(database: &TestDatabase) -> String {
    match database.dialect() {
        Dialect::Sqlite => format!("sqlite:{}", database.folder().join("empty.db").display()),
        Dialect::Postgres => shared().url(&create_database(shared(), None).await),
    }
}

fn forget(database: &TestDatabase, url: &str) {
    if database.dialect() == Dialect::Postgres
        && let Some((_, name)) = url.rsplit_once('/')
    {
        drop_database(shared(), name);
    }
}

async fn migrating_twice_changes_nothing(database: TestDatabase) {
    let mut raw = database.raw().await;
    let sql = "SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version";
    let before = raw.rows(sql).await;
    assert!(!before.is_empty());
    migrate(database.url()).await.expect("nothing to do");
    assert_eq!(raw.rows(sql).await, before);
}

async fn changed_migration_is_refused(database: TestDatabase) {
    let mut raw = database.raw().await;
    raw.execute("UPDATE schema_migrations SET checksum = 'other' WHERE version = 1")
        .await
        .expect("changed");
    let answer = migrate(database.url()).await;
    assert!(matches!(answer, Err(StoreError::Migration { .. })), "{answer:?}");
    let answer = database.try_open(Mode::Write, StoreSettings::default()).await.map(|_| "a store");
    assert!(matches!(answer, Err(StoreError::Migration { .. })), "{answer:?}");
}

async fn unknown_newer_migration_is_refused(database: TestDatabase) {
    let mut raw = database.raw().await;
    let sql = "INSERT INTO schema_migrations SELECT 9999, 'later', checksum, applied_at \
               FROM schema_migrations WHERE version = 1";
    raw.execute(sql).await.expect("a row of a newer program");
    let answer = migrate(database.url()).await;
    assert!(matches!(answer, Err(StoreError::Migration { .. })), "{answer:?}");
}

async fn empty_database_needs_migration(database: TestDatabase) {
    let url = empty(&database).await;
    let parsed = url.parse().expect("an address");
    for mode in [Mode::Write, Mode::ReadOnly] {
        let clock = std::sync::Arc::clone(&database.clock);
        let answer = Store::open(&parsed, mode, StoreSettings::default(), clock).await;
        assert!(answer.is_err(), "an empty database is opened in mode {mode:?}");
    }
    let settings = StoreSettings { migrate_on_open: true, ..StoreSettings::default() };
    let clock = std::sync::Arc::clone(&database.clock);
    let store = Store::open(&parsed, Mode::Write, settings, clock).await.expect("opens");
    store.log().append(append("ticket", "a", 0, 1).done()).await.expect("appended");
    store.close().await;
    forget(&database, &url);
}

async fn migrations_may_run_at_the_same_time(database: TestDatabase) {
    let url = empty(&database).await;
    let mut migrations = JoinSet::new();
    for _ in 0..4 {
        let url = url.clone();
        migrations.spawn(async move { migrate(&url).await });
    }
    for answer in migrations.join_all().await {
        // On SQLite only one process may write: the others are told who it is.
        let told = database.dialect() == Dialect::Sqlite
            && matches!(answer, Err(StoreError::Locked { .. }));
        assert!(answer.is_ok() || told, "{answer:?}");
    }
    migrate(&url).await.expect("nothing left to do");
    forget(&database, &url);
}
