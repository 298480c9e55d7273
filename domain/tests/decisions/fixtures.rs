//! Values that the cases share.

use casebook_domain::channel::Channel;
use casebook_domain::conversation::{
    Body, ConversationOpened, Direction, MessageReceived, Receipt,
};
use casebook_domain::gates::{Finding, GateFacts, GateOutcome, GateVerdict};
use casebook_domain::ids::{ContactId, ConversationId, MessageId, TicketId};
use casebook_domain::mail::{Mailbox, TextSource};
use casebook_domain::ticket::{CustomerReplied, GateCheck, TicketReceived};
use casebook_domain::{Personal, Timestamp};
use cqrs_es::Aggregate;

pub const NOON: Timestamp = Timestamp::from_seconds(1_775_649_600);

/// The state that events lead to.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> A {
    let mut state = A::default();
    events.into_iter().for_each(|event| state.apply(event));
    state
}

pub fn contact_id() -> ContactId {
    ContactId(uuid::Uuid::from_u128(1))
}

pub fn conversation_id() -> ConversationId {
    ConversationId::of_thread("t", "hello", "a@x")
}

pub fn message_id(name: &str) -> MessageId {
    MessageId::of_key("t", "hello", name)
}

pub fn ticket_id() -> TicketId {
    TicketId::opened_by(message_id("first"))
}

pub fn opened() -> ConversationOpened {
    ConversationOpened {
        conversation_id: conversation_id(),
        inbox: "hello".to_owned(),
        channel: Channel::Email,
        contact_id: contact_id(),
        subject: Some("Where is my box?".into()),
    }
}

pub fn message(name: &str, from: &str) -> MessageReceived {
    MessageReceived {
        message_id: message_id(name),
        contact_id: contact_id(),
        direction: Direction::Inbound,
        ticket_id: Some(ticket_id()),
        receipt: Receipt {
            sha256: "00".repeat(32),
            size_bytes: 10,
            received_at: NOON,
            transport: "smtp".to_owned(),
            envelope_from: None,
            envelope_to: None,
        },
        external_id: None,
        answers: Vec::new(),
        from: Personal::new(Mailbox { name: None, address: from.to_owned() }),
        reply_to: Vec::new(),
        to: vec![Personal::new(Mailbox { name: None, address: "Hello@Shop.example".to_owned() })],
        cc: Vec::new(),
        subject: None,
        sent_at: None,
        text: Body::Inline("Hi".into()),
        new_text: None,
        signature: None,
        text_source: TextSource::Plain,
        attachments: Vec::new(),
        automatic: None,
        flags: Vec::new(),
        content_digest: format!("digest-{name}"),
    }
}

/// A check in which the gates with these codes fired.
pub fn check(codes: &[&str]) -> GateCheck {
    let verdict = |code: &&str| GateVerdict {
        code: (*code).to_owned(),
        finding: Some(Finding {
            code: (*code).to_owned(),
            reason: format!("reason of {code}"),
            ..Finding::default()
        }),
    };
    GateCheck {
        policy_version: "v1".to_owned(),
        facts: GateFacts::first_contact(NOON),
        facts_version: 0,
        outcome: GateOutcome { verdicts: codes.iter().map(verdict).collect() },
    }
}

pub fn received(codes: &[&str]) -> TicketReceived {
    TicketReceived {
        ticket_id: ticket_id(),
        conversation_id: conversation_id(),
        message_id: message_id("first"),
        contact_id: contact_id(),
        inbox: "hello".to_owned(),
        channel: Channel::Email,
        customer_email: "ada@example.org".into(),
        customer_name: None,
        subject: None,
        preview: "Hi".into(),
        email_message_id: None,
        received_at: NOON,
        check: check(codes),
    }
}

pub fn replied(name: &str, codes: &[&str]) -> CustomerReplied {
    CustomerReplied {
        message_id: message_id(name),
        contact_id: contact_id(),
        preview: "More".into(),
        received_at: NOON,
        check: check(codes),
    }
}
