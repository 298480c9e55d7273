//! The audit trail, the account of a ticket and its replay over GraphQL, exports over HTTP, and
//! the record of who looked at whom.

use axum::body::Body;
use axum::http::Method;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HALLO, HELLO, calm, mail, sick};

both_databases!(
    a_request_records_what_it_shows_once,
    what_is_reached_from_elsewhere_is_looked_at_too,
    the_trail_is_paged_filtered_and_told_in_words,
    a_ticket_is_explained_and_replayed,
    the_trail_is_exported,
);

const TRAIL: &str = "query($filter: AuditFilter, $order: AuditOrder! = NEWEST_FIRST, $first: Int, \
    $after: String, $last: Int, $before: String, $personal: Boolean! = false, $at: Position) { \
    auditTrail(filter: $filter, order: $order, first: $first, after: $after, last: $last, \
    before: $before, withPersonalData: $personal, waitFor: $at) { \
    pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { cursor node { \
    position time tenant eventType eventId subjectKind subjectId version actor sentence \
    cause { command commandId correlationId causationId } changes { path old new personal } data \
    policyVersion ticketId conversationId contactId } } } }";

const PAGE: &str = "query($id: ID!) { ticket(id: $id) { uuid status subject customerEmail \
    contact { address name } conversation { subject messages { edges { node { from { address } \
    newText } } } } } }";

impl Edge {
    /// The trail as a filter shows it, all of the log included.
    async fn trail(&self, filter: Value) -> Vec<Value> {
        let at = self.position().await;
        let data = self.data(TRAIL, json!({ "filter": filter, "first": 100, "at": at })).await;
        let edges = data["auditTrail"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"].clone()).collect()
    }

    async fn position(&self) -> Value {
        self.data("{ position }", json!({})).await["position"].clone()
    }

    /// Looks that are recorded.
    pub async fn looks(&self) -> Vec<Value> {
        self.trail(json!({ "eventTypes": ["PersonalDataRead"] })).await
    }
}

async fn a_request_records_what_it_shows_once(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, calm("a")).await.json();
    edge.mail(HELLO, sick("b")).await;
    edge.settle().await;
    let id = json!({ "id": receipt["ticket_id"] });

    for unrecorded in [
        "{ queue(first: 10) { totalCount edges { node { id subject customerEmail customerName \
         preview ... on Ticket { draft status } } } } }",
        "query($id: ID!) { ticket(id: $id) { uuid status priority version contact { uuid } \
         conversation { uuid messages { edges { node { uuid direction } } } } } }",
        "query($id: ID!) { why(ticket: $id) { status priority } \
         replay(ticket: $id) { eventType sentence } }",
    ] {
        edge.data(unrecorded, id.clone()).await;
    }
    assert_eq!(edge.looks().await, Vec::<Value>::new(), "lists and bare state tell of nobody");

    edge.data(PAGE, id.clone()).await;
    let looks = edge.looks().await;
    assert_eq!(looks.len(), 1, "one request, one record: {looks:?}");
    let look = &looks[0];
    assert_eq!(
        look["sentence"],
        "Personal data was read: the contact, the conversation, the ticket and 1 message."
    );
    assert_eq!((&look["actor"], &look["tenant"]), (&json!("agent:local"), &json!("protocol-raw")));
    assert_eq!(look["subjectKind"], "access");
    let about = |name: &str| json!({ name: look[format!("{name}Id")], "tenant": "protocol-raw" });
    for name in ["contact", "conversation", "ticket"] {
        let trail = edge.trail(about(name)).await;
        assert_eq!(trail[0]["eventId"], look["eventId"], "in the trail of the {name}");
    }

    let path = format!("/files/protocol-raw/{}/raw", receipt["message_id"].as_str().unwrap());
    assert_eq!(edge.get(&path).await.status, 200);
    let looks = edge.looks().await;
    assert_eq!(looks.len(), 2);
    let words = looks[0]["sentence"].as_str().unwrap();
    assert!(words.starts_with("Personal data was downloaded: the raw mail of message "), "{words}");
    assert_eq!(looks[0]["contactId"], looks[1]["contactId"]);
    let of_ticket = edge.trail(about("ticket")).await;
    assert_eq!(of_ticket[0]["eventId"], looks[0]["eventId"], "the ticket's mail was looked at");

    edge.data("query($id: ID!) { replay(ticket: $id) { state } }", id.clone()).await;
    edge.data("query($id: ID!) { node(id: $id) { id ... on Ticket { preview } } }", {
        json!({ "id": looks[1]["ticketId"] })
    })
    .await;
    edge.data("query($id: ID!) { replay(ticket: $id) { data } }", id.clone()).await;
    assert_eq!(edge.looks().await.len(), 5, "a replay with its state, a node, a replay with data");
    let personal = json!({ "filter": about("ticket"), "personal": true });
    let shown = edge.data(TRAIL, personal).await.to_string();
    assert!(shown.contains("grace@customer.example"), "{shown}");
    let looks = edge.looks().await;
    assert_eq!(looks[0]["sentence"], "Personal data was read: values in the audit trail.");
}

async fn what_is_reached_from_elsewhere_is_looked_at_too(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, sick("a")).await.json();
    edge.settle().await;
    let page = edge.data("{ decisions(first: 1) { edges { node { id } } } }", json!({})).await;
    let decision = page["decisions"]["edges"][0]["node"]["id"].clone();
    let conversation = receipt["conversation_id"].clone();
    let ticket = receipt["ticket_id"].clone();
    let add_note = json!({ "ticketId": ticket, "text": "Call" });
    edge.done("addNote", add_note).await;
    edge.settle().await;
    let mut looks = edge.looks().await.len();
    let by_decision = "decisions(ticket: $id) { edges { node { ticket { SHOWN } } } }";
    let node = "node(id: $id) { ... on Decision { SHOWN } }";
    let by_message = "conversation(id: $id) { messages { edges { node { ticket { SHOWN } } } } }";
    let by_note = "conversation(id: $id) { notes { ticket { SHOWN } } }";
    let mutation = "setPriority(input: { ticketId: $id, urgency: HIGH }) { ticket { SHOWN } }";
    for (kind, field, id, shows, also) in [
        ("query", "conversation(id: $id) { tickets { SHOWN } }", &conversation, "preview", ""),
        ("query", "conversation(id: $id) { openTicket { SHOWN } }", &conversation, "draft", ""),
        ("query", by_message, &conversation, "subject", ""),
        ("query", by_note, &conversation, "subject", "the conversation and "),
        ("query", by_decision, &ticket, "customerEmail", ""),
        ("query", by_note, &conversation, "dedupeKey", "the conversation and "),
        ("query", node, &decision, "customerName", ""),
        ("query", node, &decision, "dedupeKey", ""),
        ("query", node, &decision, "check { verdicts { code } }", ""),
        ("mutation", mutation, &ticket, "customerName", ""),
    ] {
        let ask = async |shows: &str| {
            let field = field.replace("SHOWN", shows);
            let document = format!("{kind}($id: ID!) {{ {field} }}");
            edge.data(&document, json!({ "id": id })).await;
            edge.looks().await
        };
        // What leads to the ticket may be a look by itself.
        looks += usize::from(!also.is_empty());
        assert_eq!(ask("uuid").await.len(), looks, "bare state tells of nobody: {field}");
        looks += 1;
        let recorded = ask(shows).await;
        assert_eq!(recorded.len(), looks, "{field}");
        let words = format!("Personal data was read: {also}the ticket.");
        assert_eq!(recorded[0]["sentence"], words, "{field}");
    }
}

async fn the_trail_is_paged_filtered_and_told_in_words(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let ticket = edge.ticket("a").await;
    let foreign = mail("f", HALLO, "Cy <cy@customer.example>", "Frage", "Wann?");
    edge.mail(HALLO, foreign).await;
    let urgent = json!({ "ticketId": ticket, "urgency": "URGENT" });
    for (name, input) in [("claimTicket", json!({ "ticketId": ticket })), ("setPriority", urgent)] {
        let payload = edge.mutate_as("ada", name, "ticket { status } error { code }", input).await;
        assert!(payload["error"].is_null(), "{name}: {payload}");
    }

    let all = edge.trail(json!({ "ticket": ticket })).await;
    let types: Vec<_> = all.iter().map(|entry| entry["eventType"].as_str().unwrap()).collect();
    assert_eq!(types, ["PrioritySet", "TicketClaimed", "TicketReceived", "MessageReceived"]);
    let set = &all[0];
    assert_eq!(set["sentence"], "The urgency was set to urgent: it counts as priority 1.");
    assert_eq!((&set["actor"], &set["subjectKind"]), (&json!("agent:ada"), &json!("ticket")));
    assert!(set["cause"]["command"].is_string() && set["cause"]["correlationId"].is_string());
    let raised = json!({ "path": "/priority", "old": 3, "new": 1, "personal": false });
    assert!(set["changes"].as_array().unwrap().contains(&raised), "{set}");
    let received = all[2]["changes"].as_array().unwrap();
    let address = received.iter().find(|change| change["path"] == "/customerEmail").unwrap();
    assert!(address["personal"] == true && address["new"].is_null(), "withheld: {address}");
    assert_eq!(set["data"], json!({ "urgency": "urgent" }));
    let data = &all[2]["data"];
    assert!(data["conversation_id"].is_string(), "{data}");
    assert!(!data.to_string().contains("@customer.example"), "withheld: {data}");

    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = json!({ "filter": { "ticket": ticket }, "order": "OLDEST_FIRST", "first": 3,
            "after": after });
        let data = edge.data(TRAIL, page).await;
        let edges = data["auditTrail"]["edges"].as_array().unwrap().clone();
        seen.extend(edges.iter().map(|edge| edge["node"]["eventId"].clone()));
        after = data["auditTrail"]["pageInfo"]["endCursor"].clone();
        if data["auditTrail"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let mut ids: Vec<_> = all.iter().map(|entry| entry["eventId"].clone()).collect();
    ids.reverse();
    assert_eq!(seen, ids, "pages without seam, the oldest first");

    let by_ada = edge.trail(json!({ "actor": "agent:ada" })).await;
    assert_eq!(by_ada.len(), 2);
    let policies = edge.trail(json!({ "policies": true })).await;
    let tenants: Vec<_> = policies.iter().map(|entry| entry["tenant"].clone()).collect();
    assert_eq!(tenants, ["ozean-licht", "protocol-raw"]);
    let until = json!({ "tenant": "ozean-licht", "until": all[3]["time"] });
    let early = edge.trail(until).await;
    assert!(early.iter().all(|entry| entry["subjectKind"] == "policy"), "{early:?}");

    let code = |fault: Value| fault["code"].as_str().unwrap().to_owned();
    for (filter, expected) in [
        (json!({ "ticket": ticket, "tenant": "ozean-licht" }), "NOT_FOUND"),
        (json!({ "ticket": "0195c1a0-0000-7000-8000-000000000001" }), "NOT_FOUND"),
        (json!({ "tenant": "nobody" }), "NOT_FOUND"),
        (json!({ "ticket": "x" }), "INVALID"),
        (json!({ "ticket": ticket, "policies": true }), "INVALID"),
        (json!({ "eventTypes": ["TicketResolvd"] }), "INVALID"),
        (json!({ "actor": "ada" }), "INVALID"),
    ] {
        let fault = edge.fault(TRAIL, json!({ "filter": filter })).await;
        assert_eq!(code(fault), expected, "{filter}");
    }
    let cursor = edge.fault(TRAIL, json!({ "first": 1, "after": "YXVkaXQ6MTo3" })).await;
    assert_eq!(code(cursor), "INVALID");
}

async fn a_ticket_is_explained_and_replayed(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, sick("a")).await.json();
    let id = json!({ "id": receipt["ticket_id"] });
    let why = "query($id: ID!) { why(ticket: $id) { status statusRule statusWords \
        statusSetBy { eventType version sentence actor } priority \
        rules { rule words priority matches decides compared { name value } \
            because { eventType position } } \
        gates { code reason policyVersion rules matches { words place } firedBy { eventType } } } }";
    let data = edge.data(why, id.clone()).await;
    let why = &data["why"];
    assert_eq!((&why["status"], &why["statusRule"]), (&json!("ESCALATED"), &json!("GATED")));
    assert_eq!(why["statusWords"], "A ticket on which a gate fired is escalated.");
    assert_eq!(why["statusSetBy"]["eventType"], "TicketGated");
    assert_eq!(why["priority"], 1);
    let rules = why["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 5);
    let decides = rules.iter().find(|rule| rule["decides"] == true).unwrap();
    assert_eq!(decides["rule"], "ESCALATED");
    assert_eq!(decides["compared"][0]["value"], "health_vomiting");
    assert_eq!(decides["because"][0]["eventType"], "TicketGated");
    assert_eq!(why["gates"][0]["code"], "health_vomiting");
    let lines = why["gates"][0]["rules"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["any"].to_string().contains("vomit")), "{lines:?}");
    let words = why["gates"][0]["matches"][0]["words"].as_str().unwrap();
    assert!(words.to_lowercase().contains("vomiting"), "{words}");

    let replay = "query($id: ID!) { replay(ticket: $id) { version position time actor eventType \
        sentence policyVersion data changes { path old new } state } }";
    let steps = edge.data(replay, id).await["replay"].as_array().unwrap().clone();
    let types: Vec<_> = steps.iter().map(|step| step["eventType"].as_str().unwrap()).collect();
    assert_eq!(types, ["TicketReceived", "TicketGated"]);
    assert_eq!(steps[1]["state"]["status"], "escalated");
    assert!(steps[1]["data"]["policy_version"].is_string(), "{}", steps[1]);
    let status = json!({ "path": "/status", "old": "new", "new": "escalated" });
    assert!(steps[1]["changes"].as_array().unwrap().contains(&status), "{}", steps[1]);

    for field in ["why(ticket: $id) { status }", "replay(ticket: $id) { version }"] {
        let query = format!("query($id: ID!) {{ {field} }}");
        let unknown = json!({ "id": "0195c1a0-0000-7000-8000-000000000001" });
        assert_eq!(edge.fault(&query, unknown).await["code"], "NOT_FOUND");
    }
}

async fn the_trail_is_exported(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let ticket = edge.ticket("a").await;
    edge.mail(HELLO, sick("b")).await;
    let before = edge.app.store().log().last_position().await.unwrap();
    let headers = [("x-casebook-agent", "agent:ada")];
    let lines = edge.call(Method::GET, "/audit.jsonl", &headers, Body::empty()).await;
    assert_eq!((lines.status, lines.header("content-type")), (200, "application/x-ndjson"));
    let text = String::from_utf8(lines.body).unwrap();
    let entries: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len() as u64, before, "all that had happened");
    assert!(entries.iter().zip(1..).all(|(entry, n)| entry["position"] == n));
    assert!(!text.contains("@customer.example"), "no personal value");
    let looks = edge.looks().await;
    assert_eq!(looks.len(), 2, "recorded for each tenant that it shows");
    assert_eq!(looks[0]["actor"], "agent:ada");
    assert_eq!(looks[0]["sentence"], "Personal data was exported: the export audit.");

    let path = format!("/audit.csv?ticket={ticket}&event=TicketReceived");
    let csv = edge.get(&path).await;
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let csv = String::from_utf8(csv.body).unwrap();
    let lines: Vec<_> = csv.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(lines[0].starts_with("\"position\"") && lines[1].contains("TicketReceived"));

    for (path, status, code) in [
        ("/audit.jsonl?ticket=x", 400, "INVALID"),
        ("/audit.jsonl?event=Resolved", 400, "INVALID"),
        ("/audit.csv?colour=red", 400, "INVALID"),
        ("/audit.jsonl?tenant=nobody", 404, "NOT_FOUND"),
        ("/audit.csv?contact=0195c1a0-0000-7000-8000-000000000001", 404, "NOT_FOUND"),
    ] {
        let reply = edge.get(path).await;
        assert_eq!((reply.status, reply.refusal().1.as_str()), (status, code), "{path}");
    }
}
