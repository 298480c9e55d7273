//! How fast public events leave `casebook serve` by Server-Sent Events.
//!
//! History: events per second that one stream gives, beside the same log read bare by pages of a
//! thousand. Live: the time from an event's recording to its arrival at each of many followers.
//!
//! Usage: `bench_streams [--events N] [--mails N] [--clients 100,1000] [--database
//! sqlite|postgres]`. It starts the `casebook` that lies beside it.

mod follower;

use std::time::{Duration, Instant};

use casebook_store::{Dialect, Filter};
use casebook_tests::TestDatabase;
use casebook_tests::arguments::Arguments;
use casebook_tests::http::{Connection, post};
use casebook_tests::letters::mail;
use casebook_tests::report::Figure;
use casebook_tests::served::{SECRET, Served};
use tokio::sync::mpsc;

use follower::Follower;

/// Settings of the servers: room for all followers, and short pauses between signs of life, by
/// which a follower knows that it has read everything.
const SETTINGS: [(&str, &str); 2] = [
    ("CASEBOOK_API__STREAMS__CONNECTIONS_MAX", "5000"),
    ("CASEBOOK_API__STREAMS__HEARTBEAT_MS", "250"),
];

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let arguments = Arguments::read(&["events", "mails", "clients", "database"]);
    let events = arguments.number("events", 200_000);
    let mails = arguments.number("mails", 50);
    let clients = match arguments.text("clients") {
        Some(_) => arguments.clients(),
        None => vec![100, 1_000],
    };
    println!("| database | followers | events | events/s | p50 ms | p99 ms |");
    println!("|---|---|---|---|---|---|");
    for dialect in arguments.databases() {
        history(&database(dialect).await, events).await;
        for &followers in &clients {
            live(&database(dialect).await, followers, mails).await;
        }
    }
}

async fn database(dialect: Dialect) -> TestDatabase {
    match dialect {
        Dialect::Sqlite => TestDatabase::sqlite().await,
        Dialect::Postgres => TestDatabase::postgres().await,
    }
}

fn serve(database: &TestDatabase) -> Served {
    let settings = SETTINGS.map(|(name, value)| (name, value.to_owned()));
    Served::start_with(database.url(), &settings)
}

/// One stream over all of a log, beside the bare log.
async fn history(database: &TestDatabase, events: u64) {
    let last = casebook_tests::fill::fill(database, events).await;
    let bare = bare(database, last).await;
    let server = serve(database);
    let mut follower = Follower::open(server.address(), "earliest").await;
    let begun = Instant::now();
    let (mut count, mut took) = (0_u64, Duration::ZERO);
    while follower.position() < last {
        let latencies = follower.next().await;
        if !latencies.is_empty() {
            count += latencies.len() as u64;
            took = begun.elapsed();
        }
    }
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "| {:?} | history, {:.2} of the bare log | {count} | {rate:.0} | | |",
        database.dialect(),
        rate / bare
    );
}

/// Events per second of the log by itself.
async fn bare(database: &TestDatabase, last: u64) -> f64 {
    let store = database.open().await;
    let (begun, mut reached) = (Instant::now(), 0);
    while reached < last {
        reached = store.log().read(reached, &Filter::default(), 1_000).await.expect("page").reached;
    }
    let rate = last as f64 / begun.elapsed().as_secs_f64();
    store.close().await;
    rate
}

/// Mails, one after the other, and what each follower sees of them.
async fn live(database: &TestDatabase, followers: usize, mails: u64) {
    let server = serve(database);
    let (sender, mut latencies) = mpsc::unbounded_channel();
    let mut tasks = Vec::new();
    for _ in 0..followers {
        let mut follower = Follower::open(server.address(), "latest").await;
        let sender = sender.clone();
        tasks
            .push(tokio::spawn(async move { while sender.send(follower.next().await).is_ok() {} }));
    }
    let mut connection = Connection::open(server.address()).await.expect("it listens");
    let headers = format!(
        "x-internal-secret: {SECRET}\r\nx-envelope-to: hello@protocolraw.co.uk\r\n\
         content-type: message/rfc822\r\n"
    );
    let begun = Instant::now();
    for number in 0..mails {
        let raw = mail(&number.to_string()).from(&format!("{number}@example.org")).raw();
        let request = post("/intake/email", &headers, &raw);
        let (status, _) = connection.exchange(&request).await.expect("an answer");
        assert_eq!(status, 202);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let elapsed = begun.elapsed();
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    let mut all = Vec::new();
    while let Ok(part) = latencies.try_recv() {
        all.extend(part);
    }
    let figure = Figure::of("live", "", followers, elapsed, all);
    println!(
        "| {:?} | {followers} | {} | {:.0} | {:.2} | {:.2} |",
        database.dialect(),
        figure.operations,
        figure.per_second,
        figure.p50_ms,
        figure.p99_ms
    );
}
