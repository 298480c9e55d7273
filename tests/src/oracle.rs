//! A classifier that answers by what a message says, for tests.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use casebook_app::{Classification, Classifier, GaveUp, ProviderState, Question};
use casebook_domain::ticket::TokenUsage;
use casebook_domain::triage::{accept, user_prompt};
use serde_json::json;
use tokio::sync::watch;

/// Draft of every answer that does not escalate.
pub const DRAFT: &str = "Hi Ann,\n\nyour box comes on Friday.\n\n[Name] looks after it.";

/// Answers at once, or when it is let. A text with the word `unsure` gets a low confidence, one
/// with `escalate` a reason to escalate, one with `nobody` no answer at all.
#[derive(Debug)]
pub struct Oracle {
    asked: Mutex<Vec<String>>,
    open: watch::Sender<bool>,
}

impl Oracle {
    /// A classifier that answers at once.
    pub fn new() -> Arc<Self> {
        let (asked, open) = (Mutex::default(), watch::Sender::new(true));
        Arc::new(Self { asked, open })
    }

    /// A classifier that keeps everybody waiting until [`Self::let_answer`].
    pub fn hesitant() -> Arc<Self> {
        let oracle = Self::new();
        oracle.open.send_replace(false);
        oracle
    }

    /// Lets all answers out, from now on.
    pub fn let_answer(&self) {
        self.open.send_replace(true);
    }

    /// The texts that it was asked about, each as often as that.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the texts").clone()
    }
}

/// What the oracle says about a text, as a model would write it.
fn raw_answer(text: &str) -> String {
    let reason = text.contains("escalate").then_some("Asks for a vet");
    json!({
        "category": if reason.is_some() { "escalation" } else { "delivery" },
        "confidence": if text.contains("unsure") { 0.4 } else { 0.93 },
        "draft_response": if reason.is_some() { "" } else { DRAFT },
        "action": null,
        "escalation_reason": reason,
        "suggested_subject": "Delivery day",
        "customer_name": null,
    })
    .to_string()
}

#[async_trait]
impl Classifier for Oracle {
    async fn classify(&self, question: Question) -> Result<Classification, GaveUp> {
        let text = question.facts.text().to_owned();
        self.asked.lock().expect("the texts").push(text.clone());
        self.open.subscribe().wait_for(|open| *open).await.expect("the oracle lives");
        if text.contains("nobody") {
            let (provider, error) = ("oracle".to_owned(), "silence".to_owned());
            return Err(GaveUp { provider, attempts: 3, error });
        }
        let raw = raw_answer(&text);
        let accepted = accept(&question.policy, &question.facts, &raw);
        let accepted = accepted.expect("an answer of the oracle is sound");
        Ok(Classification {
            accepted,
            raw,
            system: question.policy.system_prompt(),
            user: user_prompt(&question.policy, &question.facts),
            provider: "oracle".to_owned(),
            model: "oracle-1".to_owned(),
            request_id: None,
            usage: TokenUsage::default(),
            cost_micro_usd: 0,
            attempts: 1,
            fallback_from: None,
        })
    }

    fn states(&self) -> Vec<ProviderState> {
        Vec::new()
    }
}
