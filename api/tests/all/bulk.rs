//! The same work on many tickets.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::desk::{PAYLOAD, code, with};
use crate::harness::Edge;

both_databases!(one_that_fails_does_not_hold_up_the_others, every_bulk_mutation_is_done,);

fn asks() -> String {
    format!("results {{ ticketId result {{ {PAYLOAD} }} }} error {{ code limit }}")
}

async fn bulk(edge: &Edge, name: &str, input: Value) -> Value {
    edge.mutate_as("ada", name, &asks(), input).await
}

async fn one_that_fails_does_not_hold_up_the_others(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let mut tickets = Vec::new();
    for number in 0..4 {
        tickets.push(edge.ticket(&format!("t{number}")).await);
    }
    edge.mutate_as("eve", "claimTicket", PAYLOAD, json!({ "ticketId": tickets[1] })).await;
    let unknown = "0195c1a0-0000-7000-8000-000000000001";
    let ids = json!([tickets[0], tickets[1], "x", unknown, tickets[2], tickets[3], tickets[0]]);
    let input = json!({ "ticketIds": ids, "idempotencyKey": "k" });
    let payload = bulk(&edge, "bulkClaim", input.clone()).await;
    let results = payload["results"].as_array().unwrap();
    let codes: Vec<&str> = results.iter().map(|item| code(&item["result"])).collect();
    assert_eq!(codes, ["", "CONFLICT", "INVALID", "NOT_FOUND", "", "", ""], "{payload}");
    for (item, id) in results.iter().zip(ids.as_array().unwrap()) {
        assert_eq!(item["ticketId"], *id);
        let ticket = &item["result"]["ticket"];
        assert!(ticket.is_null() || ticket["assignee"] == "ada", "{item}");
    }
    let again = bulk(&edge, "bulkClaim", input).await;
    let repeated: Vec<bool> = again["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["result"]["repeated"].as_bool().unwrap())
        .collect();
    assert_eq!(repeated, [true, false, false, false, true, true, true]);

    let many: Vec<_> = (0..501).map(|n| format!("0195c1a0-0000-7000-8000-{n:012}")).collect();
    let asks = "results { ticketId } error { code limit }";
    let payload = edge.mutate_as("ada", "bulkClose", asks, json!({ "ticketIds": many })).await;
    assert_eq!(payload["error"], json!({ "code": "LIMIT", "limit": "bulk_tickets" }));
}

async fn every_bulk_mutation_is_done(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let tickets = json!([edge.ticket("one").await, edge.ticket("two").await]);
    for (name, more, field, value) in [
        ("bulkClaim", json!({}), "assignee", json!("ada")),
        ("bulkRelease", json!({}), "assignee", Value::Null),
        ("bulkAssign", json!({ "agent": "eve", "team": "care" }), "team", json!("care")),
        ("bulkLabel", json!({ "add": ["a", "b"], "remove": ["b"] }), "labels", json!(["a"])),
        ("bulkSetPriority", json!({ "urgency": "LOW" }), "urgency", json!("LOW")),
        ("bulkClose", json!({}), "status", json!("CLOSED")),
    ] {
        let payload = bulk(&edge, name, with(json!({ "ticketIds": tickets }), &more)).await;
        assert!(payload["error"].is_null());
        for item in payload["results"].as_array().unwrap() {
            assert!(item["result"]["error"].is_null(), "{name}: {item}");
            assert_eq!(item["result"]["ticket"][field], value, "{name}: {item}");
        }
    }
}
