//! From single looks to the events of a request: one for each person and thread.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccessEvent, PersonalDataRead, Seen, Way};
use crate::ids::{ContactId, ConversationId};

/// Most things that one event names; a request that showed more has several events.
pub const SEEN_MAX: usize = 1_000;

/// Something that a request showed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Look {
    /// Whose data it is, where that is one person.
    pub contact_id: Option<ContactId>,
    /// The thread it belongs to, where it belongs to one.
    pub conversation_id: Option<ConversationId>,
    /// What was shown.
    pub seen: Seen,
}

/// What was seen, by person and thread.
type Groups = BTreeMap<(Option<ContactId>, Option<ConversationId>), Vec<Seen>>;

/// The events of a request that showed these things; none when it showed nothing.
///
/// What belongs to one thread is one event, and a look at a contact joins the event of one of the
/// contact's threads: a ticket's page with contact, conversation and messages is one event. Each
/// event names at most one ticket, so that a ticket's trail finds it.
pub fn events(looks: &BTreeSet<Look>, way: Way) -> Vec<AccessEvent> {
    let mut groups = Groups::new();
    for look in looks {
        let group = groups.entry((look.contact_id, look.conversation_id)).or_default();
        group.push(look.seen.clone());
    }
    join_contacts(&mut groups);
    let mut events = Vec::new();
    for ((contact_id, conversation_id), what) in groups {
        for what in parts(what) {
            let read = PersonalDataRead { contact_id, conversation_id, what, way };
            events.push(AccessEvent::PersonalDataRead(read));
        }
    }
    events
}

/// Moves what was seen of a contact alone to the first thread of the same contact.
fn join_contacts(groups: &mut Groups) {
    let alone: Vec<_> = groups
        .keys()
        .filter(|(contact, conversation)| contact.is_some() && conversation.is_none())
        .copied()
        .collect();
    for key in alone {
        let thread = groups.keys().find(|other| other.0 == key.0 && other.1.is_some()).copied();
        if let Some(thread) = thread
            && let Some(what) = groups.remove(&key)
        {
            let group = groups.entry(thread).or_default();
            group.splice(0..0, what);
        }
    }
}

/// Cuts a list so that each part names one ticket at most and is not too long.
fn parts(what: Vec<Seen>) -> Vec<Vec<Seen>> {
    let mut parts: Vec<Vec<Seen>> = vec![Vec::new()];
    let mut has_ticket = false;
    for seen in what {
        let is_ticket = matches!(seen, Seen::Ticket(_));
        let full = parts.last().is_some_and(|part| part.len() == SEEN_MAX);
        if full || (is_ticket && has_ticket) {
            parts.push(Vec::new());
            has_ticket = false;
        }
        has_ticket |= is_ticket;
        if let Some(part) = parts.last_mut() {
            part.push(seen);
        }
    }
    parts
}
