//! The clients over HTTP: each asks over one connection that it keeps, page after page.

use std::time::{Duration, Instant};

use casebook_tests::http::Connection;
use casebook_tests::served::Served;

use super::pages::Pages;

/// Latencies of all answers within `limit`.
pub async fn run(server: &Served, pages: &Pages, clients: usize, limit: Duration) -> Vec<Duration> {
    let end = Instant::now() + limit;
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (address, requests) = (server.address(), pages.requests.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await.expect("connected");
                let mut latencies = Vec::new();
                for request in requests.iter().cycle().skip(client) {
                    let begun = Instant::now();
                    if begun > end {
                        break;
                    }
                    let (status, body) = connection.exchange(request).await.expect("an answer");
                    latencies.push(begun.elapsed());
                    assert!(status == 200 && body.len() > 10_000, "a whole page");
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("no client fails"));
    }
    latencies
}
