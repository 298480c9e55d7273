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
        Self::try_to(address).await.expect("connected")
    }

    /// Connects; `None` when nobody listens any more.
    pub async fn try_to(address: SocketAddr) -> Option<Self> {
        Some(Self { connection: Connection::open(address).await.ok()? })
    }

    /// Hands mails in.
    pub async fn post_mails(&mut self, count: u64) {
        for number in 0..count {
            self.post_mail(number).await;
        }
    }

    async fn post_mail(&mut self, number: u64) {
        assert!(self.try_post(&mail(0, number).raw).await, "the mail is safe");
    }

    /// Whether the server said that the mail is safe; false when it is gone.
    pub async fn try_post(&mut self, raw: &[u8]) -> bool {
        let headers = format!(
            "x-internal-secret: {SECRET}\r\nx-envelope-to: {INBOX}\r\n\
             content-type: message/rfc822\r\n"
        );
        let request = post("/intake/email", &headers, raw);
        matches!(self.connection.exchange(&request).await, Ok((202, _)))
    }

    async fn ask(&mut self, query: &str, variables: Value) -> Value {
        self.try_ask(query, variables).await.expect("an answer")
    }

    /// The data of an answer; `None` when the server is gone.
    async fn try_ask(&mut self, query: &str, variables: Value) -> Option<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = post("/graphql", "content-type: application/json\r\n", body.as_bytes());
        let (_, answer) = self.connection.exchange(&request).await.ok()?;
        let answer: Value = serde_json::from_slice(answer).expect("JSON");
        assert!(answer["errors"].is_null(), "{answer}");
        Some(answer["data"].clone())
    }

    /// Tickets that wait for an agent; `None` when the server is gone.
    pub async fn try_pending(&mut self) -> Option<Vec<String>> {
        let query = "{ queue(first: 50, filter: { status: [PENDING] }) { edges { node { id } } } }";
        let data = self.try_ask(query, json!({})).await?;
        let edges = data["queue"]["edges"].as_array().cloned().unwrap_or_default();
        Some(edges.iter().filter_map(|e| e["node"]["id"].as_str().map(str::to_owned)).collect())
    }

    /// Whether a reply was approved now; `None` when the server is gone.
    pub async fn try_approve(&mut self, ticket: &str) -> Option<bool> {
        let query = "mutation($id: ID!) { approveReply(input: { ticketId: $id, \
                     text: \"Hello,\\n\\nit is on its way.\", idempotencyKey: \"soak\" }) { \
                     repeated error { code } } }";
        let data = self.try_ask(query, json!({ "id": ticket })).await?;
        let payload = &data["approveReply"];
        Some(payload["error"].is_null() && payload["repeated"] == false)
    }

    /// Waits until no approved reply waits or is on its way.
    pub async fn until_sent(&mut self) {
        let query = "{ queue(first: 1, filter: { replyState: [APPROVED, SENDING, RETRYING] }) { \
                     totalCount } }";
        self.until_none(query).await;
    }

    /// Number of all tickets.
    pub async fn count_all(&mut self) -> u64 {
        let query = "{ queue(first: 1, filter: { status: [NEW, PENDING, IN_PROGRESS, ESCALATED, \
                     RESOLVED, CLOSED] }) { totalCount } }";
        self.ask(query, json!({})).await["queue"]["totalCount"].as_u64().expect("a count")
    }

    /// Waits until no ticket is new any more.
    pub async fn until_classified(&mut self) {
        self.until_none("{ queue(first: 1, filter: { status: [NEW] }) { totalCount } }").await;
    }

    async fn until_none(&mut self, query: &str) {
        let end = Instant::now() + PATIENCE;
        while self.ask(query, json!({})).await["queue"]["totalCount"] != 0 {
            assert!(Instant::now() < end, "nothing waits for ever");
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
