//! The steps of a replacement.

use casebook_domain::ticket::{
    Ended, Priority, ReplacementCommand, ReplacementFailed, ReplacementPlaced,
    ReplacementRequested, Status, Ticket, TicketCommand, TicketError, TicketEvent,
};

use crate::fixtures::{DUE, replacement, ticket};

fn ask(ticket: &Ticket, command: ReplacementCommand) -> Result<Vec<TicketEvent>, TicketError> {
    ticket.decide(TicketCommand::Replace(command))
}

fn placed() -> ReplacementPlaced {
    let replacement_id = replacement("r").replacement_id;
    ReplacementPlaced { replacement_id, attempt: 1, reference: Some("R-1".into()) }
}

fn failed(last: bool) -> ReplacementFailed {
    let (replacement_id, error) = (replacement("r").replacement_id, "503".to_owned());
    ReplacementFailed { replacement_id, attempt: 1, error, retry_at: (!last).then_some(DUE) }
}

#[test]
fn a_replacement_names_order_and_reason() {
    let asked = replacement("r");
    let events = ask(&ticket([]), ReplacementCommand::Request(asked.clone())).expect("asked");
    assert_eq!(events, [TicketEvent::ReplacementRequested(asked.clone())]);
    for (field, bad) in [
        ("order_reference", ReplacementRequested { order_reference: " ".into(), ..asked.clone() }),
        ("reason", ReplacementRequested { reason: "x".repeat(201).into(), ..asked.clone() }),
        ("reason", ReplacementRequested { reason: "a\nb".into(), ..asked }),
    ] {
        let refused = ask(&ticket([]), ReplacementCommand::Request(bad)).expect_err("refused");
        let TicketError::Invalid { field: named, .. } = refused else { panic!("{refused}") };
        assert_eq!(named, field);
    }
}

#[test]
fn its_outcome_is_recorded_until_it_is_settled() {
    let asked = [TicketEvent::ReplacementRequested(replacement("r"))];
    let place = ReplacementCommand::RecordPlaced(placed());
    let fail = |last| ReplacementCommand::RecordFailed(failed(last));
    let unknown = Err(TicketError::NoSuchReplacement(placed().replacement_id));
    assert_eq!(ask(&ticket([]), place.clone()), unknown);
    let open = ticket(asked.clone());
    assert_eq!(ask(&open, place.clone()), Ok(vec![TicketEvent::ReplacementPlaced(placed())]));
    let once = ask(&open, fail(false)).expect("recorded");
    assert_eq!(once, [TicketEvent::ReplacementFailed(failed(false))]);
    let retried = ticket(asked.clone().into_iter().chain(once));
    let state = retried.replacement(placed().replacement_id).expect("known");
    assert_eq!((state.failed, state.settled), (1, false));
    for end in
        [TicketEvent::ReplacementPlaced(placed()), TicketEvent::ReplacementFailed(failed(true))]
    {
        let settled = ticket(asked.clone().into_iter().chain([end]));
        assert_eq!(ask(&settled, place.clone()), Ok(Vec::new()), "again");
        assert_eq!(ask(&settled, fail(true)), Ok(Vec::new()));
    }
}

#[test]
fn the_last_failure_brings_a_resolved_ticket_back_before_somebody() {
    let asked = TicketEvent::ReplacementRequested(replacement("r"));
    let resolved = TicketEvent::TicketResolved(Ended { at: DUE });
    let tried =
        ticket([asked.clone(), resolved.clone(), TicketEvent::ReplacementFailed(failed(false))]);
    assert_eq!(tried.status(), Status::Resolved, "it is tried again by itself");
    let given_up = ticket([asked, resolved, TicketEvent::ReplacementFailed(failed(true))]);
    assert_eq!((given_up.status(), given_up.priority()), (Status::Escalated, Priority::HIGH));
}
