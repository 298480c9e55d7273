//! Given events, then what the index says they are about; and the account of a ticket's standing,
//! held against the row of the queue.

use casebook_domain::access::{AccessEvent, PersonalDataRead, Seen, Way};
use casebook_domain::audit::{Happened, StatusRule, why};
use casebook_domain::event::Event;
use casebook_domain::ids::derive;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

use crate::Recorded;
use crate::audit::{AuditIndex, AuditRow, EntryId};
use crate::testing::{History, Life, Mail, row_of};
use crate::tickets::Tickets;

const TENANT: &str = "tenant-a";

fn rows(events: &[Recorded<Event>]) -> Vec<AuditRow> {
    let row = |event: &Recorded<Event>| {
        row_of::<AuditIndex>(events, TENANT, EntryId::at(event.position).0).expect("a row")
    };
    events.iter().map(row).collect()
}

#[test]
fn everything_about_a_mail_names_its_thread_and_what_else_it_tells() {
    let mail = Mail::new(TENANT, 1);
    let mut history = History::new();
    mail.add_to(&mut history);
    let events = history.recorded();
    let rows = rows(&events);
    assert!(rows.len() >= 4);
    for (row, event) in rows.iter().zip(&events) {
        assert_eq!((row.position, row.actor.as_str()), (event.position, "system:test"));
        assert_eq!(row.event_type, event.event.event_type());
        let ticket = matches!(event.event, Event::Ticket(_)).then(|| mail.ticket_id());
        assert!(ticket.is_none() || row.ticket_id == ticket, "{}", row.event_type);
        if matches!(event.event, Event::Contact(_)) {
            assert_eq!(row.contact_id, Some(mail.contact_id()));
        }
    }
    let opened = rows.iter().find(|row| row.event_type == "ConversationOpened").expect("opened");
    assert_eq!(opened.conversation_id, Some(mail.conversation_id()));
    assert_eq!(opened.contact_id, Some(mail.contact_id()));
}

#[test]
fn a_look_is_about_whom_it_showed() {
    let mail = Mail::new(TENANT, 1);
    let read = PersonalDataRead {
        contact_id: Some(mail.contact_id()),
        conversation_id: Some(mail.conversation_id()),
        ticket_id: None,
        what: vec![Seen::Contact, Seen::Ticket(mail.ticket_id())],
        way: Way::Graphql,
    };
    let mut history = History::new();
    history.begin(TENANT);
    history.push(derive(&["request"]), &AccessEvent::PersonalDataRead(read));
    let row = rows(&history.recorded()).pop().expect("a row");
    assert_eq!(row.event_type, "PersonalDataRead");
    assert_eq!(row.ticket_id, Some(mail.ticket_id()));
    assert_eq!(row.conversation_id, Some(mail.conversation_id()));
    assert_eq!(row.contact_id, Some(mail.contact_id()));
}

fn happened(event: &Recorded<Event>) -> Option<Happened> {
    let Event::Ticket(of_ticket) = &event.event else { return None };
    Some(Happened {
        position: event.position,
        version: event.version,
        recorded_at: event.recorded_at,
        actor: String::new(),
        event: of_ticket.clone(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// After every event of every life, the account names a rule for exactly the status and the
    /// priority that the queue shows.
    #[test]
    fn the_account_of_a_ticket_agrees_with_the_queue(
        gated in any::<bool>(),
        choices in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mail = Mail::new(TENANT, 1);
        let mail = if gated { mail.gated(&["health_blood"]) } else { mail };
        let mut life = Life::new(mail);
        for choice in choices {
            life.choose(choice);
        }
        let events = life.history().recorded();
        let history: Vec<Happened> = events.iter().filter_map(happened).collect();
        for end in 1..=history.len() {
            let last = history[end - 1].position;
            let until: Vec<_> =
                events.iter().filter(|event| event.position <= last).cloned().collect();
            let row = row_of::<Tickets>(&until, TENANT, life.mail().ticket_id().0).expect("a row");
            let why = why(&history[..end], |_| Some(0.7), |_, _| Vec::new()).expect("a ticket with events");
            prop_assert_eq!(Some(why.status), row.status);
            prop_assert_eq!(why.priority, row.priority);
            prop_assert!(why.status_rule.gives().contains(&why.status), "{:?}", why.status_rule);
            let codes: Vec<_> = why.gates.iter().map(|gate| gate.code.clone()).collect();
            prop_assert_eq!(codes, row.gate_codes);
            let rule = why.deciding_rule().expect("a rule");
            prop_assert!(rule.matches && StatusRule::ALL.contains(&why.status_rule));
        }
    }
}
