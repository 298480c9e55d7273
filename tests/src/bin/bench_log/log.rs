//! Casebook's log: load from the cache, decide, append, keep the new state.

use std::sync::Arc;
use std::time::{Duration, Instant};

use casebook_store::{Aggregates, Log, StoreSettings};
use casebook_tests::forms::to_new;
use casebook_tests::report::Figure;
use casebook_tests::workload::{COMMANDS, LoadCommand, LoadTicket};
use casebook_tests::{TestDatabase, append, ids};
use cqrs_es::Aggregate;
use sha2::{Digest, Sha256};

/// Runs the workload with `clients` until `limit` is over; with `lookup` each command id is looked
/// up before deciding, as a command from outside must be.
pub async fn run(database: &TestDatabase, clients: usize, limit: Duration, lookup: bool) -> Figure {
    let store = database.open().await;
    let max = StoreSettings::default().cache_aggregates_max;
    let tickets = Arc::new(Aggregates::<LoadTicket>::new(store.log().clone(), max));
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (log, tickets) = (store.log().clone(), Arc::clone(&tickets));
            tokio::spawn(work(log, tickets, client, lookup, start + limit))
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no panic"));
    }
    let elapsed = start.elapsed();
    let last = store.log().last_position().await.expect("the last position");
    assert_eq!(last, all.len() as u64, "one event a command");
    store.close().await;
    let database = format!("{:?}", database.dialect()).to_lowercase();
    let name = if lookup { "casebook with lookup" } else { "casebook" };
    Figure::of(name, &database, clients, elapsed, all)
}

async fn work(
    log: Log,
    tickets: Arc<Aggregates<LoadTicket>>,
    client: usize,
    lookup: bool,
    end: Instant,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    for ticket in 0_u64.. {
        let id = format!("{client}-{ticket}");
        for command in COMMANDS {
            let start = Instant::now();
            if start > end {
                return latencies;
            }
            execute(&log, &tickets, &id, command, lookup).await;
            latencies.push(start.elapsed());
        }
    }
    latencies
}

async fn execute(
    log: &Log,
    tickets: &Aggregates<LoadTicket>,
    id: &str,
    command: LoadCommand,
    lookup: bool,
) {
    let command_id = ids::fresh();
    if lookup {
        assert!(log.find_command(command_id).await.expect("a lookup").is_none());
    }
    let loaded = tickets.load(id).await.expect("loaded");
    let event = loaded.state.decide(command).expect("commands come in order");
    let fingerprint = hex(&Sha256::digest(format!("{id} {command:?}")));
    let request = append(LoadTicket::TYPE, id, loaded.version, 1)
        .command(command_id)
        .fingerprint(&fingerprint)
        .events(vec![to_new(&event)])
        .metadata("correlation_id", id)
        .metadata("policy", "0123456789abcdef")
        .done();
    let done = log.append(request).await.expect("appended");
    let mut state = (*loaded.state).clone();
    state.apply(event);
    tickets.put(id, done.versions[0].version, Arc::new(state));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
