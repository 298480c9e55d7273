//! Messages that another program hands in: the answer of triage.

use std::collections::BTreeSet;

use bytes::Bytes;
use casebook_app::{AppError, Received, ReceivedAs, TriageAnswer, TriageRequest};
use casebook_domain::channel::Channel;
use casebook_domain::ticket::TicketEvent;
use casebook_tests::desk::{Desk, operator};
use casebook_tests::letters::{CUSTOMER, mail};
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};
use tokio::task::JoinSet;

both_databases!(
    gated_answer_has_eleven_fields,
    undecided_answer_has_the_same_fields,
    same_dedupe_key_gets_the_same_answer,
    concurrent_repeats_get_one_answer,
    mail_and_triage_of_one_message_are_one,
    conversations_join_by_their_name,
    transcripts_are_part_of_the_text,
    wrong_fields_are_named,
    nul_characters_are_replaced_everywhere,
);

fn request(fields: Value) -> TriageRequest {
    let mut all = json!({
        "tenant": "protocol-raw",
        "customer_email": CUSTOMER,
        "customer_name": "Ann Weaver",
        "subject": "Sick dog",
        "body": "My dog vomited twice after dinner.",
    });
    let fields = fields.as_object().expect("fields").clone();
    all.as_object_mut().expect("fields").extend(fields);
    serde_json::from_value(all).expect("a request")
}

async fn ask(desk: &Desk, fields: Value) -> Result<(TriageAnswer, Received), AppError> {
    let raw = Bytes::from(fields.to_string());
    desk.app.receive_triage(&operator(), request(fields), raw).await
}

async fn answer(desk: &Desk, fields: Value) -> (TriageAnswer, Received) {
    ask(desk, fields).await.expect("an answer")
}

async fn gated_answer_has_eleven_fields(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (answer, received) = answer(&desk, json!({ "dedupe_key": "k1" })).await;
    let value = serde_json::to_value(&answer).expect("JSON");
    let ticket = received.ticket_id.expect("a ticket").to_string();
    let events = desk.ticket(received.ticket_id).await;
    let Some(TicketEvent::TicketGated(gated)) = events.last() else { panic!("gated") };
    assert_eq!(
        value,
        json!({
            "ticket_id": ticket,
            "decision_id": gated.decision_id.to_string(),
            "category": "escalation",
            "confidence": 0.0,
            "draft_response": "",
            "escalate": true,
            "escalation_reason": gated.reason,
            "policy_gate_triggered": true,
            "policy_gate_code": "health_vomiting",
            "suggested_subject": null,
            "customer_name": "Ann Weaver",
        })
    );
    assert_eq!(gated.dedupe_key.as_ref().expect("a key").text(), "k1");
    let message = desk.message(&received).await;
    assert_eq!(message.receipt.transport, "http_triage");
    let raw = desk.app.blob("protocol-raw", &message.receipt.sha256).await.expect("the request");
    assert_eq!(raw, Bytes::from(json!({ "dedupe_key": "k1" }).to_string()));
}

async fn undecided_answer_has_the_same_fields(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (answer, received) =
        answer(&desk, json!({ "body": "Which days do you deliver?" , "subject": null })).await;
    let value = serde_json::to_value(&answer).expect("JSON");
    let names: BTreeSet<&str> =
        value.as_object().expect("fields").keys().map(String::as_str).collect();
    assert_eq!(
        names,
        BTreeSet::from([
            "ticket_id",
            "decision_id",
            "category",
            "confidence",
            "draft_response",
            "escalate",
            "escalation_reason",
            "policy_gate_triggered",
            "policy_gate_code",
            "suggested_subject",
            "customer_name",
        ])
    );
    assert_eq!(answer.ticket_id, received.ticket_id);
    assert!(!answer.is_decided() && !answer.escalate && !answer.policy_gate_triggered);
    assert_eq!(answer.confidence, None);
}

async fn same_dedupe_key_gets_the_same_answer(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (first, _) = answer(&desk, json!({ "dedupe_key": "k1" })).await;
    let length = desk.length().await;
    let (again, received) = answer(&desk, json!({ "dedupe_key": "k1" })).await;
    assert_eq!((&again, received.outcome), (&first, ReceivedAs::Duplicate));
    let (other, _) = answer(&desk, json!({ "dedupe_key": "k1", "body": "Other words." })).await;
    assert_eq!(other, first, "the key alone tells a repeat");
    assert_eq!(desk.length().await, length);
    let desk = desk.restart().await;
    assert_eq!(answer(&desk, json!({ "dedupe_key": "k1" })).await.0, first);
    assert_eq!(desk.length().await, length);
    let (next, _) = answer(&desk, json!({ "dedupe_key": "k2" })).await;
    assert_ne!(next.decision_id, first.decision_id);
}

async fn concurrent_repeats_get_one_answer(database: TestDatabase) {
    let desk = Desk::open(database).await;
    for round in 0..5 {
        let mut set = JoinSet::new();
        for task in 0..12 {
            let app = desk.app.clone();
            // Half of them say it in other words; the key decides.
            let body = format!("My dog vomited. {}", if task % 2 == 0 { "Twice." } else { "" });
            let fields = json!({ "dedupe_key": format!("k{round}"), "body": body });
            set.spawn(async move {
                let raw = Bytes::from(fields.to_string());
                app.receive_triage(&operator(), request(fields), raw).await.expect("an answer")
            });
        }
        let answers = set.join_all().await;
        let firsts = answers.iter().filter(|(_, one)| one.outcome == ReceivedAs::Message).count();
        assert_eq!(firsts, 1);
        assert!(answers.iter().all(|(answer, _)| *answer == answers[0].0), "{answers:?}");
    }
}

async fn mail_and_triage_of_one_message_are_one(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let by_mail = desk.receive(&mail("a").text("My dog vomited.\r\n")).await;
    let id = json!({ "email_message_id": "<a@example.net>", "dedupe_key": "a@example.net" });
    let (answer, received) = answer(&desk, id).await;
    assert_eq!(received.outcome, ReceivedAs::Duplicate);
    assert_eq!(answer.ticket_id, by_mail.ticket_id);
    assert_eq!(answer.policy_gate_code.as_deref(), Some("health_vomiting"));
    let reply = desk.receive(&mail("b").answers("a")).await;
    assert_eq!(reply.ticket_id, by_mail.ticket_id);
}

async fn conversations_join_by_their_name(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let chat = |key: &str| {
        json!({ "conversation": "chat-7", "dedupe_key": key, "channel": "web_widget",
                "body": "Hello?", "subject": null })
    };
    let (_, first) = answer(&desk, chat("1")).await;
    let (_, second) = answer(&desk, chat("2")).await;
    assert_eq!(second.conversation_id, first.conversation_id);
    assert_eq!((second.ticket_id, second.inbox.as_str()), (first.ticket_id, "chat"));
    let events = desk.ticket(first.ticket_id).await;
    let TicketEvent::TicketReceived(ticket) = &events[0] else { panic!("a ticket") };
    assert_eq!(ticket.channel, Channel::WebWidget);
    let other = json!({ "conversation": "chat-8", "channel": "web_widget", "body": "Hello?" });
    assert_ne!(answer(&desk, other).await.1.conversation_id, first.conversation_id);
}

async fn transcripts_are_part_of_the_text(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let turns = json!([
        { "role": "visitor", "text": "Is my delivery coming?" },
        { "role": "bot", "text": "A colleague takes over." },
    ]);
    let fields = json!({ "body": "Please call me.", "channel": "web_widget", "transcript": turns });
    let (_, received) = answer(&desk, fields).await;
    let message = desk.message(&received).await;
    assert_eq!(message.new_words(), "Please call me.");
    let text = message.text.beginning();
    assert!(text.starts_with("Please call me."), "{text}");
    assert!(text.contains("visitor: Is my delivery coming?\nbot: A colleague takes over."));
    let as_text = json!({ "body": "", "subject": null, "transcript": "visitor: hello" });
    let (_, alone) = answer(&desk, as_text).await;
    assert!(alone.ticket_id.is_some(), "a transcript alone is work");
}

async fn wrong_fields_are_named(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let length = desk.length().await;
    let long = "x".repeat(2000);
    for (fields, field) in [
        (json!({ "customer_email": "nobody" }), "customer_email"),
        (json!({ "customer_email": "" }), "customer_email"),
        (json!({ "body": " ", "subject": " " }), "body"),
        (json!({ "dedupe_key": " " }), "dedupe_key"),
        (json!({ "dedupe_key": long }), "dedupe_key"),
        (json!({ "email_message_id": long }), "email_message_id"),
        (json!({ "conversation": "" }), "conversation"),
        (json!({ "customer_name": "n".repeat(5000) }), "customer_name"),
    ] {
        match ask(&desk, fields).await {
            Err(AppError::Invalid { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    for fields in [json!({ "tenant": "nobody" }), json!({ "inbox": "nothing" })] {
        assert_eq!(ask(&desk, fields).await.expect_err("unknown").code(), "NOT_FOUND");
    }
    assert_eq!(desk.length().await, length);
    let unknown = json!({ "customer_email": CUSTOMER, "body": "x", "bodi": "y" });
    let error = serde_json::from_value::<TriageRequest>(unknown).expect_err("unknown");
    assert!(error.to_string().contains("bodi"), "{error}");
}

async fn nul_characters_are_replaced_everywhere(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let fields = json!({
        "customer_name": "An\u{0}n", "subject": "Si\u{0}ck", "body": "My dog vom\u{0}ited. vomited",
        "email_message_id": "i\u{0}d@example.net", "dedupe_key": "k\u{0}1",
        "conversation": "c\u{0}", "transcript": "t\u{0}",
    });
    let (first, received) = answer(&desk, fields.clone()).await;
    assert_eq!(answer(&desk, fields).await.0, first);
    assert_eq!(first.customer_name.as_deref(), Some("An\u{fffd}n"));
    for event in desk.log().await {
        assert!(!event.payload.contains("\\u0000"), "{} holds a NUL", event.event_type);
    }
    assert!(received.ticket_id.is_some());
}
