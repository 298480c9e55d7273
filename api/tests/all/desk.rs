//! What tests of mutations share: a ticket to work on, mutations under any name, and stand-ins for
//! what classifies and for the mail server.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use bytes::Bytes;
use casebook_app::{
    Classification, Classifier, ComposeError, DeliveryTask, GaveUp, MailComposer, MailTransport,
    OutgoingMail, ProviderState, Question, TransportError, TriageTask,
};
use casebook_domain::ticket::TokenUsage;
use casebook_domain::triage::accept;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::harness::{Edge, HELLO, mail};

/// What payloads of mutations on a ticket are asked for.
pub const PAYLOAD: &str = "ticket { uuid version status priority assignee team labels urgency \
    category awaitingCustomer snoozedUntil escalated escalationReason resolvedAt replyId \
    replyState replyDueAt draftUsage } version position repeated \
    error { code message field version limit retryAfter }";

impl Edge {
    /// Carries a mutation out in the name of `agent` and gives its payload.
    pub async fn mutate_as(&self, agent: &str, name: &str, asks: &str, input: Value) -> Value {
        let kind = match name {
            "claimTicket" | "releaseTicket" | "awaitCustomer" | "wakeTicket" | "closeTicket"
            | "reopenTicket" => "TicketInput".to_owned(),
            "withdrawReply" | "retryReply" => "ReplyInput".to_owned(),
            "bulkClaim" | "bulkRelease" | "bulkClose" => "BulkInput".to_owned(),
            _ => format!("{}{}Input", name[..1].to_uppercase(), &name[1..]),
        };
        let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {asks} }} }}");
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        let headers = [("content-type", "application/json"), ("x-casebook-agent", agent)];
        let answer = self.call(Method::POST, "/graphql", &headers, body).await.json();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"][name].clone()
    }

    /// Carries a mutation on a ticket out in the name of Ada.
    pub async fn mutate(&self, name: &str, input: Value) -> Value {
        self.mutate_as("ada", name, PAYLOAD, input).await
    }

    /// Carries a mutation out that must be done.
    pub async fn done(&self, name: &str, input: Value) -> Value {
        let payload = self.mutate(name, input).await;
        assert!(payload["error"].is_null(), "{name}: {payload}");
        payload
    }

    /// A new ticket that fires no gate.
    pub async fn ticket(&self, id: &str) -> String {
        // Each from somebody else: who writes often fires a gate.
        let from = format!("Grace Hopper <{id}@customer.example>");
        let raw = mail(id, HELLO, &from, "Next box", "On which day will my next box arrive?");
        let receipt = self.mail(HELLO, raw).await.json();
        receipt["ticket_id"].as_str().unwrap().to_owned()
    }

    /// Classifies what comes in, until the edge stops.
    pub fn classify(&self, classifier: Arc<dyn Classifier>) -> JoinHandle<()> {
        let task = TriageTask::new(self.app.clone(), classifier);
        tokio::spawn(task.run(self.stop.subscribe()))
    }

    /// Sends what is approved to a server that takes everything, until the edge stops.
    pub fn send_mail(&self) -> JoinHandle<()> {
        let task = DeliveryTask::new(self.app.clone(), Arc::new(Plain), Arc::new(Accepting));
        tokio::spawn(task.run(self.stop.subscribe()))
    }

    /// Sends what is approved to a server that refuses everything, until the edge stops.
    pub fn refuse_mail(&self) -> JoinHandle<()> {
        let task = DeliveryTask::new(self.app.clone(), Arc::new(Plain), Arc::new(Refusing));
        tokio::spawn(task.run(self.stop.subscribe()))
    }
}

/// One input laid over another.
pub fn with(mut input: Value, more: &Value) -> Value {
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    input
}

/// The code of a payload's error.
pub fn code(payload: &Value) -> &str {
    payload["error"]["code"].as_str().unwrap_or_default()
}

/// A classifier that is always of the same opinion, once it is let.
pub struct Sure(pub Semaphore);

impl Sure {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Semaphore::new(0)))
    }
}

#[async_trait]
impl Classifier for Sure {
    async fn classify(&self, question: Question) -> Result<Classification, GaveUp> {
        self.0.acquire().await.unwrap().forget();
        let raw = json!({
            "category": "delivery", "confidence": 0.92, "action": "track_delivery",
            "draft_response": "Your box leaves our kitchen on Monday.",
            "escalation_reason": null, "suggested_subject": null, "customer_name": "Grace",
        });
        let raw = raw.to_string();
        Ok(Classification {
            accepted: accept(&question.policy, &question.facts, &raw).unwrap(),
            raw,
            system: "system".to_owned(),
            user: "user".to_owned(),
            provider: "stand-in".to_owned(),
            model: "sure-1".to_owned(),
            request_id: Some("r-1".to_owned()),
            usage: TokenUsage { input_tokens: 7, output_tokens: 3, ..TokenUsage::default() },
            cost_micro_usd: 11,
            attempts: 2,
            fallback_from: None,
        })
    }

    fn states(&self) -> Vec<ProviderState> {
        vec![ProviderState {
            name: "stand-in".to_owned(),
            model: "sure-1".to_owned(),
            available: true,
            last_error: None,
        }]
    }
}

struct Plain;

impl MailComposer for Plain {
    fn compose(&self, mail: &OutgoingMail) -> Result<Bytes, ComposeError> {
        Ok(Bytes::from(mail.text.clone()))
    }
}

struct Accepting;

#[async_trait]
impl MailTransport for Accepting {
    async fn hand_over(
        &self,
        _raw: Bytes,
        _from: Option<&str>,
        _to: &str,
    ) -> Result<String, TransportError> {
        Ok("250 Ok".to_owned())
    }
}

struct Refusing;

#[async_trait]
impl MailTransport for Refusing {
    async fn hand_over(
        &self,
        _raw: Bytes,
        _from: Option<&str>,
        _to: &str,
    ) -> Result<String, TransportError> {
        Err(TransportError::permanent("550 no such person"))
    }
}
