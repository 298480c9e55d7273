//! Rows as of earlier positions, asked of a log whose tickets come and go: a ticket folded from its
//! own streams, and the queue folded forward from the nearest stored set.

use std::time::{Duration, Instant};

use casebook_domain::ids::TicketId;
use casebook_projections::testing::Mail;
use casebook_projections::{AsOf, ProjectionSettings, Projections, TenantScope};
use casebook_store::{Store, StoreSettings};
use casebook_tests::TestDatabase;
use casebook_tests::ids::mix;
use casebook_tests::report::Figure;

use casebook_tests::fill::{TENANT, fill_closing};

/// Questions about single tickets for each about the queue.
const TICKETS_PER_QUEUE: u64 = 20;
/// Longest wait for the read models and the stored sets.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Fills a log, waits until every due set is stored, and asks `questions` about the queue.
pub async fn measure(database: &TestDatabase, events: u64, questions: u64) {
    let (last, mails) = fill_closing(database, events).await;
    let store = database.try_open(casebook_store::Mode::Write, StoreSettings::default()).await;
    let store = store.expect("the store opens");
    let settings = ProjectionSettings::default();
    let projections = Projections::start(&store, &settings).await.expect("the models start");
    projections.caught_up(last, PATIENCE).await.expect("caught up");
    sets_are_stored(&store, last, settings.row_set_events).await;
    let name = format!("{:?}", database.dialect()).to_lowercase();
    let mut open = 0;
    let (mut queues, mut tickets) = (Vec::new(), Vec::new());
    for number in 0..questions {
        let position = 1 + mix(number + 1) % last;
        let begun = Instant::now();
        let queue = as_of(&store, position).await.queue().await.expect("the queue");
        queues.push(begun.elapsed());
        open += queue.len() as u64;
        for ticket in 0..TICKETS_PER_QUEUE {
            let seed = mix(number * TICKETS_PER_QUEUE + ticket + 1_000_000);
            // Every tenth mail begins a thread.
            let id: TicketId = Mail::new(TENANT, seed % mails / 10 * 10).ticket_id();
            let begun = Instant::now();
            let then = as_of(&store, 1 + mix(seed) % last).await;
            then.tickets_by_ids(&[id]).await.expect("the ticket");
            tickets.push(begun.elapsed());
        }
    }
    report("queue as of a position", &name, queues, last);
    report("ticket as of a position", &name, tickets, last);
    eprintln!("{} open tickets in a queue, on average", open / questions.max(1));
    projections.stop().await;
    store.close().await;
}

async fn as_of(store: &Store, position: u64) -> AsOf {
    AsOf::new(store, TenantScope::one(TENANT), position).await.expect("a position")
}

async fn sets_are_stored(store: &Store, last: u64, every: u64) {
    loop {
        let sql = "SELECT coalesce(max(position), 0) AS newest FROM row_sets";
        let rows = store.db().query(sql, &[]).await.unwrap_or_default();
        let newest = rows.first().and_then(|row| row.uint("newest").ok()).unwrap_or_default();
        if newest + every > last {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn report(what: &str, database: &str, latencies: Vec<Duration>, events: u64) {
    let worst = latencies.iter().max().copied().unwrap_or_default();
    let elapsed = latencies.iter().sum();
    let figure = Figure::of(what, database, 1, elapsed, latencies);
    println!(
        "| {database} | {events} | {what} | {} | {:.1} | {:.1} | {:.1} |",
        figure.operations,
        figure.p50_ms,
        figure.p99_ms,
        worst.as_secs_f64() * 1000.0
    );
}
