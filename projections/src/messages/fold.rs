//! How events make a message's row.

use casebook_domain::conversation::{
    Body, BounceAttached, ConversationEvent, Direction, ForwardFailed, MailForwarded,
    MessageReceived, MessageSent, SetAsideMail,
};
use casebook_domain::event::Event;
use casebook_domain::ids::{ConversationId, MessageId};
use casebook_domain::mail::Mailbox;
use casebook_domain::{Personal, Timestamp};

use super::{ForwardState, MessageRow};
use crate::Recorded;
use crate::columns::known;
use crate::read_model::{NONE, RowKey, Touched, one};

pub(super) fn touched(event: &Recorded<Event>) -> Touched {
    let Event::Conversation(event) = &event.event else { return NONE };
    match event {
        ConversationEvent::ConversationOpened(_) | ConversationEvent::NoteAdded(_) => NONE,
        ConversationEvent::MessageSent(sent) => one(sent.message_id.0),
        ConversationEvent::MessageReceived(message) => one(message.message_id.0),
        ConversationEvent::MailSetAside(aside) => one(aside.message_id.0),
        ConversationEvent::MailForwarded(done) => one(done.message_id.0),
        ConversationEvent::ForwardFailed(failed) => one(failed.message_id.0),
        ConversationEvent::BounceAttached(bounce) if bounce.about == bounce.message_id => {
            one(bounce.about.0)
        }
        ConversationEvent::BounceAttached(bounce) => {
            [Some(bounce.about.0), Some(bounce.message_id.0)]
        }
    }
}

pub(super) fn new_row(key: &RowKey) -> MessageRow {
    MessageRow {
        tenant: key.tenant.clone(),
        message_id: MessageId(key.id),
        conversation_id: None,
        ticket_id: None,
        contact_id: None,
        direction: Direction::Inbound,
        sent_by: None,
        sender: Mailbox::default(),
        recipients: Vec::new(),
        copies: Vec::new(),
        reply_to: Vec::new(),
        subject: None,
        sent_at: None,
        received_at: Timestamp::default(),
        counted_at: Timestamp::default(),
        text: String::new(),
        text_sha256: None,
        new_text: None,
        new_text_sha256: None,
        signature: None,
        attachments: Vec::new(),
        automatic: None,
        flags: Vec::new(),
        external_id: None,
        raw_sha256: String::new(),
        raw_size_bytes: 0,
        transport: String::new(),
        set_aside_reason: None,
        forward_to: None,
        forward_state: None,
        forward_attempts: 0,
        bounced: false,
        bounce_report: None,
        bounce_of: None,
        position: 0,
    }
}

pub(super) fn apply(row: &mut MessageRow, event: &Recorded<Event>) {
    let Event::Conversation(conversation_event) = &event.event else { return };
    match conversation_event {
        ConversationEvent::ConversationOpened(_) | ConversationEvent::NoteAdded(_) => return,
        ConversationEvent::MessageSent(sent) => {
            row.conversation_id = event.stream.id.parse::<ConversationId>().ok();
            send(row, sent);
        }
        ConversationEvent::MessageReceived(message) => {
            row.conversation_id = event.stream.id.parse::<ConversationId>().ok();
            receive(row, message);
        }
        ConversationEvent::MailSetAside(aside) => set_aside(row, aside),
        ConversationEvent::MailForwarded(done) => forward(row, done),
        ConversationEvent::ForwardFailed(failed) => fail(row, failed),
        ConversationEvent::BounceAttached(bounce) => attach(row, bounce),
    }
    row.position = event.position;
}

fn receive(row: &mut MessageRow, message: &MessageReceived) {
    row.ticket_id = message.ticket_id;
    row.contact_id = Some(message.contact_id);
    row.direction = message.direction;
    row.sender = message.from.get().cloned().unwrap_or_default();
    row.recipients = all_known(&message.to);
    row.copies = all_known(&message.cc);
    row.reply_to = all_known(&message.reply_to);
    row.subject = known(message.subject.as_ref());
    row.sent_at = message.sent_at;
    row.received_at = message.receipt.received_at;
    row.counted_at = message.counted_at();
    row.text = message.text.beginning().to_owned();
    row.text_sha256 = blob(&message.text);
    row.new_text = message.new_text.as_ref().map(|text| text.beginning().to_owned());
    row.new_text_sha256 = message.new_text.as_ref().and_then(blob);
    row.signature = known(message.signature.as_ref());
    row.attachments = all_known(&message.attachments);
    row.automatic = message.automatic;
    row.flags.clone_from(&message.flags);
    row.external_id = known(message.external_id.as_ref());
    row.raw_sha256.clone_from(&message.receipt.sha256);
    row.raw_size_bytes = message.receipt.size_bytes;
    row.transport.clone_from(&message.receipt.transport);
}

fn send(row: &mut MessageRow, sent: &MessageSent) {
    row.ticket_id = Some(sent.ticket_id);
    row.contact_id = Some(sent.contact_id);
    row.direction = Direction::Outbound;
    row.sent_by = Some(sent.sent_by.clone());
    row.sender.clone_from(&sent.from);
    row.recipients = sent.to.get().cloned().into_iter().collect();
    row.subject = known(Some(&sent.subject));
    row.sent_at = Some(sent.sent_at);
    row.received_at = sent.sent_at;
    row.counted_at = sent.sent_at;
    sent.text.text().clone_into(&mut row.text);
    row.external_id = known(Some(&sent.external_id));
    row.raw_sha256.clone_from(&sent.raw_sha256);
    "smtp".clone_into(&mut row.transport);
}

fn set_aside(row: &mut MessageRow, aside: &SetAsideMail) {
    row.set_aside_reason = Some(aside.reason);
    row.forward_to = known(aside.forward_to.as_ref());
    row.forward_state = aside.forward_to.as_ref().map(|_| ForwardState::Pending);
}

fn forward(row: &mut MessageRow, done: &MailForwarded) {
    row.forward_state = Some(ForwardState::Forwarded);
    row.forward_attempts = done.attempt;
}

fn fail(row: &mut MessageRow, failed: &ForwardFailed) {
    let last = failed.retry_at.is_none();
    row.forward_state = Some(if last { ForwardState::Failed } else { ForwardState::Pending });
    row.forward_attempts = failed.attempt;
}

/// A delivery report changes two rows: the message it is about, and the report itself.
fn attach(row: &mut MessageRow, bounce: &BounceAttached) {
    if row.message_id == bounce.about {
        row.bounced = true;
        row.bounce_report = bounce.report.get().cloned();
    }
    if row.message_id == bounce.message_id {
        row.bounce_of = Some(bounce.about);
    }
}

fn blob(body: &Body) -> Option<String> {
    match body {
        Body::Inline(_) => None,
        Body::Blob { sha256, .. } => Some(sha256.clone()),
    }
}

fn all_known<T: Clone>(values: &[Personal<T>]) -> Vec<T> {
    values.iter().filter_map(Personal::get).cloned().collect()
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
