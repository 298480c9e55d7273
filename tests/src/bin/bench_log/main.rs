//! Commands per second of the log beside the bare INSERT and beside postgres-es and sqlite-es, all
//! in one run, in rounds, with medians and ratios.
//!
//! Usage: `bench_log [--seconds N] [--rounds N] [--clients 1,8,32] [--database sqlite|postgres]
//! [--peer PATH]`. PATH is the `bench_es` of `tests/compat`, built with `cargo build --release
//! --manifest-path tests/compat/Cargo.toml`; without it the peers are left out.

mod floor;
mod log;
mod options;
mod peer;
mod summary;

use casebook_store::Dialect;
use casebook_tests::TestDatabase;
use casebook_tests::report::Figure;

use options::Options;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let options = Options::read();
    let mut figures = Vec::new();
    for round in 1..=options.rounds {
        for &dialect in &options.databases {
            for &clients in &options.clients {
                eprintln!("round {round} of {}: {dialect:?}, {clients} clients", options.rounds);
                figures.extend(measure(&options, dialect, clients).await);
            }
        }
    }
    for figure in &figures {
        println!("{}", serde_json::to_string(figure).expect("a figure is JSON"));
    }
    println!("{}", summary::table(&options, &figures));
}

/// One round: every contender on an empty database of its own.
async fn measure(options: &Options, dialect: Dialect, clients: usize) -> Vec<Figure> {
    let mut figures = Vec::new();
    figures.push(floor::run(&database(dialect).await, clients, options.limit).await);
    for lookup in [false, true] {
        figures.push(log::run(&database(dialect).await, clients, options.limit, lookup).await);
    }
    if let Some(program) = &options.peer {
        figures.push(peer::run(program, dialect, clients, options.limit).await);
    }
    figures
}

async fn database(dialect: Dialect) -> TestDatabase {
    match dialect {
        Dialect::Sqlite => TestDatabase::sqlite().await,
        Dialect::Postgres => TestDatabase::postgres().await,
    }
}
