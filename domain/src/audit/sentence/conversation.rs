//! Events of a conversation in words.

use super::{count, next};
use crate::conversation::{ConversationEvent, Direction, MessageReceived};
use crate::mail::Automatic;

pub(super) fn sentence(event: &ConversationEvent) -> String {
    match event {
        ConversationEvent::ConversationOpened(opened) => {
            let (inbox, channel) = (&opened.inbox, opened.channel.name());
            format!("The conversation began in inbox {inbox} by {channel}.")
        }
        ConversationEvent::MessageReceived(message) => received(message),
        ConversationEvent::MailSetAside(aside) => {
            let forward = if aside.forward_to.is_some() { " and is handed on" } else { "" };
            let (id, reason) = (aside.message_id, aside.reason.name());
            format!("Message {id} was set aside ({reason}){forward}.")
        }
        ConversationEvent::MailForwarded(done) => {
            let (id, attempt) = (done.message_id, done.attempt);
            format!("Message {id} was handed on at attempt {attempt}.")
        }
        ConversationEvent::ForwardFailed(failed) => {
            let (id, attempt) = (failed.message_id, failed.attempt);
            let next = next(failed.retry_at);
            format!("Attempt {attempt} to hand message {id} on failed{next}.")
        }
        ConversationEvent::BounceAttached(bounce) => {
            let (id, about) = (bounce.message_id, bounce.about);
            format!("Message {id} turned out to be a delivery report about message {about}.")
        }
        ConversationEvent::MessageSent(sent) => {
            let (id, by) = (sent.message_id, &sent.sent_by);
            format!("Message {id}, approved by {by}, went out.")
        }
        ConversationEvent::NoteAdded(note) => {
            format!("{} left note {} for colleagues.", note.author, note.note_id)
        }
    }
}

fn received(message: &MessageReceived) -> String {
    let from = match (message.direction, message.automatic) {
        (Direction::Outbound, _) => "of our own",
        (Direction::Inbound, None) => "of the contact",
        (Direction::Inbound, Some(Automatic::AutoReply)) => "of a program (an automatic answer)",
        (Direction::Inbound, Some(Automatic::Bounce)) => "of a mail server (a delivery report)",
        (Direction::Inbound, Some(Automatic::List)) => "of a mailing list",
        (Direction::Inbound, Some(Automatic::Own)) => "of one of our own inboxes",
    };
    let files = match message.attachments.len() {
        0 => String::new(),
        files => format!(" with {}", count(files as u64, "file")),
    };
    let (id, transport) = (message.message_id, &message.receipt.transport);
    format!("Message {id} {from} arrived by {transport}{files}.")
}
