//! How GraphQL refuses.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::json;

use crate::harness::{Edge, HELLO, calm};

both_databases!(every_refusal_has_a_code_and_a_field, positions_of_other_logs_are_refused,);

async fn every_refusal_has_a_code_and_a_field(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let unknown = "0195c1a0-0000-7000-8000-000000000001";
    for (query, code, field) in [
        (format!("{{ ticket(id: \"{unknown}\") {{ id }} }}"), "NOT_FOUND", ""),
        (format!("{{ conversation(id: \"{unknown}\") {{ id }} }}"), "NOT_FOUND", ""),
        (format!("{{ contact(id: \"{unknown}\") {{ id }} }}"), "NOT_FOUND", ""),
        ("{ ticket(id: \"x\") { id } }".to_owned(), "INVALID", "id"),
        ("{ node(id: \"x\") { id } }".to_owned(), "INVALID", "id"),
        ("{ queue(filter: { tenant: \"nobody\" }) { totalCount } }".to_owned(), "NOT_FOUND", ""),
        (
            "{ queue(filter: { priority: 9 }) { totalCount } }".to_owned(),
            "INVALID",
            "filter.priority",
        ),
        (
            "{ queue(filter: { assignee: \"a\", unassigned: true }) { totalCount } }".to_owned(),
            "INVALID",
            "filter.unassigned",
        ),
        ("{ queue(first: -1) { totalCount } }".to_owned(), "INVALID", "first"),
        ("{ queue(first: 1, last: 1) { totalCount } }".to_owned(), "INVALID", "last"),
        ("{ queue(last: 1, after: \"x\") { totalCount } }".to_owned(), "INVALID", "after"),
        ("{ queue(first: 1, before: \"x\") { totalCount } }".to_owned(), "INVALID", "before"),
        ("{ queue(after: \"x\") { totalCount } }".to_owned(), "INVALID", "after"),
        ("{ queue(waitFor: \"x\") { totalCount } }".to_owned(), "INVALID", "waitFor"),
        ("{ nothing }".to_owned(), "INVALID", "query"),
        ("{ queue(filter: { status: LOST }) { totalCount } }".to_owned(), "INVALID", "query"),
        ("mutation { resolve }".to_owned(), "INVALID", "query"),
        ("{".to_owned(), "INVALID", "query"),
    ] {
        let answer = edge.ask(&query, json!({})).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], code, "{query}: {answer}");
        assert_eq!(extensions["field"].as_str().unwrap_or_default(), field, "{query}: {answer}");
    }
}

async fn positions_of_other_logs_are_refused(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, calm("one")).await.json();
    let query = "query($at: Position) { queue(waitFor: $at) { totalCount } }";
    let own = receipt["position"].as_str().unwrap();
    let (log, _) = own.split_once(':').unwrap();
    assert_eq!(edge.data(query, json!({ "at": own })).await["queue"]["totalCount"], 1);

    let other = "0195c1a0000070008000000000000001:1";
    let answer = edge.ask(query, json!({ "at": other })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID");
    assert_eq!(answer["errors"][0]["extensions"]["field"], "waitFor");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("restored"), "{answer}");

    let beyond = edge.fault(query, json!({ "at": format!("{log}:999999") })).await;
    assert_eq!(
        (beyond["code"].as_str(), beyond["field"].as_str()),
        (Some("INVALID"), Some("waitFor"))
    );
    let number = edge.fault(query, json!({ "at": 7 })).await;
    assert_eq!(number["code"], "INVALID");
}
