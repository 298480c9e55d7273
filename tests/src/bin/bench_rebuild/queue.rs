//! The queue built from zero, as a start of the program does when a new version needs it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use casebook_projections::{ProjectionSettings, Projections};
use casebook_store::{Dialect, Mode, Store, StoreSettings, SystemClock};
use casebook_tests::TestDatabase;

/// Longest time that a build may take.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Marks the queue, or all read models, as made by an earlier version of the program. The others
/// are brought up to date first, so that they do nothing while the queue is measured.
pub async fn forget(database: &TestDatabase, all: bool) {
    let url = database.url();
    if !all {
        let (store, projections, head) = start(url).await;
        projections.caught_up(head, PATIENCE).await.expect("caught up");
        projections.stop().await;
        store.close().await;
    }
    let which = if all { "" } else { " WHERE name = 'tickets'" };
    let mut raw = database.raw().await;
    if database.dialect() == Dialect::Postgres {
        // What earlier builds left to the server's own housekeeping does not belong to the figure.
        raw.execute("VACUUM ANALYZE").await.expect("vacuumed");
    }
    let sql = format!("UPDATE read_models SET version = 0{which}");
    raw.execute(&sql).await.expect("marked");
}

/// Starts the read models and waits until they are built; returns the number of events of the log
/// and the time from start to the last row.
pub async fn build(url: &str, all: bool) -> (u64, Duration) {
    let begun = Instant::now();
    let (store, projections, head) = start(url).await;
    let built = match all {
        true => projections.caught_up(head, PATIENCE).await,
        false => projections.wait_for("tickets", head, PATIENCE).await,
    };
    built.expect("built");
    let elapsed = begun.elapsed();
    projections.stop().await;
    store.close().await;
    (head, elapsed)
}

async fn start(url: &str) -> (Store, Projections, u64) {
    let (url, settings) = (url.parse().expect("an address"), StoreSettings::default());
    let store = Store::open(&url, Mode::Write, settings, Arc::new(SystemClock)).await;
    let store = store.expect("the store opens");
    let head = store.log().last_position().await.expect("the last position");
    let projections = Projections::start(&store, &ProjectionSettings::default()).await;
    (store, projections.expect("the read models start"), head)
}
