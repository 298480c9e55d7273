//! Given a ticket's events, then why it stands where it stands.

use casebook_domain::audit::{Happened, PriorityRule, StatusRule, Why, why};
use casebook_domain::gates::{GateMatch, MatchPlace, Rule};
use casebook_domain::ticket::{
    PrioritySet, Status, TicketAssigned, TicketEscalated, TicketEvent, Urgency,
};

use crate::fixtures::{
    NOON, approved, by, claimed, delivery, gated, message_id, received, started, triage_failed,
    was_classified, wrote_again,
};
use crate::replies::failed;

fn explain(events: Vec<TicketEvent>) -> Why {
    let happened = |(event, number): (TicketEvent, u64)| Happened {
        position: 10 * number,
        version: number,
        recorded_at: NOON,
        actor: "agent:sam".to_owned(),
        event,
    };
    let history: Vec<Happened> = events.into_iter().zip(1..).map(happened).collect();
    let threshold = |version: &str| (version == "v1").then_some(0.7);
    let rule = |version: &str, code: &str| Rule {
        any: vec![format!("{code} of {version}")],
        ..Rule::default()
    };
    why(&history, threshold, |version, code| vec![rule(version, code)])
        .expect("a ticket with events")
}

fn after(mut events: Vec<TicketEvent>) -> Why {
    events.insert(0, TicketEvent::TicketReceived(Box::new(received(&[]))));
    explain(events)
}

fn urgency(urgency: Urgency) -> TicketEvent {
    TicketEvent::PrioritySet(PrioritySet { urgency })
}

fn values(why: &Why) -> Vec<(&str, &str)> {
    let rule = why.deciding_rule().expect("a rule");
    rule.compared.iter().map(|value| (value.name, value.value.as_str())).collect()
}

#[test]
fn nothing_is_told_of_what_never_happened() {
    assert_eq!(why(&[], |_| None, |_, _| Vec::new()), None);
}

#[test]
fn each_rule_of_priority_names_its_values_and_its_event() {
    use PriorityRule::{Awaiting, Escalated, Manual, Normal, Unsure};
    let escalate = || TicketEvent::TicketEscalated(TicketEscalated { reason: "Ask".into() });
    let awaited = || TicketEvent::CustomerAwaited(by("sam"));
    let low = was_classified("first", true);
    let table: Vec<(Vec<TicketEvent>, PriorityRule, u8, Vec<u64>)> = vec![
        (vec![], Normal, 3, vec![]),
        (vec![was_classified("first", false)], Normal, 3, vec![]),
        (vec![low.clone()], Unsure, 2, vec![2]),
        (vec![TicketEvent::TriageFailed(triage_failed("first"))], Unsure, 2, vec![2]),
        (vec![low.clone(), escalate()], Escalated, 1, vec![3]),
        (vec![low.clone(), escalate(), urgency(Urgency::Low)], Manual, 3, vec![4]),
        (vec![urgency(Urgency::Urgent)], Manual, 1, vec![2]),
        (vec![urgency(Urgency::Normal), low], Unsure, 2, vec![3]),
        (vec![escalate(), urgency(Urgency::High), awaited()], Awaiting, 4, vec![4]),
        (vec![approved("r"), delivery("r", 1), failed("r", 1, false)], Escalated, 1, vec![4]),
    ];
    for (events, rule, priority, because) in table {
        let why = after(events.clone());
        let line = why.deciding_rule().expect("a rule");
        assert_eq!((line.rule, line.priority.number()), (rule, priority), "{events:?}");
        let behind: Vec<u64> = line.because.iter().map(|event| event.version).collect();
        assert_eq!(behind, because, "{events:?}");
        let rules: Vec<_> = why.rules.iter().map(|line| line.rule).collect();
        assert_eq!(rules, PriorityRule::ALL);
        assert_eq!(why.rules.iter().filter(|line| line.decides).count(), 1);
    }
}

#[test]
fn a_low_confidence_is_held_against_the_threshold_of_its_policy() {
    let why = after(vec![was_classified("first", true)]);
    assert_eq!(
        values(&why),
        [("confidence", "0.90"), ("threshold", "0.70"), ("policy version", "v1")]
    );
    let why = after(vec![TicketEvent::TriageFailed(triage_failed("first"))]);
    assert_eq!(values(&why), [("triage", "failed")]);
}

#[test]
fn each_rule_of_status_names_its_event() {
    let to_nobody = TicketAssigned { agent: None, team: None };
    let table: Vec<(Vec<TicketEvent>, StatusRule, Status, u64)> = vec![
        (vec![], StatusRule::Received, Status::New, 1),
        (vec![was_classified("first", false)], StatusRule::Decided, Status::Pending, 2),
        (
            vec![was_classified("first", false), urgency(Urgency::High)],
            StatusRule::Decided,
            Status::Pending,
            2,
        ),
        (
            vec![TicketEvent::TicketGated(gated("first", &["legal_threat"]))],
            StatusRule::Gated,
            Status::Escalated,
            2,
        ),
        (vec![claimed("sam"), approved("r")], StatusRule::Taken, Status::InProgress, 2),
        (vec![approved("r")], StatusRule::Approved, Status::InProgress, 2),
        (
            vec![claimed("sam"), TicketEvent::TicketAssigned(to_nobody)],
            StatusRule::GivenBack,
            Status::New,
            3,
        ),
        (
            vec![was_classified("first", false), wrote_again("second")],
            StatusRule::WroteAgain,
            Status::New,
            3,
        ),
        (
            vec![approved("r"), delivery("r", 1), failed("r", 1, false)],
            StatusRule::Undeliverable,
            Status::Escalated,
            4,
        ),
    ];
    for (events, rule, status, version) in table {
        let why = after(events.clone());
        let found = (why.status_rule, why.status, why.status_set_by.version);
        assert_eq!(found, (rule, status, version), "{events:?}");
        assert!(rule.gives().contains(&status));
    }
    let first = explain(vec![TicketEvent::TicketStarted(Box::new(started()))]);
    assert_eq!((first.status_rule, first.status), (StatusRule::Awaiting, Status::InProgress));
    assert_eq!(first.status_set_by.position, 10);
}

#[test]
fn gates_are_told_with_their_words_and_their_policy_until_they_are_dealt_with() {
    let mut opening = received(&["legal_threat", "health_blood"]);
    let matched =
        GateMatch { words: "my lawyer".into(), place: MatchPlace::Text, start: 3, end: 12 };
    if let Some(finding) = opening.check.outcome.verdicts[0].finding.as_mut() {
        finding.matches.push(matched.clone());
    }
    let gate = TicketEvent::TicketGated(gated("first", &["legal_threat", "health_blood"]));
    let opening = TicketEvent::TicketReceived(Box::new(opening));
    let why = explain(vec![opening.clone(), gate.clone(), wrote_again("second")]);
    let codes: Vec<_> = why.gates.iter().map(|gate| gate.code.as_str()).collect();
    assert_eq!(codes, ["legal_threat", "health_blood"]);
    let line = &why.gates[0];
    assert_eq!(
        (line.reason.as_str(), line.policy_version.as_str()),
        ("reason of legal_threat", "v1")
    );
    assert_eq!((line.message_id, line.fired_by.version), (message_id("first"), 2));
    assert_eq!(line.rules[0].any, ["legal_threat of v1"]);
    assert_eq!(line.finding.as_ref().map(|found| &found.matches), Some(&vec![matched]));
    assert_eq!(values(&why)[0], ("gates that fired", "legal_threat, health_blood"));

    let answered = explain(vec![opening, gate, TicketEvent::CustomerAwaited(by("sam"))]);
    assert_eq!(answered.gates, []);
}
