//! Creates and drops the databases of single tests.

use std::sync::atomic::{AtomicU64, Ordering};

use casebook_store::{Store, StoreSettings};
use sqlx::{Connection, PgConnection};
use tokio::sync::OnceCell;

use super::{PostgresServer, shared};

static NEXT: AtomicU64 = AtomicU64::new(1);
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// Name of a migrated, empty database on the shared server, from which the others are copied.
pub async fn template_database() -> &'static str {
    TEMPLATE
        .get_or_init(|| async {
            let server = shared();
            let name = create_database(server, None).await;
            let url = server.url(&name).parse().expect("a database address");
            Store::migrate(&url, &StoreSettings::default()).await.expect("migrations run");
            name
        })
        .await
}

/// Creates a database, a copy of `template` if one is given, and returns its name.
///
/// # Panics
/// When the server refuses.
pub async fn create_database(server: &PostgresServer, template: Option<&str>) -> String {
    let name = format!("case_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let source = template.unwrap_or("template0");
    let sql = format!("CREATE DATABASE {name} TEMPLATE {source}");
    administer(&server.url("postgres"), &sql).await.expect("a database is created");
    name
}

/// Drops the database `name`, closing its connections; errors are ignored because the whole server
/// goes with the process.
pub fn drop_database(server: &PostgresServer, name: &str) {
    let (url, sql) = (server.url("postgres"), format!("DROP DATABASE IF EXISTS {name} (FORCE)"));
    // A destructor cannot wait on the caller's runtime, so it brings its own.
    let _ = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        runtime.block_on(administer(&url, &sql)).ok()
    })
    .join();
}

async fn administer(url: &str, sql: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(sql).execute(&mut connection).await?;
    connection.close().await
}
