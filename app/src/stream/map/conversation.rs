//! Public events of conversations, their messages and notes.

use casebook_domain::conversation::{self, Body, ConversationEvent, SetAsideMail};
use casebook_domain::ids::{ConversationId, TicketId};

use super::{Personally, Told, opt_text, person, text};
use crate::stream::data::*;
use crate::stream::types::EventData;

/// What an event of a conversation tells.
pub(super) fn told(id: ConversationId, event: &ConversationEvent, personally: Personally) -> Told {
    let mut ticket_id: Option<TicketId> = None;
    let data = match event {
        ConversationEvent::ConversationOpened(event) => {
            EventData::ConversationOpened(Box::new(ConversationOpened {
                conversation_id: id,
                inbox: event.inbox.clone(),
                channel: event.channel.into(),
                contact_id: event.contact_id,
                personal: personally.tell(|| Subject { subject: opt_text(event.subject.as_ref()) }),
            }))
        }
        ConversationEvent::MessageReceived(event) => {
            ticket_id = event.ticket_id;
            EventData::MessageReceived(Box::new(received(id, event, personally)))
        }
        ConversationEvent::MailSetAside(event) => {
            EventData::MessageSetAside(Box::new(set_aside(id, event, personally)))
        }
        ConversationEvent::MailForwarded(event) => {
            EventData::MessageForwarded(Box::new(MessageForwarded {
                message_id: event.message_id,
                conversation_id: id,
                attempt: event.attempt,
            }))
        }
        ConversationEvent::ForwardFailed(event) => {
            EventData::ForwardFailed(Box::new(ForwardFailed {
                message_id: event.message_id,
                conversation_id: id,
                attempt: event.attempt,
                error: event.error.clone(),
                retry_at: event.retry_at,
            }))
        }
        ConversationEvent::BounceAttached(event) => {
            EventData::BounceAttached(Box::new(bounce(id, event, personally)))
        }
        ConversationEvent::MessageSent(event) => {
            ticket_id = Some(event.ticket_id);
            EventData::MessageSent(Box::new(sent(id, event, personally)))
        }
        ConversationEvent::NoteAdded(event) => {
            ticket_id = Some(event.ticket_id);
            EventData::NoteAdded(Box::new(NoteAdded {
                note_id: event.note_id,
                ticket_id: event.ticket_id,
                conversation_id: id,
                author: event.author.clone(),
                written_at: event.written_at,
                personal: personally.tell(|| Text { text: text(&event.text) }),
            }))
        }
    };
    Told { data, ticket_id }
}

fn received(
    conversation_id: ConversationId,
    event: &conversation::MessageReceived,
    personally: Personally,
) -> MessageReceived {
    MessageReceived {
        message_id: event.message_id,
        conversation_id,
        contact_id: event.contact_id,
        ticket_id: event.ticket_id,
        direction: event.direction.into(),
        transport: event.receipt.transport.clone(),
        size_bytes: event.receipt.size_bytes,
        received_at: event.receipt.received_at,
        sent_at: event.sent_at,
        attachment_count: event.attachments.len() as u64,
        automatic: event.automatic.map(Into::into),
        flags: event.flags.clone(),
        personal: personally.tell(|| message_person(event)),
    }
}

fn message_person(event: &conversation::MessageReceived) -> MessagePerson {
    let (new_text, is_beginning) = match event.new_text.as_ref().unwrap_or(&event.text) {
        Body::Inline(words) => (text(words), false),
        Body::Blob { beginning, .. } => (text(beginning), true),
    };
    let files = event.attachments.iter().filter_map(|file| file.get());
    MessagePerson {
        from: person(&event.from),
        to: event.to.iter().filter_map(person).collect(),
        cc: event.cc.iter().filter_map(person).collect(),
        subject: opt_text(event.subject.as_ref()),
        new_text,
        is_beginning,
        external_id: opt_text(event.external_id.as_ref()),
        attachments: files
            .map(|file| File {
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                size_bytes: file.size_bytes,
            })
            .collect(),
    }
}

fn set_aside(
    conversation_id: ConversationId,
    event: &SetAsideMail,
    personally: Personally,
) -> MessageSetAside {
    MessageSetAside {
        message_id: event.message_id,
        conversation_id,
        contact_id: event.contact_id,
        inbox: event.inbox.clone(),
        channel: event.channel.into(),
        reason: event.reason.into(),
        is_forwarded: event.forward_to.is_some(),
        received_at: event.received_at,
        personal: personally.tell(|| SetAsidePerson {
            from: person(&event.from),
            subject: opt_text(event.subject.as_ref()),
            preview: text(&event.preview),
            forward_to: opt_text(event.forward_to.as_ref()),
        }),
    }
}

fn bounce(
    conversation_id: ConversationId,
    event: &conversation::BounceAttached,
    personally: Personally,
) -> BounceAttached {
    let report = event.report.get();
    BounceAttached {
        conversation_id,
        message_id: event.message_id,
        about: event.about,
        personal: personally.tell(|| BouncePerson {
            recipient: report.and_then(|report| report.recipient.clone()),
            action: report.and_then(|report| report.action.clone()),
            status: report.and_then(|report| report.status.clone()),
            diagnostic: report.and_then(|report| report.diagnostic.clone()),
        }),
    }
}

fn sent(
    conversation_id: ConversationId,
    event: &conversation::MessageSent,
    personally: Personally,
) -> MessageSent {
    MessageSent {
        message_id: event.message_id,
        conversation_id,
        contact_id: event.contact_id,
        ticket_id: event.ticket_id,
        sent_by: event.sent_by.clone(),
        sent_at: event.sent_at,
        personal: personally.tell(|| SentPerson {
            to: person(&event.to),
            subject: text(&event.subject),
            text: text(&event.text),
            external_id: text(&event.external_id),
        }),
    }
}
