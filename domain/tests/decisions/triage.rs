//! What came of triage: recorded once, and only about the latest message.

use casebook_domain::Personal;
use casebook_domain::ticket::{
    Ended, ReplyDrafted, Status, Ticket, TicketClassified, TicketCommand, TicketEvent,
    TriageCommand, WorkCommand,
};

use crate::fixtures::{
    NOON, answer, claimed, classified, escalating, gated, message_id, ticket, triage_failed,
    was_classified, wrote_again,
};

fn record(ticket: &Ticket, decision: TicketClassified) -> Vec<TicketEvent> {
    let command = TriageCommand::Classified(Box::new(classified(decision)));
    ticket.decide(TicketCommand::Triage(command)).expect("recorded")
}

fn fail(ticket: &Ticket, name: &str) -> Vec<TicketEvent> {
    let command = TriageCommand::Failed(triage_failed(name));
    ticket.decide(TicketCommand::Triage(command)).expect("recorded")
}

#[test]
fn an_answer_becomes_a_decision_and_a_draft() {
    let events = record(&ticket([]), answer("first"));
    let mut decision = answer("first");
    decision.subject = Some("Your delivery".into());
    let drafted = ReplyDrafted {
        decision_id: decision.decision_id,
        message_id: message_id("first"),
        text: "Your box is on its way.".into(),
    };
    let expected =
        [TicketEvent::TicketClassified(Box::new(decision)), TicketEvent::ReplyDrafted(drafted)];
    assert_eq!(events, expected);
    let after = ticket(events);
    assert_eq!((after.status(), after.subject()), (Status::Pending, Some("Your delivery")));
    assert_eq!(after.draft().map(|draft| draft.text.as_str()), Some("Your box is on its way."));
    assert_eq!(after.awaits_triage(), None);
}

#[test]
fn a_message_is_decided_once() {
    let decided = ticket([was_classified("first", false)]);
    assert_eq!(record(&decided, answer("first")), []);
    assert_eq!(fail(&decided, "first"), []);
    let failed = ticket([TicketEvent::TriageFailed(triage_failed("first"))]);
    assert_eq!(record(&failed, answer("first")), [], "whoever failed handed it to a person");
}

#[test]
fn an_answer_that_comes_too_late_leads_to_nothing() {
    let moved_on = ticket([wrote_again("second")]);
    assert_eq!(record(&moved_on, answer("first")), [], "the customer wrote again");
    assert_eq!(moved_on.awaits_triage(), Some(message_id("second")));
    let gated = ticket([TicketEvent::TicketGated(gated("first", &["legal_threat"]))]);
    assert_eq!(record(&gated, answer("first")), [], "a gate decided");
    let closed = ticket([TicketEvent::TicketClosed(Ended { at: NOON })]);
    assert_eq!(record(&closed, answer("first")), [], "it is done");
    assert_eq!(fail(&closed, "first"), []);
}

#[test]
fn an_answer_for_a_ticket_that_an_agent_has_leaves_it_with_them() {
    let taken = ticket([claimed("sam")]);
    let after = ticket([claimed("sam")].into_iter().chain(record(&taken, answer("first"))));
    assert_eq!(after.status(), Status::InProgress);
    assert_eq!(after.standing().assignee.as_deref(), Some("sam"));
}

#[test]
fn an_escalated_ticket_has_no_draft_whoever_escalated_it() {
    let by_model = record(&ticket([]), escalating("first"));
    assert!(matches!(by_model[..], [TicketEvent::TicketClassified(_)]), "{by_model:?}");
    assert_eq!(ticket(by_model).status(), Status::Escalated);
    let reason = "Ask the vet".to_owned();
    let escalate = TicketCommand::Work(WorkCommand::Escalate { reason });
    let by_agent = ticket(ticket([]).decide(escalate).expect("escalated"));
    let events = record(&by_agent, answer("first"));
    assert!(matches!(events[..], [TicketEvent::TicketClassified(_)]), "{events:?}");
    let by_gate = ticket([
        TicketEvent::TicketGated(gated("first", &["health_blood"])),
        wrote_again("second"),
    ]);
    let events = record(&by_gate, answer("second"));
    assert!(matches!(events[..], [TicketEvent::TicketClassified(_)]), "{events:?}");
}

#[test]
fn a_blank_draft_is_no_draft() {
    let mut decision = answer("first");
    decision.answer.draft_response = Personal::new(" \n".to_owned());
    let events = record(&ticket([]), decision);
    assert!(matches!(events[..], [TicketEvent::TicketClassified(_)]), "{events:?}");
}

#[test]
fn a_new_message_takes_the_draft_away() {
    let drafted = record(&ticket([]), answer("first"));
    let after = ticket(drafted.into_iter().chain([wrote_again("second")]));
    assert_eq!((after.draft(), after.status()), (None, Status::New));
}

#[test]
fn a_subject_of_the_customer_is_kept_and_a_name_fills_only_a_gap() {
    let first = record(&ticket([]), answer("first"));
    let mut again = answer("second");
    again.answer.customer_name = Some("Ada".into());
    let before: Vec<TicketEvent> = first.into_iter().chain([wrote_again("second")]).collect();
    let events = record(&ticket(before.clone()), again);
    let TicketEvent::TicketClassified(decision) = &events[0] else { panic!("{events:?}") };
    assert_eq!(decision.subject, None, "the first decision named it");
    let after = ticket(before.into_iter().chain(events));
    assert_eq!(after.customer().name.as_deref(), Some("Ada"));
}

#[test]
fn a_failure_leaves_the_ticket_to_a_person() {
    let events = fail(&ticket([]), "first");
    assert_eq!(events, [TicketEvent::TriageFailed(triage_failed("first"))]);
    let after = ticket(events);
    assert_eq!((after.status(), after.priority().number()), (Status::Pending, 2));
}
