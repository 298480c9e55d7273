//! The answer of triage, with the eleven fields of SOP CS-01, "cs-agent-triage".

use std::time::Duration;

use casebook_domain::Personal;
use casebook_domain::event::LogEvent;
use casebook_domain::ids::{DecisionId, MessageId, TicketId};
use casebook_domain::ticket::{TicketClassified, TicketEvent};
use casebook_store::StreamId;
use serde::Serialize;

use super::receive::Received;
use crate::{App, AppError};

/// Events of a ticket that are read for an answer, at most. The decision about a message follows
/// it closely; a longer ticket is answered without one.
const EVENTS_MAX: usize = 10_000;

/// Shortest pause between two looks of somebody who waits for a decision.
const LOOK: Duration = Duration::from_millis(20);

/// What triage decided about a message. Fields are `null` until there is a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TriageAnswer {
    /// The ticket; `null` when the message is nobody's work.
    pub ticket_id: Option<TicketId>,
    /// The decision.
    pub decision_id: Option<DecisionId>,
    /// Code of the category.
    pub category: Option<String>,
    /// 0.00 to 1.00; 0 when a gate decided.
    pub confidence: Option<f64>,
    /// Proposed reply; empty when escalated.
    pub draft_response: Option<String>,
    /// Whether a person must decide.
    pub escalate: bool,
    /// Why.
    pub escalation_reason: Option<String>,
    /// Whether a gate decided.
    pub policy_gate_triggered: bool,
    /// The most severe gate that fired.
    pub policy_gate_code: Option<String>,
    /// Subject for a message that had none.
    pub suggested_subject: Option<String>,
    /// The customer's name, where known.
    pub customer_name: Option<String>,
    /// Identifier of the model that decided; `None` when a gate did.
    #[serde(skip)]
    pub model_used: Option<String>,
    /// Whether triage gave up, so that a person takes the message without a decision.
    #[serde(skip)]
    pub failed: bool,
    /// Whether the message itself has been met among the ticket's events.
    #[serde(skip)]
    seen: bool,
}

fn text(value: Option<&Personal<String>>) -> Option<String> {
    value.and_then(Personal::get).cloned()
}

impl TriageAnswer {
    /// The answer about one message, out of its ticket's events.
    fn from_events(events: &[TicketEvent], message: MessageId, escalation: &str) -> Self {
        let mut answer = Self::default();
        for event in events {
            match event {
                TicketEvent::TicketReceived(received) => {
                    answer.seen = received.message_id == message;
                    let name = received.customer_name.as_ref().and_then(|name| name.get());
                    answer.customer_name = name.cloned();
                }
                TicketEvent::TicketStarted(started) => {
                    answer.customer_name = text(started.customer_name.as_ref());
                }
                // A later message, or an end, leaves nothing to wait for.
                TicketEvent::CustomerReplied(replied) => {
                    answer.failed = answer.seen && replied.message_id != message;
                    answer.seen |= replied.message_id == message;
                }
                TicketEvent::TicketResolved(_) | TicketEvent::TicketClosed(_) => {
                    answer.failed |= answer.seen;
                }
                TicketEvent::TicketGated(gated) if gated.message_id == message => {
                    answer.decision_id = Some(gated.decision_id);
                    answer.category = Some(escalation.to_owned());
                    answer.confidence = Some(0.0);
                    answer.draft_response = Some(String::new());
                    answer.escalate = true;
                    answer.escalation_reason = Some(gated.reason.clone());
                    answer.policy_gate_triggered = true;
                    answer.policy_gate_code = Some(gated.code.clone());
                    answer.suggested_subject = text(gated.subject.as_ref());
                }
                TicketEvent::TicketClassified(made) if made.message_id == message => {
                    answer.classified(made);
                }
                TicketEvent::TriageFailed(failed) if failed.message_id == message => {
                    answer.failed = true;
                }
                _ => {}
            }
        }
        answer
    }

    fn classified(&mut self, made: &TicketClassified) {
        let accepted = &made.answer;
        self.decision_id = Some(made.decision_id);
        self.model_used = Some(made.run.model_used.clone());
        self.category = Some(accepted.category.clone());
        self.confidence = Some(accepted.confidence.value());
        self.draft_response = Some(accepted.draft_response.text().to_owned());
        self.escalate = accepted.escalates();
        self.escalation_reason = text(accepted.escalation_reason.as_ref());
        self.suggested_subject =
            text(accepted.suggested_subject.as_ref().or(made.subject.as_ref()));
        self.customer_name = self.customer_name.take().or(text(accepted.customer_name.as_ref()));
    }

    /// Whether a decision was made.
    pub const fn is_decided(&self) -> bool {
        self.decision_id.is_some()
    }

    /// Whether there is nothing to wait for: a decision was made, a person takes it without one,
    /// or the message is nobody's work.
    const fn is_settled(&self) -> bool {
        self.is_decided() || self.failed || self.ticket_id.is_none()
    }
}

impl App {
    /// What triage decided about a received message.
    ///
    /// # Errors
    /// When the ticket's events cannot be read.
    pub async fn triage_answer(&self, received: &Received) -> Result<TriageAnswer, AppError> {
        let Some(ticket) = received.ticket_id else { return Ok(TriageAnswer::default()) };
        let events = self.ticket_events(ticket).await?;
        let in_force = self.policies().get(&received.tenant);
        let escalation = in_force.as_ref().map_or("escalation", |now| now.policy.escalation_code());
        let mut answer = TriageAnswer::from_events(&events, received.message_id, escalation);
        answer.ticket_id = Some(ticket);
        Ok(answer)
    }

    /// What triage decided about a received message, waiting for it at most until `deadline`.
    ///
    /// # Errors
    /// When the ticket's events cannot be read.
    pub async fn triage_answer_by(
        &self,
        received: &Received,
        deadline: tokio::time::Instant,
    ) -> Result<TriageAnswer, AppError> {
        let mut head = self.store().log().head();
        loop {
            head.mark_unchanged();
            let answer = self.triage_answer(received).await?;
            if answer.is_settled() {
                return Ok(answer);
            }
            match tokio::time::timeout_at(deadline, head.changed()).await {
                // The log grows with everybody's work; not every growth is worth a look.
                Ok(Ok(())) => tokio::time::sleep(LOOK).await,
                Ok(Err(_)) | Err(_) => return Ok(answer),
            }
        }
    }

    /// Every gate that fired for a received message, most severe first.
    ///
    /// # Errors
    /// When the ticket's events cannot be read.
    pub async fn fired_gates(&self, received: &Received) -> Result<Vec<String>, AppError> {
        if let Some(gated) = &received.gated {
            return Ok(gated.codes.clone());
        }
        let Some(ticket) = received.ticket_id else { return Ok(Vec::new()) };
        let events = self.ticket_events(ticket).await?;
        Ok(events
            .into_iter()
            .find_map(|event| match event {
                TicketEvent::TicketGated(gated) if gated.message_id == received.message_id => {
                    Some(gated.codes)
                }
                _ => None,
            })
            .unwrap_or_default())
    }

    async fn ticket_events(&self, ticket: TicketId) -> Result<Vec<TicketEvent>, AppError> {
        let stream = StreamId::new(TicketEvent::STREAM_KIND, ticket.to_string());
        let stored = self.store().log().read_stream(&stream, 0, EVENTS_MAX).await?;
        stored
            .iter()
            .map(|event| {
                TicketEvent::decode(&event.event_type, &event.event_version, &event.payload)
                    .map_err(AppError::fault)
            })
            .collect()
    }
}
