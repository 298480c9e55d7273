//! From single looks to the events of a request: one for each person and thread.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccessEvent, PersonalDataRead, Seen, Way};
use crate::ids::{ContactId, ConversationId, TicketId};

/// Most things that one event names; a request that showed more has several events.
pub const SEEN_MAX: usize = 1_000;

/// Something that a request showed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Look {
    /// Whose data it is, where that is one person.
    pub contact_id: Option<ContactId>,
    /// The thread it belongs to, where it belongs to one.
    pub conversation_id: Option<ConversationId>,
    /// The ticket it belongs to, where it belongs to one.
    pub ticket_id: Option<TicketId>,
    /// What was shown.
    pub seen: Seen,
}

/// To whom and what something belongs that was seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    contact: Option<ContactId>,
    thread: Option<ConversationId>,
    ticket: Option<TicketId>,
}

impl Owner {
    fn of(look: &Look) -> Self {
        let ticket = match look.seen {
            Seen::Ticket(id) => Some(id),
            _ => look.ticket_id,
        };
        Self { contact: look.contact_id, thread: look.conversation_id, ticket }
    }

    /// Whether it is a contact or thread as such, and no export of its own.
    const fn lacks_ticket(&self) -> bool {
        self.ticket.is_none() && (self.contact.is_some() || self.thread.is_some())
    }

    /// Whether the other says the same of the contact, and more of the thread or ticket.
    fn is_part_of(&self, other: &Self) -> bool {
        let thread = self.thread.is_none() || self.thread == other.thread;
        self != other && self.contact == other.contact && thread
    }
}

type Groups = BTreeMap<Owner, Vec<Seen>>;

/// The events of a request that showed these things; none when it showed nothing.
///
/// What belongs to one ticket is one event. What is known to belong to a thread or a contact only
/// joins the event of one of their tickets: a ticket's page with contact, conversation and messages
/// is one event. Each event names at most one ticket, so that a ticket's trail finds it.
pub fn events(looks: &BTreeSet<Look>, way: Way) -> Vec<AccessEvent> {
    let mut groups = Groups::new();
    for look in looks {
        groups.entry(Owner::of(look)).or_default().push(look.seen.clone());
    }
    join(&mut groups);
    let mut events = Vec::new();
    for (owner, mut what) in groups {
        let Owner { contact: contact_id, thread: conversation_id, ticket: ticket_id } = owner;
        what.sort_unstable();
        what.dedup();
        for what in what.chunks(SEEN_MAX) {
            let what = what.to_vec();
            let read = PersonalDataRead { contact_id, conversation_id, ticket_id, what, way };
            events.push(AccessEvent::PersonalDataRead(read));
        }
    }
    events
}

/// Moves what belongs to a contact or thread alone to the first of their tickets or threads.
fn join(groups: &mut Groups) {
    let lacking: Vec<Owner> = groups.keys().filter(|owner| owner.lacks_ticket()).copied().collect();
    for owner in lacking {
        let whole = groups.keys().find(|other| owner.is_part_of(other)).copied();
        if let Some(whole) = whole
            && let Some(what) = groups.remove(&owner)
        {
            groups.entry(whole).or_default().extend(what);
        }
    }
}
