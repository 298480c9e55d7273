//! Mutations on one ticket: done, refused, repeated, and asked for too late.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::desk::{PAYLOAD, code, with};
use crate::harness::Edge;

both_databases!(
    every_mutation_is_done_once_and_refused_with_a_code,
    a_ticket_of_somebody_else_is_not_taken,
    the_payload_shows_what_was_reached,
);

/// A mutation, what must have happened before, what it is told, and what the ticket shows then.
struct Case {
    name: &'static str,
    before: &'static [(&'static str, &'static str)],
    input: Value,
    shows: (&'static str, Value),
    /// What it is told wrongly, with the field of the refusal.
    wrong: Option<(Value, &'static str)>,
    /// Whether a closed ticket refuses it.
    needs_open: bool,
}

fn case(name: &'static str, input: Value, shows: (&'static str, Value)) -> Case {
    Case { name, before: &[], input, shows, wrong: None, needs_open: true }
}

fn cases() -> Vec<Case> {
    let later = "2030-01-01T08:00:00Z";
    let long = "x".repeat(1001);
    vec![
        case("claimTicket", json!({}), ("assignee", json!("ada"))),
        Case {
            before: &[("claimTicket", "{}")],
            ..case("releaseTicket", json!({}), ("assignee", Value::Null))
        },
        Case {
            wrong: Some((json!({ "team": "nobody" }), "team")),
            ..case(
                "assignTicket",
                json!({ "agent": "agent:eve", "team": "care" }),
                ("assignee", json!("eve")),
            )
        },
        Case {
            wrong: Some((json!({ "add": ["x".repeat(51)] }), "labels")),
            needs_open: false,
            ..case(
                "labelTicket",
                json!({ "add": ["VIP", "b"], "remove": ["c"] }),
                ("labels", json!(["b", "vip"])),
            )
        },
        case("setPriority", json!({ "urgency": "URGENT" }), ("priority", json!(1))),
        Case {
            wrong: Some((json!({ "category": "weather" }), "category")),
            needs_open: false,
            ..case(
                "correctCategory",
                json!({ "category": "quality" }),
                ("category", json!("quality")),
            )
        },
        Case {
            wrong: Some((json!({ "reason": long }), "reason")),
            ..case(
                "escalateTicket",
                json!({ "reason": "a lawyer wrote" }),
                ("escalationReason", json!("a lawyer wrote")),
            )
        },
        case("awaitCustomer", json!({}), ("awaitingCustomer", json!(true))),
        Case {
            wrong: Some((json!({ "until": "2001-01-01T00:00:00Z" }), "until")),
            ..case(
                "snoozeTicket",
                json!({ "until": later }),
                ("snoozedUntil", json!("2030-01-01T08:00:00.000000Z")),
            )
        },
        Case {
            before: &[("snoozeTicket", r#"{ "until": "2030-01-01T08:00:00Z" }"#)],
            ..case("wakeTicket", json!({}), ("snoozedUntil", Value::Null))
        },
        case("closeTicket", json!({}), ("status", json!("CLOSED"))),
        Case {
            before: &[("closeTicket", "{}")],
            needs_open: false,
            ..case("reopenTicket", json!({}), ("status", json!("PENDING")))
        },
    ]
}

async fn every_mutation_is_done_once_and_refused_with_a_code(database: TestDatabase) {
    let edge = Edge::new(database).await;
    for case in cases() {
        let name = case.name;
        let ticket = edge.ticket(name).await;
        let on = json!({ "ticketId": ticket });
        let mut version = edge.done("labelTicket", on.clone()).await["version"].clone();
        for (name, input) in case.before {
            let input: Value = serde_json::from_str(input).unwrap();
            version = edge.done(name, with(on.clone(), &input)).await["version"].clone();
        }
        let input = with(on.clone(), &case.input);

        refusals(&edge, &case, &version).await;
        let key = json!({ "idempotencyKey": "k", "expectedVersion": version });
        let done = edge.done(name, with(input.clone(), &key)).await;
        assert_eq!(done["version"], json!(version.as_i64().unwrap() + 1), "{name}: {done}");
        assert_eq!(done["ticket"]["version"], done["version"], "{name}");
        assert_eq!(done["ticket"][case.shows.0], case.shows.1, "{name}: {done}");
        assert_eq!(done["repeated"], false);

        let again = edge.done(name, with(input.clone(), &key)).await;
        assert_eq!((&again["repeated"], &again["version"]), (&json!(true), &done["version"]));
        assert_eq!(again["position"], done["position"], "{name}");
        let other = json!({ "ticketId": ticket, "idempotencyKey": "k", "add": ["other"] });
        if name != "labelTicket" {
            let mismatch = edge.mutate("labelTicket", other).await;
            assert_eq!(code(&mismatch), "IDEMPOTENCY_MISMATCH", "{name}");
        }
        if case.needs_open {
            edge.mutate("closeTicket", on).await;
            let refused = edge.mutate(name, input).await;
            assert_eq!(code(&refused), "CONFLICT", "{name}: {refused}");
        }
    }
}

/// What no mutation does, whatever it is.
async fn refusals(edge: &Edge, case: &Case, version: &Value) {
    let (name, version) = (case.name, version.as_i64().unwrap());
    let unknown = "0195c1a0-0000-7000-8000-000000000001";
    let ticket = edge.ticket(name).await;
    let of = |change: Value| with(with(json!({ "ticketId": ticket }), &case.input), &change);
    let stale = edge.mutate(name, of(json!({ "expectedVersion": version + 7 }))).await;
    assert_eq!(code(&stale), "CONFLICT", "{name}: {stale}");
    assert!(stale["ticket"].is_null() && stale["version"].is_null() && stale["position"].is_null());
    assert!(stale["error"]["version"].as_i64().unwrap() >= 1, "{stale}");
    for (change, code, field) in [
        (json!({ "ticketId": unknown }), "NOT_FOUND", ""),
        (json!({ "ticketId": "x" }), "INVALID", "ticketId"),
        (json!({ "expectedVersion": -1 }), "INVALID", "expectedVersion"),
        (json!({ "idempotencyKey": " " }), "INVALID", "idempotencyKey"),
    ] {
        let refused = edge.mutate(name, of(change.clone())).await["error"].clone();
        assert_eq!(refused["code"], code, "{name} {change}: {refused}");
        assert_eq!(refused["field"].as_str().unwrap_or_default(), field, "{name} {change}");
    }
    if let Some((change, field)) = &case.wrong {
        let refused = edge.mutate(name, of(change.clone())).await["error"].clone();
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(field)));
    }
}

async fn a_ticket_of_somebody_else_is_not_taken(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let on = json!({ "ticketId": edge.ticket("one").await });
    edge.done("claimTicket", on.clone()).await;
    for name in ["claimTicket", "releaseTicket"] {
        let refused = edge.mutate_as("agent:eve", name, PAYLOAD, on.clone()).await;
        assert_eq!(code(&refused), "CONFLICT", "{refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains("ada"), "{refused}");
    }
    let again = edge.done("claimTicket", on).await;
    assert_eq!(again["ticket"]["assignee"], "ada", "what is so already is no fault");
}

async fn the_payload_shows_what_was_reached(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let uuid = edge.ticket("one").await;
    let query = "query($id: ID!) { ticket(id: $id, waitFor: null) { id } position }";
    edge.settle().await;
    let global = edge.data(query, json!({ "id": uuid })).await["ticket"]["id"].clone();
    for number in 0..20 {
        let label = format!("l{number}");
        let input = json!({ "ticketId": global, "add": [label] });
        let done = edge.done("labelTicket", input).await;
        let labels = done["ticket"]["labels"].as_array().unwrap();
        assert!(labels.iter().any(|own| *own == label), "{done}");
        assert_eq!(done["ticket"]["uuid"], uuid);
    }
    let head = edge.data("{ position }", json!({})).await["position"].clone();
    let bare = edge.mutate_as("ada", "claimTicket", "position", json!({ "ticketId": uuid })).await;
    assert_ne!(bare["position"], head, "a claim is an event");
}
