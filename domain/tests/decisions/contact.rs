//! Cases of the contact.

use casebook_domain::Timestamp;
use casebook_domain::contact::{
    Contact, ContactCommand, ContactError, ContactEvent, ContactRegistered, ContactWrote,
    CustomerContext, RegisterContact,
};
use casebook_domain::gates::{Credit, FactWindows};

use crate::fixtures::{NOON, contact_id, given, message_id};

const WINDOWS: FactWindows = FactWindows { contact_days: 7, credit_days: 30 };

fn register() -> ContactCommand {
    ContactCommand::Register(RegisterContact {
        contact_id: contact_id(),
        address: "ada@example.org".to_owned(),
        name: Some("Ada".to_owned()),
    })
}

fn registered() -> ContactEvent {
    ContactEvent::ContactRegistered(ContactRegistered {
        contact_id: contact_id(),
        address: "ada@example.org".into(),
        name: Some("Ada".into()),
    })
}

fn wrote(name: &str, at: Timestamp) -> ContactEvent {
    ContactEvent::ContactWrote(ContactWrote { message_id: message_id(name), at })
}

fn change(context: CustomerContext) -> ContactCommand {
    ContactCommand::ChangeContext { context: Box::new(context), source: "import".to_owned() }
}

#[test]
fn a_person_is_registered_once() {
    assert_eq!(Contact::default().decide(register()).expect("new"), [registered()]);
    let known: Contact = given([registered()]);
    assert_eq!(known.decide(register()).expect("known"), []);
}

#[test]
fn only_a_known_person_writes_and_each_message_counts_once() {
    let ContactEvent::ContactWrote(counted) = wrote("m", NOON) else { unreachable!() };
    let count = ContactCommand::CountMessage(counted);
    assert_eq!(Contact::default().decide(count.clone()), Err(ContactError::NotFound));
    let known: Contact = given([registered()]);
    assert_eq!(known.decide(count.clone()).expect("counted"), [wrote("m", NOON)]);
    let counted: Contact = given([registered(), wrote("m", NOON)]);
    assert_eq!(counted.decide(count).expect("again"), []);
}

#[test]
fn facts_count_the_window_with_its_end_and_without_its_beginning() {
    let contact: Contact = given([
        registered(),
        wrote("later", NOON.plus_micros(1)),
        wrote("edge", NOON.minus_days(7)),
        wrote("inside", NOON.minus_days(7).plus_micros(1)),
    ]);
    let facts = contact.gate_facts(NOON, true, WINDOWS);
    assert_eq!(facts.contact_times, [NOON.minus_days(7).plus_micros(1), NOON]);
    assert_eq!(contact.gate_facts(NOON, false, WINDOWS).contact_times.len(), 1);
}

#[test]
fn facts_hold_the_credits_of_the_window() {
    let credit = |days| Credit {
        at: NOON.minus_days(days),
        amount_minor: 500,
        currency: "GBP".to_owned(),
        reason: "Late".to_owned(),
    };
    let context = CustomerContext { credits: vec![credit(31), credit(3)], ..Default::default() };
    let known: Contact = given([registered()]);
    let events = known.decide(change(context)).expect("changed");
    let contact: Contact = given([registered()].into_iter().chain(events));
    assert_eq!(contact.gate_facts(NOON, true, WINDOWS).recent_credits, [credit(3)]);
}

#[test]
fn the_same_context_again_changes_nothing_and_a_directory_name_wins() {
    let context = CustomerContext {
        first_name: Some("Augusta".to_owned()),
        last_name: Some("King".to_owned()),
        ..CustomerContext::default()
    };
    let known: Contact = given([registered()]);
    assert_eq!(known.name().as_deref(), Some("Ada"));
    let events = known.decide(change(context.clone())).expect("changed");
    let contact: Contact = given([registered()].into_iter().chain(events));
    assert_eq!(contact.decide(change(context)).expect("same"), []);
    assert_eq!(contact.name().as_deref(), Some("Augusta King"));
}
