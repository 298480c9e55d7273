//! From stored events to public ones: pure, and exhaustive, so that a new stored event asks for a
//! decision here.

mod contact;
mod conversation;
mod policy;
mod ticket;

use casebook_domain::Personal;
use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_domain::mail::Mailbox;
use casebook_projections::Recorded;

use super::data::Person;
use super::types::EventData;

/// What becomes of a stored event.
pub(super) struct Told {
    /// What its public event tells.
    pub(super) data: EventData,
    /// The ticket that it is about, if any.
    pub(super) ticket_id: Option<TicketId>,
}

/// The public form of a stored event, with personal data or without; `None` for events that are
/// nobody's business outside, and for streams whose name is no identifier.
pub(super) fn told(recorded: &Recorded<Event>, personal: bool) -> Option<Told> {
    let id = recorded.stream.id.as_str();
    match &recorded.event {
        // Who looked at what, and what operators did to the log, is for auditors. What was sent to
        // subscribers is never sent to them, or it would never end.
        Event::Access(_) | Event::Operations(_) | Event::Webhook(_) => None,
        Event::Contact(event) => contact::told(id.parse().ok()?, event, Personally(personal)),
        Event::Conversation(event) => {
            Some(conversation::told(id.parse().ok()?, event, Personally(personal)))
        }
        Event::Policy(event) => Some(policy::told(event)),
        Event::Ticket(event) => Some(ticket::told(id.parse().ok()?, event, Personally(personal))),
    }
}

/// Whether personal data is told.
#[derive(Clone, Copy)]
struct Personally(bool);

impl Personally {
    /// The personal part, if it is told.
    fn tell<T>(self, part: impl FnOnce() -> T) -> Option<T> {
        self.0.then(part)
    }
}

/// A personal text, unless it has been erased.
fn text(text: &Personal<String>) -> Option<String> {
    text.get().cloned()
}

/// A personal text that may be missing.
fn opt_text(text: Option<&Personal<String>>) -> Option<String> {
    text.and_then(Personal::get).cloned()
}

/// A person, unless they have been erased.
fn person(mailbox: &Personal<Mailbox>) -> Option<Person> {
    let Mailbox { name, address } = mailbox.get()?;
    Some(Person { name: name.clone(), address: address.clone() })
}
