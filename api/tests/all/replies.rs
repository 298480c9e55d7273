//! Answering, taking back, trying again, writing first, notes.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::desk::{PAYLOAD, code, with};
use crate::harness::Edge;

both_databases!(
    a_reply_is_approved_and_taken_back,
    a_failed_reply_is_tried_again,
    every_reply_tells_what_became_of_it,
    an_agent_writes_first,
    notes_are_shown_to_colleagues,
);

fn asks(more: &str) -> String {
    format!("{more} {PAYLOAD}")
}

async fn approve(edge: &Edge, input: Value) -> Value {
    edge.mutate_as("ada", "approveReply", &asks("replyId dueAt"), input).await
}

async fn a_reply_is_approved_and_taken_back(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let on = json!({ "ticketId": edge.ticket("one").await });
    for (change, field) in
        [(json!({ "text": "  " }), "text"), (json!({ "text": "x", "ticketId": "y" }), "ticketId")]
    {
        let refused = approve(&edge, with(on.clone(), &change)).await["error"].clone();
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(field)));
    }
    let stale = json!({ "text": "Hello", "expectedVersion": 99 });
    assert_eq!(code(&approve(&edge, with(on.clone(), &stale)).await), "CONFLICT");

    let text = json!({
        "text": "Your box leaves on Monday.", "after": "KEEP_OPEN", "idempotencyKey": "a",
        "replacement": { "orderReference": "4711", "reason": "arrived thawed" },
    });
    let approved = approve(&edge, with(on.clone(), &text)).await;
    assert!(approved["error"].is_null(), "{approved}");
    assert_eq!(approved["ticket"]["replyState"], "APPROVED");
    assert_eq!(approved["ticket"]["replyId"], approved["replyId"]);
    assert_eq!(approved["ticket"]["replyDueAt"], approved["dueAt"]);
    assert!(approved["dueAt"].is_string() && approved["ticket"]["draftUsage"] == "NO_DRAFT");
    let again = approve(&edge, with(on.clone(), &text)).await;
    assert_eq!((&again["repeated"], &again["replyId"]), (&json!(true), &approved["replyId"]));
    let other = json!({ "text": "Something else.", "idempotencyKey": "a" });
    let other = approve(&edge, with(on.clone(), &other)).await;
    assert_eq!(code(&other), "IDEMPOTENCY_MISMATCH");
    let second = approve(&edge, with(on.clone(), &json!({ "text": "Once more." }))).await;
    assert_eq!(code(&second), "CONFLICT", "one reply at a time: {second}");
    assert_eq!(code(&edge.mutate("closeTicket", on.clone()).await), "CONFLICT");

    let reply = with(on.clone(), &json!({ "replyId": approved["replyId"] }));
    assert_eq!(code(&edge.mutate("retryReply", reply.clone()).await), "CONFLICT");
    let unknown = json!({ "replyId": "0195c1a0-0000-7000-8000-000000000001" });
    for name in ["withdrawReply", "retryReply"] {
        let refused = edge.mutate(name, with(on.clone(), &unknown)).await;
        assert_eq!(code(&refused), "NOT_FOUND", "{name}: {refused}");
        let none = edge.mutate(name, with(on.clone(), &json!({ "replyId": "x" }))).await;
        assert_eq!(none["error"]["field"], "replyId", "{name}");
        let stale = with(reply.clone(), &json!({ "expectedVersion": 1 }));
        assert_eq!(code(&edge.mutate(name, stale).await), "CONFLICT", "{name}");
    }
    let key = with(reply, &json!({ "idempotencyKey": "w" }));
    let withdrawn = edge.done("withdrawReply", key.clone()).await;
    assert_eq!(withdrawn["ticket"]["replyState"], "WITHDRAWN");
    assert_eq!(edge.done("withdrawReply", key).await["repeated"], true);
    assert_eq!(edge.done("closeTicket", on).await["ticket"]["status"], "CLOSED");
}

async fn a_failed_reply_is_tried_again(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let on = json!({ "ticketId": edge.ticket("one").await });
    let approved = approve(&edge, with(on.clone(), &json!({ "text": "On Monday." }))).await;
    edge.database.clock.advance(60_000_000);
    let sending = edge.refuse_mail();
    let query = "query($filter: QueueFilter) { queue(filter: $filter) { edges { node { ... on \
                 Ticket { replyState replyError status } } } } }";
    let failed = casebook_tests::wait::until("the reply fails", || async {
        edge.settle().await;
        let filter = json!({ "filter": { "replyState": ["FAILED"] } });
        let queue = edge.data(query, filter).await["queue"].clone();
        queue["edges"].get(0).cloned()
    })
    .await;
    assert_eq!(failed["node"]["status"], "ESCALATED");
    assert!(failed["node"]["replyError"].as_str().unwrap().contains("550"), "{failed}");
    edge.stop.send_replace(true);
    sending.await.unwrap();
    let reply = json!({ "replyId": approved["replyId"], "idempotencyKey": "r" });
    let retried = edge.done("retryReply", with(on.clone(), &reply)).await;
    assert_eq!(retried["ticket"]["replyState"], "APPROVED");
    assert_eq!(edge.done("retryReply", with(on, &reply)).await["repeated"], true);
}

/// The replies of a ticket once the last one is in this state; one that is out is in its
/// conversation, too, which read models show a moment after the log.
async fn replies_in(edge: &Edge, ticket: &str, state: &str) -> Vec<Value> {
    let query = "query($id: ID!) { ticket(id: $id) { replies { uuid approvedBy approvedAt draftUsage \
                 emailMessageId state dueAt sentAt error attempts { number startedAt endedAt outcome \
                 error retryAt } message { uuid direction } position } } }";
    casebook_tests::wait::until("the reply comes so far", || async {
        edge.settle().await;
        let data = edge.data(query, json!({ "id": ticket })).await;
        let replies = data["ticket"]["replies"].as_array().unwrap().clone();
        let shown = |reply: &Value| {
            reply["state"] == state && (state != "SENT" || reply["message"].is_object())
        };
        replies.last().is_some_and(shown).then_some(replies)
    })
    .await
}

async fn every_reply_tells_what_became_of_it(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let ticket = edge.ticket("one").await;
    let on = json!({ "ticketId": ticket });
    let before = edge.data("{ position }", json!({})).await["position"].clone();
    let taken_back = approve(&edge, with(on.clone(), &json!({ "text": "On Sunday." }))).await;
    let reply = json!({ "replyId": taken_back["replyId"] });
    edge.done("withdrawReply", with(on.clone(), &reply)).await;
    let approved = approve(&edge, with(on.clone(), &json!({ "text": "On Monday." }))).await;
    edge.database.clock.advance(60_000_000);
    let refusing = edge.refuse_mail();
    let failed = replies_in(&edge, &ticket, "FAILED").await.remove(1);
    assert!(failed["error"].as_str().unwrap().contains("550"), "{failed}");
    assert_eq!((&failed["sentAt"], &failed["message"]), (&Value::Null, &Value::Null));
    edge.stop.send_replace(true);
    refusing.await.unwrap();
    edge.stop.send_replace(false);
    let reply = json!({ "replyId": approved["replyId"] });
    edge.done("retryReply", with(on, &reply)).await;
    edge.database.clock.advance(60_000_000);
    let sending = edge.send_mail();
    let replies = replies_in(&edge, &ticket, "SENT").await;
    edge.stop.send_replace(true);
    sending.await.unwrap();
    let [first, second] = &replies[..] else { panic!("two replies: {replies:?}") };
    assert_eq!((&first["uuid"], &first["state"]), (&taken_back["replyId"], &json!("WITHDRAWN")));
    assert_eq!((&first["approvedBy"], &first["attempts"]), (&json!("ada"), &json!([])));
    assert_eq!(
        (&second["uuid"], &second["draftUsage"]),
        (&approved["replyId"], &json!("NO_DRAFT"))
    );
    assert_eq!((&second["error"], &second["dueAt"]), (&Value::Null, &Value::Null), "{second}");
    assert!(second["sentAt"].is_string() && second["approvedAt"].is_string());
    assert!(second["emailMessageId"].as_str().unwrap().contains('@'));
    assert_eq!(
        (&second["message"]["uuid"], &second["message"]["direction"]),
        (&second["uuid"], &json!("OUTBOUND"))
    );
    let attempts = second["attempts"].as_array().unwrap();
    let told = |number: usize, outcome: &str| {
        let attempt = &attempts[number - 1];
        assert_eq!((&attempt["number"], &attempt["outcome"]), (&json!(number), &json!(outcome)));
        assert!(attempt["startedAt"].is_string() && attempt["endedAt"].is_string(), "{attempt}");
        attempt["error"].clone()
    };
    assert_eq!(attempts.len(), 2);
    assert!(told(1, "FAILED").as_str().unwrap().contains("550"));
    assert_eq!(told(2, "SENT"), Value::Null);

    let then = "query($id: ID!, $then: Position!) { ticket(id: $id, asOf: { position: $then }) { replies { uuid } } }";
    let data = edge.data(then, json!({ "id": ticket, "then": before })).await;
    assert_eq!(data["ticket"]["replies"], json!([]), "none was approved then");
    let data = edge.data(then, json!({ "id": ticket, "then": first["position"] })).await;
    assert_eq!(data["ticket"]["replies"].as_array().unwrap().len(), 1, "the first alone");
}

async fn an_agent_writes_first(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let letter = json!({
        "tenant": "protocol-raw", "to": "Zoe@Customer.example", "name": "Zoe",
        "subject": "Your box", "text": "It is on its way.", "idempotencyKey": "s",
    });
    for (change, code, field) in [
        (json!({ "tenant": "nobody" }), "NOT_FOUND", Value::Null),
        (json!({ "inbox": "nobody" }), "NOT_FOUND", Value::Null),
        (json!({ "to": "zoe" }), "INVALID", json!("to")),
        (json!({ "subject": " " }), "INVALID", json!("subject")),
        (json!({ "text": " " }), "INVALID", json!("text")),
    ] {
        let input = with(letter.clone(), &change);
        let refused = edge.mutate("startConversation", input).await["error"].clone();
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{change}");
    }
    let asks = asks("ticket { isOutbound customerEmail conversation { subject } }");
    let begun = edge.mutate_as("ada", "startConversation", &asks, letter.clone()).await;
    assert!(begun["error"].is_null(), "{begun}");
    let ticket = &begun["ticket"];
    assert_eq!((&ticket["isOutbound"], &ticket["priority"]), (&json!(true), &json!(4)));
    assert_eq!(ticket["customerEmail"], "zoe@customer.example");
    assert_eq!(ticket["replyState"], "APPROVED");
    let again = edge.done("startConversation", letter.clone()).await;
    assert_eq!(again["repeated"], true);
    assert_eq!(again["ticket"]["uuid"], ticket["uuid"]);
    let other = edge.mutate("startConversation", with(letter, &json!({ "text": "No." }))).await;
    assert_eq!(code(&other), "IDEMPOTENCY_MISMATCH");
}

async fn notes_are_shown_to_colleagues(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let on = json!({ "ticketId": edge.ticket("one").await });
    let note = async |agent: &str, more: Value| {
        let asks = asks("noteId ticket { conversation { notes { uuid author text writtenAt } } }");
        edge.mutate_as(agent, "addNote", &asks, with(on.clone(), &more)).await
    };
    let first = note("agent:ada", json!({ "text": "Called her.", "idempotencyKey": "n" })).await;
    edge.database.clock.advance(1_000_000);
    let second = note("eve", json!({ "text": "She is pleased." })).await;
    let notes = &second["ticket"]["conversation"]["notes"];
    assert_eq!(notes.as_array().unwrap().len(), 2, "{second}");
    assert_eq!((&notes[0]["author"], &notes[0]["text"]), (&json!("ada"), &json!("Called her.")));
    assert_eq!((&notes[1]["author"], &notes[1]["uuid"]), (&json!("eve"), &second["noteId"]));
    assert!(notes[0]["writtenAt"].is_string());
    let version = &second["ticket"]["version"];
    assert_eq!((&first["version"], &second["version"]), (version, version), "{second}");
    let again = note("ada", json!({ "text": "Called her.", "idempotencyKey": "n" })).await;
    assert_eq!((&again["repeated"], &again["noteId"]), (&json!(true), &first["noteId"]));
    let other = note("ada", json!({ "text": "Not her.", "idempotencyKey": "n" })).await;
    assert_eq!(code(&other), "IDEMPOTENCY_MISMATCH");
    let blank = note("ada", json!({ "text": " " })).await;
    assert_eq!((code(&blank), &blank["error"]["field"]), ("INVALID", &json!("text")));
    let stale = note("ada", json!({ "text": "Late.", "expectedVersion": 77 })).await;
    assert_eq!(code(&stale), "CONFLICT");
}
