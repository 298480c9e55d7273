//! One attempt: the event as the outside sees it, signed, on its way.

use std::sync::Arc;

use casebook_domain::ids::WebhookId;
use casebook_domain::time::MICROS_PER_SECOND;
use casebook_domain::webhook::{Attempted, Failure, Letter, Refusal, Webhook};
use casebook_projections::Recorded;
use tokio::time::Instant;
use tracing::Instrument;

use super::lanes::Next;
use super::secret::Secret;
use super::settings::WebhookKey;
use crate::{App, AppError, StreamEvent, WebhookAnswer, WebhookPost, trace};

/// What an attempt needs.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) app: App,
    pub(super) id: WebhookId,
    pub(super) key: WebhookKey,
}

impl Sender {
    /// Sends a letter once.
    ///
    /// # Errors
    /// When the event could not be read for now; then nothing was attempted.
    pub(super) async fn send(&self, webhook: &Webhook, next: &Next) -> Result<Attempted, AppError> {
        let event = match &next.event {
            Some(event) => Some(Arc::clone(event)),
            None => self.read(next.position).await?,
        };
        let at = self.app.now();
        let started = Instant::now();
        let (letter, answer) = match event {
            Some(event) => {
                let post = self.post(webhook, &event);
                let span = trace::posting(next.attempt, event.cause());
                let answer = self.app.inner.parts.webhooks.transport.post(&post);
                let answer = trace::posted(&span, answer.instrument(span.clone()).await);
                (letter(next, &event), answer)
            }
            None => (unreadable(next), Err(Failure::Unreadable)),
        };
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = self.judge(answer);
        Ok(Attempted { letter, attempt: next.attempt, at, duration_ms, outcome })
    }

    /// The event at a position, where it has a public form.
    async fn read(&self, position: u64) -> Result<Option<Arc<StreamEvent>>, AppError> {
        let log = self.app.store().log();
        let stored = log.read_at(&[position]).await?.pop();
        let recorded = stored.and_then(|stored| Recorded::decode(stored).ok().flatten());
        let event = recorded.and_then(|recorded| StreamEvent::new(log.log_id(), recorded));
        Ok(event.map(Arc::new))
    }

    fn post(&self, webhook: &Webhook, event: &StreamEvent) -> WebhookPost {
        let subscription = webhook.subscription();
        let now = self.app.now();
        let timestamp = now.as_micros().div_euclid(MICROS_PER_SECOND);
        let id = event.public(false).id.clone();
        let body = event.json(subscription.personal);
        let sign =
            |generation| Secret::derive(&self.key, self.id, generation).sign(&id, timestamp, &body);
        let signatures: Vec<String> = webhook.signing(now).into_iter().map(sign).collect();
        let signature = signatures.join(" ");
        WebhookPost { url: subscription.url.clone(), id, timestamp, signature, body }
    }

    fn judge(&self, answer: Result<WebhookAnswer, Failure>) -> Result<u16, Refusal> {
        let (failure, retry_after_seconds) = match answer {
            Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer.status),
            Ok(answer) => (Failure::Status(answer.status), answer.retry_after_seconds),
            Err(failure) => (failure, None),
        };
        let drawn = self.app.ids().random().as_u128() % 1_000;
        let chance = u32::try_from(drawn).unwrap_or(0);
        Err(Refusal { failure, retry_after_seconds, chance })
    }
}

fn letter(next: &Next, event: &StreamEvent) -> Letter {
    let public = event.public(false);
    Letter {
        position: next.position,
        event_id: public.id.clone(),
        event_type: public.type_name.to_owned(),
        key: next.key.clone(),
    }
}

/// A letter whose event was readable when it was put to wait, and no longer is.
fn unreadable(next: &Next) -> Letter {
    let (event_id, event_type) = (String::new(), String::new());
    Letter { position: next.position, event_id, event_type, key: next.key.clone() }
}
