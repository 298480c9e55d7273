//! What goes into the events of a received message, cut to what an event may hold.

use bytes::Bytes;
use casebook_domain::conversation::{
    Body, BounceAttached, ConversationOpened, Direction, MessageReceived, Receipt, SENT, preview,
};
use casebook_domain::ids::{ContactId, TicketId};
use casebook_domain::mail::{Attachment, Automatic, Mailbox, ParsedMail};
use casebook_domain::ticket::{
    CustomerReplied, GateRun, JoinTicket, OpenTicket, ReplyBounced, TicketCommand, TicketReceived,
};
use casebook_domain::{Personal, subject};
use casebook_store::BlobHash;
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
/// Codes of a parser's problems that an event keeps, at most.
const PROBLEMS_MAX: usize = 50;

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

/// Which text of a message is put into its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The full text.
    Text,
    /// The text without quoted history and signature.
    NewText,
}

/// What the event of a message says that does not stand in the message itself.
#[derive(Clone, Copy)]
pub(super) struct Who {
    /// Who wrote it.
    pub(super) contact_id: ContactId,
    /// The ticket that it opens or joins.
    pub(super) ticket_id: Option<TicketId>,
    /// Whether a program wrote it, our own inboxes known.
    pub(super) automatic: Option<Automatic>,
}

impl App {
    /// The event of a received message, cut until it fits; long texts go to the blob store first.
    pub(super) async fn received_event(
        &self,
        incoming: &Incoming,
        message: &NewMessage,
        who: Who,
    ) -> Result<MessageReceived, AppError> {
        let inline_max = self.inner.parts.intake.inline_text_bytes_max;
        let make = |room: Room| {
            let mut long = Vec::new();
            let max = inline_max.min(room.text_bytes);
            let event = within(room, incoming, message, who, |_, text| body(text, max, &mut long));
            (event, long)
        };
        let (mut event, mut long) = make(ROOMS[0]);
        for room in &ROOMS[1..] {
            let bytes = serde_json::to_vec(&event).map_err(AppError::fault)?.len();
            if bytes <= MESSAGE_BYTES_MAX {
                break;
            }
            (event, long) = make(*room);
        }
        for text in long {
            self.blobs().put(&incoming.route.in_force.policy.tenant, text).await?;
        }
        Ok(event)
    }
}

/// The event of a message in each of its forms, the roomiest first, with texts as `body` keeps
/// them. Which form was taken depended on settings of that time.
pub(super) fn forms(
    incoming: &Incoming,
    message: &NewMessage,
    who: Who,
    body: impl Fn(Part, &str) -> Body,
) -> Vec<MessageReceived> {
    ROOMS.iter().map(|room| within(*room, incoming, message, who, &body)).collect()
}

fn within(
    room: Room,
    incoming: &Incoming,
    message: &NewMessage,
    who: Who,
    mut body: impl FnMut(Part, &str) -> Body,
) -> MessageReceived {
    let mail = &incoming.mail;
    let same = mail.new_text == mail.text;
    let answers = message.identity.answers.iter().take(room.answers);
    MessageReceived {
        message_id: message.identity.message_id,
        contact_id: who.contact_id,
        direction: match who.automatic {
            Some(Automatic::Own) => Direction::Outbound,
            _ => Direction::Inbound,
        },
        ticket_id: who.ticket_id,
        receipt: receipt(incoming),
        external_id: mail.message_id.as_deref().map(|id| Personal::new(cut(id))),
        answers: answers.map(|id| Personal::new(room.text(id))).collect(),
        from: Personal::new(mail.from.first().map(|from| room.person(from)).unwrap_or_default()),
        reply_to: room.people(&mail.reply_to),
        to: room.people(&mail.to),
        cc: room.people(&mail.cc),
        subject: mail.subject.as_deref().map(|text| Personal::new(cut(text))),
        sent_at: mail.date,
        text: body(Part::Text, &mail.text),
        new_text: (!same).then(|| body(Part::NewText, &mail.new_text)),
        signature: (!mail.signature.is_empty()).then(|| Personal::new(cut(&mail.signature))),
        text_source: mail.text_source,
        attachments: room.files(&mail.attachments),
        automatic: who.automatic,
        flags: flags(room, mail, message),
        content_digest: mail.content_digest.clone(),
        dedupe_key: incoming.dedupe_key.clone().map(Personal::new),
    }
}

/// What is remarkable: about the message's place, about the mail, about what was cut.
fn flags(room: Room, mail: &ParsedMail, message: &NewMessage) -> Vec<String> {
    let mut flags = message.flags.clone();
    flags.extend(mail.problems.iter().take(PROBLEMS_MAX).cloned());
    if mail.to.len().max(mail.cc.len()).max(mail.reply_to.len()) > room.list {
        flags.push("recipients_cut".to_owned());
    }
    if mail.attachments.len() > room.list {
        flags.push("attachments_cut".to_owned());
    }
    flags
}

/// A text in the event where it is short, else its hash; the text itself is added to `long`.
fn body(text: &str, bytes_max: usize, long: &mut Vec<Bytes>) -> Body {
    if text.len() <= bytes_max {
        return Body::Inline(text.into());
    }
    long.push(Bytes::copy_from_slice(text.as_bytes()));
    as_blob(text, bytes_max)
}

/// A long text as its event names it: hash, size and at most `beginning_bytes` of its beginning.
pub(super) fn as_blob(text: &str, beginning_bytes: usize) -> Body {
    let beginning = text.get(..text.floor_char_boundary(beginning_bytes)).unwrap_or_default();
    Body::Blob {
        sha256: BlobHash::of(text.as_bytes()).to_string(),
        size_bytes: text.len() as u64,
        beginning: beginning.into(),
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
