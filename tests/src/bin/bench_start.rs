//! Cold start of `casebook serve` to the first answer of `/healthz`, and its memory when idle,
//! beside the time that the program itself takes to start (`casebook --version`).
//!
//! Usage: `bench_start [--rounds N] [--idle SECONDS] [--database sqlite|postgres]`. It starts the
//! `casebook` that lies beside it: `cargo build --release -p casebook -p casebook-tests`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use casebook_store::Dialect;
use casebook_tests::TestDatabase;
use casebook_tests::arguments::Arguments;
use casebook_tests::http::{Connection, get};
use casebook_tests::memory::{peak_mib, resident_mib};
use casebook_tests::report::median;
use casebook_tests::served::{Served, program};

/// Figures of one database, a value for each round.
#[derive(Default)]
struct Figures {
    process_ms: Vec<f64>,
    empty_ms: Vec<f64>,
    again_ms: Vec<f64>,
    idle_mib: Vec<f64>,
    peak_mib: Vec<f64>,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let arguments = Arguments::read(&["rounds", "idle", "database"]);
    let (rounds, idle) = (arguments.number("rounds", 5), arguments.seconds("idle", 5.0));
    println!(
        "| database | program start ms | first start ms | start again ms | again to program | \
         idle MiB | peak MiB |\n|---|---|---|---|---|---|---|"
    );
    for dialect in arguments.databases() {
        let mut figures = Figures::default();
        for _ in 0..rounds {
            round(dialect, idle, &mut figures).await;
        }
        let (process, again) = (median(figures.process_ms), median(figures.again_ms));
        println!(
            "| {} | {process:.1} | {:.1} | {again:.1} | {:.1} | {:.1} | {:.1} |",
            format!("{dialect:?}").to_lowercase(),
            median(figures.empty_ms),
            again / process,
            median(figures.idle_mib),
            median(figures.peak_mib),
        );
    }
}

/// Starts on an empty database, then again on the one that the first start has set up.
async fn round(dialect: Dialect, idle: Duration, figures: &mut Figures) {
    let begun = Instant::now();
    let mut version = Command::new(program());
    let status = version.arg("--version").stdout(Stdio::null()).status().expect("it runs");
    assert!(status.success(), "casebook --version failed");
    figures.process_ms.push(millis(begun));
    let database = match dialect {
        Dialect::Sqlite => TestDatabase::sqlite().await,
        Dialect::Postgres => TestDatabase::postgres().await,
    };
    let (server, took) = start(&database).await;
    figures.empty_ms.push(took);
    drop(server);
    let (server, took) = start(&database).await;
    figures.again_ms.push(took);
    tokio::time::sleep(idle).await;
    figures.idle_mib.push(resident_mib(server.process()));
    figures.peak_mib.push(peak_mib(server.process()));
}

/// A server, and the milliseconds until it answered.
async fn start(database: &TestDatabase) -> (Served, f64) {
    let begun = Instant::now();
    let server = Served::start(database.url());
    let mut connection = Connection::open(server.address()).await.expect("it listens");
    let (status, _) = connection.exchange(&get("/healthz")).await.expect("an answer");
    assert_eq!(status, 200);
    let took = millis(begun);
    (server, took)
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
