//! The receipt: what a mail route is told once a message is safe.

use casebook_app::queries::Cursor;
use casebook_app::{App, Received, ReceivedAs};
use serde::Serialize;

/// Receipt of a message.
#[derive(Debug, Serialize)]
pub(super) struct Receipt {
    tenant: String,
    inbox: String,
    /// `received`, `duplicate` or `set_aside`.
    outcome: &'static str,
    /// Why it was set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_id: Option<String>,
    conversation_id: String,
    message_id: String,
    /// Position that the log reached, as queries take it to wait for.
    position: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gated: Option<Gated>,
}

/// What the gates decided.
#[derive(Debug, Serialize)]
struct Gated {
    decision_id: String,
    /// The most severe gate that fired.
    code: String,
    /// Every gate that fired, the most severe first.
    codes: Vec<String>,
    reason: String,
}

impl Receipt {
    pub(super) fn new(app: &App, received: Received) -> Self {
        let (outcome, reason) = match received.outcome {
            ReceivedAs::Message => ("received", None),
            ReceivedAs::Duplicate => ("duplicate", None),
            ReceivedAs::SetAside(reason) => ("set_aside", Some(reason.name())),
        };
        let position = Cursor { log_id: app.log_id(), position: received.position };
        Self {
            tenant: received.tenant,
            inbox: received.inbox,
            outcome,
            reason,
            ticket_id: received.ticket_id.map(|id| id.to_string()),
            conversation_id: received.conversation_id.to_string(),
            message_id: received.message_id.to_string(),
            position: position.to_string(),
            gated: received.gated.map(|gated| Gated {
                decision_id: gated.decision_id.to_string(),
                code: gated.code,
                codes: gated.codes,
                reason: gated.reason,
            }),
        }
    }
}
