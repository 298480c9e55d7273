//! Values that the cases share.

use casebook_domain::channel::Channel;
use casebook_domain::conversation::{
    Body, ConversationOpened, Direction, MessageReceived, Receipt,
};
use casebook_domain::draft;
use casebook_domain::gates::{Finding, GateFacts, GateOutcome, GateVerdict};
use casebook_domain::ids::{
    ContactId, ConversationId, DecisionId, MessageId, ReplacementId, TicketId,
};
use casebook_domain::mail::{Mailbox, TextSource};
use casebook_domain::ticket::{
    AfterSending, ByAgent, Classified, CustomerReplied, DeliveryStarted, GateCheck, ModelRun,
    ReplacementRequested, ReplyApproved, ReplySent, Ticket, TicketClassified, TicketEvent,
    TicketGated, TicketReceived, TicketStarted, TokenUsage, TriageFailed,
};
use casebook_domain::triage::{Answer, Confidence};
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
        dedupe_key: None,
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

/// A ticket that was received, without gates, and what followed.
pub fn ticket(after: impl IntoIterator<Item = TicketEvent>) -> Ticket {
    let first = TicketEvent::TicketReceived(Box::new(received(&[])));
    given(std::iter::once(first).chain(after))
}

pub fn wrote_again(name: &str) -> TicketEvent {
    TicketEvent::CustomerReplied(Box::new(replied(name, &[])))
}

pub fn gated(name: &str, codes: &[&str]) -> TicketGated {
    TicketGated {
        decision_id: DecisionId::by_gates(message_id(name)),
        message_id: message_id(name),
        policy_version: "v1".to_owned(),
        code: codes[0].to_owned(),
        codes: codes.iter().map(ToString::to_string).collect(),
        reason: format!("reason of {}", codes[0]),
        execution_duration_ms: 0,
        dedupe_key: None,
        subject: None,
    }
}

/// An accepted answer about a message.
pub fn answer(name: &str) -> TicketClassified {
    TicketClassified {
        decision_id: DecisionId::by_model(message_id(name)),
        message_id: message_id(name),
        policy_version: "v1".to_owned(),
        answer: Answer {
            category: "delivery".to_owned(),
            confidence: Confidence::rounded(0.9).expect("a confidence"),
            draft_response: "Your box is on its way.".into(),
            action: None,
            escalation_reason: None,
            suggested_subject: None,
            customer_name: None,
        },
        unsure: false,
        checks: Vec::new(),
        is_existing_customer: false,
        subject: None,
        run: ModelRun {
            provider: "built-in".to_owned(),
            model_used: "built-in-1".to_owned(),
            system_sha256: String::new(),
            user_sha256: String::new(),
            facts_sha256: String::new(),
            raw_sha256: String::new(),
            request_id: None,
            usage: TokenUsage::default(),
            cost_micro_usd: 0,
            attempts: 1,
            execution_duration_ms: 5,
            fallback_from: None,
        },
        dedupe_key: None,
    }
}

/// An answer that gives a reason to escalate.
pub fn escalating(name: &str) -> TicketClassified {
    let mut decision = answer(name);
    decision.answer.escalation_reason = Some("Asks for a vet".into());
    decision.answer.category = "escalation".to_owned();
    decision
}

pub fn classified(decision: TicketClassified) -> Classified {
    Classified { decision, fallback_subject: "Your delivery".to_owned() }
}

/// That triage answered, surely or not.
pub fn was_classified(name: &str, unsure: bool) -> TicketEvent {
    let decision = TicketClassified { unsure, ..answer(name) };
    TicketEvent::TicketClassified(Box::new(decision))
}

pub fn triage_failed(name: &str) -> TriageFailed {
    TriageFailed {
        message_id: message_id(name),
        policy_version: "v1".to_owned(),
        provider: "anthropic".to_owned(),
        attempts: 4,
        error: "529".to_owned(),
    }
}

pub fn by(agent: &str) -> ByAgent {
    ByAgent { agent: agent.to_owned() }
}

pub fn claimed(agent: &str) -> TicketEvent {
    TicketEvent::TicketClaimed(by(agent))
}

/// When a reply approved at noon is due.
pub const DUE: Timestamp = NOON.plus_micros(10_000_000);

pub fn reply(name: &str) -> ReplyApproved {
    let someone = |address: &str| Mailbox { name: None, address: address.to_owned() };
    ReplyApproved {
        reply_id: message_id(name),
        approved_by: "sam".to_owned(),
        decision_id: None,
        text: "It comes on Friday.".into(),
        body: "It comes on Friday.\n\nTom\nShop".into(),
        subject: "Late box".into(),
        from: someone("hello@shop.example"),
        to: Personal::new(someone("ada@example.org")),
        persona: "Tom".to_owned(),
        external_id: format!("{name}@shop.example"),
        in_reply_to: None,
        references: Vec::new(),
        comparison: draft::compare(None, "It comes on Friday."),
        after: AfterSending::Resolve,
        approved_at: NOON,
        due_at: DUE,
    }
}

pub fn approved(name: &str) -> TicketEvent {
    TicketEvent::ReplyApproved(Box::new(reply(name)))
}

pub fn delivery(name: &str, attempt: u32) -> TicketEvent {
    TicketEvent::DeliveryStarted(DeliveryStarted {
        reply_id: message_id(name),
        attempt,
        raw_sha256: "00".repeat(32),
        size_bytes: 10,
    })
}

pub fn sent(name: &str, attempt: u32) -> TicketEvent {
    TicketEvent::ReplySent(ReplySent {
        reply_id: message_id(name),
        attempt,
        answer: "250 Ok".to_owned(),
        sent_at: DUE,
    })
}

pub fn started() -> TicketStarted {
    TicketStarted {
        ticket_id: ticket_id(),
        conversation_id: conversation_id(),
        contact_id: contact_id(),
        inbox: "hello".to_owned(),
        channel: Channel::Email,
        customer_email: "ada@example.org".into(),
        customer_name: None,
        subject: "Your order".into(),
        preview: "We have news".into(),
        started_at: NOON,
    }
}

pub fn replacement(reply: &str) -> ReplacementRequested {
    ReplacementRequested {
        replacement_id: ReplacementId(uuid::Uuid::from_u128(7)),
        order_reference: "A-100".into(),
        reason: "It leaked".into(),
        reply_id: message_id(reply),
    }
}
