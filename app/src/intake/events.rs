//! What goes into the events of a received message, cut to what an event may hold.

use bytes::Bytes;
use casebook_domain::conversation::{
    Body, BounceAttached, ConversationOpened, Direction, MessageReceived, Receipt, preview,
};
use casebook_domain::ids::{ContactId, TicketId};
use casebook_domain::mail::{Automatic, Mailbox};
use casebook_domain::ticket::{
    CustomerReplied, GateRun, JoinTicket, OpenTicket, TicketCommand, TicketReceived,
};
use casebook_domain::{Personal, subject};

use super::compose::Incoming;
use super::judge::{Judgement, millis, prefix};
use super::place::NewMessage;
use crate::{App, AppError};

/// Recipients kept in an event; the raw mail keeps all.
const RECIPIENTS_MAX: usize = 200;
/// Files listed in an event; the raw mail keeps all.
const ATTACHMENTS_MAX: usize = 200;
/// Identifiers of answered messages kept in an event.
const ANSWERS_MAX: usize = 50;
/// Longest header value kept in an event, in characters.
const HEADER_CHARS_MAX: usize = 1000;

fn cut(text: &str) -> String {
    text.chars().take(HEADER_CHARS_MAX).collect()
}

fn people(people: &[Mailbox]) -> Vec<Personal<Mailbox>> {
    let short = |person: &Mailbox| Mailbox {
        name: person.name.as_deref().map(cut),
        address: cut(&person.address),
    };
    people.iter().take(RECIPIENTS_MAX).map(|person| Personal::new(short(person))).collect()
}

impl App {
    /// The event of a received message; long texts go to the blob store first.
    pub(super) async fn received_event(
        &self,
        incoming: &Incoming,
        message: &NewMessage,
        contact_id: ContactId,
        ticket_id: Option<TicketId>,
        automatic: Option<Automatic>,
    ) -> Result<MessageReceived, AppError> {
        let mail = &incoming.mail;
        let same = mail.new_text == mail.text;
        let mut flags = message.flags.clone();
        flags.extend(mail.problems.iter().take(50).cloned());
        if mail.to.len().max(mail.cc.len()) > RECIPIENTS_MAX {
            flags.push("recipients_cut".to_owned());
        }
        if mail.attachments.len() > ATTACHMENTS_MAX {
            flags.push("attachments_cut".to_owned());
        }
        let attachments = mail.attachments.iter().take(ATTACHMENTS_MAX).map(|file| {
            let mut file = file.clone();
            file.name = file.name.as_deref().map(cut);
            Personal::new(file)
        });
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
            answers: message
                .identity
                .answers
                .iter()
                .take(ANSWERS_MAX)
                .map(|id| Personal::new(cut(id)))
                .collect(),
            from: Personal::new(
                people(&mail.from).first().and_then(|p| p.get().cloned()).unwrap_or_default(),
            ),
            reply_to: people(&mail.reply_to),
            to: people(&mail.to),
            cc: people(&mail.cc),
            subject: mail.subject.as_deref().map(|text| Personal::new(cut(text))),
            sent_at: mail.date,
            text: self.body(incoming, &mail.text).await?,
            new_text: if same { None } else { Some(self.body(incoming, &mail.new_text).await?) },
            signature: (!mail.signature.is_empty()).then(|| Personal::new(cut(&mail.signature))),
            text_source: mail.text_source,
            attachments: attachments.collect(),
            automatic,
            flags,
            content_digest: mail.content_digest.clone(),
        })
    }

    async fn body(&self, incoming: &Incoming, text: &str) -> Result<Body, AppError> {
        let max = self.inner.parts.intake.inline_text_bytes_max;
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
    Some(BounceAttached {
        message_id: message.identity.message_id,
        about: about.message_id,
        report: Personal::new(report),
    })
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
    let run = GateRun {
        execution_duration_ms: millis(incoming.started),
        dedupe_key: incoming.dedupe_key.clone(),
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
        customer_email: Personal::new(address.unwrap_or_default()),
        customer_name: customer_name.map(Personal::new),
        subject: stored_subject(incoming),
        preview,
        email_message_id: mail.message_id.as_deref().map(|id| Personal::new(cut(id))),
        received_at: incoming.at,
        check,
    };
    TicketCommand::Open(Box::new(OpenTicket { received, run }))
}
