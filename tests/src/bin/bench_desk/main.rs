//! How fast messages are classified and replies leave, with stand-ins for model and mail server.
//!
//! Usage: `bench_desk [--messages N] [--delay-ms 1] [--parallel 64] [--database sqlite|postgres]`. It
//! starts the `casebook` that lies beside it, so build both:
//! `cargo build --release -p casebook -p casebook-tests --bins`.
//!
//! Messages are taken in by a server that does not classify. A second one then classifies all of
//! them through a model on loopback that answers after `delay-ms`, beside the same calls made bare;
//! after that every ticket's reply is approved, without undo delay, and leaves by SMTP to a catcher.
//!
//! With `--soak-minutes N` it runs everything at once for so long instead, kills the server every
//! minute, and holds what was acknowledged against what is there at the end.

mod client;
mod model;
mod soak;

use std::time::{Duration, Instant};

use casebook_outbound::catcher::{CatcherSettings, SmtpCatcher};
use casebook_store::Dialect;
use casebook_tests::arguments::Arguments;
use casebook_tests::report::Figure;
use casebook_tests::served::Served;
use casebook_tests::{TestDatabase, tenants};
use tempfile::TempDir;

use client::Client;
use model::Model;

/// Replies that are approved at a time.
const APPROVERS: usize = 8;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let arguments =
        Arguments::read(&["messages", "delay-ms", "parallel", "database", "soak-minutes"]);
    let messages = arguments.number("messages", 500);
    let parallel = usize::try_from(arguments.number("parallel", 64)).expect("a number of calls");
    let delay = Duration::from_millis(arguments.number("delay-ms", 1));
    if let minutes @ 1.. = arguments.number("soak-minutes", 0) {
        for dialect in arguments.databases() {
            soak::run(dialect, Duration::from_secs(minutes * 60)).await;
        }
        return;
    }
    for dialect in arguments.databases() {
        let figures = measure(dialect, messages, parallel, delay).await;
        for figure in figures {
            println!("{}", serde_json::to_string(&figure).expect("a figure is JSON"));
        }
    }
}

async fn measure(dialect: Dialect, messages: u64, parallel: usize, delay: Duration) -> Vec<Figure> {
    let name = format!("{dialect:?}").to_lowercase();
    let database = database(dialect).await;
    let tenants = tenants::without_undo_delay();
    let model = Model::start(delay).await;
    let catcher = SmtpCatcher::start(CatcherSettings::default()).await.expect("a catcher");
    let settings = |classifies| environment(&tenants, &model, &catcher, parallel, classifies);

    let server = Served::start_with(database.url(), &settings(false));
    Client::open(&server).await.post_mails(messages).await;
    drop(server);

    let bare = model.bare(messages, parallel).await;
    let asked = model.answers();
    let begun = Instant::now();
    let server = Served::start_with(database.url(), &settings(true));
    let mut client = Client::open(&server).await;
    client.until_classified().await;
    let classified = begun.elapsed();
    // Follow-ups of one ticket are answered for together, and what a gate decided is not asked.
    let asked = (asked, model.answers() - asked);

    let tickets = client.tickets(messages).await;
    let begun = Instant::now();
    let approved = client::approve_all(&server, &tickets, APPROVERS).await;
    let caught = tokio::time::timeout(Duration::from_secs(300), catcher.wait_for(tickets.len()));
    let caught = caught.await.expect("every reply arrives").len();
    let sent = begun.elapsed();
    assert_eq!(caught, tickets.len(), "each reply arrives once");
    let one = client::one_by_one(&server, &catcher, messages, 20).await;

    let figure = |what: &str, clients, elapsed, latencies: Vec<Duration>| {
        Figure::of(what, &name, clients, elapsed, latencies)
    };
    let count = |number: usize| vec![Duration::ZERO; number];
    vec![
        figure("model, bare calls", parallel, bare, count(asked.0)),
        figure("classified", parallel, classified, count(asked.1)),
        figure("approve", APPROVERS, sent, approved),
        figure("replies by SMTP", APPROVERS, sent, count(caught)),
        figure("approve to SMTP, one at a time", 1, one.iter().sum(), one),
    ]
}

async fn database(dialect: Dialect) -> TestDatabase {
    match dialect {
        Dialect::Sqlite => TestDatabase::sqlite().await,
        Dialect::Postgres => TestDatabase::postgres().await,
    }
}

/// Settings of a server between the stand-ins.
fn environment(
    tenants: &TempDir,
    model: &Model,
    catcher: &SmtpCatcher,
    parallel: usize,
    classifies: bool,
) -> [(&'static str, String); 8] {
    [
        ("CASEBOOK_TENANTS__DIR", tenants.path().display().to_string()),
        ("CASEBOOK_TRIAGE__ENABLED", classifies.to_string()),
        ("CASEBOOK_TRIAGE__PARALLEL_MAX", parallel.to_string()),
        ("CASEBOOK_ANTHROPIC__BASE_URL", model.url()),
        ("CASEBOOK_ANTHROPIC__API_KEY", "not-a-key".to_owned()),
        ("CASEBOOK_SMTP__HOST", "127.0.0.1".to_owned()),
        ("CASEBOOK_SMTP__PORT", catcher.address().port().to_string()),
        ("CASEBOOK_SMTP__TLS", "none".to_owned()),
    ]
}
