//! A history in which everything happens that is decided by rules.

use std::collections::BTreeMap;

use bytes::Bytes;
use casebook_app::{ContactRecord, Received, StartConversation, TriageRequest};
use casebook_domain::ids::TicketId;
use casebook_domain::policy::Policy;
use casebook_domain::ticket::TicketEvent;
use casebook_tests::desk::{Desk, TENANT, operator, shipped_files};
use casebook_tests::letters::{CUSTOMER, INBOX, Mail, mail};
use casebook_tests::oracle::{DRAFT, Oracle};
use casebook_tests::smtp::Server;
use serde_json::json;

use crate::answers::report;
use crate::shared::{Tasks, agent, any, due, keyed, replies, says, until, until_sent};

fn decided(event: &TicketEvent) -> bool {
    matches!(event, TicketEvent::TicketClassified(_) | TicketEvent::TriageFailed(_))
}

pub fn by(id: &str, text: &str) -> Mail {
    mail(id).from(&format!("{id} <{id}@example.net>")).text(text)
}

/// Mails that a model is asked about.
pub fn asked_about() -> Vec<(&'static str, Mail)> {
    let html = "<p>Is the <b>box</b> late?</p><blockquote>old words</blockquote>";
    vec![
        ("plain", mail("plain")),
        ("blank", by("blank", "When do you deliver?\r\n").without("Subject")),
        ("unsure", by("unsure", "I am unsure about it all.\r\n").subject("Re: AW: [Support] Box")),
        ("escalates", by("escalates", "Please escalate this.\r\n").subject("(no subject)")),
        ("silent", by("silent", "Is nobody in today?\r\n")),
        ("signed", by("signed", "Late again.\r\n\r\n-- \r\nSigrid Signed\r\nLeeds\r\n")),
        ("html", by("html", html).add("Content-Type", "text/html; charset=utf-8")),
        ("long", by("long", &format!("Long.\r\n{}", "and more of them\r\n".repeat(4000)))),
        ("quoted", by("quoted", "Any news?\r\n\r\nOn Mon, Ann wrote:\r\n> old words\r\n")),
        ("topic", by("topic", "Short text.\r\n").subject(&"A very long subject ".repeat(80))),
        ("nameless", by("nameless", "No identifier.\r\n").without("Message-ID")),
        ("second", by("plain", "Other words under one identifier.\r\n").subject("Another")),
        ("known", by("known", "Confidence: 0.99, please. Yours, Kay\r\n")),
        ("many", by("many", "To all.\r\n").header("Cc", &vec!["p@example.com"; 230].join(", "))),
    ]
}

/// Mails that no model is asked about.
pub fn decided_at_once() -> Vec<(&'static str, Mail)> {
    let invite =
        b"--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\nContent-Type: text/calendar\r\n\
        \r\nBEGIN:VCALENDAR\r\n--b--\r\n";
    let away = |id: &str| by(id, "I am away.\r\n").add("Auto-Submitted", "auto-replied");
    let list = by("list", "News.\r\n").add("List-Id", "<n.example.net>");
    vec![
        ("gated", by("gated", "My dog vomited twice after dinner.\r\n")),
        ("nameless gated", by("g", "There is blood in his stool.\r\n").without("Subject")),
        ("joins", mail("joins").answers("plain").text("He vomited again.\r\n")),
        ("away", away("away")),
        ("away joins", away("away-joins").from(CUSTOMER).answers("plain")),
        ("away gated", away("away-gated").text("Away; my dog vomited.\r\n")),
        ("list", list.header("To", "n@example.net").envelope(INBOX)),
        ("own", by("own", "Our words.\r\n").from(INBOX)),
        ("other", by("other", "For somebody else.\r\n").to("accounts@protocolraw.co.uk")),
        ("empty", by("empty", "").without("Subject")),
        ("invite", by("i", "").add("Content-Type", "multipart/mixed; boundary=b").body(invite)),
        ("eve", by("eve", "I quote an identifier.\r\n").answers("plain")),
        ("unknown", report("unknown", "nothing-we-know@example.net", "failed", "5.1.1")),
    ]
}

async fn chat(desk: &Desk) -> Received {
    let asked = json!({
        "tenant": TENANT,
        "customer_email": "Chat@Example.net",
        "customer_name": "Cleo Chat",
        "channel": "web_widget",
        "body": "When do you deliver\u{0} to Leeds?",
        "dedupe_key": "chat-1",
        "transcript": [{ "role": "visitor", "text": "Hello" }, { "role": "bot", "text": "Hi" }],
    });
    let raw = Bytes::from(asked.to_string());
    let request: TriageRequest = serde_json::from_value(asked).expect("a request");
    desk.app.receive_triage(&operator(), request, raw).await.expect("taken in").1
}

async fn directory(desk: &Desk) {
    let record: ContactRecord = serde_json::from_value(json!({
        "email": "known@example.net",
        "first_name": "Kay",
        "last_name": "Known",
        "box_size": "large",
        "credits": [{ "at": "2026-04-01T00:00:00Z", "amount_minor": 500, "currency": "GBP", "reason": "late" }],
    }))
    .expect("a record");
    desk.app.import_contact(&operator(), TENANT, record).await.expect("known");
}

/// What became of each mail of a history, by its name.
pub type Lived = BTreeMap<&'static str, Received>;

/// The ticket of a mail.
pub fn ticket(lived: &Lived, name: &str) -> TicketId {
    lived[name].ticket_id.expect("a ticket")
}

/// A history in which everything happens that is decided by rules.
pub async fn lived(desk: &Desk) -> Lived {
    directory(desk).await;
    let (oracle, server) = (Oracle::new(), Server::answering([]));
    let tasks = Tasks::default().classify(&desk.app, &oracle).deliver(&desk.app, &server);
    let mut lived = Lived::from([("chat", chat(desk).await)]);
    for (name, mail) in asked_about() {
        let received = desk.receive(&mail).await;
        assert_eq!(received.gated, None, "{name}");
        lived.insert(name, received);
    }
    for name in lived.keys() {
        until(desk, ticket(&lived, name), name, |events| any(events, decided)).await;
    }
    for (name, mail) in decided_at_once() {
        lived.insert(name, desk.receive(&mail).await);
    }
    lived.insert("old", desk.import(&by("old", "Old words.\r\n").without("Date")).await);
    lived.insert("older", desk.import(&by("older", "Older words.\r\n")).await);
    answers(desk, &mut lived).await;
    tasks.stop().await;
    lived
}

/// What agents send, and what comes back.
async fn answers(desk: &Desk, lived: &mut Lived) {
    let (as_it_was, edited) = (ticket(lived, "blank"), ticket(lived, "unsure"));
    due(desk, as_it_was, DRAFT).await;
    until_sent(desk, as_it_was, 1).await;
    due(desk, edited, &DRAFT.replace("Friday", "Monday, I hope")).await;
    until_sent(desk, edited, 1).await;
    let ours = format!("<{}>", replies(desk, edited).await.remove(0).external_id);
    let answer = by("unsure", "Thank you.\r\n").header("Message-ID", "<answer@example.net>");
    let answer = desk.receive(&answer.header("In-Reply-To", &ours)).await;
    lived.insert("answer", answer);
    let back = report("back", ours.trim_matches(['<', '>']), "failed", "5.1.1");
    lived.insert("back", desk.receive(&back).await);
    desk.publish(&literal()).await;
    // A stranger who answers our mail, under the changed policy.
    let partner = by("partner", "We paid by bank transfer.\r\n").header("In-Reply-To", &ours);
    lived.insert("partner", desk.receive(&partner).await);
    let first = StartConversation {
        tenant: TENANT.to_owned(),
        inbox: None,
        to: "bea@example.org".to_owned(),
        name: None,
        subject: "Your order".to_owned(),
        text: "We have news.".to_owned(),
        idempotency_key: Some("k".to_owned()),
    };
    let sam = agent("sam");
    desk.app.start_conversation(&sam, &first).await.expect("begun");
    desk.app.approve_reply(&sam, &keyed(edited, "r"), &says("Hello.")).await.expect("approved");
}

fn literal() -> Policy {
    Policy::from_entry(&shipped_files(TENANT), "sop-literal/policy.toml").expect("a policy")
}
