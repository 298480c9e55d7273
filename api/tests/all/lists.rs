//! Lists of people, threads and tickets, forwards and backwards, and what they record.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HALLO, HELLO, mail};

both_databases!(
    people_are_listed_and_found_by_address,
    threads_are_listed_and_filtered,
    a_person_shows_earlier_threads_and_tickets,
    looking_for_an_address_is_a_look,
);

const ARGUMENTS: &str = "($first: Int, $after: String, $last: Int, $before: String, $tenant: String, \
    $address: String, $filter: ConversationFilter, $id: ID!)";
const PAGING: &str = "first: $first, after: $after, last: $last, before: $before";
const ASKS: &str = "edges { cursor node { uuid } } \
                    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
/// An identifier that nothing has.
const NOTHING: &str = "0195c1a0-0000-7000-8000-000000000001";

/// A mail that begins a thread of its own.
async fn write(edge: &Edge, id: &str, to: &str, from: &str) -> Value {
    edge.mail(to, mail(id, to, from, &format!("Box {id}"), "When does it come?")).await.json()
}

/// A page of a connection: the UUIDs and where it stands. The path leads to the connection.
async fn page(edge: &Edge, field: &str, path: &str, variables: Value) -> (Vec<String>, Value) {
    let field = field.replace("PAGING", PAGING).replace("ASKS", ASKS);
    // Only what is used may be declared.
    let declared = ARGUMENTS.trim_matches(['(', ')']).split(", ");
    let used = |one: &&str| {
        let name = one.split(':').next().unwrap();
        field.contains(&format!("{name},")) || field.contains(&format!("{name})"))
    };
    let declared = declared.filter(used).collect::<Vec<_>>().join(", ");
    let data = edge.data(&format!("query({declared}) {{ {field} }}"), variables).await;
    let connection = data.pointer(path).unwrap_or_else(|| panic!("{path}: {data}"));
    let edges = connection["edges"].as_array().unwrap();
    let uuid = |edge: &Value| edge["node"]["uuid"].as_str().unwrap().to_owned();
    (edges.iter().map(uuid).collect(), connection["pageInfo"].clone())
}

/// Reads a connection to its end by pages of two, in both directions, and gives what it holds.
async fn walk(edge: &Edge, field: &str, path: &str, variables: Value) -> Vec<String> {
    let with = |more: Value| {
        let mut all = variables.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let (mut forward, mut after) = (Vec::new(), Value::Null);
    loop {
        let part = with(json!({ "first": 2, "after": after }));
        let (uuids, info) = page(edge, field, path, part).await;
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        forward.extend(uuids);
        after = info["endCursor"].clone();
        if info["hasNextPage"] == false {
            break;
        }
    }
    let (mut backward, mut before) = (Vec::new(), Value::Null);
    loop {
        let part = with(json!({ "last": 2, "before": before }));
        let (uuids, info) = page(edge, field, path, part).await;
        assert_eq!(info["hasNextPage"], !before.is_null());
        backward.splice(0..0, uuids);
        before = info["startCursor"].clone();
        if info["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!(forward, backward, "both ways, the same");
    forward
}

fn sorted(mut uuids: Vec<String>) -> Vec<String> {
    uuids.sort();
    uuids
}

const CONTACTS: &str = "contacts(tenant: $tenant, address: $address, PAGING) { ASKS }";

async fn people_are_listed_and_found_by_address(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let nobody = walk(&edge, CONTACTS, "/contacts", json!({})).await;
    assert_eq!(nobody, Vec::<String>::new());
    for number in 0..5 {
        let from = format!("C{number} <C{number}@Customer.example>");
        write(&edge, &format!("m{number}"), HELLO, &from).await;
    }
    write(&edge, "m5", HALLO, "C0 <c0@customer.example>").await;
    edge.settle().await;
    let all = walk(&edge, CONTACTS, "/contacts", json!({})).await;
    assert_eq!((all.len(), sorted(all.clone())), (6, all.clone()), "in an order that stays");
    let of = |tenant: &str| json!({ "tenant": tenant });
    let own = walk(&edge, CONTACTS, "/contacts", of("protocol-raw")).await;
    let other = walk(&edge, CONTACTS, "/contacts", of("ozean-licht")).await;
    assert_eq!((own.len(), other.len()), (5, 1));
    assert!(!own.contains(&other[0]));
    for (address, tenant, count) in [
        ("c0@customer.example", None, 2),
        (" C0@CUSTOMER.example ", Some("ozean-licht"), 1),
        ("c4@customer.example", Some("ozean-licht"), 0),
        ("c4@customer", None, 0),
        ("%", None, 0),
    ] {
        let asked = json!({ "address": address, "tenant": tenant });
        let found = walk(&edge, CONTACTS, "/contacts", asked).await;
        assert_eq!(found.len(), count, "{address} {tenant:?}");
    }
    let query = "query($tenant: String, $address: String, $first: Int, $last: Int) { contacts(\
                 tenant: $tenant, address: $address, first: $first, last: $last) { edges { cursor } } }";
    for (asked, code, field) in [
        (of("nobody"), "NOT_FOUND", Value::Null),
        (json!({ "address": "a".repeat(255) }), "INVALID", json!("address")),
        (json!({ "first": 1, "last": 1 }), "INVALID", json!("last")),
        (json!({ "last": 201 }), "LIMIT", Value::Null),
    ] {
        let fault = edge.fault(query, asked).await;
        assert_eq!((&fault["code"], &fault["field"]), (&json!(code), &field), "{fault}");
    }
}

const CONVERSATIONS: &str = "conversations(filter: $filter, PAGING) { ASKS }";

async fn threads_are_listed_and_filtered(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let nothing = walk(&edge, CONVERSATIONS, "/conversations", json!({})).await;
    assert_eq!(nothing, Vec::<String>::new());
    let mut latest_first = Vec::new();
    let mut tickets = Vec::new();
    for number in 0..5 {
        let to = if number == 2 { HALLO } else { HELLO };
        let from = format!("c{number}@customer.example");
        let receipt = write(&edge, &format!("m{number}"), to, &from).await;
        latest_first.insert(0, receipt["conversation_id"].as_str().unwrap().to_owned());
        tickets.insert(0, receipt["ticket_id"].clone());
    }
    edge.done("closeTicket", json!({ "ticketId": tickets[0] })).await;
    edge.settle().await;
    let list = async |filter: Value| {
        walk(&edge, CONVERSATIONS, "/conversations", json!({ "filter": filter })).await
    };
    assert_eq!(list(json!({})).await, latest_first);
    assert_eq!(list(json!({ "tenant": "ozean-licht" })).await, latest_first[2..3]);
    assert_eq!(list(json!({ "status": ["OPEN"] })).await, latest_first[1..]);
    assert_eq!(list(json!({ "status": ["OPEN", "RESOLVED"] })).await, latest_first);
    assert_eq!(list(json!({ "status": ["RESOLVED"] })).await, latest_first[..1]);
    assert_eq!(list(json!({ "channel": ["EMAIL"] })).await, latest_first);
    let none: [&str; 0] = [];
    assert_eq!(list(json!({ "channel": ["API"] })).await, none);
    assert_eq!(list(json!({ "channel": ["API"], "status": ["OPEN"] })).await, none);
    assert_eq!(list(json!({ "contact": NOTHING })).await, none);
    let query = "query($id: ID!) { conversation(id: $id) { contact { id uuid } } }";
    let thread = edge.data(query, json!({ "id": latest_first[3] })).await;
    for id in ["id", "uuid"] {
        let contact = &thread["conversation"]["contact"][id];
        assert_eq!(list(json!({ "contact": contact })).await, latest_first[3..4]);
        let elsewhere = json!({ "contact": contact, "tenant": "ozean-licht" });
        assert_eq!(list(elsewhere).await, none);
    }
    let query = "query($filter: ConversationFilter) { conversations(filter: $filter) { edges { cursor } } }";
    for (filter, code, field) in [
        (json!({ "tenant": "nobody" }), "NOT_FOUND", Value::Null),
        (json!({ "contact": "x" }), "INVALID", json!("filter.contact")),
        (json!({ "status": vec!["OPEN"; 51] }), "INVALID", json!("filter.status")),
    ] {
        let fault = edge.fault(query, json!({ "filter": filter })).await;
        assert_eq!((&fault["code"], &fault["field"]), (&json!(code), &field), "{fault}");
    }
}

async fn a_person_shows_earlier_threads_and_tickets(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let (mut threads, mut tickets, mut positions) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..3 {
        let receipt = write(&edge, &format!("m{number}"), HELLO, "grace@customer.example").await;
        threads.insert(0, receipt["conversation_id"].as_str().unwrap().to_owned());
        tickets.insert(0, receipt["ticket_id"].as_str().unwrap().to_owned());
        positions.push(receipt["position"].clone());
    }
    write(&edge, "other", HELLO, "c1@customer.example").await;
    // The same address at another tenant is another contact.
    write(&edge, "foreign", HALLO, "grace@customer.example").await;
    edge.settle().await;
    let id = json!({ "id": tickets[0] });
    let contact = edge.data("query($id: ID!) { ticket(id: $id) { contact { id } } }", id).await;
    let id = json!({ "id": contact["ticket"]["contact"]["id"] });
    let field = "contact(id: $id) { conversations(PAGING) { ASKS } }";
    assert_eq!(walk(&edge, field, "/contact/conversations", id.clone()).await, threads);
    let field = "contact(id: $id) { tickets(PAGING) { ASKS } }";
    assert_eq!(walk(&edge, field, "/contact/tickets", id).await, tickets);

    let then = "query($id: ID!, $then: Position!) { ticket(id: $id, asOf: { position: $then }) { \
                contact { conversations(first: 9) { edges { node { uuid } } } \
                tickets(first: 1) { edges { node { uuid status } } } } } }";
    let variables = json!({ "id": tickets[2], "then": positions[1] });
    let contact = edge.data(then, variables).await["ticket"]["contact"].clone();
    let found = contact["conversations"]["edges"].as_array().unwrap();
    let found: Vec<_> = found.iter().map(|edge| edge["node"]["uuid"].as_str().unwrap()).collect();
    assert_eq!(found, threads[1..], "the third had not come");
    assert_eq!(contact["tickets"]["edges"][0]["node"]["uuid"], tickets[1]);
}

async fn looking_for_an_address_is_a_look(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = write(&edge, "m", HELLO, "grace@customer.example").await;
    write(&edge, "n", HELLO, "ada@customer.example").await;
    edge.settle().await;
    let mut looks = 0;
    let contact = "conversation(id: $id) { contact { tickets { edges { node { SHOWN } } } } }";
    let contact = format!("query($id: ID!) {{ {contact} }}");
    for (query, words) in [
        ("{ contacts { edges { node { uuid messageCount tickets { edges { node { status } } } } } } \
          conversations { edges { node { uuid status messageCount } } } }".to_owned(), None),
        ("{ contacts(address: \"nobody@customer.example\") { edges { cursor } } }".to_owned(), None),
        ("{ contacts(address: \"grace@customer.example\") { edges { cursor } } }".to_owned(),
            Some("the contact")),
        ("{ conversations(first: 1) { edges { node { subject } } } }".to_owned(),
            Some("the conversation")),
        (contact.replace("SHOWN", "uuid"), None),
        (contact.replace("SHOWN", "subject"), Some("the ticket")),
    ] {
        let query = query.replace("  ", "");
        let variables = json!({ "id": receipt["conversation_id"] });
        let variables = if query.contains("$id") { variables } else { json!({}) };
        edge.data(&query, variables).await;
        let recorded = edge.looks().await;
        looks += usize::from(words.is_some());
        assert_eq!(recorded.len(), looks, "{query}");
        if let Some(words) = words {
            assert_eq!(recorded[0]["sentence"], format!("Personal data was read: {words}."));
        }
    }
    // Everybody whose address a list shows is looked at.
    edge.data("{ contacts { edges { node { address } } } }", json!({})).await;
    assert_eq!(edge.looks().await.len(), looks + 2);
}
