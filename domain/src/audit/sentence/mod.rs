//! Each event as an English sentence.
//!
//! Sentences hold codes, numbers, instants and names of agents, but nothing that tells something
//! about a customer, so that they may stand in lists, exports and logs. Who acted is told beside
//! them. The matches have no wildcard: a new event does not compile without its sentence.

mod access;
mod contact;
mod conversation;
mod operations;
mod policy;
mod ticket;
mod ticket_reply;
mod ticket_work;
mod webhook;

use crate::event::Event;

/// The event in words.
pub fn sentence(event: &Event) -> String {
    match event {
        Event::Access(event) => access::sentence(event),
        Event::Contact(event) => contact::sentence(event),
        Event::Conversation(event) => conversation::sentence(event),
        Event::Operations(event) => operations::sentence(event),
        Event::Policy(event) => policy::sentence(event),
        Event::Ticket(event) => ticket::sentence(event),
        Event::Webhook(event) => webhook::sentence(event),
    }
}

/// `"1 thing"`, `"2 things"`.
fn count(number: impl Into<u64>, thing: &str) -> String {
    match number.into() {
        1 => format!("1 {thing}"),
        number => format!("{number} {thing}s"),
    }
}

/// `"a"`, `"a and b"`, `"a, b and c"`.
fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => "none".to_owned(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The first 12 digits of a version: enough to find it.
fn short(version: &str) -> &str {
    version.get(..12).unwrap_or(version)
}

/// When an attempt is followed by another one.
fn next(retry_at: Option<crate::Timestamp>) -> String {
    match retry_at {
        Some(at) => format!("; the next attempt is at {at}"),
        None => "; there is no further attempt".to_owned(),
    }
}
