//! The cases of `casebook_projections::testing` on SQLite, each on a database of its own, and on
//! PostgreSQL where `CASEBOOK_TEST_POSTGRES_URL` names a server on which databases may be made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use casebook_projections::testing;
use casebook_store::{DatabaseUrl, Mode, Store, StoreSettings, SystemClock};
use sqlx::{Connection, Executor, PgConnection};

async fn open(url: &DatabaseUrl) -> Store {
    let settings = StoreSettings { migrate_on_open: true, ..StoreSettings::default() };
    Store::open(url, Mode::Write, settings, Arc::new(SystemClock)).await.expect("open")
}

/// Runs one case on SQLite.
fn on_sqlite<F: Future<Output = ()>>(case: impl FnOnce(Store) -> F) {
    let folder = tempfile::tempdir().expect("folder");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let store = open(&DatabaseUrl::sqlite(folder.path().join("case.db"))).await;
        case(store.clone()).await;
        store.close().await;
    });
}

/// Runs one case on PostgreSQL in a database of its own, where a server is named.
fn on_postgres<F: Future<Output = ()>>(case: impl FnOnce(Store) -> F) {
    let Ok(server) = std::env::var("CASEBOOK_TEST_POSTGRES_URL") else { return };
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("read_models_{}_{number}", std::process::id());
        let mut admin = PgConnection::connect(&server).await.expect("connect");
        admin.execute(format!("CREATE DATABASE {name}").as_str()).await.expect("create");
        let (base, _) = server.rsplit_once('/').expect("a database in the address");
        let store = open(&DatabaseUrl::Postgres(format!("{base}/{name}"))).await;
        case(store.clone()).await;
        store.close().await;
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        admin.execute(drop.as_str()).await.expect("drop");
    });
}

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::on_sqlite(super::testing::$name);
            })*
        }

        mod postgres {
            $(#[test]
            fn $name() {
                super::on_postgres(super::testing::$name);
            })*
        }
    };
}

cases! {
    queries_see_the_log,
    pages_have_no_seam,
    a_restart_goes_on,
    a_rebuild_shows_the_same,
    another_version_is_built_beside,
    an_unreadable_event_stops_only_its_readers,
    tampering_is_found,
    two_writers_never_mix,
}
