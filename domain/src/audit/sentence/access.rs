//! Looks at personal data in words.

use super::{count, list};
use crate::access::{AccessEvent, PersonalDataRead, Seen, Way};

pub(super) fn sentence(event: &AccessEvent) -> String {
    match event {
        AccessEvent::PersonalDataRead(read) => {
            let how = match read.way {
                Way::Graphql => "read",
                Way::Download => "downloaded",
                Way::Export => "exported",
            };
            format!("Personal data was {how}: {}.", what(read))
        }
    }
}

fn what(read: &PersonalDataRead) -> String {
    let mut messages = 0_u64;
    let mut names = Vec::new();
    for seen in &read.what {
        match seen {
            Seen::Contact => names.push("the contact".to_owned()),
            Seen::Conversation => names.push("the conversation".to_owned()),
            Seen::Ticket(_) => names.push("the ticket".to_owned()),
            Seen::Message(_) => messages += 1,
            Seen::RawMail(id) => names.push(format!("the raw mail of message {id}")),
            Seen::FullText(id) => names.push(format!("the full text of message {id}")),
            Seen::Attachment { message_id, part } => {
                names.push(format!("attachment {part} of message {message_id}"));
            }
            Seen::AuditTrail => names.push("values in the audit trail".to_owned()),
            Seen::Export { name, filter } if filter.is_empty() => {
                names.push(format!("the export {name}"));
            }
            Seen::Export { name, filter } => names.push(format!("the export {name} ({filter})")),
        }
    }
    if messages > 0 {
        names.push(count(messages, "message"));
    }
    list(&names)
}
