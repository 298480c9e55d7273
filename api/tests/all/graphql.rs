//! What GraphQL shows of received messages.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HALLO, HELLO, calm, mail, sick};

both_databases!(
    a_gated_ticket_is_shown_with_all_around_it,
    nodes_are_found_again,
    the_queue_is_ordered_and_filtered,
    decisions_are_listed_newest_first,
    positions_can_be_waited_for,
);

const TICKET: &str = "query($id: ID!, $at: Position) { ticket(id: $id, waitFor: $at) {
    id uuid tenant status priority channel inbox subject customerEmail customerName category
    confidence gateCode gateCodes modelUsed messageCount version
    conversation { uuid status messageCount tickets { uuid }
        messages(first: 10) { edges { cursor node { from { name address } newText direction } }
            pageInfo { hasNextPage hasPreviousPage } } }
    contact { address name messageCount customer { customerId } }
    decision { uuid }
    decisions { kind category confidence policyGateCode codes modelUsed policyVersion
        check { verdicts { code fired matches { words place } } } message { uuid } } } }";

async fn a_gated_ticket_is_shown_with_all_around_it(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, sick("one")).await.json();
    let variables = json!({ "id": receipt["ticket_id"], "at": receipt["position"] });
    let data = edge.data(TICKET, variables).await;
    let ticket = &data["ticket"];
    assert_eq!(ticket["uuid"], receipt["ticket_id"]);
    for (field, value) in [
        ("tenant", json!("protocol-raw")),
        ("status", json!("ESCALATED")),
        ("priority", json!(1)),
        ("channel", json!("EMAIL")),
        ("inbox", json!("hello")),
        ("subject", json!("Worried")),
        ("customerEmail", json!("ada@customer.example")),
        ("customerName", json!("Ada Byron")),
        ("category", json!("escalation")),
        ("confidence", json!(0.0)),
        ("gateCode", json!("health_vomiting")),
        ("modelUsed", json!("policy_gate")),
        ("messageCount", json!(1)),
    ] {
        assert_eq!(ticket[field], value, "{field}");
    }
    assert_eq!(ticket["conversation"]["uuid"], receipt["conversation_id"]);
    assert_eq!(ticket["conversation"]["tickets"][0]["uuid"], receipt["ticket_id"]);
    let message = &ticket["conversation"]["messages"]["edges"][0]["node"];
    assert_eq!(message["from"], json!({ "name": "Ada Byron", "address": "ada@customer.example" }));
    assert!(message["newText"].as_str().unwrap().contains("vomiting since breakfast"));
    assert_eq!(message["direction"], "INBOUND");
    assert_eq!(ticket["contact"]["address"], "ada@customer.example");
    let decision = &ticket["decisions"][0];
    assert_eq!(decision["kind"], "GATED");
    assert_eq!(decision["message"]["uuid"], receipt["message_id"]);
    let verdicts = decision["check"]["verdicts"].as_array().unwrap();
    let fired: Vec<&Value> = verdicts.iter().filter(|verdict| verdict["fired"] == true).collect();
    assert_eq!(fired[0]["code"], "health_vomiting");
    assert_eq!(fired[0]["matches"][0]["words"], "vomiting");
    assert!(verdicts.len() > 5, "silent gates are told, too");
}

async fn nodes_are_found_again(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, sick("one")).await.json();
    edge.mail("sales@protocolraw.co.uk", calm("aside")).await;
    edge.settle().await;
    let ids = "query($id: ID!) { ticket(id: $id) { id conversation { id messages { edges { node \
               { id } } } } contact { id } decision { id } }
               queue(filter: { setAside: true }) { edges { node { id } } } }";
    let data = edge.data(ids, json!({ "id": receipt["ticket_id"] })).await;
    let ticket = &data["ticket"];
    for (id, kind) in [
        (&ticket["id"], "Ticket"),
        (&ticket["conversation"]["id"], "Conversation"),
        (&ticket["conversation"]["messages"]["edges"][0]["node"]["id"], "Message"),
        (&ticket["contact"]["id"], "Contact"),
        (&ticket["decision"]["id"], "Decision"),
        (&data["queue"]["edges"][0]["node"]["id"], "SetAsideMail"),
    ] {
        let query = "query($id: ID!) { node(id: $id) { __typename id } }";
        let node = edge.data(query, json!({ "id": id })).await["node"].clone();
        assert_eq!(node, json!({ "__typename": kind, "id": id }));
    }
    let global = edge.data(TICKET, json!({ "id": ticket["id"] })).await;
    assert_eq!(global["ticket"]["uuid"], receipt["ticket_id"]);
    let contact = "query($id: ID!) { contact(id: $id) { address } }";
    let contact = edge.data(contact, json!({ "id": ticket["contact"]["id"] })).await;
    assert_eq!(contact["contact"]["address"], "ada@customer.example");
}

/// Subjects of the queue under a filter.
async fn subjects(edge: &Edge, filter: Value) -> Vec<String> {
    let query = "query($filter: QueueFilter) { queue(filter: $filter) { totalCount edges { node \
                 { subject } } } }";
    let queue = edge.data(query, json!({ "filter": filter })).await["queue"].clone();
    let edges = queue["edges"].as_array().unwrap();
    assert_eq!(queue["totalCount"], edges.len());
    let subject = |edge: &Value| edge["node"]["subject"].as_str().unwrap().to_owned();
    edges.iter().map(subject).collect()
}

async fn the_queue_is_ordered_and_filtered(database: TestDatabase) {
    let edge = Edge::new(database).await;
    edge.mail(HELLO, calm("calm")).await;
    edge.mail(HELLO, sick("sick")).await;
    let german = mail("de", HALLO, "Uwe <uwe@kunde.example>", "Kurs", "Wann beginnt der Kurs?");
    edge.mail(HALLO, german).await;
    edge.mail("sales@protocolraw.co.uk", mail("aside", HELLO, "a@b.example", "Aside", "x")).await;
    edge.settle().await;
    assert_eq!(subjects(&edge, Value::Null).await, ["Worried", "Next box", "Kurs"]);
    for (filter, expected) in [
        (json!({ "status": "ESCALATED" }), vec!["Worried"]),
        (json!({ "status": ["NEW", "PENDING"] }), vec!["Next box", "Kurs"]),
        (json!({ "priority": [1] }), vec!["Worried"]),
        (json!({ "priority": [2, 3] }), vec!["Next box", "Kurs"]),
        (json!({ "category": "escalation" }), vec!["Worried"]),
        (json!({ "gate": "health_vomiting" }), vec!["Worried"]),
        (json!({ "gate": "health_vomit" }), vec![]),
        (json!({ "assignee": "ada" }), vec![]),
        (json!({ "unassigned": true }), vec!["Worried", "Next box", "Kurs"]),
        (json!({ "label": "vip" }), vec![]),
        (json!({ "channel": "WHATSAPP" }), vec![]),
        (json!({ "channel": ["EMAIL"], "inbox": "hallo" }), vec!["Kurs"]),
        (json!({ "setAside": true }), vec!["Aside"]),
        (json!({ "text": "BOX grace" }), vec!["Next box"]),
        (json!({ "text": "%" }), vec![]),
        (json!({ "tenant": "ozean-licht" }), vec!["Kurs"]),
        (json!({ "tenant": "protocol-raw", "text": "kurs" }), vec![]),
    ] {
        assert_eq!(subjects(&edge, filter.clone()).await, expected, "{filter}");
    }
    let aside = "{ queue(filter: { setAside: true }) { edges { node { __typename status \
                 setAsideReason priority message { flags } contact { address } } } } }";
    let node = edge.data(aside, json!({})).await["queue"]["edges"][0]["node"].clone();
    assert_eq!(node["__typename"], "SetAsideMail");
    assert_eq!(node["setAsideReason"], "OTHER_ADDRESS");
    assert!(node["status"].is_null());
}

async fn decisions_are_listed_newest_first(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let mut tickets = Vec::new();
    for number in 0..3 {
        let sender = format!("c{number}@customer.example");
        let text = "My dog has been vomiting all night.";
        let raw = mail(&format!("d{number}"), HELLO, &sender, "Sick", text);
        let receipt = edge.mail(HELLO, raw).await.json();
        tickets.push(receipt["ticket_id"].as_str().unwrap().to_owned());
    }
    edge.settle().await;
    let query = "query($first: Int, $after: String, $last: Int, $ticket: ID, $tenant: String) {
        decisions(first: $first, after: $after, last: $last, ticket: $ticket, tenant: $tenant) {
            edges { cursor node { ticket { uuid } } }
            pageInfo { hasNextPage hasPreviousPage endCursor } } }";
    let all = edge.data(query, json!({})).await["decisions"].clone();
    let uuids = |page: &Value| -> Vec<String> {
        let uuid = |edge: &Value| edge["node"]["ticket"]["uuid"].as_str().unwrap().to_owned();
        page["edges"].as_array().unwrap().iter().map(uuid).collect()
    };
    let mut expected = tickets.clone();
    expected.reverse();
    assert_eq!(uuids(&all), expected);
    let first = edge.data(query, json!({ "first": 2 })).await["decisions"].clone();
    assert_eq!(uuids(&first), expected[..2]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = json!({ "first": 2, "after": first["pageInfo"]["endCursor"] });
    assert_eq!(uuids(&edge.data(query, after).await["decisions"]), expected[2..]);
    let last = edge.data(query, json!({ "last": 1 })).await["decisions"].clone();
    assert_eq!(uuids(&last), expected[2..]);
    let one = edge.data(query, json!({ "ticket": tickets[1] })).await["decisions"].clone();
    assert_eq!(uuids(&one), [tickets[1].clone()]);
    let other = edge.data(query, json!({ "tenant": "ozean-licht" })).await["decisions"].clone();
    assert_eq!(uuids(&other), Vec::<String>::new());
}

async fn positions_can_be_waited_for(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, calm("one")).await.json();
    // Without a wait the read models may be behind; with it they never are.
    let waited =
        edge.data(TICKET, json!({ "id": receipt["ticket_id"], "at": receipt["position"] }));
    assert_eq!(waited.await["ticket"]["uuid"], receipt["ticket_id"]);
    let head = edge.data("{ position }", json!({})).await["position"].clone();
    let behind =
        |at: &Value| at.as_str().unwrap().split_once(':').unwrap().1.parse::<u64>().unwrap();
    assert_eq!(
        behind(&head),
        behind(&receipt["position"]) + 1,
        "the look at the ticket is recorded"
    );
    edge.settle().await;
    let query = "{ projections { name version position lag error } tenants { name policyVersion \
                 inboxes { name channel } categories { code customerName } gates } }";
    let data = edge.data(query, json!({})).await;
    let models = data["projections"].as_array().unwrap();
    assert_eq!(models.len(), edge.projections.status().len());
    assert!(models.iter().all(|model| model["position"] == head && model["lag"] == 0), "{data}");
    let names: Vec<_> = data["tenants"].as_array().unwrap().iter().map(|t| &t["name"]).collect();
    assert_eq!(names, ["ozean-licht", "protocol-raw"]);
}
