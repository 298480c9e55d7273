//! `POST /intake/triage`.

use axum::http::Method;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, SECRET, settings};

both_databases!(
    a_gated_message_is_decided_at_once,
    an_undecided_message_has_the_same_fields,
    the_same_key_gives_the_same_answer,
    fields_are_named_when_they_are_wrong,
);

const FIELDS: [&str; 11] = [
    "ticket_id",
    "decision_id",
    "category",
    "confidence",
    "draft_response",
    "escalate",
    "escalation_reason",
    "policy_gate_triggered",
    "policy_gate_code",
    "suggested_subject",
    "customer_name",
];

fn message(body: &str) -> Value {
    json!({
        "tenant": "protocol-raw",
        "customer_email": "ada@customer.example",
        "customer_name": "Ada Byron",
        "subject": "Hello",
        "body": body,
    })
}

fn assert_fields(answer: &Value) {
    let fields: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(fields.len(), FIELDS.len(), "{answer}");
    assert!(FIELDS.iter().all(|field| answer.get(field).is_some()), "{answer}");
}

async fn a_gated_message_is_decided_at_once(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let reply = edge.triage(&message("My dog has been vomiting all night.")).await;
    assert_eq!(reply.status, 200);
    let answer = reply.json();
    assert_fields(&answer);
    assert_eq!(answer["policy_gate_triggered"], true);
    assert_eq!(answer["policy_gate_code"], "health_vomiting");
    assert_eq!(answer["customer_name"], "Ada Byron");
    assert_eq!(answer["escalate"], true);
}

async fn an_undecided_message_has_the_same_fields(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let reply = edge.triage(&message("On which day will my next box arrive?")).await;
    assert_eq!(reply.status, 202);
    let answer = reply.json();
    assert_fields(&answer);
    assert!(answer["ticket_id"].is_string());
    assert!(answer["decision_id"].is_null() && answer["category"].is_null());
}

async fn the_same_key_gives_the_same_answer(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let mut first = message("My dog has been vomiting all night.");
    first["dedupe_key"] = json!("key-1");
    let answer = edge.triage(&first).await.json();
    let mut again = message("Something else entirely.");
    again["dedupe_key"] = json!("key-1");
    assert_eq!(edge.triage(&again).await.json(), answer);
    let mut other = first.clone();
    other["dedupe_key"] = json!("key-2");
    assert_ne!(edge.triage(&other).await.json()["decision_id"], answer["decision_id"]);
}

async fn fields_are_named_when_they_are_wrong(database: TestDatabase) {
    let edge = Edge::new(database).await;
    for (change, field) in [
        (json!({ "colour": "red" }), "colour"),
        (json!({ "body": 7 }), "body"),
        (json!({ "body": "  ", "subject": "" }), "body"),
        (json!({ "customer_email": "nobody" }), "customer_email"),
        (json!({ "dedupe_key": "" }), "dedupe_key"),
        (json!({ "channel": "pigeon" }), "channel"),
        (json!({ "tenant": null }), "tenant"),
    ] {
        let mut wrong = message("A question.");
        let changes = change.as_object().unwrap().clone();
        wrong.as_object_mut().unwrap().extend(changes);
        let refusal = edge.triage(&wrong).await.refusal();
        assert_eq!(refusal, (400, "INVALID".to_owned(), field.to_owned()), "{change}");
    }
    let mut unknown = message("A question.");
    unknown["tenant"] = json!("nobody");
    assert_eq!(edge.triage(&unknown).await.status, 404);
}

#[tokio::test]
async fn secrets_and_limits_hold_here_too() {
    let mut settings = settings();
    settings.intake.json_bytes_max = 500;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let body = message("x").to_string();
    let closed = edge.call(Method::POST, "/intake/triage", &[], body).await;
    assert_eq!((closed.status, closed.refusal().1.as_str()), (401, "UNAUTHENTICATED"));
    assert_eq!(closed.header("www-authenticate"), "Bearer");
    let large = edge.triage(&message(&"x".repeat(500))).await;
    assert_eq!((large.status, large.refusal().1.as_str()), (413, "LIMIT"));
    let headers = [("x-internal-secret", SECRET)];
    let broken = edge.call(Method::POST, "/intake/triage", &headers, "{\"body\":\"x").await;
    assert_eq!(broken.refusal(), (400, "INVALID".to_owned(), "body".to_owned()));
}
