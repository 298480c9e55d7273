//! Tickets, conversations and the queue as of earlier moments, with everything below them.

use casebook_store::Clock;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, mail, sick};

both_databases!(
    a_ticket_is_shown_as_of_a_moment_with_all_below_it,
    the_queue_is_shown_as_of_a_moment,
    moments_that_are_not_there_are_refused,
);

const FIELDS: &str = "fragment F on Ticket { version status priority messageCount assignee labels
    conversation { messageCount notes { text } messages(first: 5) { edges { node {
        newText ticket { version } contact { messageCount } } } } tickets { version } openTicket { version } }
    message { subject ticket { labels } } contact { messageCount }
    decision { category } decisions { category message { conversation { messageCount } } } }";

/// A ticket whose customer wrote twice, with what the first and the second receipt say.
async fn written_twice(edge: &Edge) -> (Value, Value) {
    let from = "Grace <grace@customer.example>";
    let text = "On which day will my next box arrive?";
    let first = edge.mail(HELLO, mail("w1", HELLO, from, "Box", text)).await.json();
    let mut next = mail("w2", HELLO, from, "Re: Box", "My dog is vomiting, too.");
    next.insert_str(0, "References: <w1@mail.example>\r\nIn-Reply-To: <w1@mail.example>\r\n");
    let second = edge.mail(HELLO, next).await.json();
    assert_eq!(first["ticket_id"], second["ticket_id"]);
    (first, second)
}

async fn a_ticket_is_shown_as_of_a_moment_with_all_below_it(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let (first, second) = written_twice(&edge).await;
    let between = edge.database.clock.now();
    edge.database.clock.advance(1_000_000);
    let ticket = first["ticket_id"].clone();
    for (name, input) in [
        ("claimTicket", json!({ "ticketId": ticket })),
        ("labelTicket", json!({ "ticketId": ticket, "add": ["vip"] })),
        ("addNote", json!({ "ticketId": ticket, "text": "Called the vet." })),
    ] {
        let done = edge.mutate_as("ada", name, "error { code }", input).await;
        assert!(done["error"].is_null(), "{done}");
    }
    edge.settle().await;
    let query = format!(
        "query($id: ID!, $first: Position!, $second: Position!, $at: DateTime!) {{
            begun: ticket(id: $id, asOf: {{ position: $first }}) {{ ...F }}
            joined: ticket(id: $id, asOf: {{ position: $second }}) {{ ...F }}
            later: ticket(id: $id, asOf: {{ time: $at }}) {{ ...F }}
            now: ticket(id: $id) {{ ...F }} }} {FIELDS}"
    );
    let variables = json!({
        "id": ticket, "first": first["position"], "second": second["position"],
        "at": between.to_string(),
    });
    let data = edge.data(&query, variables).await;
    let begun = &data["begun"];
    assert_eq!((&begun["version"], &begun["status"]), (&json!(1), &json!("NEW")), "{begun}");
    assert_eq!((&begun["messageCount"], &begun["decisions"]), (&json!(1), &json!([])));
    assert_eq!(begun["contact"]["messageCount"], 1);
    let thread = &begun["conversation"];
    assert_eq!((&thread["messageCount"], &thread["notes"]), (&json!(1), &json!([])), "{thread}");
    let edges = thread["messages"]["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0]["node"]["ticket"]["version"], 1);
    assert_eq!(edges[0]["node"]["contact"]["messageCount"], 1);
    assert_eq!(
        (&thread["tickets"][0]["version"], &thread["openTicket"]["version"]),
        (&json!(1), &json!(1))
    );
    let joined = &data["joined"];
    assert_eq!(
        (&joined["status"], &joined["labels"]),
        (&json!("ESCALATED"), &json!([])),
        "{joined}"
    );
    assert_eq!(joined["decisions"][0]["message"]["conversation"]["messageCount"], 2);
    assert_eq!(joined, &data["later"], "nothing was recorded between the two moments");
    let now = &data["now"];
    assert_eq!((&now["assignee"], &now["labels"]), (&json!("ada"), &json!(["vip"])), "{now}");
    assert_eq!(now["conversation"]["notes"][0]["text"], "Called the vet.");
    assert_eq!(now["message"]["ticket"]["labels"], json!(["vip"]));
    let end = edge.data("{ position }", json!({})).await["position"].clone();
    let query = format!(
        "query($id: ID!, $end: Position!) {{ then: ticket(id: $id, asOf: {{ position: $end }}) \
         {{ ...F }} now: ticket(id: $id) {{ ...F }} }} {FIELDS}"
    );
    let data = edge.data(&query, json!({ "id": ticket, "end": end })).await;
    assert_eq!(data["then"], data["now"], "as of now is now");
    conversations(&edge, &first, &second).await;
}

async fn conversations(edge: &Edge, first: &Value, second: &Value) {
    let query = "query($id: ID!, $then: Position!) { conversation(id: $id, asOf: { position: $then })
        { messageCount version status messages(first: 1) { edges { node { newText } } pageInfo { hasNextPage } } } }";
    for (then, count) in [(first, 1), (second, 2)] {
        let variables = json!({ "id": first["conversation_id"], "then": then["position"] });
        let thread = edge.data(query, variables).await["conversation"].clone();
        assert_eq!(thread["messageCount"], count, "{thread}");
        assert_eq!(thread["messages"]["pageInfo"]["hasNextPage"], count > 1);
        assert_eq!(thread["status"], "OPEN");
    }
}

async fn the_queue_is_shown_as_of_a_moment(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let calm = edge.mail(HELLO, crate::harness::calm("q1")).await.json();
    let gated = edge.mail(HELLO, sick("q2")).await.json();
    for ticket in [&calm, &gated] {
        let close = json!({ "ticketId": ticket["ticket_id"] });
        let done = edge.mutate_as("ada", "closeTicket", "error { code }", close).await;
        assert!(done["error"].is_null(), "{done}");
    }
    edge.settle().await;
    let query = "query($filter: QueueFilter, $first: Int, $after: String, $then: Position) {
        queue(filter: $filter, first: $first, after: $after, asOf: { position: $then }) {
            totalCount pageInfo { hasNextPage endCursor } edges { node { subject priority
                ... on Ticket { status } conversation { messageCount } message { subject } } } } }";
    let ask = |then: &Value, more: Value| {
        let mut variables = json!({ "then": then });
        variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        edge.data(query, variables)
    };
    let both = ask(&gated["position"], json!({})).await["queue"].clone();
    let subjects: Vec<_> =
        both["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]["subject"]).collect();
    assert_eq!(subjects, ["Worried", "Next box"], "gated first: {both}");
    assert_eq!(
        (&both["totalCount"], &both["edges"][0]["node"]["status"]),
        (&json!(2), &json!("ESCALATED"))
    );
    assert_eq!(both["edges"][1]["node"]["conversation"]["messageCount"], 1);
    let one = ask(&calm["position"], json!({})).await["queue"].clone();
    assert_eq!(
        (&one["totalCount"], &one["edges"][0]["node"]["status"]),
        (&json!(1), &json!("NEW"))
    );
    let page = ask(&gated["position"], json!({ "first": 1 })).await["queue"].clone();
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let after = json!({ "first": 1, "after": page["pageInfo"]["endCursor"] });
    let page = ask(&gated["position"], after).await["queue"].clone();
    assert_eq!(
        (&page["edges"][0]["node"]["subject"], &page["totalCount"]),
        (&json!("Next box"), &json!(2))
    );
    assert_eq!(page["pageInfo"]["hasNextPage"], false);
    let filter = json!({ "filter": { "gate": "health_vomiting", "tenant": "protocol-raw" } });
    assert_eq!(ask(&gated["position"], filter).await["queue"]["totalCount"], 1);
    let end = edge.data("{ position }", json!({})).await["position"].clone();
    assert_eq!(ask(&end, json!({})).await["queue"]["totalCount"], 0, "both are closed by now");
    for filter in [json!({ "status": ["CLOSED"] }), json!({ "setAside": true })] {
        let fault = edge.fault(query, json!({ "then": end, "filter": filter })).await;
        assert_eq!((&fault["code"], &fault["field"]), (&json!("INVALID"), &json!("filter")));
    }
    let unknown = json!({ "then": end, "filter": { "tenant": "nobody" } });
    assert_eq!(edge.fault(query, unknown).await["code"], "NOT_FOUND");
}

async fn moments_that_are_not_there_are_refused(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, crate::harness::calm("m1")).await.json();
    edge.settle().await;
    let query = "query($id: ID!, $then: AsOf!) { ticket(id: $id, asOf: $then) { version } }";
    let end = edge.data("{ position }", json!({})).await["position"].clone();
    let (log, last) = end.as_str().unwrap().split_once(':').unwrap();
    let beyond = format!("{log}:{}", last.parse::<u64>().unwrap() + 1);
    let other = format!("{}:1", uuid::Uuid::nil().simple());
    let future = edge.database.clock.now().plus_micros(1);
    for (then, words) in [
        (json!({ "position": beyond }), "the log ends at"),
        (json!({ "position": other }), "the database was restored"),
        (json!({ "position": "seven" }), "not a cursor"),
        (json!({ "time": future.to_string() }), "lies in the future"),
    ] {
        let answer = edge.ask(query, json!({ "id": receipt["ticket_id"], "then": then })).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "INVALID", "{answer}");
        assert_eq!(error["extensions"]["field"], "asOf", "{answer}");
        assert!(error["message"].as_str().unwrap().contains(words), "{answer}");
    }
    let neither = edge.fault(query, json!({ "id": receipt["ticket_id"], "then": {} })).await;
    assert_eq!(neither["code"], "INVALID");
    let before = json!({ "id": receipt["ticket_id"], "then": { "position": format!("{log}:1") } });
    assert_eq!(edge.fault(query, before).await["code"], "NOT_FOUND");
    let start = json!({ "id": receipt["ticket_id"], "then": { "time": "2001-01-01T00:00:00Z" } });
    assert_eq!(edge.fault(query, start).await["code"], "NOT_FOUND");
    let many: String = (0..11)
        .map(|n| {
            format!("q{n}: queue(asOf: {{ time: \"2001-01-01T00:00:00Z\" }}) {{ totalCount }} ")
        })
        .collect();
    let fault = edge.fault(&format!("{{ {many} }}"), json!({})).await;
    assert_eq!(fault["limit"], "api.graphql_complexity_max");
}
