//! The same pages from the database alone: the statement that the queue runs, its rows read.

use std::time::{Duration, Instant};

use casebook_domain::ticket::Status;
use casebook_projections::tickets::{QueueFilter, queue_page};
use casebook_projections::{Slice, TenantScope};
use casebook_tests::TestDatabase;

use super::pages::{ENTRIES, Pages, TENANT};

/// Latencies of all pages within `limit`.
pub async fn run(
    database: &TestDatabase,
    pages: &Pages,
    clients: usize,
    limit: Duration,
) -> Vec<Duration> {
    let store = database.try_open(casebook_store::Mode::ReadOnly, Default::default()).await;
    let store = store.expect("opens beside the server");
    let end = Instant::now() + limit;
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (db, keys) = (store.db().clone(), pages.keys.clone());
            tokio::spawn(async move {
                let scope = TenantScope { tenants: vec![TENANT.to_owned()] };
                let filter = QueueFilter { status: vec![Status::New], ..Default::default() };
                let mut latencies = Vec::new();
                for after in keys.iter().cycle().skip(client) {
                    let begun = Instant::now();
                    if begun > end {
                        break;
                    }
                    let slice = Slice::Forward { first: ENTRIES, after: *after };
                    let page = queue_page(&db, &scope, &filter, &slice).await.expect("a page");
                    latencies.push(begun.elapsed());
                    assert_eq!(page.rows.len(), ENTRIES, "a whole page");
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("no reader fails"));
    }
    store.close().await;
    latencies
}
