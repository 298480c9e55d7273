//! Measures how fast the queue is built from zero, beside the bare read of the same log.
//!
//! `cargo run --release -p casebook-projections --example rebuild_rate -- DATABASE_URL [EVENTS]`
//! fills the database when it is empty, then prints events per second of both, their ratio, and
//! the highest resident memory of the process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use casebook_projections::testing::mixed;
use casebook_projections::{ProjectionSettings, Projections};
use casebook_store::{DatabaseUrl, Filter, Mode, Store, StoreSettings, SystemClock};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Mails whose events one round of filling makes.
const MAILS_PER_ROUND: u64 = 2_000;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let url: DatabaseUrl = arguments.next().ok_or("name a database")?.parse()?;
    let events: u64 = arguments.next().as_deref().unwrap_or("1000000").parse()?;
    let settings = StoreSettings { migrate_on_open: true, ..StoreSettings::default() };
    let store = Store::open(&url, Mode::Write, settings, Arc::new(SystemClock)).await?;
    fill(&store, events).await?;
    let projections = Projections::start(&store, &ProjectionSettings::default()).await?;
    let last = store.log().last_position().await?;
    projections.caught_up(last, Duration::from_secs(3_600)).await?;
    println!("resident at most {} MiB after the first build of all", resident_mib());
    for _ in 0..3 {
        let read = bare_read(&store).await?;
        let begun = Instant::now();
        projections.rebuild("tickets").await?;
        let build = rate(last, begun.elapsed());
        println!("{last} events: read {read:.0}/s, queue {build:.0}/s, ratio {:.2}", build / read);
    }
    println!("resident at most {} MiB", resident_mib());
    projections.stop().await;
    store.close().await;
    Ok(())
}

async fn fill(store: &Store, events: u64) -> Outcome {
    let mut from = 0;
    while store.log().last_position().await? < events {
        let rounds = (0..8).map(|round| {
            let (first, store) = (from + round * MAILS_PER_ROUND, store.clone());
            tokio::spawn(async move { mixed(first, MAILS_PER_ROUND).append(&store).await })
        });
        for round in rounds.collect::<Vec<_>>() {
            round.await??;
        }
        from += 8 * MAILS_PER_ROUND;
    }
    Ok(())
}

/// Reads the whole log as stored, page by page.
async fn bare_read(store: &Store) -> Result<f64, Box<dyn std::error::Error>> {
    let (begun, mut after) = (Instant::now(), 0);
    loop {
        let page = store.log().read(after, &Filter::default(), 10_000).await?;
        if page.reached == after {
            return Ok(rate(after, begun.elapsed()));
        }
        after = page.reached;
    }
}

fn rate(events: u64, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}

/// The highest resident memory so far, where the system tells it.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
