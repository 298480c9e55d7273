//! Given events, then a decision's row.

use casebook_domain::event::Event;
use casebook_domain::ids::DecisionId;
use casebook_domain::ticket::{Classified, TicketCommand, TicketEvent, TriageCommand};

use crate::decisions::{DecisionKind, Decisions};
use crate::testing::{History, Life, Mail, answer, row_of};
use crate::tickets::{GATED_CATEGORY, POLICY_GATE};

const TENANT: &str = "tenant-a";

#[test]
fn each_gated_message_has_a_decision_of_its_own() {
    let first = Mail::new(TENANT, 1).gated(&["health_blood", "legal_threat"]);
    let answer = Mail::new(TENANT, 2).in_thread(1).gated(&["media_threat"]);
    let mut history = History::new();
    first.add_to(&mut history);
    answer.add_to(&mut history);
    let events = history.recorded();
    for (mail, codes) in
        [(&first, vec!["health_blood", "legal_threat"]), (&answer, vec!["media_threat"])]
    {
        let id = DecisionId::by_gates(mail.message_id());
        let row = row_of::<Decisions>(&events, TENANT, id.0).expect("a row");
        assert_eq!((row.kind, row.policy_gate_triggered), (DecisionKind::Gated, true));
        assert_eq!(
            (row.ticket_id, row.message_id),
            (Some(first.ticket_id()), Some(mail.message_id()))
        );
        assert_eq!((row.category.as_str(), row.confidence), (GATED_CATEGORY, 0.0));
        assert_eq!((row.model_used.as_str(), row.policy_version.as_str()), (POLICY_GATE, "p1"));
        assert_eq!(
            (row.policy_gate_code.as_deref(), &row.codes[..]),
            (Some(codes[0]), &codes.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
        );
        assert_eq!(row.execution_duration_ms, 12);
        let check = row.verdict.expect("a verdict");
        assert_eq!(check.outcome.fired().collect::<Vec<_>>(), codes);
        let gated = events.iter().rfind(|event| {
            matches!(&event.event, Event::Ticket(TicketEvent::TicketGated(gated)) if gated.decision_id == id)
        });
        assert_eq!(row.created_at, gated.expect("gated").recorded_at);
    }
}

#[test]
fn a_message_without_a_gate_has_no_decision() {
    let mut history = History::new();
    Mail::new(TENANT, 1).add_to(&mut history);
    let events = history.recorded();
    let id = DecisionId::by_gates(Mail::new(TENANT, 1).message_id());
    assert_eq!(row_of::<Decisions>(&events, TENANT, id.0), None);
}

#[test]
fn a_classified_message_keeps_what_is_needed_to_check_it_again() {
    let mut life = Life::new(Mail::new(TENANT, 1));
    let decision = answer(life.mail().message_id());
    let fallback_subject = "Your delivery".to_owned();
    let classified = Classified { decision: decision.clone(), fallback_subject };
    let command = TriageCommand::Classified(Box::new(classified));
    assert!(life.ask(TicketCommand::Triage(command)));
    let events = life.history().recorded();
    let row = row_of::<Decisions>(&events, TENANT, decision.decision_id.0).expect("a row");
    assert_eq!((row.kind, row.policy_gate_triggered), (DecisionKind::Classified, false));
    assert_eq!(
        (row.ticket_id, row.message_id),
        (Some(life.mail().ticket_id()), Some(decision.message_id))
    );
    assert_eq!((row.category.as_str(), row.confidence), ("delivery", 0.91));
    assert_eq!((row.policy_gate_code, row.escalation_reason, row.verdict), (None, None, None));
    assert!(row.codes.is_empty());
    assert_eq!(row.draft_response, "Your box is on its way.");
    assert_eq!(row.action.as_deref(), Some("send_reply"));
    assert_eq!(row.suggested_subject.as_deref(), Some("Late box"));
    assert_eq!((row.customer_name.as_deref(), row.is_existing_customer), (Some("Ada"), true));
    assert_eq!(row.checks, decision.checks);
    assert_eq!((row.model_used.as_str(), row.execution_duration_ms), ("model-5", 1_234));
    assert_eq!((row.policy_version.as_str(), row.run), ("p2", Some(decision.run)));
}
