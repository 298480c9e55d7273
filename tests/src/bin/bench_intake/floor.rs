//! The floor: appends with nothing around them, each of what a mail makes on average.

use std::time::{Duration, Instant};

use bytes::Bytes;
use casebook_store::{Append, Expected, Log, NewBlob};
use casebook_tests::builders::{append, event_with};
use casebook_tests::{TestDatabase, ids};
use sha2::{Digest, Sha256};

use super::load::Run;
use super::shape::Shape;

/// Streams that a mail writes to: conversation, ticket, contact.
const STREAMS: usize = 3;

/// Appends with `clients` until `limit` is over.
pub async fn run(database: &TestDatabase, shape: Shape, clients: usize, limit: Duration) -> Run {
    let store = database.open().await;
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| tokio::spawn(work(store.log().clone(), shape, client, start + limit)))
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("no client fails"));
    }
    let elapsed = start.elapsed();
    store.close().await;
    Run { elapsed, latencies }
}

async fn work(log: Log, shape: Shape, client: usize, end: Instant) -> Vec<Duration> {
    let mut latencies = Vec::new();
    for number in 0_usize.. {
        let request = request(shape, client, number);
        let begun = Instant::now();
        if begun > end {
            break;
        }
        log.append(request).await.expect("appended");
        latencies.push(begun.elapsed());
    }
    latencies
}

/// How much of a fractional number of things the append `number` has, so that the mean is right.
fn share(mean: f64, number: usize) -> usize {
    (mean * (number + 1) as f64) as usize - (mean * number as f64) as usize
}

fn request(shape: Shape, client: usize, number: usize) -> Append {
    let id = format!("{client}-{number}");
    let payload = payload(shape.payload_bytes);
    let events = share(shape.events, number).max(STREAMS);
    let event = || event_with("Happened", payload.clone());
    let of = |stream: usize| (stream..events).step_by(STREAMS).map(|_| event()).collect();
    let mut made = append("conversation", &id, 0, 1)
        .events(of(0))
        .also("ticket", &id, Expected::Version(0), of(1))
        .also("contact", &id, Expected::Version(0), of(2))
        .metadata("command", "ReceiveMessage")
        .metadata("correlation_id", &ids::fresh().to_string())
        .metadata("policy_version", "0123456789abcdef");
    for key in 0..share(shape.keys, number) {
        let sha256 = Sha256::digest(format!("{id} {key}"));
        made = made.key("message", &hex(&sha256), &id);
    }
    let mut made = made.outcome(&format!("{id}/{id}/{id}/{:064x}", number)).done();
    let text = format!("{id} ").repeat(shape.blob_bytes / (id.len() + 1) + 1);
    let bytes = Bytes::from(text);
    let sha256 = hex(&Sha256::digest(&bytes));
    made.blobs = vec![NewBlob { sha256, bytes }];
    made
}

fn payload(bytes: usize) -> String {
    let frame = r#"{"Happened":{"text":""}}"#.len();
    let words = "the parcel has not arrived yet and the dog is waiting for its dinner ";
    let text: String = words.chars().cycle().take(bytes.saturating_sub(frame)).collect();
    format!(r#"{{"Happened":{{"text":"{text}"}}}}"#)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
