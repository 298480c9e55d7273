//! Subscriptions: nothing is lost and nothing met twice, however often a connection breaks.

use std::time::Duration;

use casebook_projections::testing::worked;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, calm, mail, sick};
use crate::served::{Client, Served};

both_databases!(
    events_survive_cuts_at_any_place,
    queue_changes_come_once_their_rows_can_be_read,
    a_ticket_is_followed_to_its_end,
    a_ticket_is_followed_from_its_receipt_on,
);

const STALL: Duration = Duration::from_secs(30);

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

async fn append(edge: &Edge, from: u64, count: u64) -> u64 {
    worked(from, count).append(edge.app.store()).await.unwrap()
}

/// All public events of the log, by pages.
async fn all_positions(edge: &Edge) -> Vec<Value> {
    let mut path = "/events?limit=1000".to_owned();
    let mut all = Vec::new();
    loop {
        let reply = edge.get(&path).await;
        let page: Vec<Value> = serde_json::from_slice(&reply.body).unwrap();
        all.extend(page.into_iter().map(|event| event["position"].clone()));
        let Some(link) = reply.header("link").strip_prefix('<') else { return all };
        path = link.split('>').next().unwrap().to_owned();
    }
}

async fn events_survive_cuts_at_any_place(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let served = Served::start(&edge, STALL).await;
    append(&edge, 1, 5).await;
    let query = "subscription($after: Position) { events(after: $after) { position id } }";
    let mut dice = Dice(7);
    let (mut seen, mut after) = (Vec::new(), json!("earliest"));
    for part in 0..12 {
        let mut client = served.let_in(json!({})).await;
        client.subscribe("e", query, json!({ "after": after })).await;
        let last = append(&edge, 100 + part, 1).await;
        // Cut somewhere in the middle; the last time, after everything.
        let most = if part < 11 { dice.roll(40) } else { u64::MAX };
        for _ in 0..most {
            let event = client.data("e").await["events"].clone();
            after = event["position"].clone();
            seen.push(after.clone());
            if after.as_str().unwrap().ends_with(&format!(":{last}")) {
                break;
            }
        }
        if dice.roll(2) == 0 {
            client.say(json!({ "type": "complete", "id": "e" })).await;
        }
        // Otherwise the line just breaks.
    }
    assert_eq!(seen, all_positions(&edge).await);
}

fn number(position: &Value) -> u64 {
    position.as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap()
}

async fn queue_changes_come_once_their_rows_can_be_read(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let served = Served::start(&edge, STALL).await;
    let query = "subscription($after: Position) { queueChanged(after: $after) { position \
                 entries { __typename id subject customerEmail setAsideReason } } }";
    let begin = edge.data("{ position }", Value::Null).await["position"].clone();
    let mut client = served.let_in(json!({})).await;
    client.subscribe("q", query, json!({ "after": begin })).await;
    let mut last = number(&begin);
    let mut expect = async |client: &mut Client, kind: &str, email: &str| {
        loop {
            let change = client.data("q").await["queueChanged"].clone();
            assert!(number(&change["position"]) > last, "{change}");
            last = number(&change["position"]);
            let entries = change["entries"].as_array().unwrap();
            assert!(!entries.is_empty(), "rows can be read: {change}");
            let fits =
                |entry: &&Value| entry["__typename"] == kind && entry["customerEmail"] == email;
            if entries.iter().any(|entry| fits(&entry)) {
                return change["position"].clone();
            }
        }
    };
    edge.mail(HELLO, sick("a")).await;
    expect(&mut client, "Ticket", "ada@customer.example").await;
    edge.mail(HELLO, mail("b", HELLO, "jobs@protocolraw.co.uk", "Own", "Hello")).await;
    drop(client);
    // What happened while nobody listened comes first.
    edge.mail(HELLO, calm("c")).await;
    let mut client = served.let_in(json!({})).await;
    client.subscribe("q", query, json!({ "after": begin })).await;
    last = number(&begin);
    let mut expect = async |client: &mut Client, email: &str| {
        loop {
            let change = client.data("q").await["queueChanged"].clone();
            assert!(number(&change["position"]) > last, "{change}");
            last = number(&change["position"]);
            if change["entries"].to_string().contains(email) {
                return;
            }
        }
    };
    expect(&mut client, "grace@customer.example").await;
}

async fn a_ticket_is_followed_to_its_end(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let served = Served::start(&edge, STALL).await;
    let received = edge.mail(HELLO, calm("a")).await.json();
    edge.mail(HELLO, sick("b")).await;
    edge.settle().await;
    let id = received["ticket_id"].clone();
    let query = "subscription($id: ID!, $after: Position) { ticketChanged(id: $id, after: $after) \
                 { position types ticket { status assignee version conversation { notes { text } } } } }";
    let mut client = served.let_in(json!({})).await;
    client.subscribe("t", query, json!({ "id": id, "after": received["position"] })).await;
    let claim = "mutation($id: ID!) { claimTicket(input: { ticketId: $id }) { version } }";
    edge.data(claim, json!({ "id": id })).await;
    let change = client.data("t").await["ticketChanged"].clone();
    assert_eq!(change["types"], json!(["casebook.ticket.claimed.v1"]));
    assert_eq!(change["ticket"]["assignee"], "local");
    drop(client);
    let note =
        "mutation($id: ID!) { addNote(input: { ticketId: $id, text: \"Call\" }) { noteId } }";
    edge.data(note, json!({ "id": id })).await;
    let close = "mutation($id: ID!) { closeTicket(input: { ticketId: $id }) { version } }";
    let closed = edge.data(close, json!({ "id": id })).await;
    let mut client = served.let_in(json!({})).await;
    client.subscribe("t", query, json!({ "id": id, "after": change["position"] })).await;
    let mut types = Vec::new();
    loop {
        let change = client.data("t").await["ticketChanged"].clone();
        types.extend(change["types"].as_array().unwrap().clone());
        if change["ticket"]["status"] == "CLOSED" {
            assert_eq!(change["ticket"]["version"], closed["closeTicket"]["version"]);
            assert_eq!(change["ticket"]["conversation"]["notes"][0]["text"], "Call");
            if types.len() == 2 {
                break;
            }
        }
    }
    assert_eq!(types, ["casebook.conversation.note_added.v1", "casebook.ticket.closed.v1"]);
}

async fn a_ticket_is_followed_from_its_receipt_on(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let served = Served::start(&edge, STALL).await;
    let mut client = served.let_in(json!({})).await;
    let query = "subscription($id: ID!, $after: Position) { ticketChanged(id: $id, after: $after) \
                 { types ticket { conversation { messageCount } } } }";
    // The rows may not be there yet; the position says what to wait for.
    let received = edge.mail(HELLO, calm("a")).await.json();
    let id = received["ticket_id"].clone();
    client.subscribe("t", query, json!({ "id": id, "after": received["position"] })).await;
    // Mail that is nobody's work joins the thread without naming the ticket.
    let away = "In-Reply-To: <a@mail.example>\r\nAuto-Submitted: auto-replied\r\nSubject:";
    let away = calm("b").replacen("Subject:", away, 1);
    let joined = edge.mail(HELLO, away).await.json();
    assert_eq!(joined["conversation_id"], received["conversation_id"]);
    assert!(joined["ticket_id"].is_null(), "{joined}");
    let change = client.data("t").await["ticketChanged"].clone();
    let told = change["types"].as_array().unwrap();
    assert!(told.contains(&json!("casebook.message.received.v1")), "{change}");
    assert_eq!(change["ticket"]["conversation"]["messageCount"], 2);
    let foreign = format!("{}:1", uuid::Uuid::from_u128(7).simple());
    client.subscribe("f", query, json!({ "id": id, "after": foreign })).await;
    let refused = client.hear().await["payload"].to_string();
    assert!(refused.contains("INVALID") && refused.contains("after"), "{refused}");
}
