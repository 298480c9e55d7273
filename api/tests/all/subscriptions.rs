//! Subscriptions: what an item holds, and when it comes. How they are gone on with after their
//! connection broke is in `cuts.rs`.

use std::time::Duration;

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, calm, mail, sick};
use crate::served::{Client, Served};

both_databases!(
    queue_changes_come_once_their_rows_can_be_read,
    a_ticket_is_followed_to_its_end,
    a_ticket_is_followed_from_its_receipt_on,
);

const STALL: Duration = Duration::from_secs(30);
/// An address that is no inbox: mail to it is set aside.
const SALES: &str = "sales@protocolraw.co.uk";

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
    let mut last = begin;
    let mut expect = async |client: &mut Client, emails: &[&str]| {
        let mut kinds = vec![Value::Null; emails.len()];
        while kinds.contains(&Value::Null) {
            let change = client.data("q").await["queueChanged"].clone();
            assert!(number(&change["position"]) > number(&last), "{change}");
            last = change["position"].clone();
            let entries = change["entries"].as_array().unwrap();
            assert!(!entries.is_empty(), "rows can be read: {change}");
            for entry in entries {
                let at = emails.iter().position(|email| entry["customerEmail"] == *email);
                kinds[at.expect("one of them")] = entry["__typename"].clone();
            }
        }
        (kinds, last.clone())
    };
    edge.mail(HELLO, sick("a")).await;
    let (kinds, seen) = expect(&mut client, &["ada@customer.example"]).await;
    assert_eq!(kinds, ["Ticket"]);
    drop(client);
    // What happened while nobody listened comes first.
    edge.mail(SALES, mail("b", SALES, "jo@customer.example", "Offer", "Hello")).await;
    edge.mail(HELLO, calm("c")).await;
    let mut client = served.let_in(json!({})).await;
    client.subscribe("q", query, json!({ "after": seen })).await;
    // Both may come in one item.
    let (kinds, _) = expect(&mut client, &["jo@customer.example", "grace@customer.example"]).await;
    assert_eq!(kinds, ["SetAsideMail", "Ticket"]);
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
