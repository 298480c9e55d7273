//! Cases of the ticket.

use casebook_domain::ticket::{
    Because, Ended, GateRun, JoinTicket, OpenTicket, Priority, ReplyBounced, Status, Ticket,
    TicketCommand, TicketError, TicketEvent, TicketReopened,
};

use crate::fixtures::{
    DUE, NOON, approved, delivery, gated, given, message_id, received, replied, sent, started,
    ticket,
};

fn open(codes: &[&str]) -> TicketCommand {
    let run = GateRun {
        execution_duration_ms: 7,
        dedupe_key: Some("k".to_owned()),
        subject: Some("Your enquiry".to_owned()),
    };
    TicketCommand::Open(Box::new(OpenTicket { received: received(codes), run }))
}

fn join(name: &str, codes: &[&str]) -> TicketCommand {
    let run = GateRun::default();
    TicketCommand::Join(Box::new(JoinTicket { replied: replied(name, codes), run }))
}

fn was_received(codes: &[&str]) -> TicketEvent {
    TicketEvent::TicketReceived(Box::new(received(codes)))
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

#[test]
fn a_gated_ticket_without_subject_gets_the_one_of_the_policy() {
    let events = Ticket::default().decide(open(&["legal_threat"])).expect("opened");
    assert_eq!(given::<Ticket>(events).subject(), Some("Your enquiry"));
    let mut first = received(&["legal_threat"]);
    first.subject = Some("Mine".into());
    let ticket: Ticket = given([TicketEvent::TicketReceived(Box::new(first))]);
    let TicketCommand::Join(mut join) = join("second", &["legal_threat"]) else { unreachable!() };
    join.run.subject = Some("Your enquiry".to_owned());
    let events = ticket.decide(TicketCommand::Join(join)).expect("joined");
    let TicketEvent::TicketGated(gated) = &events[1] else { panic!("{events:?}") };
    assert_eq!(gated.subject, None);
}

#[test]
fn a_message_opens_a_ticket_again_that_had_ended() {
    let ended = TicketEvent::TicketResolved(Ended { at: NOON });
    let ticket = ticket([ended]);
    let events = ticket.decide(join("second", &[])).expect("joined");
    assert_eq!(
        events,
        [
            TicketEvent::TicketReopened(TicketReopened { because: Because::Customer }),
            TicketEvent::CustomerReplied(Box::new(replied("second", &[]))),
        ]
    );
}

#[test]
fn a_ticket_takes_messages_until_its_days_after_the_end_are_over() {
    for ended in [
        TicketEvent::TicketResolved(Ended { at: NOON }),
        TicketEvent::TicketClosed(Ended { at: NOON }),
    ] {
        let ticket = ticket([ended]);
        assert!(ticket.takes(NOON.minus_days(-14), 14), "the last moment counts");
        assert!(!ticket.takes(NOON.minus_days(-14).plus_micros(1), 14));
        assert!(ticket.takes(NOON.minus_days(3), 0), "mail from before the end joins");
        assert!(!ticket.takes(NOON.plus_micros(1), 0));
    }
    assert!(ticket([]).takes(NOON.minus_days(-9000), 0), "an open ticket takes everything");
}

#[test]
fn an_agent_begins_a_ticket_once_and_it_awaits_the_customer() {
    let start = TicketCommand::Start(Box::new(started()));
    let events = Ticket::default().decide(start.clone()).expect("begun");
    assert_eq!(events, [TicketEvent::TicketStarted(Box::new(started()))]);
    let ticket: Ticket = given(events);
    assert_eq!((ticket.status(), ticket.priority()), (Status::InProgress, Priority::AWAITING));
    assert_eq!(ticket.awaits_triage(), None, "there is nothing to classify");
    assert_eq!(ticket.decide(start), Err(TicketError::AlreadyOpen));
}

fn report(reply: &str, is_final: bool) -> ReplyBounced {
    ReplyBounced {
        reply_id: message_id(reply),
        message_id: message_id("report"),
        is_final,
        status: Some("5.1.1".to_owned()),
    }
}

fn bounce(ticket: &Ticket, report: &ReplyBounced) -> Vec<TicketEvent> {
    ticket.decide(TicketCommand::Bounce(report.clone())).expect("decided")
}

#[test]
fn a_reply_that_comes_back_for_good_escalates_and_a_delay_does_not() {
    let out = [
        approved("r"),
        delivery("r", 1),
        sent("r", 1),
        TicketEvent::TicketResolved(Ended { at: DUE }),
    ];
    let resolved = ticket(out.clone());
    let late = report("r", false);
    assert_eq!(bounce(&resolved, &late), [TicketEvent::ReplyBounced(late.clone())]);
    let late = ticket(out.into_iter().chain([TicketEvent::ReplyBounced(late)]));
    assert_eq!(late.status(), Status::Resolved);
    assert_eq!(bounce(&late, &report("r", false)), [], "a delay is told once");
    let events = bounce(&late, &report("r", true));
    assert_eq!(events, [TicketEvent::ReplyBounced(report("r", true))]);
    let mut back = late;
    events.into_iter().for_each(|event| cqrs_es::Aggregate::apply(&mut back, event));
    assert_eq!((back.status(), back.priority()), (Status::Escalated, Priority::HIGH));
}

#[test]
fn a_report_about_a_reply_of_somebody_else_leads_to_nothing() {
    assert_eq!(bounce(&ticket([]), &report("elsewhere", true)), []);
}
