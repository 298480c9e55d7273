//! Events sent to a receiver by the running binary, checked from outside, over a `kill -9`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use casebook_tests::letters::mail;
use casebook_tests::receiver::signature;
use casebook_tests::{TestDatabase, both_databases, wait};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, Server};

both_databases!(events_reach_a_receiver_signed_and_none_is_lost_by_a_kill);

/// A request as it came.
#[derive(Clone)]
pub struct Request {
    headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A receiver that takes everything.
#[derive(Clone, Default)]
pub struct Receiver(Arc<Mutex<Vec<Request>>>);

impl Receiver {
    /// Starts to listen; answers the address that events are to be sent to.
    pub async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let this = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(this.clone().serve(stream));
            }
        });
        format!("http://127.0.0.1:{port}/casebook")
    }

    /// A house that may send events to it.
    pub fn known_to(house: House) -> House {
        house
            .set("CASEBOOK_WEBHOOKS__KEY", "thirty-two characters or more of key")
            .set("CASEBOOK_WEBHOOKS__ALLOW_HTTP", "true")
            .set("CASEBOOK_WEBHOOKS__ALLOW_PRIVATE", "127.0.0.0/8")
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(request) = read(&mut stream).await {
            self.0.lock().expect("the requests").push(request);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(answer).await.is_err() {
                return;
            }
        }
    }

    fn all(&self) -> Vec<Request> {
        self.0.lock().expect("the requests").clone()
    }

    pub async fn until(&self, what: &str, done: impl Fn(&[Request]) -> bool) {
        wait::until(what, || async { done(&self.all()).then_some(()) }).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            let headers: BTreeMap<_, _> =
                lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            if body.len() >= headers.get("content-length")?.parse().ok()? {
                return Some(Request { headers, body: body.to_owned() });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Identifiers of the events that were sent, each once, by what they are about.
fn order(requests: &[Request]) -> BTreeMap<String, Vec<u64>> {
    let mut seen = BTreeSet::new();
    let mut order: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for request in requests {
        if seen.insert(request.header("webhook-id").to_owned()) {
            let event: Value = serde_json::from_str(&request.body).expect("an event");
            order.entry(about(&event)).or_default().push(place(&event));
        }
    }
    order
}

fn about(event: &Value) -> String {
    let ticket = event["data"]["ticketId"].as_str().or(event["data"]["ticket_id"].as_str());
    ticket.or(event["subject"].as_str()).expect("a subject").to_owned()
}

fn place(event: &Value) -> u64 {
    let (_, place) = event["position"].as_str().expect("a place").split_once(':').expect("two");
    place.parse().expect("a number")
}

/// Sends a tenant's events to the address from the beginning on.
pub async fn subscribe(server: &Server, url: &str) -> Value {
    let subscribe = "mutation($input: SubscribeWebhookInput!) { subscribeWebhook(input: $input) { \
                     secret revision error { message } webhook { id: uuid standing reached } } }";
    let input = json!({ "tenant": "protocol-raw", "url": url, "from": "earliest" });
    let answer = server.query(subscribe, json!({ "input": input })).await;
    let made = answer["subscribeWebhook"].clone();
    assert_eq!((&made["error"], &made["webhook"]["standing"]), (&Value::Null, &json!("ACTIVE")));
    made
}

/// All public events of the tenant.
async fn log(server: &Server) -> Vec<Value> {
    let mut path = "/events?limit=1000&tenant=protocol-raw".to_owned();
    let mut all = Vec::new();
    loop {
        let (_, page) = server.get(&path).await;
        let page: Vec<Value> = serde_json::from_str(&page).expect("a page");
        let Some(last) = page.last() else { return all };
        let after = last["position"].as_str().expect("a place").replace(':', "%3A");
        path = format!("/events?limit=1000&tenant=protocol-raw&after={after}");
        all.extend(page);
    }
}

/// Waits until the receiver has every event at least once, those about one ticket in the order of
/// the log.
pub async fn everything_arrives(server: &Server, receiver: &Receiver) {
    wait::until("everything to be sent", || async {
        let mut wanted: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for event in &log(server).await {
            wanted.entry(about(event)).or_default().push(place(event));
        }
        (wanted == order(&receiver.all())).then_some(())
    })
    .await;
}

async fn events_reach_a_receiver_signed_and_none_is_lost_by_a_kill(database: TestDatabase) {
    let receiver = Receiver::default();
    let url = receiver.start().await;
    let house = Receiver::known_to(House::new(database));
    let server = house.serve().await;
    let made = subscribe(&server, &url).await;
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    let id = made["webhook"]["id"].as_str().expect("an id").to_owned();
    server.mail(&mail("first")).await;
    receiver
        .until("a ticket", |all| {
            all.iter().any(|one| one.body.contains("casebook.ticket.received.v1"))
        })
        .await;
    for request in receiver.all() {
        assert_eq!(request.header("content-type"), "application/cloudevents+json");
        let (id, at) = (request.header("webhook-id"), request.header("webhook-timestamp"));
        assert_eq!(request.header("webhook-signature"), signature(&secret, id, at, &request.body));
        assert!(!request.body.contains("ann@example.net"), "nothing personal unasked");
    }
    // The command line sees the same, beside the server.
    let told = house.run(&["webhook", "secret", &id]).await.success();
    assert_eq!(told.trim(), secret);
    let listed = house.run(&["webhook", "list", "--json"]).await.json_lines();
    assert_eq!((listed.len(), &listed[0]["id"]), (1, &json!(id)));
    // In the middle of it all the server is killed, and another one goes on.
    for number in 0..12 {
        let from = format!("m{number}@example.net");
        server.mail(&mail(&format!("m{number}")).from(&from)).await;
    }
    server.signal("KILL");
    server.ended().await;
    let server = house.serve().await;
    server.mail(&mail("last").answers("first").text("And to York?\r\n")).await;
    let of = ["--tenant", "protocol-raw", "--url", &url, "--type", "casebook.policy.published.v1"];
    let add: Vec<&str> = ["webhook", "add"].into_iter().chain(of).collect();
    let added = house.run(&add).await;
    if added.code != Some(0) {
        // On SQLite the server holds the database; it says so and names the way.
        assert!(added.err.contains("--server"), "{}", added.err);
    }
    let server_url = server.url();
    let reason = ["--reason", "moving house", "--server", server_url, "--json"];
    let pause: Vec<&str> = ["webhook", "pause", &id].into_iter().chain(reason).collect();
    let paused = house.run(&pause).await.json_lines();
    assert_eq!(paused[0]["webhook"]["standing"], "PAUSED");
    let resume = ["webhook", "resume", &id, "--server", server_url];
    house.run(&resume).await.success();
    everything_arrives(&server, &receiver).await;
    // What was taken is recorded a moment after it was.
    let ask = ["webhook", "deliveries", &id, "--json", "--first", "5"];
    let deliveries = wait::until("the log of deliveries", || async {
        let deliveries = house.run(&ask).await.json_lines();
        (!deliveries.is_empty()).then_some(deliveries)
    })
    .await;
    assert!(deliveries.iter().all(|one| one["outcome"] == "TAKEN"), "{deliveries:?}");
    server.stop().await;
}
