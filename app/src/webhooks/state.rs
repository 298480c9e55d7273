//! Reading subscriptions from the log.

use casebook_domain::event::LogEvent;
use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::{Webhook, WebhookEvent};
use casebook_store::{Loaded, StreamId};
use cqrs_es::Aggregate;

use crate::{App, AppError};

/// Events of a subscription after which its state is summed up, so that nobody has to read more.
pub(super) const SUM_EVERY: u64 = 500;
/// Largest sum, in bytes; a larger state waits until it is smaller.
const SUM_BYTES_MAX: usize = 200 * 1024;

/// The stream of a subscription.
pub(super) fn stream(id: WebhookId) -> StreamId {
    StreamId::new(WebhookEvent::STREAM_KIND, id.to_string())
}

/// The state of `webhook` after `events` as one more event, where it is time for that.
pub(super) fn sum(webhook: &Webhook, events: &[WebhookEvent]) -> Option<WebhookEvent> {
    if webhook.since_summed() + (events.len() as u64) < SUM_EVERY {
        return None;
    }
    let mut state = webhook.clone();
    events.iter().cloned().for_each(|event| state.apply(event));
    let sum = state.summed();
    let bytes = serde_json::to_string(&sum).map_or(usize::MAX, |json| json.len());
    (bytes <= SUM_BYTES_MAX).then_some(sum)
}

impl App {
    /// A subscription as the log has it now, read from its last sum on; the absent one where there
    /// is none.
    pub(super) async fn webhook_now(&self, id: WebhookId) -> Result<Loaded<Webhook>, AppError> {
        let (kept, name) = (&self.inner.webhooks, id.to_string());
        let known = kept.known_or_new(&name);
        if known.version == 0 {
            self.start_from_sum(id, &name).await?;
        }
        Ok(kept.load_fresh(&name).await?)
    }

    async fn start_from_sum(&self, id: WebhookId, name: &str) -> Result<(), AppError> {
        let (log, stream) = (self.store().log(), stream(id));
        let version = log.latest(&stream, "WebhookSummed", None).await?;
        let Some(before) = version.checked_sub(1) else { return Ok(()) };
        for stored in log.read_stream(&stream, before, 1).await? {
            let (kind, form) = (&stored.event_type, &stored.event_version);
            // A sum that this program cannot read is no loss: everything can be read from the
            // beginning.
            let Ok(event) = WebhookEvent::decode(kind, form, &stored.payload) else { continue };
            let mut state = Webhook::default();
            state.apply(event);
            self.inner.webhooks.put(name, stored.version, state.into());
        }
        Ok(())
    }

    /// All subscriptions that were ever made.
    pub(super) async fn webhook_ids(&self) -> Result<Vec<WebhookId>, AppError> {
        let streams = self.store().log().streams(WebhookEvent::STREAM_KIND).await?;
        Ok(streams.iter().filter_map(|stream| stream.id.parse().ok()).collect())
    }
}
