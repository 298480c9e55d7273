//! The pages that are asked for: the first five of one tenant's new tickets, in turn.

use std::time::{Duration, Instant};

use casebook_domain::ids::TicketId;
use casebook_domain::ticket::Priority;
use casebook_projections::tickets::QueueKey;
use casebook_tests::http::{Connection, post};
use casebook_tests::served::Served;
use serde_json::{Value, json};

/// Tenant of all tickets; one that the server knows.
pub const TENANT: &str = "protocol-raw";
/// Entries of a page.
pub const ENTRIES: usize = 50;
/// Pages that are asked for in turn.
const PAGES: usize = 5;
/// Longest wait for the read models to be built.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What a queue of a workstation shows.
const QUERY: &str = "query($after: String) {
    queue(first: 50, after: $after, filter: { tenant: \"protocol-raw\", status: [NEW] }) {
      edges { cursor node { id tenant status priority inbox channel subject customerEmail
        customerName preview receivedAt lastMessageAt
        ... on Ticket { uuid category confidence gateCode assignee } } }
      pageInfo { hasNextPage endCursor } } }";

/// The same pages for both ways of asking.
pub struct Pages {
    /// Requests, ready to be sent.
    pub requests: Vec<Vec<u8>>,
    /// The keys after which they begin.
    pub keys: Vec<Option<QueueKey>>,
}

impl Pages {
    /// Waits until the server has built its read models, then follows the queue page by page.
    pub async fn read(server: &Served, tickets: u64) -> Self {
        let mut connection = Connection::open(server.address()).await.expect("it listens");
        wait_for(&mut connection, tickets).await;
        let (mut requests, mut keys) = (Vec::new(), Vec::new());
        let (mut after, mut key) = (Value::Null, None);
        for _ in 0..PAGES {
            let request = request(&json!({ "query": QUERY, "variables": { "after": after } }));
            let answer = ask(&mut connection, &request).await;
            let page = &answer["data"]["queue"];
            let edges = page["edges"].as_array().unwrap_or_else(|| panic!("no page: {answer}"));
            assert_eq!(edges.len(), ENTRIES, "a whole page");
            requests.push(request);
            keys.push(key);
            after = page["pageInfo"]["endCursor"].clone();
            key = edges.last().map(|edge| key_of(&edge["node"]));
        }
        Self { requests, keys }
    }
}

fn key_of(node: &Value) -> QueueKey {
    let text = |name: &str| node[name].as_str().expect("a text");
    let priority = node["priority"].as_u64().and_then(|number| u8::try_from(number).ok());
    QueueKey {
        priority: priority.and_then(Priority::from_number).expect("a priority"),
        received_at: text("receivedAt").parse().expect("an instant"),
        ticket_id: TicketId(text("uuid").parse().expect("a UUID")),
    }
}

async fn wait_for(connection: &mut Connection, tickets: u64) {
    let begun = Instant::now();
    let ask_count = request(&json!({
        "query": "{ queue(first: 1, filter: { tenant: \"protocol-raw\" }) { totalCount } }"
    }));
    while begun.elapsed() < PATIENCE {
        let answer = ask(connection, &ask_count).await;
        let count = answer["data"]["queue"]["totalCount"].as_u64().unwrap_or_default();
        eprint!("\r{count} of {tickets} tickets");
        if count >= tickets {
            eprintln!();
            return;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    panic!("the read models were not built in time");
}

fn request(body: &Value) -> Vec<u8> {
    post("/graphql", "content-type: application/json\r\n", body.to_string().as_bytes())
}

async fn ask(connection: &mut Connection, request: &[u8]) -> Value {
    let (status, body) = connection.exchange(request).await.expect("an answer");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
    serde_json::from_slice(body).expect("JSON")
}
