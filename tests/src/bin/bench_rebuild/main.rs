//! The queue built from zero beside the bare read of the same log, in the same run: events per
//! second, their ratio, and the most memory that was resident.
//!
//! Usage: `bench_rebuild [--events 1000000] [--rounds 3] [--database sqlite|postgres]`, or with
//! `--as-of QUESTIONS` the time of rows as of earlier positions instead. The log is
//! filled first; each measurement then runs in a process of its own, so that the memory of filling
//! does not count.

mod as_of;
mod bare;
mod queue;

use std::process::Stdio;

use casebook_store::Dialect;
use casebook_tests::TestDatabase;
use casebook_tests::arguments::Arguments;
use casebook_tests::memory::peak_mib;
use casebook_tests::report::median;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

/// What is measured, in the order of a round.
const WORK: [&str; 3] = ["bare read", "queue from zero", "all read models from zero"];

/// What a child process found.
#[derive(Serialize, Deserialize)]
struct Figure {
    events: u64,
    seconds: f64,
    peak_mib: f64,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let known = ["events", "rounds", "database", "as-of", "child", "url"];
    let arguments = Arguments::read(&known);
    if let (Some(work), Some(url)) = (arguments.text("child"), arguments.text("url")) {
        return child(work, url).await;
    }
    let (events, rounds) = (arguments.number("events", 1_000_000), arguments.number("rounds", 3));
    if arguments.text("as-of").is_some() {
        return as_of(&arguments, events).await;
    }
    println!(
        "| database | events | what | events/s | to bare read | peak MiB |\n|---|---|---|---|---|---|"
    );
    for dialect in arguments.databases() {
        let database = database(dialect).await;
        let filled = casebook_tests::fill::fill(&database, events).await;
        let mut figures: [Vec<Figure>; 3] = Default::default();
        for round in 1..=rounds {
            for (work, figures) in WORK.iter().zip(&mut figures) {
                eprintln!("round {round} of {rounds}: {dialect:?}, {work}");
                figures.push(measure(&database, work).await);
            }
        }
        report(dialect, filled, &figures);
    }
}

/// Asks for rows as of earlier positions, in this process.
async fn as_of(arguments: &Arguments, events: u64) {
    println!("| database | events | what | asked | p50 ms | p99 ms | worst ms |");
    println!("|---|---|---|---|---|---|---|");
    for dialect in arguments.databases() {
        as_of::measure(&database(dialect).await, events, arguments.number("as-of", 100)).await;
    }
}

async fn database(dialect: Dialect) -> TestDatabase {
    match dialect {
        Dialect::Sqlite => TestDatabase::sqlite().await,
        Dialect::Postgres => TestDatabase::postgres().await,
    }
}

/// Runs this program again on the same database and reads its figure.
async fn measure(database: &TestDatabase, work: &str) -> Figure {
    queue::forget(database, work == WORK[2]).await;
    let output = Command::new(std::env::current_exe().expect("the path of this program"))
        .args(["--child", work, "--url", database.url()])
        .stderr(Stdio::inherit())
        .output()
        .await
        .expect("a child process");
    serde_json::from_slice(&output.stdout).expect("the child prints its figure")
}

async fn child(work: &str, url: &str) {
    let (events, elapsed) = match work {
        "bare read" => bare::read(url).await,
        _ => queue::build(url, work == WORK[2]).await,
    };
    let (seconds, peak_mib) = (elapsed.as_secs_f64(), peak_mib(std::process::id()));
    let figure = Figure { events, seconds, peak_mib };
    println!("{}", serde_json::to_string(&figure).expect("a figure is JSON"));
}

fn report(dialect: Dialect, filled: u64, figures: &[Vec<Figure>; 3]) {
    let rate = |of: &[Figure]| {
        let rates = of.iter().inspect(|one| assert_eq!(one.events, filled, "every event counts"));
        median(rates.map(|one| one.events as f64 / one.seconds).collect())
    };
    let bare = rate(&figures[0]);
    for (work, of) in WORK.iter().zip(figures) {
        println!(
            "| {} | {filled} | {work} | {:.0} | {:.2} | {:.0} |",
            format!("{dialect:?}").to_lowercase(),
            rate(of),
            rate(of) / bare,
            of.iter().map(|one| one.peak_mib).fold(0.0, f64::max),
        );
    }
}
