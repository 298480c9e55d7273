//! Cases of operators' decisions about the log.

use casebook_domain::operations::{
    EventSkipped, Operations, OperationsCommand, OperationsError, OperationsEvent,
};

use crate::fixtures::given;

fn skip(position: u64, reader: Option<&str>, reason: &str) -> EventSkipped {
    EventSkipped {
        position,
        event_type: "TicketPainted".to_owned(),
        event_version: "9".to_owned(),
        reader: reader.map(str::to_owned),
        reason: reason.to_owned(),
    }
}

fn decided(state: &Operations, skip: EventSkipped) -> Vec<OperationsEvent> {
    state.decide(OperationsCommand::Skip(skip)).expect("decided")
}

#[test]
fn a_skip_is_recorded_once_and_holds_for_those_it_names() {
    let fresh = Operations::default();
    let events = decided(&fresh, skip(7, Some("tickets"), "  made by a test build "));
    assert_eq!(
        events,
        [OperationsEvent::EventSkipped(skip(7, Some("tickets"), "made by a test build"))]
    );
    let state: Operations = given(events);
    assert!(state.skips(7, "tickets"));
    assert!(!state.skips(7, "messages") && !state.skips(8, "tickets"));
    assert_eq!(decided(&state, skip(7, Some("tickets"), "again")), []);
    assert_eq!(decided(&state, skip(7, Some("messages"), "too")).len(), 1);
    assert_eq!(decided(&state, skip(7, None, "for all")).len(), 1);
}

#[test]
fn a_skip_for_all_holds_for_everybody() {
    let state: Operations = given(decided(&Operations::default(), skip(7, None, "why")));
    assert!(state.skips(7, "tickets") && state.skips(7, "triage"));
    assert_eq!(decided(&state, skip(7, Some("tickets"), "again")), []);
}

#[test]
fn a_skip_says_why() {
    for reason in ["", "  ", &"x".repeat(501)] {
        let refused = Operations::default().decide(OperationsCommand::Skip(skip(7, None, reason)));
        assert_eq!(refused, Err(OperationsError::Reason));
    }
}
