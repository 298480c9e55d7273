//! The peers, unmodified postgres-es and sqlite-es, as a child process on an empty database.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use casebook_store::Dialect;
use casebook_tests::postgres::{create_database, drop_database, shared};
use casebook_tests::report::Figure;
use tokio::process::Command;

/// Runs `bench_es` and reads its figure.
pub async fn run(program: &Path, dialect: Dialect, clients: usize, limit: Duration) -> Figure {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, name) = match dialect {
        Dialect::Sqlite => (format!("sqlite:{}", folder.path().join("peer.db").display()), None),
        Dialect::Postgres => {
            let name = create_database(shared(), None).await;
            (shared().url(&name), Some(name))
        }
    };
    let output = Command::new(program)
        .args([url, clients.to_string(), limit.as_secs_f64().to_string()])
        .stderr(Stdio::inherit())
        .output()
        .await
        .expect("bench_es runs");
    if let Some(name) = name {
        drop_database(shared(), &name);
    }
    serde_json::from_slice(&output.stdout).expect("bench_es prints a figure")
}
