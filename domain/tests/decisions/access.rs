//! Looks at personal data, and the events that tell of them.

use std::collections::BTreeSet;

use casebook_domain::access::{AccessEvent, Look, PersonalDataRead, SEEN_MAX, Seen, Way, events};
use casebook_domain::ids::{ContactId, ConversationId, TicketId};

use crate::fixtures::{contact_id, conversation_id, message_id, ticket_id};

fn look(contact: Option<ContactId>, conversation: Option<ConversationId>, seen: Seen) -> Look {
    Look { contact_id: contact, conversation_id: conversation, ticket_id: None, seen }
}

fn reads(looks: impl IntoIterator<Item = Look>) -> Vec<PersonalDataRead> {
    let looks: BTreeSet<Look> = looks.into_iter().collect();
    let read = |event| match event {
        AccessEvent::PersonalDataRead(read) => read,
    };
    events(&looks, Way::Graphql).into_iter().map(read).collect()
}

#[test]
fn nothing_seen_is_no_event() {
    assert_eq!(reads([]), []);
}

#[test]
fn the_page_of_a_ticket_is_one_event() {
    let (contact, thread) = (Some(contact_id()), Some(conversation_id()));
    let message = look(contact, thread, Seen::Message(message_id("first")));
    let found = reads([
        Look { ticket_id: Some(ticket_id()), ..message.clone() },
        message,
        look(contact, thread, Seen::Ticket(ticket_id())),
        look(contact, thread, Seen::Conversation),
        look(contact, None, Seen::Contact),
    ]);
    let what = vec![
        Seen::Contact,
        Seen::Conversation,
        Seen::Ticket(ticket_id()),
        Seen::Message(message_id("first")),
    ];
    let expected = PersonalDataRead {
        contact_id: contact,
        conversation_id: thread,
        ticket_id: Some(ticket_id()),
        what,
        way: Way::Graphql,
    };
    assert_eq!(found, [expected]);
}

#[test]
fn what_belongs_to_two_tickets_of_a_thread_is_told_of_each() {
    let (contact, thread) = (Some(contact_id()), Some(conversation_id()));
    let tickets = ["a", "b"].map(|name| TicketId::opened_by(message_id(name)));
    let mut looks: Vec<Look> = tickets
        .iter()
        .zip(["a", "b"])
        .map(|(ticket, name)| Look {
            ticket_id: Some(*ticket),
            ..look(contact, thread, Seen::Message(message_id(name)))
        })
        .collect();
    looks.push(look(contact, thread, Seen::Conversation));
    let found = reads(looks);
    let mut named: Vec<_> = found.iter().filter_map(|read| read.ticket_id).collect();
    named.sort_unstable();
    let mut due = tickets.to_vec();
    due.sort_unstable();
    assert_eq!(named, due);
    assert_eq!(found.iter().map(|read| read.what.len()).sum::<usize>(), 3);
}

#[test]
fn an_export_joins_nothing() {
    let export = Seen::Export { name: "audit".to_owned(), filter: String::new() };
    let found = reads([
        look(None, None, export.clone()),
        look(None, Some(conversation_id()), Seen::Conversation),
    ]);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].what.as_slice(), found[0].conversation_id), (&[export][..], None));
}

#[test]
fn each_person_and_thread_has_an_event_of_its_own() {
    let other = Some(ContactId(uuid::Uuid::from_u128(2)));
    let thread = Some(conversation_id());
    let found = reads([
        look(Some(contact_id()), thread, Seen::Conversation),
        look(other, None, Seen::Contact),
    ]);
    let whose: Vec<_> = found.iter().map(|read| read.contact_id).collect();
    assert_eq!(whose, [Some(contact_id()), other]);
}

#[test]
fn an_event_names_one_ticket_at_most_and_is_never_too_long() {
    let tickets = ["a", "b"].map(|name| {
        let id = TicketId::opened_by(message_id(name));
        look(None, Some(conversation_id()), Seen::Ticket(id))
    });
    assert_eq!(reads(tickets).len(), 2);
    let many = (0..=SEEN_MAX)
        .map(|n| look(Some(contact_id()), None, Seen::Message(message_id(&n.to_string()))));
    let lengths: Vec<_> = reads(many).iter().map(|read| read.what.len()).collect();
    assert_eq!(lengths, [SEEN_MAX, 1]);
}
