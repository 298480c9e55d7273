//! What goes into the events of a received message, cut to what an event may hold.

use bytes::Bytes;
use casebook_domain::conversation::{
    Body, BounceAttached, ConversationOpened, Direction, MessageReceived, Receipt, SENT, preview,
};
use casebook_domain::ids::{ContactId, TicketId};
use casebook_domain::mail::{Attachment, Automatic, Mailbox};
use casebook_domain::ticket::{
    CustomerReplied, GateRun, JoinTicket, OpenTicket, ReplyBounced, TicketCommand, TicketReceived,
};
use casebook_domain::{Personal, subject};
use casebook_store::log::MAX_EVENT_BYTES;

use super::compose::Incoming;
use super::judge::{Judgement, millis, prefix};
use super::place::NewMessage;
use crate::{App, AppError};

/// How much of a mail its event keeps; the raw mail keeps all.
#[derive(Clone, Copy)]
struct Room {
    /// Recipients in each list, and files.
    list: usize,
    /// Identifiers of answered messages.
    answers: usize,
    /// Characters of one name, address or identifier.
    chars: usize,
    /// Bytes of each text; longer ones become blobs.
    text_bytes: usize,
}

/// From roomy to tight. Nearly every mail fits the first; the last holds any mail, because even
/// if each of its characters is escaped as six bytes it stays far below the limit of an event.
const ROOMS: [Room; 3] = [
    Room { list: 200, answers: 50, chars: HEADER_CHARS_MAX, text_bytes: usize::MAX },
    Room { list: 50, answers: 20, chars: 200, text_bytes: 8 * 1024 },
    Room { list: 10, answers: 10, chars: 100, text_bytes: 2 * 1024 },
];
/// Largest event of a message, in bytes of JSON; the rest is room for its name.
const MESSAGE_BYTES_MAX: usize = MAX_EVENT_BYTES - 1024;
/// Longest header value kept in an event, in characters.
const HEADER_CHARS_MAX: usize = 1000;

/// A header value cut to what events keep.
pub(super) fn cut(text: &str) -> String {
    cut_to(HEADER_CHARS_MAX, text)
}

fn cut_to(chars: usize, text: &str) -> String {
    text.chars().take(chars).collect()
}

impl Room {
    fn text(self, text: &str) -> String {
        cut_to(self.chars, text)
    }

    fn person(self, person: &Mailbox) -> Mailbox {
        let name = person.name.as_deref().map(|name| self.text(name));
        Mailbox { name, address: self.text(&person.address) }
    }

    fn people(self, people: &[Mailbox]) -> Vec<Personal<Mailbox>> {
        people.iter().take(self.list).map(|person| Personal::new(self.person(person))).collect()
    }

    fn files(self, files: &[Attachment]) -> Vec<Personal<Attachment>> {
        let short = |file: &Attachment| Attachment {
            name: file.name.as_deref().map(|name| self.text(name)),
            content_type: self.text(&file.content_type),
            content_id: file.content_id.as_deref().map(|id| self.text(id)),
            ..file.clone()
        };
        files.iter().take(self.list).map(|file| Personal::new(short(file))).collect()
    }
}

impl App {
    /// The event of a received message, cut until it fits; long texts go to the blob store first.
    pub(super) async fn received_event(
        &self,
        incoming: &Incoming,
        message: &NewMessage,
        contact_id: ContactId,
        ticket_id: Option<TicketId>,
        automatic: Option<Automatic>,
    ) -> Result<MessageReceived, AppError> {
        let who = (contact_id, ticket_id, automatic);
        let mut event = self.event_within(ROOMS[0], incoming, message, who).await?;
        for room in &ROOMS[1..] {
            let bytes = serde_json::to_vec(&event).map_err(AppError::fault)?.len();
            if bytes <= MESSAGE_BYTES_MAX {
                break;
            }
            event = self.event_within(*room, incoming, message, who).await?;
        }
        Ok(event)
    }

    async fn event_within(
        &self,
        room: Room,
        incoming: &Incoming,
        message: &NewMessage,
        (contact_id, ticket_id, automatic): (ContactId, Option<TicketId>, Option<Automatic>),
    ) -> Result<MessageReceived, AppError> {
        let mail = &incoming.mail;
        let same = mail.new_text == mail.text;
        let mut flags = message.flags.clone();
        flags.extend(mail.problems.iter().take(50).cloned());
        if mail.to.len().max(mail.cc.len()).max(mail.reply_to.len()) > room.list {
            flags.push("recipients_cut".to_owned());
        }
        if mail.attachments.len() > room.list {
            flags.push("attachments_cut".to_owned());
        }
        let answers = message.identity.answers.iter().take(room.answers);
        Ok(MessageReceived {
            message_id: message.identity.message_id,
            contact_id,
            direction: match automatic {
                Some(Automatic::Own) => Direction::Outbound,
                _ => Direction::Inbound,
            },
            ticket_id,
            receipt: receipt(incoming),
            external_id: mail.message_id.as_deref().map(|id| Personal::new(cut(id))),
            answers: answers.map(|id| Personal::new(room.text(id))).collect(),
            from: Personal::new(
                mail.from.first().map(|from| room.person(from)).unwrap_or_default(),
            ),
            reply_to: room.people(&mail.reply_to),
            to: room.people(&mail.to),
            cc: room.people(&mail.cc),
            subject: mail.subject.as_deref().map(|text| Personal::new(cut(text))),
            sent_at: mail.date,
            text: self.body(room, incoming, &mail.text).await?,
            new_text: match same {
                true => None,
                false => Some(self.body(room, incoming, &mail.new_text).await?),
            },
            signature: (!mail.signature.is_empty()).then(|| Personal::new(cut(&mail.signature))),
            text_source: mail.text_source,
            attachments: room.files(&mail.attachments),
            automatic,
            flags,
            content_digest: mail.content_digest.clone(),
            dedupe_key: incoming.dedupe_key.clone().map(Personal::new),
        })
    }

    async fn body(&self, room: Room, incoming: &Incoming, text: &str) -> Result<Body, AppError> {
        let max = self.inner.parts.intake.inline_text_bytes_max.min(room.text_bytes);
        if text.len() <= max {
            return Ok(Body::Inline(text.into()));
        }
        let tenant = &incoming.route.in_force.policy.tenant;
        let stored = self.blobs().put(tenant, Bytes::copy_from_slice(text.as_bytes())).await?;
        let sha256 = stored.to_string();
        let beginning = text.get(..text.floor_char_boundary(max)).unwrap_or_default();
        Ok(Body::Blob { sha256, size_bytes: text.len() as u64, beginning: beginning.into() })
    }
}

fn receipt(incoming: &Incoming) -> Receipt {
    let personal = |text: &Option<String>| text.as_deref().map(|text| Personal::new(cut(text)));
    Receipt {
        sha256: incoming.raw.sha256.clone(),
        size_bytes: incoming.raw.size_bytes,
        received_at: incoming.received_at,
        transport: incoming.transport.to_owned(),
        envelope_from: personal(&incoming.envelope_from),
        envelope_to: personal(&incoming.envelope_to),
    }
}

/// The subject as tickets keep it: prefixes removed, `None` when it says nothing.
fn stored_subject(incoming: &Incoming) -> Option<Personal<String>> {
    let rules = &incoming.route.in_force.policy.subjects;
    let text = incoming.mail.subject.as_deref()?;
    subject::clean(text, prefix(incoming), rules).map(|text| Personal::new(cut(&text)))
}

/// How the conversation begins, if it has to.
pub(super) fn opening(
    incoming: &Incoming,
    message: &NewMessage,
    contact_id: ContactId,
) -> ConversationOpened {
    ConversationOpened {
        conversation_id: message.conversation_id,
        inbox: incoming.route.inbox.clone(),
        channel: incoming.route.channel,
        contact_id,
        subject: stored_subject(incoming),
    }
}

/// The link from a delivery report to the message it is about.
pub(super) fn bounce(incoming: &Incoming, message: &NewMessage) -> Option<BounceAttached> {
    let about = message.about.as_ref()?;
    let mut report = incoming.mail.bounce.clone()?;
    report.diagnostic = report.diagnostic.as_deref().map(cut);
    report.recipient = report.recipient.as_deref().map(cut);
    report.original_message_id = report.original_message_id.as_deref().map(cut);
    Some(BounceAttached {
        message_id: message.identity.message_id,
        about: about.message_id,
        report: Personal::new(report),
    })
}

/// The ticket and reply that a delivery report is about, when it is one of ours.
pub(super) fn bounced_reply(
    incoming: &Incoming,
    message: &NewMessage,
) -> Option<(TicketId, ReplyBounced)> {
    let about = message.about.as_ref().filter(|place| place.content_digest == SENT)?;
    let report = incoming.mail.bounce.as_ref()?;
    let says = |action: &str| report.action.as_deref() == Some(action);
    let permanent = report.status.as_deref().is_some_and(|status| status.starts_with('5'));
    if says("delivered") || says("relayed") || says("expanded") {
        return None;
    }
    let bounced = ReplyBounced {
        reply_id: about.message_id,
        message_id: message.identity.message_id,
        // A report that says neither is about a mail that did not arrive.
        is_final: says("failed") || permanent || report.action.is_none(),
        status: report.status.as_deref().map(cut),
    };
    Some((about.ticket_id?, bounced))
}

/// What is asked of the ticket: open it, or join it when it exists.
pub(super) fn ticket_command(
    incoming: &Incoming,
    message: &NewMessage,
    (contact_id, customer_name): (ContactId, Option<String>),
    ticket_id: TicketId,
    judgement: Judgement,
    exists: bool,
) -> TicketCommand {
    let mail = &incoming.mail;
    let check = judgement.check;
    let policy = &incoming.route.in_force.policy;
    let language = policy.primary_language();
    let run = GateRun {
        execution_duration_ms: millis(incoming.started),
        dedupe_key: incoming.dedupe_key.clone(),
        subject: Some(subject::from_category(policy, policy.escalation_code(), language)),
    };
    let preview = Personal::new(preview(&mail.new_text));
    let message_id = message.identity.message_id;
    if exists {
        let replied =
            CustomerReplied { message_id, contact_id, preview, received_at: incoming.at, check };
        return TicketCommand::Join(Box::new(JoinTicket { replied, run }));
    }
    let from = mail.from.first();
    let address = from.map(|from| casebook_domain::address::normalise(&from.address));
    let received = TicketReceived {
        ticket_id,
        conversation_id: message.conversation_id,
        message_id,
        contact_id,
        inbox: incoming.route.inbox.clone(),
        channel: incoming.route.channel,
        customer_email: Personal::new(cut(&address.unwrap_or_default())),
        customer_name: customer_name.map(|name| Personal::new(cut(&name))),
        subject: stored_subject(incoming),
        preview,
        email_message_id: mail.message_id.as_deref().map(|id| Personal::new(cut(id))),
        received_at: incoming.at,
        check,
    };
    TicketCommand::Open(Box::new(OpenTicket { received, run }))
}
