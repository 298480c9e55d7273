//! A page of fifty of the queue over many tickets, by GraphQL from `casebook serve`, beside the same
//! statement run bare in the same run: requests per second, their ratio, and latencies.
//!
//! Usage: `bench_queue [--tickets 1000000] [--rounds 3] [--seconds 5] [--clients 1,16]
//! [--database sqlite|postgres]`. It starts the `casebook` that lies beside it, so build both:
//! `cargo build --release -p casebook -p casebook-tests`.

mod bare;
mod load;
mod pages;

use std::time::Duration;

use casebook_store::Dialect;
use casebook_tests::TestDatabase;
use casebook_tests::arguments::Arguments;
use casebook_tests::report::{Figure, median};
use casebook_tests::served::Served;

use pages::{Pages, TENANT};

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let arguments = Arguments::read(&["tickets", "rounds", "seconds", "clients", "database"]);
    let tickets = arguments.number("tickets", 1_000_000);
    let (rounds, limit) = (arguments.number("rounds", 3), arguments.seconds("seconds", 5.0));
    let clients = match arguments.text("clients") {
        Some(_) => arguments.clients(),
        None => vec![1, 16],
    };
    println!("| database | clients | what | pages/s | p50 ms | p99 ms | to bare |");
    println!("|---|---|---|---|---|---|---|");
    for dialect in arguments.databases() {
        let database = match dialect {
            Dialect::Sqlite => TestDatabase::sqlite().await,
            Dialect::Postgres => TestDatabase::postgres().await,
        };
        casebook_tests::fill::fill_tickets(&database, TENANT, tickets).await;
        // Classification is another bench's work.
        let unclassified = [("CASEBOOK_TRIAGE__ENABLED", "false".to_owned())];
        let server = Served::start_with(database.url(), &unclassified);
        let pages = Pages::read(&server, tickets).await;
        for &clients in &clients {
            measure(&database, &server, &pages, clients, (rounds, limit)).await;
        }
    }
}

/// Both, one after the other, as often as there are rounds.
async fn measure(
    database: &TestDatabase,
    server: &Served,
    pages: &Pages,
    clients: usize,
    (rounds, limit): (u64, Duration),
) {
    let name = format!("{:?}", database.dialect()).to_lowercase();
    let mut figures: [Vec<Figure>; 2] = Default::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}: {name}, {clients} clients");
        let bare = bare::run(database, pages, clients, limit).await;
        figures[0].push(Figure::of("bare statement", &name, clients, limit, bare));
        let asked = load::run(server, pages, clients, limit).await;
        figures[1].push(Figure::of("GraphQL", &name, clients, limit, asked));
    }
    let of =
        |figures: &[Figure], value: fn(&Figure) -> f64| median(figures.iter().map(value).collect());
    let bare = of(&figures[0], |figure| figure.per_second);
    for figures in &figures {
        let rate = of(figures, |figure| figure.per_second);
        println!(
            "| {name} | {clients} | {} | {rate:.0} | {:.2} | {:.2} | {:.2} |",
            figures[0].name,
            of(figures, |figure| figure.p50_ms),
            of(figures, |figure| figure.p99_ms),
            rate / bare,
        );
    }
}
