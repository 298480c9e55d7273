//! A log as it was lived, copied with fields that do not follow from anything.

use std::collections::BTreeMap;

use casebook_app::{Received, Rule};
use casebook_domain::ids::DecisionId;
use casebook_domain::ticket::{ReplyDrafted, TicketEvent, TicketGated};
use casebook_store::log::{Append, NewEvent, Write};
use casebook_store::{Expected, StoredEvent};
use casebook_tests::desk::{Desk, TENANT};
use casebook_tests::ids;
use serde_json::{Value, json};

use crate::history::Lived;

/// One field of one event, changed after the fact.
pub struct Forgery {
    pub name: &'static str,
    pub event_type: &'static str,
    pointer: &'static str,
    value: Value,
    pub found: Vec<(Rule, &'static str)>,
}

fn forgery(
    (name, event_type): (&'static str, &'static str),
    pointer: &'static str,
    value: Value,
    found: &[(Rule, &'static str)],
) -> Forgery {
    Forgery { name, event_type, pointer, value, found: found.to_vec() }
}

/// What is changed, and what is to be found by it; each in another ticket or conversation, so that
/// nothing follows from two of them.
pub fn forgeries() -> Vec<Forgery> {
    vec![
        forgery(
            ("html", "MessageReceived"),
            "/content_digest",
            json!("00"),
            &[(Rule::Parsing, "/content_digest")],
        ),
        forgery(("list", "MailSetAside"), "/reason", json!("bounce"), &[(Rule::Intake, "/reason")]),
        forgery(
            ("gated", "TicketGated"),
            "/code",
            json!("legal_threat"),
            &[(Rule::Gates, "/code")],
        ),
        forgery(
            ("nameless gated", "TicketReceived"),
            "/check/outcome/fired",
            json!([]),
            &[(Rule::Gates, "/check/outcome/fired/0")],
        ),
        forgery(
            ("away gated", "TicketReceived"),
            "/check/facts/at",
            json!("2026-04-08T09:30:01Z"),
            &[(Rule::Facts, "/check/facts/at")],
        ),
        forgery(
            ("older", "TicketReceived"),
            "/customer_email/$p",
            json!("x@example.org"),
            &[(Rule::Intake, "/customer_email/$p")],
        ),
        forgery(
            ("quoted", "TicketClassified"),
            "/answer/confidence",
            json!(50),
            &[(Rule::Answer, "/answer/confidence")],
        ),
        forgery(
            ("escalates", "TicketClassified"),
            "/subject/$p",
            json!("Another"),
            &[(Rule::Subject, "/subject/$p")],
        ),
        forgery(
            ("signed", "TicketClassified"),
            "/run/user_sha256",
            json!("0".repeat(64)),
            &[(Rule::Prompt, "/run/user_sha256")],
        ),
        forgery(
            ("long", "TicketClassified"),
            "/policy_version",
            json!("1".repeat(64)),
            &[(Rule::Answer, "/policy_version")],
        ),
        forgery(
            ("known", "TicketClassified"),
            "/run/raw_sha256",
            json!("2".repeat(64)),
            &[(Rule::Answer, "/run/raw_sha256")],
        ),
        forgery(
            ("topic", "ReplyDrafted"),
            "/text/$p",
            json!("Another draft."),
            &[(Rule::Draft, "/text/$p")],
        ),
        forgery(
            ("blank", "ReplyApproved"),
            "/comparison/usage",
            json!("minor_edits"),
            &[(Rule::DraftUsage, "/comparison/usage")],
        ),
        forgery(
            ("blank", "ReplyApproved"),
            "/persona",
            json!("Nobody"),
            &[(Rule::SignOff, "/persona")],
        ),
        forgery(
            ("blank", "ReplyApproved"),
            "/subject/$p",
            json!("Another"),
            &[(Rule::Subject, "/subject/$p")],
        ),
        forgery(("many", "ReplyDrafted"), "", Value::Null, &[(Rule::Draft, "")]),
    ]
}

/// Whether an event belongs to a mail of the history.
fn is_about(event: &StoredEvent, received: &Received) -> bool {
    let id = &event.stream.id;
    match event.stream.kind.as_str() {
        "ticket" => received.ticket_id.is_some_and(|ticket| *id == ticket.to_string()),
        "conversation" => *id == received.conversation_id.to_string(),
        _ => false,
    }
}

/// The payload with what was changed in it; `None` when the event is left out.
pub fn forged(event: &StoredEvent, lived: &Lived, forgeries: &[Forgery]) -> Option<String> {
    let mut payload: Value = serde_json::from_str(&event.payload).expect("JSON");
    let mut is_forged = false;
    for forgery in forgeries {
        if forgery.event_type != event.event_type || !is_about(event, &lived[forgery.name]) {
            continue;
        }
        if forgery.pointer.is_empty() {
            return None;
        }
        let pointer = format!("/{}{}", event.event_type, forgery.pointer);
        *payload.pointer_mut(&pointer).expect(forgery.pointer) = forgery.value.clone();
        is_forged = true;
    }
    // What nobody forged keeps its bytes.
    Some(if is_forged { payload.to_string() } else { event.payload.clone() })
}

/// Copies a log to another desk that has its first event already, with what was forged.
pub async fn copy(donor: &Desk, desk: &Desk, forge: impl Fn(&StoredEvent) -> Option<String>) {
    let log = donor.log().await;
    for command in log[1..].chunk_by(|a, b| a.command_id == b.command_id) {
        let metadata: BTreeMap<String, String> =
            serde_json::from_str(&command[0].metadata).expect("metadata");
        let told = ["actor", "command", "correlation_id", "policy_version"];
        let metadata = metadata.into_iter().filter(|(name, _)| told.contains(&name.as_str()));
        let mut writes: Vec<Write> = Vec::new();
        for event in command {
            let Some(payload) = forge(event) else { continue };
            let new = NewEvent {
                event_id: ids::fresh(),
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                payload,
            };
            match writes.iter_mut().find(|write| write.stream == event.stream) {
                Some(write) => write.events.push(new),
                None => writes.push(Write {
                    stream: event.stream.clone(),
                    expected: Expected::Any,
                    events: vec![new],
                }),
            }
        }
        let append = Append {
            tenant: command[0].tenant.clone(),
            command_id: command[0].command_id,
            fingerprint: String::new(),
            keys: Vec::new(),
            blobs: Vec::new(),
            writes,
            metadata: metadata.collect(),
            outcome: None,
        };
        desk.app.store().log().append(append).await.expect("appended");
    }
    for sha256 in log.iter().flat_map(|event| hashes(&event.payload)) {
        if let Ok(bytes) = donor.app.blob(TENANT, &sha256).await {
            desk.app.blobs().put(TENANT, bytes).await.expect("kept");
        }
    }
}

/// Everything in a payload that may be the hash of a blob.
fn hashes(payload: &str) -> Vec<String> {
    let is_hash = |part: &&str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
    payload.split('"').filter(is_hash).map(str::to_owned).collect()
}

pub fn orphan_gate(lived: &Lived) -> TicketEvent {
    let message_id = lived["plain"].message_id;
    TicketEvent::TicketGated(TicketGated {
        decision_id: DecisionId::by_gates(message_id),
        message_id,
        policy_version: String::new(),
        code: "legal_threat".to_owned(),
        codes: vec!["legal_threat".to_owned()],
        reason: "Legal threat mentioned".to_owned(),
        execution_duration_ms: 1,
        dedupe_key: None,
        subject: None,
    })
}

pub fn orphan_draft(lived: &Lived) -> TicketEvent {
    let message_id = lived["plain"].message_id;
    let decision_id = DecisionId::by_model(message_id);
    TicketEvent::ReplyDrafted(ReplyDrafted { decision_id, message_id, text: "Yes.".into() })
}
