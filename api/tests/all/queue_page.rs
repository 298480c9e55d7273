//! A page of the queue is the same whichever way its fields are resolved: those of plain rows are
//! looked up once for the page, all others entry by entry.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, calm, mail, sick};

both_databases!(every_field_comes_out_the_same, fragments_and_names_are_honoured);

/// Asking twice for the cursor means the same and is resolved entry by entry.
const TWICE: &str = "cursor cursor";

async fn queue(database: TestDatabase) -> Edge {
    let edge = Edge::new(database).await;
    edge.mail(HELLO, sick("one")).await;
    edge.mail(HELLO, calm("two")).await;
    edge.mail(HELLO, mail("three", HELLO, "eve@customer.example", "", "No subject.")).await;
    edge.settle().await;
    edge
}

/// Fields of a ticket that hold no others.
async fn leaves(edge: &Edge) -> Vec<String> {
    let query = "{ __type(name: \"Ticket\") { fields { name type { kind ofType { kind ofType {
        kind ofType { kind } } } } } } }";
    let fields = edge.data(query, json!({})).await["__type"]["fields"].clone();
    let is_leaf = |field: &&Value| {
        let mut of = &field["type"];
        while !of["ofType"].is_null() {
            of = &of["ofType"];
        }
        of["kind"] == "SCALAR" || of["kind"] == "ENUM"
    };
    let fields = fields.as_array().unwrap().iter().filter(is_leaf);
    fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

async fn both(edge: &Edge, node: &str, rest: &str) -> Value {
    let ask = |cursor: &str| {
        format!("{{ queue {{ edges {{ __typename {cursor} node {{ {node} }} }} }} }} {rest}")
    };
    let planned = edge.data(&ask("cursor"), json!({})).await;
    assert_eq!(planned, edge.data(&ask(TWICE), json!({})).await, "{node}");
    assert_eq!(planned["queue"]["edges"].as_array().unwrap().len(), 3);
    planned["queue"]["edges"].clone()
}

async fn every_field_comes_out_the_same(database: TestDatabase) {
    let edge = queue(database).await;
    let fields = leaves(&edge).await;
    assert!(fields.len() > 40, "{fields:?}");
    let edges = both(&edge, &format!("... on Ticket {{ {} }}", fields.join(" ")), "").await;
    let worried = &edges[0]["node"];
    assert_eq!(worried.as_object().unwrap().len(), fields.len());
    assert_eq!((&worried["status"], &worried["priority"]), (&json!("ESCALATED"), &json!(1)));
    assert_eq!(worried["gateCodes"], json!(["health_vomiting"]));
    assert!(edges[2]["node"]["subject"].is_null());
}

async fn fragments_and_names_are_honoured(database: TestDatabase) {
    let edge = queue(database).await;
    let fragments =
        "fragment More on Ticket { uuid ...Deep } fragment Deep on QueueEntry { inbox }";
    let node = "__typename is: __typename when: receivedAt subject ... { tenant } ... on QueueEntry \
                { status subject } ... on SetAsideMail { reason: setAsideReason } ...More \
                ... @skip(if: true) { channel }";
    let edges = both(&edge, node, fragments).await;
    let names: Vec<_> = edges[0]["node"].as_object().unwrap().keys().collect();
    let mut expected = ["__typename", "is", "when", "subject", "tenant", "status", "uuid", "inbox"];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(
        (&edges[0]["node"]["is"], &edges[0]["__typename"]),
        (&json!("Ticket"), &json!("QueueEdge"))
    );
    // What other rows know is fetched as ever, beside what this one knows.
    let edges =
        both(&edge, "id contact { address } ... on Ticket { decisions { kind } }", "").await;
    assert_eq!(edges[0]["node"]["contact"]["address"], "ada@customer.example");
    assert_eq!(edges[0]["node"]["decisions"].as_array().unwrap().len(), 1);
}
