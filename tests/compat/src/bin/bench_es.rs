//! Commands per second through unmodified postgres-es or sqlite-es, as one JSON line.
//!
//! Usage: `bench_es URL CLIENTS SECONDS` on an empty database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use casebook_compat::open::{Database, postgres_repository, sqlite_repository};
use casebook_compat::report::Figure;
use casebook_compat::workload::{COMMANDS, LoadTicket};
use cqrs_es::CqrsFramework;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, clients, seconds] = arguments.as_slice() else {
        return Err("usage: bench_es URL CLIENTS SECONDS".to_owned());
    };
    let clients: usize = clients.parse().map_err(|_| "CLIENTS is a number")?;
    let seconds: f64 = seconds.parse().map_err(|_| "SECONDS is a number")?;
    let limit = Duration::from_secs_f64(seconds);
    let database = Database::open(url).await.map_err(|error| error.to_string())?;
    database.create_tables().await.map_err(|error| error.to_string())?;
    let figure = match &database {
        Database::Sqlite(pool) => {
            let (elapsed, all) = run(|| sqlite_repository(pool), clients, limit).await?;
            Figure::of("sqlite-es", "sqlite", clients, elapsed, all)
        }
        Database::Postgres(pool) => {
            let (elapsed, all) = run(|| postgres_repository(pool), clients, limit).await?;
            Figure::of("postgres-es", "postgres", clients, elapsed, all)
        }
    };
    println!("{}", serde_json::to_string(&figure).map_err(|error| error.to_string())?);
    Ok(())
}

type Cqrs<R> = CqrsFramework<LoadTicket, PersistedEventStore<R, LoadTicket>>;

async fn run<R: PersistedEventRepository + 'static>(
    repository: impl Fn() -> R,
    clients: usize,
    limit: Duration,
) -> Result<(Duration, Vec<Duration>), String> {
    let store = PersistedEventStore::new_event_store(repository());
    let cqrs: Arc<Cqrs<R>> = Arc::new(CqrsFramework::new(store, vec![], ()));
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| tokio::spawn(work(Arc::clone(&cqrs), client, start + limit)))
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.map_err(|error| error.to_string())??);
    }
    Ok((start.elapsed(), all))
}

async fn work<R: PersistedEventRepository + 'static>(
    cqrs: Arc<Cqrs<R>>,
    client: usize,
    end: Instant,
) -> Result<Vec<Duration>, String> {
    let mut latencies = Vec::new();
    for ticket in 0_u64.. {
        let id = format!("{client}-{ticket}");
        for command in COMMANDS {
            let start = Instant::now();
            if start > end {
                return Ok(latencies);
            }
            cqrs.execute(&id, command).await.map_err(|error| error.to_string())?;
            latencies.push(start.elapsed());
        }
    }
    Ok(latencies)
}
