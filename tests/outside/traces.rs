//! Traces: one tells a mail's whole story, holds nothing personal, and holds nobody up.

use std::collections::BTreeSet;
use std::fs::File;

use casebook_outbound::catcher::{CatcherSettings, SmtpCatcher};
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases, sqlite_only, tenants, wait};
use serde_json::json;
use uuid::Uuid;

use crate::collector::{Collector, Seen, first_span};
use crate::house::{House, SECRET, Server};
use crate::webhooks::{Receiver, subscribe};

both_databases!(one_trace_tells_a_mails_whole_story);
sqlite_only!(a_collector_that_never_answers_holds_nobody_up, a_collector_that_is_away_is_said_once,);

const CALLER: &str = "0af7651916cd43dd8448eb211c80319c";
/// Words of the mail and of its answer that must not be in any span.
const PERSONAL: [&str; 7] =
    ["ann@", "Weaver", "example.net", "Thornfield", "blancmange", "Quillfeather", "hello@"];

/// A house that tells its traces to the collector.
fn told(database: TestDatabase, url: &str) -> House {
    House::new(database)
        .set("CASEBOOK_TELEMETRY__OTLP_ENDPOINT", url)
        .set("CASEBOOK_TELEMETRY__BATCH_MS_MAX", "20")
}

/// The spans of one trace.
struct Trace(Vec<Seen>);

impl Trace {
    /// The one span of this name.
    #[track_caller]
    fn one(&self, name: &str) -> &Seen {
        let found: Vec<&Seen> = self.0.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} in {:?}", self.names());
        found[0]
    }

    /// The append of a command.
    #[track_caller]
    fn append(&self, command: &str) -> &Seen {
        let is = |span: &&Seen| {
            span.name == "append events" && span.attributes["casebook.command"] == command
        };
        self.0.iter().find(is).unwrap_or_else(|| panic!("{command} in {:?}", self.names()))
    }

    /// Names of the spans below one.
    fn below(&self, parent: &Seen) -> Vec<&str> {
        let below = self.0.iter().filter(|span| span.parent == parent.id);
        below.map(|span| span.name.as_str()).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|span| span.name.as_str()).collect()
    }
}

/// Waits until the read model shows the ticket with a status.
async fn until_status(server: &Server, ticket: &str, status: &str) {
    let query = "query($id: ID!) { ticket(id: $id) { status } }";
    let body = json!({ "query": query, "variables": { "id": ticket } }).to_string();
    wait::until(status, || async {
        let headers = [("content-type", "application/json")];
        let (_, answer) = server.post("/graphql", &headers, body.clone()).await.expect("an answer");
        (answer["data"]["ticket"]["status"] == status).then_some(())
    })
    .await;
}

/// Hands a mail full of personal words in, lets an agent answer it, and waits until it is out.
async fn a_mails_life(server: &Server, catcher: &SmtpCatcher) -> Uuid {
    let letter = mail("a").subject("Order for Thornfield").text("Where is my blancmange?\r\n");
    let parent = format!("00-{CALLER}-b7ad6b7169203331-01");
    let headers = [
        ("x-internal-secret", SECRET),
        ("x-envelope-to", letter.envelope_to.as_str()),
        ("traceparent", parent.as_str()),
    ];
    let (status, receipt) =
        server.post("/intake/email", &headers, letter.raw()).await.expect("an answer");
    assert!(status.is_success(), "{receipt}");
    let ticket = receipt["ticket_id"].as_str().expect("a ticket").to_owned();
    until_status(server, &ticket, "PENDING").await;
    let approve = "mutation($id: ID!) { approveReply(input: { ticketId: $id, \
                   text: \"Dear Quillfeather, it is on its way.\" }) { error { code } } }";
    let approved = server.query(approve, json!({ "id": &ticket })).await;
    assert!(approved["approveReply"]["error"].is_null(), "{approved}");
    catcher.wait_for(1).await;
    until_status(server, &ticket, "RESOLVED").await;
    receipt["conversation_id"].as_str().expect("a conversation").parse().expect("a UUID")
}

async fn one_trace_tells_a_mails_whole_story(database: TestDatabase) {
    let (collector, tenants) = (Collector::start().await, tenants::without_undo_delay());
    let catcher = SmtpCatcher::start(CatcherSettings::default()).await.expect("a port");
    let receiver = Receiver::default();
    let url = receiver.start().await;
    let house = Receiver::known_to(told(database, &collector.url))
        .set("CASEBOOK_TENANTS__DIR", &tenants.path().to_string_lossy())
        .set("CASEBOOK_SMTP__HOST", "127.0.0.1")
        .set("CASEBOOK_SMTP__PORT", &catcher.address().port().to_string())
        .set("CASEBOOK_SMTP__TLS", "none");
    let server = house.serve().await;
    subscribe(&server, &url).await;
    let conversation = a_mails_life(&server, &catcher).await;
    receiver
        .until("what was received to be told", |all| {
            all.iter().any(|one| one.body.contains("casebook.ticket.received.v1"))
        })
        .await;
    // What waits for a batch leaves before the process ends.
    server.stop().await;

    // A rebuild folds everything again and tells nothing of it.
    house.run(&["rebuild", "tickets"]).await.success();
    let all = collector.spans();
    let mut folds = BTreeSet::new();
    for span in all.iter().filter(|span| span.name.starts_with("fold ")) {
        assert!(folds.insert((&span.name, &span.parent)), "{span:?}");
    }
    for word in PERSONAL {
        let found = all.iter().find(|span| span.text.contains(word));
        assert!(found.is_none(), "{word} in {found:?}");
    }
    assert!(collector.services().iter().all(|name| name == "casebook"));
    let trace = conversation.simple().to_string();
    let trace = Trace(all.into_iter().filter(|span| span.trace == trace).collect());

    let intake = trace.one("POST /intake/email");
    assert_eq!((intake.parent.as_str(), &intake.id), ("", &first_span(&conversation)));
    assert_eq!(intake.linked, [CALLER]);
    assert_eq!(intake.attributes["http.request.method"], "POST");
    let receive = trace.one("receive message");
    assert_eq!(receive.parent, intake.id);
    for step in ["parse mail", "decide"] {
        assert_eq!(trace.one(step).parent, receive.id);
    }
    let received = trace.append("ReceiveMessage");
    assert_eq!(received.parent, receive.id);
    assert!(received.attributes["casebook.event.types"].contains("TicketReceived"));

    let told =
        trace.0.iter().find(|span| span.name == "send webhook" && span.parent == received.id);
    let told = told.expect("an event that was sent");
    assert_eq!(told.attributes["http.response.status_code"], "200");
    assert!(!told.has_failed);

    let triage = trace.one("triage");
    assert_eq!(triage.parent, received.id);
    let asked = trace.0.iter().find(|span| span.name.starts_with("chat ")).expect("a question");
    assert_eq!(asked.parent, triage.id);
    assert_eq!(asked.attributes["gen_ai.operation.name"], "chat");
    assert!(asked.attributes.contains_key("gen_ai.response.model"));
    let classified = trace.append("ClassifyMessage");
    assert_eq!(classified.parent, triage.id);

    let command = trace.one("ApproveReply");
    let request = trace.0.iter().find(|span| span.id == command.parent).expect("a request");
    assert_eq!((request.name.as_str(), &request.parent), ("POST /graphql", &intake.id));
    let approved = trace.append("ApproveReply");
    assert_eq!(approved.parent, command.id);
    let delivery =
        trace.0.iter().find(|span| span.parent == approved.id && span.name == "reply-sender");
    let delivery = delivery.expect("a delivery");
    let sent = trace.one("send mail");
    assert_eq!((&sent.parent, sent.has_failed), (&delivery.id, false));
    assert_eq!(sent.attributes["messaging.system"], "smtp");
    for command in ["StartDelivery", "RecordDelivery"] {
        assert_eq!(trace.append(command).parent, delivery.id);
    }
    for append in [received, classified, approved, trace.append("RecordDelivery")] {
        assert!(trace.below(append).contains(&"fold tickets"), "{:?}", trace.below(append));
    }
}

async fn a_collector_that_never_answers_holds_nobody_up(database: TestDatabase) {
    let collector = Collector::silent().await;
    let house = told(database, &collector.url)
        .set("CASEBOOK_TELEMETRY__QUEUE_SPANS_MAX", "8")
        .set("CASEBOOK_TELEMETRY__BATCH_SPANS_MAX", "4")
        // Longer than any test may take: nobody may wait for it.
        .set("CASEBOOK_TELEMETRY__EXPORT_TIMEOUT_MS", "3600000")
        .set("CASEBOOK_TELEMETRY__FLUSH_MS_MAX", "100");
    let server = house.serve().await;
    server.mail(&mail("first")).await;
    wait::until("the collector to be asked", || async { (collector.requests() > 0).then_some(()) })
        .await;
    for n in 0..20 {
        server.mail(&mail(&format!("m{n}"))).await;
    }
    server.stop().await;
    assert_eq!(collector.requests(), 1);
}

async fn a_collector_that_is_away_is_said_once(database: TestDatabase) {
    let gone = Collector::start().await.url.clone();
    let house = told(database, &gone).set("CASEBOOK_TELEMETRY__BATCH_SPANS_MAX", "1");
    let log = house.folder().join("log");
    let mut command = house.command(&["serve"]);
    command.stderr(File::create(&log).expect("a file"));
    let server = Server::start(command).await;
    for n in 0..20 {
        server.mail(&mail(&format!("m{n}"))).await;
    }
    server.stop().await;
    let log = std::fs::read_to_string(&log).expect("the log");
    assert_eq!(log.matches("takes no spans").count(), 1, "{log}");
}
