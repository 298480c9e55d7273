//! Gates run within the decision that receives a mail, on facts that are recorded with it.

use casebook_app::{ContactRecord, ReceivedAs};
use casebook_domain::Timestamp;
use casebook_domain::gates::Credit;
use casebook_domain::ids::DecisionId;
use casebook_domain::ticket::{GateCheck, Status, Ticket, TicketEvent, TicketGated};
use casebook_tests::database::START;
use casebook_tests::desk::{Desk, TENANT, operator};
use casebook_tests::letters::{CUSTOMER, mail};
use casebook_tests::{TestDatabase, both_databases};
use cqrs_es::Aggregate;

both_databases!(
    verdicts_words_and_policy_are_recorded,
    silent_gates_are_recorded_too,
    third_contact_within_the_window_fires,
    window_has_exact_edges,
    duplicates_and_automatic_mail_do_not_count,
    old_mail_counts_at_its_date,
    credit_and_request_fire_together,
    gate_stays_when_the_customer_writes_again,
    quoted_history_does_not_fire,
);

const DAY: i64 = 24 * 3600 * 1_000_000;

fn check(event: &TicketEvent) -> &GateCheck {
    match event {
        TicketEvent::TicketReceived(received) => &received.check,
        TicketEvent::CustomerReplied(replied) => &replied.check,
        _ => panic!("a message carries the check"),
    }
}

fn gated(events: &[TicketEvent]) -> Option<&TicketGated> {
    events.iter().rev().find_map(|event| match event {
        TicketEvent::TicketGated(gated) => Some(gated),
        _ => None,
    })
}

fn codes(received: &casebook_app::Received) -> Vec<String> {
    received.gated.as_ref().map(|gated| gated.codes.clone()).unwrap_or_default()
}

async fn verdicts_words_and_policy_are_recorded(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let text = "My puppy threw up twice and I will call my solicitor.\r\n";
    let received = desk.receive(&mail("a").text(text)).await;
    let events = desk.ticket(received.ticket_id).await;
    assert_eq!(events.len(), 2);
    let (check, gated) = (check(&events[0]), gated(&events).expect("a gate fired"));
    let in_force = desk.app.policies().get(TENANT).expect("a policy");
    assert_eq!(check.policy_version, in_force.version);
    assert_eq!(gated.policy_version, in_force.version);
    assert_eq!(check.outcome.verdicts.len(), in_force.policy.gates.gates.len());
    let fired: Vec<&str> = check.outcome.fired().collect();
    assert!(fired.contains(&"health_vomiting") && fired.contains(&"legal_threat"), "{fired:?}");
    assert_eq!(gated.codes, fired);
    assert_eq!(gated.code, fired[0]);
    assert_eq!(gated.reason, check.outcome.first().expect("a finding").reason);
    assert_eq!(gated.decision_id, DecisionId::by_gates(received.message_id));
    let vomiting = check.outcome.findings().find(|found| found.code == "health_vomiting");
    let words = vomiting.expect("a finding").matches[0].words.text().to_owned();
    assert!(text.contains(&words) && words.contains("threw up"), "{words}");
    assert_eq!(received.gated.as_ref(), Some(gated));
    let mut ticket = Ticket::default();
    events.into_iter().for_each(|event| ticket.apply(event));
    assert_eq!(ticket.status(), Status::Escalated);
}

async fn silent_gates_are_recorded_too(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&mail("a")).await;
    let events = desk.ticket(received.ticket_id).await;
    assert_eq!(events.len(), 1);
    let check = check(&events[0]);
    assert!(check.outcome.first().is_none() && check.outcome.verdicts.len() >= 13);
    assert_eq!(check.facts.contact_times, [START]);
    assert_eq!(check.facts_version, 0, "nothing was known of the person");
}

async fn third_contact_within_the_window_fires(database: TestDatabase) {
    let desk = Desk::open(database).await;
    for (number, expected) in [(1, false), (2, false), (3, true), (4, true)] {
        let received = desk.receive(&mail(&format!("m{number}"))).await;
        let fired = codes(&received).contains(&"repeat_contacter".to_owned());
        assert_eq!(fired, expected, "contact {number}");
        let events = desk.ticket(received.ticket_id).await;
        let check = check(&events[0]);
        assert_eq!(check.facts.contact_times.len(), number);
        if expected {
            let finding = check.outcome.first().expect("a finding");
            assert_eq!(finding.contacts, Some(u32::try_from(number).expect("a number")));
        }
    }
    // Somebody else is counted by themselves.
    let other = desk.receive(&mail("o").from("bob@example.org")).await;
    assert_eq!(codes(&other), Vec::<String>::new());
}

async fn window_has_exact_edges(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let clock = desk.database.clock.clone();
    for (id, step, count) in [
        ("a", 0, 1),
        ("b", 1, 2),
        // Exactly seven days after the first, which is no longer within (t - 7 days, t].
        ("c", 7 * DAY - 1, 2),
        // One microsecond earlier it would have been; the second one drops out now.
        ("d", 1, 2),
        ("e", 0, 3),
    ] {
        clock.advance(step);
        let received = desk.receive(&mail(id)).await;
        let events = desk.ticket(received.ticket_id).await;
        assert_eq!(check(&events[0]).facts.contact_times.len(), count, "{id}");
        assert_eq!(codes(&received).contains(&"repeat_contacter".to_owned()), count >= 3, "{id}");
    }
    let fresh = Desk::open(TestDatabase::sqlite().await).await;
    for (id, step, fires) in [("a", 0, false), ("b", 1, false), ("c", 7 * DAY - 2, true)] {
        fresh.database.clock.advance(step);
        let fired = !codes(&fresh.receive(&mail(id)).await).is_empty();
        assert_eq!(fired, fires, "{id}: one microsecond before the edge");
    }
}

async fn duplicates_and_automatic_mail_do_not_count(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.receive(&mail("a")).await;
    for _ in 0..3 {
        assert_eq!(desk.receive(&mail("a")).await.outcome, ReceivedAs::Duplicate);
    }
    for id in ["x", "y"] {
        desk.receive(&mail(id).add("Auto-Submitted", "auto-replied")).await;
    }
    desk.receive(&mail("else").envelope("jobs@protocolraw.co.uk")).await;
    let second = desk.receive(&mail("b")).await;
    assert_eq!(codes(&second), Vec::<String>::new());
    let events = desk.ticket(second.ticket_id).await;
    assert_eq!(check(&events[0]).facts.contact_times.len(), 2);
    assert_eq!(codes(&desk.receive(&mail("c")).await), ["repeat_contacter"]);
}

async fn old_mail_counts_at_its_date(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let day = |days: i64| START.plus_micros(days * DAY);
    // The newest first: what counts is the date, not the order of import.
    assert!(codes(&desk.import(&mail("c").date(day(-1))).await).is_empty());
    assert!(codes(&desk.import(&mail("a").date(day(-3))).await).is_empty());
    assert!(codes(&desk.import(&mail("old").date(day(-20))).await).is_empty());
    let third = desk.import(&mail("d").date(day(0))).await;
    assert_eq!(codes(&third), ["repeat_contacter"]);
    // A date in the future counts as now, a missing one as well.
    let future = desk.import(&mail("f").date(day(400))).await;
    let events = desk.ticket(future.ticket_id).await;
    assert_eq!(check(&events[0]).facts.at, START);
    assert_eq!(check(&events[0]).facts.contact_times.len(), 4);
    let undated = desk.import(&mail("u").without("Date")).await;
    assert_eq!(check(&desk.ticket(undated.ticket_id).await[0]).facts.at, START);
    let message = desk.message(&future).await;
    assert_eq!(message.sent_at, Some(day(400)), "the message keeps what its author says");
    assert_eq!(message.counted_at(), START);
}

fn with_credit(at: Timestamp) -> ContactRecord {
    ContactRecord {
        email: CUSTOMER.to_uppercase(),
        first_name: Some("Annabel".to_owned()),
        credits: vec![Credit {
            at,
            amount_minor: 1500,
            currency: "GBP".to_owned(),
            reason: "late box".to_owned(),
        }],
        ..ContactRecord::default()
    }
}

async fn credit_and_request_fire_together(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let request = "Please refund this box as well.\r\n";
    let before = desk.receive(&mail("a").text(request)).await;
    assert!(codes(&before).is_empty(), "no credit is known yet");
    let record = with_credit(START.plus_micros(-5 * DAY));
    let imported = desk.app.import_contact(&operator(), TENANT, record.clone()).await;
    let imported = imported.expect("the contact is imported");
    assert!(imported.changed);
    assert_eq!(Some(imported.contact_id), before.contact_id, "known by the address");
    let repeat = desk.app.import_contact(&operator(), TENANT, record).await.expect("imported");
    assert!(!repeat.changed);
    let after = desk.receive(&mail("b").text(request)).await;
    assert_eq!(codes(&after), ["double_credit_request"]);
    let events = desk.ticket(after.ticket_id).await;
    let TicketEvent::TicketReceived(ticket) = &events[0] else { panic!("a ticket") };
    assert_eq!(ticket.check.facts.recent_credits.len(), 1);
    assert_eq!(ticket.check.facts_version, 3, "the facts name the version they were read at");
    assert_eq!(ticket.customer_name.as_ref().expect("a name").text(), "Annabel");
    // Thirty days after the credit it is outside the window.
    desk.database.clock.advance(25 * DAY);
    assert!(codes(&desk.receive(&mail("c").text(request)).await).is_empty());
}

async fn gate_stays_when_the_customer_writes_again(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a").text("He has blood in his stool.\r\n")).await;
    let second = desk.receive(&mail("b").answers("a").text("Any news?\r\n")).await;
    assert_eq!(second.ticket_id, first.ticket_id);
    assert_eq!(second.gated, None, "the second message is a decision of its own");
    let events = desk.ticket(first.ticket_id).await;
    let mut ticket = Ticket::default();
    events.iter().cloned().for_each(|event| ticket.apply(event));
    assert_eq!(ticket.status(), Status::Escalated);
    assert_eq!(ticket.gate_codes(), ["health_blood"]);
    let third = desk.receive(&mail("c").answers("b").text("I will go to court.\r\n")).await;
    desk.ticket(third.ticket_id).await[3..].iter().cloned().for_each(|event| ticket.apply(event));
    assert!(ticket.gate_codes().contains(&"health_blood".to_owned()));
    assert!(ticket.gate_codes().contains(&"legal_threat".to_owned()), "{:?}", ticket.gate_codes());
}

async fn quoted_history_does_not_fire(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let text = "Thank you, all is well.\r\n\r\nOn Tue, 7 Apr 2026 at 10:00, Support wrote:\r\n\
                > We are sorry that your dog vomited.\r\n";
    let received = desk.receive(&mail("a").text(text)).await;
    assert!(codes(&received).is_empty(), "{:?}", codes(&received));
    let message = desk.message(&received).await;
    assert_eq!(message.new_words(), "Thank you, all is well.");
    assert!(message.text.beginning().contains("vomited"), "the full text is kept");
}
