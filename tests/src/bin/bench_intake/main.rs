//! Mails per second over HTTP to a committed and gated ticket, beside the bare append rate of
//! events of the same number and size, in the same run.
//!
//! Usage: `bench_intake [--seconds N] [--rounds N] [--clients 1,8,32]
//! [--database sqlite|postgres]`. It starts the `casebook` that lies beside it, so build both:
//! `cargo build --release -p casebook -p casebook-tests`.

mod floor;
mod load;
mod shape;
mod summary;

use casebook_store::Dialect;
use casebook_tests::TestDatabase;
use casebook_tests::arguments::Arguments;
use casebook_tests::report::Figure;
use casebook_tests::served::Served;

use shape::Shape;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let arguments = Arguments::read(&["seconds", "rounds", "clients", "database"]);
    let (rounds, limit) = (arguments.number("rounds", 3), arguments.seconds("seconds", 5.0));
    let mut figures = Vec::new();
    for round in 1..=rounds {
        for dialect in arguments.databases() {
            for clients in arguments.clients() {
                eprintln!("round {round} of {rounds}: {dialect:?}, {clients} clients");
                figures.extend(measure(dialect, clients, limit).await);
            }
        }
    }
    for figure in &figures {
        println!("{}", serde_json::to_string(figure).expect("a figure is JSON"));
    }
    println!("{}", summary::table(&arguments.databases(), &arguments.clients(), &figures));
}

/// One round: intake of mails and of triage requests on one database, then bare appends of the
/// form that the mails had on another one.
async fn measure(dialect: Dialect, clients: usize, limit: std::time::Duration) -> Vec<Figure> {
    let name = format!("{dialect:?}").to_lowercase();
    let database = database(dialect).await;
    // Classification is another process's work, and another bench's.
    let unclassified = [("CASEBOOK_TRIAGE__ENABLED", "false".to_owned())];
    let server = Served::start_with(database.url(), &unclassified);
    let before = shape::Totals::read(&database).await;
    let email = load::email(&server, clients, limit).await;
    let shape = Shape::between(before, shape::Totals::read(&database).await);
    eprintln!("  one mail: {shape}");
    let triage = load::triage(&server, clients, limit / 2).await;
    drop(server);
    let floor = floor::run(&self::database(dialect).await, shape, clients, limit).await;
    let figure =
        |what: &str, run: load::Run| Figure::of(what, &name, clients, run.elapsed, run.latencies);
    vec![
        figure("append", floor),
        figure("intake/email", email),
        figure("intake/triage, gated", triage),
    ]
}

async fn database(dialect: Dialect) -> TestDatabase {
    match dialect {
        Dialect::Sqlite => TestDatabase::sqlite().await,
        Dialect::Postgres => TestDatabase::postgres().await,
    }
}
