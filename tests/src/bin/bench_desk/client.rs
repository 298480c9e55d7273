//! What the bench asks of the server.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use casebook_outbound::catcher::SmtpCatcher;
use casebook_tests::http::{Connection, post};
use casebook_tests::mails::{INBOX, mail};
use casebook_tests::served::{SECRET, Served};
use serde_json::{Value, json};

/// Pause between two looks at the queue.
const LOOK: Duration = Duration::from_millis(20);
/// Longest time that classification may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// One connection to a server.
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Connects.
    pub async fn open(server: &Served) -> Self {
        Self::to(server.address()).await
    }

    async fn to(address: SocketAddr) -> Self {
        Self { connection: Connection::open(address).await.expect("connected") }
    }

    /// Hands mails in.
    pub async fn post_mails(&mut self, count: u64) {
        for number in 0..count {
            self.post_mail(number).await;
        }
    }

    async fn post_mail(&mut self, number: u64) {
        let headers = format!(
            "x-internal-secret: {SECRET}\r\nx-envelope-to: {INBOX}\r\n\
             content-type: message/rfc822\r\n"
        );
        let request = post("/intake/email", &headers, &mail(0, number).raw);
        let (status, _) = self.connection.exchange(&request).await.expect("an answer");
        assert_eq!(status, 202, "the mail is safe");
    }

    async fn ask(&mut self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = post("/graphql", "content-type: application/json\r\n", body.as_bytes());
        let (_, answer) = self.connection.exchange(&request).await.expect("an answer");
        let answer: Value = serde_json::from_slice(answer).expect("JSON");
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"].clone()
    }

    /// Waits until no ticket is new any more.
    pub async fn until_classified(&mut self) {
        let end = Instant::now() + PATIENCE;
        loop {
            let data = self
                .ask("{ queue(first: 1, filter: { status: [NEW] }) { totalCount } }", json!({}));
            if data.await["queue"]["totalCount"] == 0 {
                return;
            }
            assert!(Instant::now() < end, "everything is classified in time");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Up to `count` tickets of the queue.
    pub async fn tickets(&mut self, count: u64) -> Vec<String> {
        let query = "query($after: String) { queue(first: 200, after: $after) { \
                     edges { node { id } } pageInfo { hasNextPage endCursor } } }";
        let (mut found, mut after) = (Vec::new(), Value::Null);
        loop {
            let data = self.ask(query, json!({ "after": after })).await;
            let edges = data["queue"]["edges"].as_array().cloned().unwrap_or_default();
            found.extend(edges.iter().filter_map(|e| e["node"]["id"].as_str().map(str::to_owned)));
            let page = &data["queue"]["pageInfo"];
            if page["hasNextPage"] != true || found.len() as u64 >= count {
                return found;
            }
            after = page["endCursor"].clone();
        }
    }

    async fn approve(&mut self, ticket: &str) -> Duration {
        let query = "mutation($id: ID!) { approveReply(input: { ticketId: $id, \
                     text: \"Hello,\\n\\nit is on its way.\" }) { error { code message } } }";
        let begun = Instant::now();
        let data = self.ask(query, json!({ "id": ticket })).await;
        assert!(data["approveReply"]["error"].is_null(), "{data}");
        begun.elapsed()
    }
}

/// Approves a reply on every ticket; answers how long each approval took.
pub async fn approve_all(server: &Served, tickets: &[String], approvers: usize) -> Vec<Duration> {
    let share = tickets.len().div_ceil(approvers).max(1);
    let tasks: Vec<_> = tickets
        .chunks(share)
        .map(|tickets| {
            let (address, tickets) = (server.address(), tickets.to_vec());
            tokio::spawn(async move {
                let mut client = Client::to(address).await;
                let mut latencies = Vec::new();
                for ticket in &tickets {
                    latencies.push(client.approve(ticket).await);
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("an approver ended well"));
    }
    latencies
}

/// Approves single replies and waits for each; answers the time from approval to arrival.
pub async fn one_by_one(
    server: &Served,
    catcher: &SmtpCatcher,
    from: u64,
    count: u64,
) -> Vec<Duration> {
    let mut client = Client::open(server).await;
    for number in from..from + count {
        client.post_mail(number).await;
    }
    client.until_classified().await;
    let mut latencies = Vec::new();
    for ticket in client.tickets(count).await {
        let before = catcher.received().len();
        let begun = Instant::now();
        client.approve(&ticket).await;
        catcher.wait_for(before + 1).await;
        latencies.push(begun.elapsed());
    }
    latencies
}
