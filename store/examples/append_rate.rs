//! Prints how many single-event appends a second a database takes from 1, 8 and 32 clients.
//!
//! `cargo run --release -p casebook-store --example append_rate -- sqlite:/tmp/rate.db [seconds]`

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use casebook_store::{
    Append, Clock, Expected, Log, Mode, NewEvent, Store, StoreSettings, StreamId, SystemClock,
    Write,
};
use uuid::Uuid;

/// Bytes of JSON in each event.
const PAYLOAD_BYTES: usize = 600;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("which database? give sqlite:PATH or postgres://...")?;
    let seconds = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let settings = StoreSettings { migrate_on_open: true, ..StoreSettings::default() };
    let store = Store::open(&url.parse()?, Mode::Write, settings, Arc::new(SystemClock)).await?;
    println!("clients  appends/s  p50 us  p99 us");
    for clients in [1, 8, 32] {
        let mut times = measure(store.log(), clients, Duration::from_secs(seconds)).await?;
        times.sort_unstable();
        let rate = times.len() as u64 / seconds;
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!("{clients:7}  {rate:9}  {:6}  {:6}", at(50).as_micros(), at(99).as_micros());
    }
    store.close().await;
    Ok(())
}

/// Runs the clients for a while; each writes to streams of its own. Returns the time each took.
async fn measure(
    log: &Log,
    clients: u64,
    duration: Duration,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    // Far from the ids of earlier runs on the same database.
    let run = SystemClock.now().as_micros() as u64;
    let end = Instant::now() + duration;
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end {
                    let append = command(run, client, times.len() as u64);
                    let started = Instant::now();
                    log.append(append).await?;
                    times.push(started.elapsed());
                }
                Ok::<_, casebook_store::AppendError>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(times)
}

/// Every stream gets five events, one command each.
fn command(run: u64, client: u64, number: u64) -> Append {
    let id = |half: u64| Uuid::from_u64_pair(run ^ half, (client << 40) | number);
    let payload = format!("{{\"Noted\":{{\"text\":\"{}\"}}}}", "x".repeat(PAYLOAD_BYTES - 21));
    Append {
        tenant: "rate".into(),
        command_id: id(0),
        fingerprint: "rate".into(),
        keys: vec![],
        blobs: vec![],
        writes: vec![Write {
            stream: StreamId::new("rate", format!("{run:x}-{client}-{}", number / 5)),
            expected: Expected::Version(number % 5),
            events: vec![NewEvent {
                event_id: id(1),
                event_type: "Noted".into(),
                event_version: "1".into(),
                payload,
            }],
        }],
        metadata: BTreeMap::from([("actor".to_owned(), "system:rate".to_owned())]),
        outcome: None,
    }
}
