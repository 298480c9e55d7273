//! Cases of the ticket.

use casebook_domain::ids::DecisionId;
use casebook_domain::ticket::{
    GateRun, JoinTicket, OpenTicket, Priority, Status, Ticket, TicketCommand, TicketError,
    TicketEvent, TicketGated,
};

use crate::fixtures::{given, message_id, received, replied};

fn open(codes: &[&str]) -> TicketCommand {
    let run = GateRun { execution_duration_ms: 7, dedupe_key: Some("k".to_owned()) };
    TicketCommand::Open(Box::new(OpenTicket { received: received(codes), run }))
}

fn join(name: &str, codes: &[&str]) -> TicketCommand {
    let run = GateRun::default();
    TicketCommand::Join(Box::new(JoinTicket { replied: replied(name, codes), run }))
}

fn was_received(codes: &[&str]) -> TicketEvent {
    TicketEvent::TicketReceived(Box::new(received(codes)))
}

fn gated(name: &str, codes: &[&str]) -> TicketGated {
    TicketGated {
        decision_id: DecisionId::by_gates(message_id(name)),
        message_id: message_id(name),
        policy_version: "v1".to_owned(),
        code: codes[0].to_owned(),
        codes: codes.iter().map(ToString::to_string).collect(),
        reason: format!("reason of {}", codes[0]),
        execution_duration_ms: 0,
        dedupe_key: None,
    }
}

#[test]
fn a_message_without_a_gate_opens_a_new_ticket_of_normal_priority() {
    let events = Ticket::default().decide(open(&[])).expect("opened");
    assert_eq!(events, [was_received(&[])]);
    let ticket: Ticket = given(events);
    assert_eq!((ticket.status(), ticket.priority()), (Status::New, Priority::NORMAL));
}

#[test]
fn the_most_severe_gate_names_the_decision_and_all_are_recorded() {
    let codes = ["health_blood", "legal_threat"];
    let events = Ticket::default().decide(open(&codes)).expect("opened");
    let TicketEvent::TicketGated(decision) = &events[1] else { panic!("no gate: {events:?}") };
    assert_eq!(decision.code, "health_blood");
    assert_eq!(decision.codes, codes);
    assert_eq!(decision.reason, "reason of health_blood");
    assert_eq!(decision.execution_duration_ms, 7);
    let ticket: Ticket = given(events);
    assert_eq!((ticket.status(), ticket.priority()), (Status::Escalated, Priority::HIGH));
}

#[test]
fn a_ticket_is_opened_once() {
    let ticket: Ticket = given([was_received(&[])]);
    assert_eq!(ticket.decide(open(&[])), Err(TicketError::AlreadyOpen));
}

#[test]
fn a_further_message_is_gated_again() {
    let ticket: Ticket = given([was_received(&[])]);
    let events = ticket.decide(join("second", &["legal_threat"])).expect("joined");
    assert_eq!(
        events,
        [
            TicketEvent::CustomerReplied(Box::new(replied("second", &["legal_threat"]))),
            TicketEvent::TicketGated(gated("second", &["legal_threat"])),
        ]
    );
}

#[test]
fn a_gate_that_nobody_dealt_with_outlives_a_harmless_message() {
    let ticket: Ticket = given([
        was_received(&["health_blood"]),
        TicketEvent::TicketGated(gated("first", &["health_blood"])),
        TicketEvent::CustomerReplied(Box::new(replied("second", &[]))),
    ]);
    assert_eq!((ticket.status(), ticket.priority()), (Status::Escalated, Priority::HIGH));
    assert_eq!(ticket.gate_codes(), ["health_blood"]);
}

#[test]
fn gates_of_the_latest_message_come_first_and_none_is_named_twice() {
    let ticket: Ticket = given([
        was_received(&["a", "b"]),
        TicketEvent::TicketGated(gated("first", &["a", "b"])),
        TicketEvent::TicketGated(gated("second", &["b", "c"])),
    ]);
    assert_eq!(ticket.gate_codes(), ["b", "c", "a"]);
}

#[test]
fn a_message_joins_once_and_only_what_exists() {
    let ticket: Ticket = given([was_received(&[])]);
    let again = TicketError::AlreadyJoined(message_id("first"));
    assert_eq!(ticket.decide(join("first", &[])), Err(again));
    assert_eq!(Ticket::default().decide(join("second", &[])), Err(TicketError::NotFound));
}
