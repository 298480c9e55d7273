//! Given recorded verdicts and others, then the sides, changes and totals.

use uuid::Uuid;

use super::*;
use crate::Timestamp;
use crate::draft::DraftUsage;
use crate::gates::GateFacts;
use crate::ids::{MessageId, TicketId};
use crate::policy::tests::policy;
use crate::triage::MessageFacts;

fn ticket(number: u128) -> TicketId {
    TicketId(Uuid::from_u128(number))
}

fn silent(subject: Option<&str>) -> MessageVerdict {
    MessageVerdict { subject: subject.map(str::to_owned), ..MessageVerdict::default() }
}

fn gated(codes: &[&str]) -> MessageVerdict {
    MessageVerdict {
        gates: codes.iter().map(ToString::to_string).collect(),
        subject: None,
        gated_subject: Some("Your enquiry".to_owned()),
        gated_category: "escalation".to_owned(),
    }
}

fn answered(confidence: f64, unsure: bool, draft: &str) -> AnswerVerdict {
    AnswerVerdict::Accepted {
        category: "delivery".to_owned(),
        confidence: crate::triage::Confidence::rounded(confidence).expect("a confidence"),
        unsure,
        notify: unsure,
        autonomous: !unsure,
        escalates: false,
        draft: draft.to_owned(),
        subject: "Delivery day".to_owned(),
    }
}

/// A message of a ticket; the first one opens it.
fn seen(number: u128, opens: bool) -> Seen<'static> {
    let message = message(number);
    Seen { tenant: "acme", ticket: ticket(number), message, position: 7, opens }
}

fn message(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

fn opened(ledger: &mut Ledger, number: u128, before: &MessageVerdict, after: &MessageVerdict) {
    ledger.message(&seen(number, true), before, after);
}

fn answer(ledger: &mut Ledger, number: u128, before: &AnswerVerdict, after: &AnswerVerdict) {
    ledger.answer((ticket(number), message(number)), before, after);
}

#[test]
fn given_equal_verdicts_then_nothing_changes() {
    let mut ledger = Ledger::default();
    opened(&mut ledger, 1, &silent(Some("Box")), &silent(Some("Box")));
    let said = answered(0.9, false, "Friday.");
    answer(&mut ledger, 1, &said, &said);
    assert_eq!(ledger.changes().count(), 0);
    let totals = ledger.totals();
    assert_eq!((totals.messages, totals.tickets, totals.changed), (1, 1, 0));
    assert_eq!(totals.drafts.get(&DraftChange::Same), Some(&1));
    assert_eq!(totals.categories[0].tickets, Pair { before: 1, after: 1 });
}

#[test]
fn given_a_gate_that_fires_now_then_the_answer_does_not_count() {
    let mut ledger = Ledger::default();
    opened(&mut ledger, 1, &silent(None), &gated(&["legal_threat"]));
    let said = answered(0.9, false, "Friday.");
    answer(&mut ledger, 1, &said, &said);
    let change = ledger.changes().next().expect("a change");
    assert_eq!((change.before.priority, change.after.priority), (Some(3), Some(1)));
    assert_eq!(change.after.gates, ["legal_threat"]);
    assert_eq!(change.after.category.as_deref(), Some("escalation"));
    assert_eq!(change.before.subject.as_deref(), Some("Delivery day"));
    assert_eq!(change.after.subject.as_deref(), Some("Your enquiry"));
    assert_eq!((change.draft, change.after.confidence), (DraftChange::Withheld, None));
    assert_eq!(ledger.totals().autonomous, Pair { before: 1, after: 0 });
}

#[test]
fn given_a_gate_that_is_silent_now_then_a_model_would_be_asked() {
    let mut ledger = Ledger::default();
    opened(&mut ledger, 1, &gated(&["legal_threat", "health_blood"]), &gated(&["health_blood"]));
    opened(&mut ledger, 2, &gated(&["legal_threat"]), &silent(None));
    let changes: Vec<TicketChange> = ledger.changes().collect();
    assert_eq!(changes[0].after.gates, ["health_blood"]);
    assert_eq!(changes[1].after.forecast, Forecast::Unknown);
    assert_eq!((changes[1].after.priority, changes[1].after.escalated), (None, false));
    let totals = ledger.totals();
    let legal = totals.gates.iter().find(|gate| gate.code == "legal_threat").expect("counted");
    assert_eq!((legal.messages, legal.both), (Pair { before: 2, after: 0 }, 0));
    let blood = totals.gates.iter().find(|gate| gate.code == "health_blood").expect("counted");
    assert_eq!((blood.messages, blood.both), (Pair { before: 1, after: 1 }, 1));
    assert_eq!(totals.escalated, Pair { before: 2, after: 1 });
}

#[test]
fn given_a_further_message_then_earlier_gates_stay_and_doubts_do_not() {
    let mut ledger = Ledger::default();
    opened(&mut ledger, 1, &gated(&["health_blood"]), &silent(Some("Box")));
    opened(&mut ledger, 2, &silent(Some("Box")), &silent(Some("Box")));
    answer(&mut ledger, 2, &answered(0.4, true, ""), &answered(0.4, false, ""));
    for number in [1, 2] {
        ledger.message(&seen(number, false), &silent(None), &silent(None));
        let sure = answered(0.9, false, "");
        answer(&mut ledger, number, &sure, &sure);
    }
    let changes: Vec<TicketChange> = ledger.changes().collect();
    assert_eq!(changes.len(), 1, "the doubt about the first message is over: {changes:?}");
    assert_eq!((changes[0].before.priority, changes[0].after.priority), (Some(1), Some(3)));
    assert_eq!(ledger.totals().messages, 4);
}

#[test]
fn given_an_answer_about_a_message_out_of_range_then_it_leads_to_nothing() {
    let mut ledger = Ledger::default();
    opened(&mut ledger, 1, &silent(None), &silent(None));
    let (said, doubted) = (answered(0.9, false, "Yes."), answered(0.9, true, "Yes."));
    ledger.answer((ticket(1), message(2)), &said, &doubted);
    ledger.answer((ticket(3), message(3)), &said, &doubted);
    assert_eq!((ledger.changes().count(), ledger.totals().answers), (0, 0));
}

#[test]
fn given_nobody_answered_then_no_answer_is_counted() {
    let mut ledger = Ledger::default();
    opened(&mut ledger, 1, &silent(None), &silent(None));
    answer(&mut ledger, 1, &AnswerVerdict::Missing, &AnswerVerdict::Missing);
    answer(&mut ledger, 1, &AnswerVerdict::Refused, &AnswerVerdict::Refused);
    assert_eq!(ledger.totals().answers, 1);
    assert!(ledger.knows(ticket(1)) && !ledger.knows(ticket(2)));
}

#[test]
fn what_humans_did_is_held_against_what_was_foretold() {
    let mut ledger = Ledger::default();
    for number in 1..=5 {
        opened(&mut ledger, number, &silent(Some("Box")), &gated(&["legal_threat"]));
        let said = answered(0.9, false, "Friday.");
        answer(&mut ledger, number, &said, &said);
    }
    let verdict = |persona: &str| ReplyVerdict {
        persona: persona.to_owned(),
        brand: "Acme".to_owned(),
        subject: "Re: Box".to_owned(),
    };
    for (number, usage) in [(1, DraftUsage::SentAsIs), (2, DraftUsage::Replaced)] {
        ledger.reply(ticket(number), usage, &verdict("Tom"), Some(&verdict("Lucy")));
        ledger.human(ticket(number), HumanStep::Sent);
        ledger.human(ticket(number), HumanStep::Ended);
    }
    ledger.reply(ticket(3), DraftUsage::SentAsIs, &verdict("Tom"), Some(&verdict("Tom")));
    ledger.human(ticket(3), HumanStep::Escalated);
    ledger.human(ticket(4), HumanStep::Ended);
    let humans: Vec<Human> = ledger.changes().map(|change| change.human).collect();
    let expected = [Human::SentAsIs, Human::Edited, Human::Escalated, Human::Closed, Human::Open];
    assert_eq!(humans, expected);
    let totals = ledger.totals();
    assert_eq!((totals.sign_offs_changed, totals.reply_subjects_changed), (2, 0));
    let cell = |forecast, human| {
        let found = totals.confusion.iter().find(|c| c.forecast == forecast && c.human == human);
        found.map(|cell| cell.tickets)
    };
    assert_eq!(cell(Forecast::Gated, Human::Escalated), Some(Pair { before: 0, after: 1 }));
    assert_eq!(cell(Forecast::Confident, Human::SentAsIs), Some(Pair { before: 1, after: 0 }));
    let sum = |side: fn(&Pair) -> u64| totals.confusion.iter().map(|c| side(&c.tickets)).sum();
    assert_eq!((sum(|p| p.before), sum(|p| p.after)), (5_u64, 5_u64));
}

#[test]
fn a_contender_judges_messages_answers_and_replies() {
    let contender = Contender::new(policy()).expect("a sound policy");
    let facts = GateFacts::first_contact(Timestamp::default());
    let written = |text| PastMessage {
        inbox: "hello",
        subject: Some("Re: Box"),
        new_text: text,
        full_text: text,
        facts: &facts,
    };
    assert!(contender.message(&written("When does it come?")).gates.is_empty());
    let verdict = contender.message(&written("When does it come?"));
    assert_eq!(verdict.subject.as_deref(), Some("Box"));
    let known = MessageFacts::default();
    let judged = |raw| contender.answer(&PastAnswer { facts: &known, raw });
    assert_eq!(judged("no JSON"), AnswerVerdict::Refused);
    let category = &contender.policy().categories[0].code;
    let raw = format!(
        r#"{{"category":"{category}","confidence":0.65,"draft_response":"Yes.","action":null,
        "escalation_reason":null,"suggested_subject":null,"customer_name":null}}"#
    );
    let AnswerVerdict::Accepted { unsure, notify, autonomous, .. } = judged(&raw) else {
        panic!("accepted")
    };
    assert_eq!((unsure, notify, autonomous), (true, true, false));
    let reply = PastReply {
        to: "ada@example.org",
        from: "nobody@example.org",
        subject: "Re: [Old] Box",
        prefix: Some("[Old]"),
    };
    let left = contender.reply(&reply).expect("a persona");
    assert!(left.subject.starts_with("Re: ") && left.subject.ends_with("Box"), "{left:?}");
    assert!(!left.subject.contains("[Old]"));
}
