//! Values of triage and sending with their personal parts made up.

use casebook_domain::conversation::MessageSent;
use casebook_domain::draft;
use casebook_domain::ids::{DecisionId, MessageId};
use casebook_domain::mail::Mailbox;
use casebook_domain::ticket::{
    AfterSending, ModelRun, ReplyApproved, TicketClassified, TokenUsage,
};
use casebook_domain::triage::{Answer, Check, CheckOutcome, Confidence};
use casebook_domain::{Personal, Timestamp};

use super::Mail;

fn someone(address: &str) -> Mailbox {
    Mailbox { name: None, address: address.to_owned() }
}

/// A sure answer of a model about a message.
pub fn answer(message: MessageId) -> TicketClassified {
    TicketClassified {
        decision_id: DecisionId::by_model(message),
        message_id: message,
        policy_version: "p2".to_owned(),
        answer: Answer {
            category: "delivery".to_owned(),
            confidence: Confidence::rounded(0.91).unwrap_or_default(),
            draft_response: "Your box is on its way.".into(),
            action: Some("send_reply".to_owned()),
            escalation_reason: None,
            suggested_subject: Some("Late box".into()),
            customer_name: Some("Ada".into()),
        },
        unsure: false,
        checks: vec![Check { code: "json".to_owned(), outcome: CheckOutcome::Passed, note: None }],
        is_existing_customer: true,
        subject: None,
        run: ModelRun {
            provider: "anthropic".to_owned(),
            model_used: "model-5".to_owned(),
            system_sha256: "01".repeat(32),
            user_sha256: "02".repeat(32),
            facts_sha256: "03".repeat(32),
            raw_sha256: "04".repeat(32),
            request_id: Some("req_1".to_owned()),
            usage: TokenUsage { input_tokens: 900, output_tokens: 80, ..TokenUsage::default() },
            cost_micro_usd: 3_900,
            attempts: 2,
            execution_duration_ms: 1_234,
            fallback_from: None,
        },
        dedupe_key: Some("key-2".into()),
    }
}

/// A reply to the writer of a mail, with ten seconds to take it back.
pub fn reply(
    mail: &Mail,
    reply_id: MessageId,
    draft: Option<&str>,
    at: Timestamp,
) -> ReplyApproved {
    let text = "Your box is on its way, promised.";
    ReplyApproved {
        reply_id,
        approved_by: "sam".to_owned(),
        decision_id: None,
        text: text.into(),
        body: format!("{text}\n\nTom\nShop").into(),
        subject: format!("Re: Box {}", mail.thread).into(),
        from: someone("hello@shop.example"),
        to: Personal::new(someone("customer@mail.example")),
        persona: "Tom".to_owned(),
        external_id: format!("{reply_id}@shop.example"),
        in_reply_to: Some(format!("{}@mail.example", mail.number).into()),
        references: Vec::new(),
        comparison: draft::compare(draft, text),
        after: AfterSending::Resolve,
        approved_at: at,
        due_at: at.plus_micros(10_000_000),
    }
}

/// The reply as a message of its conversation.
pub fn sent_message(mail: &Mail, reply: &ReplyApproved, at: Timestamp) -> MessageSent {
    MessageSent {
        message_id: reply.reply_id,
        contact_id: mail.contact_id(),
        ticket_id: mail.ticket_id(),
        sent_by: reply.approved_by.clone(),
        external_id: reply.external_id.clone().into(),
        in_reply_to: reply.in_reply_to.clone(),
        from: reply.from.clone(),
        to: reply.to.clone(),
        subject: reply.subject.clone(),
        text: reply.body.clone(),
        raw_sha256: "05".repeat(32),
        sent_at: at,
    }
}
