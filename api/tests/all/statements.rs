//! Queries run as few statements for many rows as for one.

use casebook_tests::{TestDatabase, both_databases};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, mail};

const QUERY: &str = "query($first: Int) { queue(first: $first) { totalCount edges { node { id
    contact { address }
    conversation { subject messages(first: 5) { edges { node { newText contact { name } } } }
        tickets { uuid decisions { category } } }
    ... on Ticket { decision { codes } decisions { category message { subject } } } } } } }";

/// Statements that the queue's page of this size runs: page, count, contacts, conversations,
/// messages, tickets of conversations, decision, decisions of tickets (for the page and for the
/// tickets below), messages of decisions; contacts of messages are in the page's own level or one
/// of their own.
const STATEMENTS_MAX: u64 = 12;

both_databases!(many_rows_cost_no_more_statements_than_one,);

async fn many_rows_cost_no_more_statements_than_one(database: TestDatabase) {
    let edge = Edge::new(database).await;
    for number in 0..40 {
        let sender = format!("c{number}@customer.example");
        let raw = mail(&format!("n{number}"), HELLO, &sender, "Sick", "My dog is vomiting.");
        assert_eq!(edge.mail(HELLO, raw).await.status, 202);
    }
    edge.settle().await;
    let edge = &edge;
    let (one, many) = std::thread::scope(|scope| {
        // A runtime on one thread of its own: what the recorder of this thread counts is what
        // these two queries do, and nothing that goes on elsewhere.
        scope.spawn(move || (counted(edge, 1), counted(edge, 40))).join().unwrap()
    });
    assert_eq!(one.0["queue"]["edges"].as_array().unwrap().len(), 1);
    assert_eq!(many.0["queue"]["edges"].as_array().unwrap().len(), 40);
    let last = &many.0["queue"]["edges"][39]["node"];
    assert_eq!(last["decisions"][0]["message"]["subject"], "Sick");
    assert_eq!(last["conversation"]["messages"]["edges"].as_array().unwrap().len(), 1);
    assert_eq!(one.1, many.1, "statements for one row and for forty");
    assert!((2..=STATEMENTS_MAX).contains(&many.1), "{} statements", many.1);
}

/// The data of a query, and the number of statements that it ran.
fn counted(edge: &Edge, first: u64) -> (Value, u64) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let data = metrics::with_local_recorder(&recorder, || {
        runtime.block_on(edge.data(QUERY, json!({ "first": first })))
    });
    let rendered = handle.render();
    let line = rendered.lines().find(|line| line.starts_with("casebook_sql_statements_total "));
    let count = line.and_then(|line| line.rsplit_once(' ')?.1.parse().ok());
    (data, count.unwrap_or_else(|| panic!("no statements counted: {rendered}")))
}
