//! Subscriptions as operators manage them over GraphQL.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::Edge;

both_databases!(a_subscription_lives_over_graphql, what_is_refused_says_why);

const PAYLOAD: &str = "secret revision repeated position error { code field message version } \
    webhook { id tenant url types personal standing reason revision secretNumber waiting \
    deadLetterCount reached deadLetters { eventId } deliveries(first: 5) { edges { cursor node { \
    eventId outcome } } pageInfo { hasNextPage } } }";

async fn ask(edge: &Edge, field: &str, kind: &str, input: Value) -> Value {
    let query =
        format!("mutation($input: {kind}!) {{ done: {field}(input: $input) {{ {PAYLOAD} }} }}");
    edge.data(&query, json!({ "input": input })).await["done"].clone()
}

async fn subscribe(edge: &Edge, input: Value) -> Value {
    ask(edge, "subscribeWebhook", "SubscribeWebhookInput", input).await
}

async fn decide(edge: &Edge, field: &str, on: Value) -> Value {
    ask(edge, field, "WebhookInput", on).await
}

async fn pause(edge: &Edge, id: &Value, reason: &str) -> Value {
    let input = json!({ "webhookId": id, "reason": reason });
    ask(edge, "pauseWebhook", "PauseWebhookInput", input).await
}

fn input() -> Value {
    json!({
        "tenant": "protocol-raw", "url": "https://crm.example/x", "idempotencyKey": "k",
        "types": ["casebook.ticket.resolved.v1"], "description": "CRM",
    })
}

async fn a_subscription_lives_over_graphql(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let made = subscribe(&edge, input()).await;
    assert_eq!((&made["error"], &made["revision"]), (&Value::Null, &json!(1)), "{made}");
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let webhook = &made["webhook"];
    assert_eq!((&webhook["standing"], &webhook["waiting"]), (&json!("ACTIVE"), &json!(0)));
    assert_eq!(webhook["deliveries"]["edges"], json!([]));
    let again = subscribe(&edge, input()).await;
    assert_eq!((&again["repeated"], &again["secret"]), (&json!(true), &made["secret"]));
    let id = webhook["id"].clone();
    let on = json!({ "webhookId": id, "expectedRevision": 1 });
    let rotated = decide(&edge, "rotateWebhookSecret", on.clone()).await;
    assert_eq!(rotated["webhook"]["secretNumber"], 2);
    assert_ne!(rotated["secret"], made["secret"]);
    let stale = decide(&edge, "resumeWebhook", on).await;
    assert_eq!(
        (&stale["error"]["code"], &stale["error"]["version"]),
        (&json!("CONFLICT"), &json!(2))
    );
    let on = json!({ "webhookId": id });
    let paused = pause(&edge, &id, "moving").await;
    assert_eq!(paused["webhook"]["reason"], "moving");
    let input = json!({ "webhookId": id, "types": [], "personal": true });
    let changed = ask(&edge, "changeWebhook", "ChangeWebhookInput", input).await;
    assert_eq!(
        (&changed["webhook"]["types"], &changed["webhook"]["personal"]),
        (&json!([]), &json!(true))
    );
    let resumed = decide(&edge, "resumeWebhook", on.clone()).await;
    assert_eq!(resumed["webhook"]["standing"], "ACTIVE");
    let replayed = ask(&edge, "replayWebhook", "ReplayWebhookInput", on.clone()).await;
    assert_eq!(replayed["error"], Value::Null, "{replayed}");
    let node = "query($id: ID!) { node(id: $id) { id ... on Webhook { url uuid } } webhook(id: \
                $id) { id } }";
    let found = edge.data(node, json!({ "id": id })).await;
    assert_eq!((&found["node"]["id"], &found["webhook"]["id"]), (&id, &id));
    assert!(found["node"]["uuid"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    let list = edge.data("{ webhooks(tenant: \"protocol-raw\") { id url } }", json!({})).await;
    assert_eq!(list["webhooks"].as_array().unwrap().len(), 1);
    let removed = decide(&edge, "removeWebhook", on).await;
    assert_eq!((&removed["error"], &removed["webhook"]), (&Value::Null, &Value::Null));
    let gone = pause(&edge, &id, "late").await;
    assert_eq!(gone["error"]["code"], "NOT_FOUND");
}

async fn what_is_refused_says_why(database: TestDatabase) {
    let edge = Edge::new(database).await;
    for (field, value, code) in [
        ("url", json!("http://plain.example/"), "INVALID"),
        ("tenant", json!("nobody"), "NOT_FOUND"),
        ("types", json!(["casebook.nothing.v1"]), "INVALID"),
        ("description", json!("x".repeat(501)), "INVALID"),
        ("from", json!("yesterday"), "INVALID"),
        ("idempotencyKey", json!(" "), "INVALID"),
    ] {
        let mut input = input();
        input[field] = value;
        let refused = subscribe(&edge, input).await;
        assert_eq!(refused["error"]["code"], code, "{field}: {refused}");
        assert_eq!((&refused["webhook"], &refused["secret"]), (&Value::Null, &Value::Null));
    }
    let id = "0195c1a0-0000-7000-8000-000000000001";
    let unknown = decide(&edge, "removeWebhook", json!({ "webhookId": id })).await;
    assert_eq!(unknown["error"]["code"], "NOT_FOUND");
    let none = decide(&edge, "removeWebhook", json!({ "webhookId": "seven" })).await;
    assert_eq!(none["error"]["field"], "webhookId");
    let fault =
        edge.fault("query($id: ID!) { webhook(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(fault["code"], "NOT_FOUND", "{fault}");
}
