//! The queue built from zero beside the bare read of the same log, in the same run: events per
//! second, their ratio, and the most memory that was resident.
//!
//! Usage: `bench_rebuild [--events 1000000] [--rounds 3] [--database sqlite|postgres]`. The log is
//! filled first; each measurement then runs in a process of its own, so that the memory of filling
//! does not count.

mod bare;
mod fill;
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
    let arguments = Arguments::read(&["events", "rounds", "database", "child", "url"]);
    if let (Some(work), Some(url)) = (arguments.text("child"), arguments.text("url")) {
        return child(work, url).await;
    }
    let (events, rounds) = (arguments.number("events", 1_000_000), arguments.number("rounds", 3));
    println!(
        "| database | events | what | events/s | to bare read | peak MiB |\n|---|---|---|---|---|---|"
    );
    for dialect in arguments.databases() {
        let database = match dialect {
            Dialect::Sqlite => TestDatabase::sqlite().await,
            Dialect::Postgres => TestDatabase::postgres().await,
        };
        let filled = fill::fill(&database, events).await;
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
