//! The clients: each posts over one connection that it keeps, one request after the other.

use std::time::{Duration, Instant};

use casebook_tests::http::{Connection, post};
use casebook_tests::mails::{INBOX, body, mail};
use casebook_tests::served::{SECRET, Served};
use serde_json::{Value, json};

/// What a number of clients achieved.
pub struct Run {
    /// How long it took.
    pub elapsed: Duration,
    /// One latency for each operation.
    pub latencies: Vec<Duration>,
}

/// What one client sends, and what it must be answered.
#[derive(Clone, Copy)]
enum Kind {
    Email,
    Triage,
}

/// Raw mails to `/intake/email`.
pub async fn email(server: &Served, clients: usize, limit: Duration) -> Run {
    run(server, clients, limit, Kind::Email).await
}

/// Messages to `/intake/triage`, every one of which makes a gate fire.
pub async fn triage(server: &Served, clients: usize, limit: Duration) -> Run {
    run(server, clients, limit, Kind::Triage).await
}

async fn run(server: &Served, clients: usize, limit: Duration, kind: Kind) -> Run {
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (address, end) = (server.address(), start + limit);
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await.expect("connected");
                let mut latencies = Vec::new();
                for number in 0.. {
                    let request = kind.request(client, number);
                    let begun = Instant::now();
                    if begun > end {
                        break;
                    }
                    let (status, answer) = connection.exchange(&request).await.expect("an answer");
                    latencies.push(begun.elapsed());
                    kind.check(client, number, status, answer);
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        match task.await {
            Ok(more) => latencies.extend(more),
            Err(_) => panic!("a client failed; the server says:\n{}", server.log()),
        }
    }
    Run { elapsed: start.elapsed(), latencies }
}

impl Kind {
    fn request(self, client: usize, number: u64) -> Vec<u8> {
        let secret = format!("x-internal-secret: {SECRET}\r\n");
        match self {
            Self::Email => {
                let headers =
                    format!("{secret}x-envelope-to: {INBOX}\r\ncontent-type: message/rfc822\r\n");
                post("/intake/email", &headers, &mail(client, number).raw)
            }
            Self::Triage => {
                let headers = format!("{secret}content-type: application/json\r\n");
                let body = json!({
                    "tenant": "protocol-raw",
                    "customer_email": format!("writer{client}.{number}@mail.example"),
                    "subject": format!("My box {client}-{number}"),
                    "body": body(number, true, false),
                    "dedupe_key": format!("bench-{client}-{number}"),
                });
                post("/intake/triage", &headers, body.to_string().as_bytes())
            }
        }
    }

    /// A rate of wrong answers would be no figure.
    fn check(self, client: usize, number: u64, status: u16, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).expect("JSON");
        match self {
            Self::Email => {
                let expected = mail(client, number);
                assert_eq!((status, &answer["outcome"]), (202, &json!("received")), "{answer}");
                assert!(answer["ticket_id"].is_string(), "{answer}");
                assert_eq!(answer["gated"].is_object(), expected.gated, "{answer}");
            }
            Self::Triage => {
                assert_eq!((status, &answer["escalate"]), (200, &json!(true)), "{answer}");
            }
        }
    }
}
