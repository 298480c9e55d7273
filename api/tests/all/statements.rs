//! Queries run as few statements for many rows as for one.

use casebook_tests::{TestDatabase, both_databases};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, mail};

const QUERY: &str = "query($first: Int) { queue(first: $first) { totalCount edges { node { id
    contact { address conversations(first: 3) { edges { node { subject messages(last: 1) { edges { node { uuid } } } } } }
        tickets(last: 2) { edges { node { uuid } } } }
    conversation { subject messages(first: 5) { edges { node { newText contact { name } } } }
        tickets { uuid decisions { category } } notes { author text } }
    ... on Ticket { recommendedAction { label } draft replyState team decision { codes } decisions { category message { subject } }
        replies { state attempts { outcome } } } } } } }";

/// Statements that the queue's page of this size runs: page, count, contacts, conversations,
/// messages, tickets of conversations, notes, decision, decisions of tickets (for the page and for the
/// tickets below), messages of decisions; contacts of messages are in the page's own level or one
/// of their own; conversations and tickets of contacts, messages of those conversations; for replies the
/// end of the log, what is passed over, and the events.
const STATEMENTS_MAX: u64 = 19;

both_databases!(
    many_rows_cost_no_more_statements_than_one,
    a_bulk_shows_all_tickets_by_one_statement,
    the_trail_of_many_tickets_costs_no_more_than_that_of_one,
);

const TRAIL: &str = "query($first: Int) { auditTrail(first: $first, filter: { eventTypes: \
    [\"TicketReceived\"] }) { edges { node { data ticketId changes { path new } } } } }";

async fn many_rows_cost_no_more_statements_than_one(database: TestDatabase) {
    let edge = Edge::new(database).await;
    for number in 0..40 {
        let sender = format!("c{number}@customer.example");
        let raw = mail(&format!("n{number}"), HELLO, &sender, "Sick", "My dog is vomiting.");
        let receipt = edge.mail(HELLO, raw).await.json();
        let note = json!({ "ticketId": receipt["ticket_id"], "text": "Called the vet." });
        let done = edge.mutate_as("ada", "addNote", "error { code }", note).await;
        assert!(done["error"].is_null(), "{done}");
        let reply = json!({ "ticketId": receipt["ticket_id"], "text": "See a vet, please." });
        let done = edge.mutate_as("ada", "approveReply", "error { code }", reply).await;
        assert!(done["error"].is_null(), "{done}");
    }
    edge.settle().await;
    let edge = &edge;
    let (one, many) = std::thread::scope(|scope| {
        // A runtime on one thread of its own: what the recorder of this thread counts is what
        // these two queries do, and nothing that goes on elsewhere.
        scope.spawn(move || (queue(edge, 1), queue(edge, 40))).join().unwrap()
    });
    assert_eq!(one.0["queue"]["edges"].as_array().unwrap().len(), 1);
    assert_eq!(many.0["queue"]["edges"].as_array().unwrap().len(), 40);
    let last = &many.0["queue"]["edges"][39]["node"];
    assert_eq!(last["decisions"][0]["message"]["subject"], "Sick");
    assert_eq!(last["conversation"]["notes"][0]["text"], "Called the vet.");
    assert_eq!(last["conversation"]["messages"]["edges"].as_array().unwrap().len(), 1);
    assert_eq!(last["replies"][0]["state"], "APPROVED");
    assert_eq!(last["contact"]["tickets"]["edges"].as_array().unwrap().len(), 1);
    let threads = last["contact"]["conversations"]["edges"].as_array().unwrap();
    assert_eq!(threads[0]["node"]["messages"]["edges"].as_array().unwrap().len(), 1);
    assert_eq!(one.1, many.1, "statements for one row and for forty");
    assert!((2..=STATEMENTS_MAX).contains(&many.1), "{} statements", many.1);
}

async fn a_bulk_shows_all_tickets_by_one_statement(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let mut tickets = Vec::new();
    for number in 0..20 {
        tickets.push(edge.ticket(&format!("b{number}")).await);
    }
    let bulk = |asks: &str| {
        let query = "mutation($ids: [ID!]!) { bulkClaim(input: { ticketIds: $ids }) { results { \
                     result { error { code } ASKS } } } }";
        query.replace("ASKS", asks)
    };
    let ids = json!({ "ids": tickets });
    // The first time writes, the second time fills caches: what is counted hangs on neither.
    for _ in 0..2 {
        edge.data(&bulk("version"), ids.clone()).await;
    }
    let (edge, with, without) = (&edge, bulk("ticket { assignee }"), bulk("version"));
    let (with, without) = std::thread::scope(|scope| {
        let count = || (counted(edge, &with, ids.clone()), counted(edge, &without, ids.clone()));
        scope.spawn(count).join().unwrap()
    });
    let results = with.0["bulkClaim"]["results"].as_array().unwrap();
    assert_eq!(results.len(), 20);
    assert!(
        results.iter().all(|item| item["result"]["ticket"]["assignee"] == "local"),
        "{}",
        with.0
    );
    // One for the end of the log, one for the tickets.
    assert!(with.1 <= without.1 + 2, "{} statements instead of {}", with.1, without.1);
}

async fn the_trail_of_many_tickets_costs_no_more_than_that_of_one(database: TestDatabase) {
    let edge = Edge::new(database).await;
    for number in 0..20 {
        edge.ticket(&format!("t{number}")).await;
    }
    edge.settle().await;
    let edge = &edge;
    let trail = |first: u64| counted(edge, TRAIL, json!({ "first": first }));
    let (one, many) =
        std::thread::scope(|scope| scope.spawn(|| (trail(1), trail(20))).join().unwrap());
    let entries = many.0["auditTrail"]["edges"].as_array().unwrap();
    assert_eq!(entries.len(), 20);
    let told = |entry: &Value| !entry["node"]["changes"].as_array().unwrap().is_empty();
    assert!(entries.iter().all(told), "{}", many.0);
    assert_eq!(one.1, many.1, "statements for one ticket and for twenty");
}

fn queue(edge: &Edge, first: u64) -> (Value, u64) {
    counted(edge, QUERY, json!({ "first": first }))
}

/// The data of a query, and the number of statements that it ran.
fn counted(edge: &Edge, query: &str, variables: Value) -> (Value, u64) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let data =
        metrics::with_local_recorder(&recorder, || runtime.block_on(edge.data(query, variables)));
    let rendered = handle.render();
    let line = rendered.lines().find(|line| line.starts_with("casebook_sql_statements_total "));
    let count = line.and_then(|line| line.rsplit_once(' ')?.1.parse().ok());
    (data, count.unwrap_or_else(|| panic!("no statements counted: {rendered}")))
}
