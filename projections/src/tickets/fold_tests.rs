//! Given events, then a row of the queue.

use casebook_domain::conversation::SetAside;
use casebook_domain::event::Event;
use casebook_domain::ticket::{Priority, Status, Ticket, TicketEvent};
use cqrs_es::Aggregate;

use crate::Recorded;
use crate::testing::{History, Mail, mixed, row_of};
use crate::tickets::{GATED_CATEGORY, POLICY_GATE, Shelf, TicketRow, Tickets};

const TENANT: &str = "tenant-a";

fn after(mails: &[&Mail]) -> Vec<Recorded<Event>> {
    let mut history = History::new();
    for mail in mails {
        mail.add_to(&mut history);
    }
    history.recorded()
}

fn row(mails: &[&Mail]) -> TicketRow {
    row_of::<Tickets>(&after(mails), TENANT, mails[0].ticket_id().0).expect("a row")
}

#[test]
fn a_plain_mail_is_new_and_normal() {
    let mail = Mail::new(TENANT, 1);
    let row = row(&[&mail]);
    assert_eq!((row.status, row.priority), (Some(Status::New), Priority::NORMAL));
    assert_eq!((row.category, row.confidence, row.gate_code), (None, None, None));
    assert_eq!((row.shelf, row.version, row.message_count), (Shelf::Open, 1, 1));
    assert_eq!(row.received_at, mail.at);
    assert_eq!(row.search, "box 1\ncustomer 1\ncustomer1@mail.example\nwhere is my box number 1?");
}

#[test]
fn a_gated_mail_is_escalated_without_confidence() {
    let mail = Mail::new(TENANT, 1).gated(&["health_blood", "legal_threat"]);
    let row = row(&[&mail]);
    assert_eq!((row.status, row.priority), (Some(Status::Escalated), Priority::HIGH));
    assert_eq!(row.category.as_deref(), Some(GATED_CATEGORY));
    assert_eq!(row.confidence, Some(0.0));
    assert_eq!(row.model_used.as_deref(), Some(POLICY_GATE));
    assert_eq!(row.gate_code.as_deref(), Some("health_blood"));
    assert_eq!(row.gate_codes, ["health_blood", "legal_threat"]);
    assert_eq!(row.escalation_reason.as_deref(), Some("Reason of health_blood"));
    assert_eq!((row.execution_duration_ms, row.dedupe_key.as_deref()), (Some(12), Some("key")));
}

#[test]
fn a_gate_stays_when_the_customer_writes_again() {
    let first = Mail::new(TENANT, 1).gated(&["health_blood"]);
    let answer = Mail { text: "Any news?".into(), ..Mail::new(TENANT, 2).in_thread(1) };
    let row = row(&[&first, &answer]);
    assert_eq!((row.status, row.priority), (Some(Status::Escalated), Priority::HIGH));
    assert_eq!(row.gate_codes, ["health_blood"]);
    assert_eq!((row.preview.as_str(), row.message_count), ("Any news?", 2));
    assert_eq!((row.received_at, row.last_message_at), (first.at, answer.at));
    assert!(row.search.contains("any news?"));
}

#[test]
fn gates_of_the_latest_message_come_first() {
    let first = Mail::new(TENANT, 1).gated(&["health_blood"]);
    let answer = Mail::new(TENANT, 2).in_thread(1).gated(&["legal_threat"]);
    let row = row(&[&first, &answer]);
    assert_eq!(row.gate_codes, ["legal_threat", "health_blood"]);
    assert_eq!(row.gate_code.as_deref(), Some("legal_threat"));
    assert_eq!(row.escalation_reason.as_deref(), Some("Reason of legal_threat"));
}

#[test]
fn an_older_mail_that_comes_late_does_not_change_the_preview() {
    let first = Mail::new(TENANT, 1);
    let late = Mail { at: first.at.minus_days(1), ..Mail::new(TENANT, 2).in_thread(1) };
    let row = row(&[&first, &late]);
    assert_eq!((row.preview.as_str(), row.message_count), (first.text.as_str(), 2));
    assert_eq!(row.last_message_at, first.at);
}

#[test]
fn a_message_that_is_set_aside_is_listed_last_and_is_no_ticket() {
    let mail = Mail::new(TENANT, 1).set_aside(SetAside::AutoReply);
    let id = casebook_domain::ids::TicketId::opened_by(mail.message_id());
    let row = row_of::<Tickets>(&after(&[&mail]), TENANT, id.0).expect("a row");
    assert_eq!((row.status, row.shelf, row.ticket()), (None, Shelf::SetAside, None));
    assert_eq!(
        (row.set_aside_reason, row.priority),
        (Some(SetAside::AutoReply), Priority::AWAITING)
    );
    assert_eq!(row.conversation_id, Some(mail.conversation_id()));
    assert_eq!(
        (row.inbox.as_str(), row.customer_email.as_str()),
        ("hello", "customer1@mail.example")
    );
    assert_eq!(row.preview, mail.text);
}

#[test]
fn the_row_agrees_with_the_ticket_itself() {
    let events = mixed(0, 60).recorded();
    let mut tickets = std::collections::HashMap::<_, Ticket>::new();
    for event in &events {
        if let Event::Ticket(inner) = &event.event {
            let key = (event.tenant.clone(), event.stream.id.clone());
            tickets.entry(key).or_default().apply(TicketEvent::clone(inner));
        }
    }
    assert!(tickets.len() > 20);
    for ((tenant, id), ticket) in tickets {
        let row = row_of::<Tickets>(&events, &tenant, id.parse().expect("id")).expect("a row");
        assert_eq!((row.status, row.priority), (Some(ticket.status()), ticket.priority()));
        assert_eq!(row.gate_codes, ticket.gate_codes());
        assert_eq!(row.conversation_id, ticket.conversation());
    }
}
