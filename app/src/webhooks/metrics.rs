//! What is counted about sending. Labels are identifiers, never addresses.

use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::{Standing, Webhook};

/// Counts an attempt.
pub(super) fn attempt(taken: bool) {
    let outcome = if taken { "taken" } else { "failed" };
    metrics::counter!("casebook_webhook_attempts_total", "outcome" => outcome).increment(1);
}

/// Counts an event that was given up.
pub(super) fn dead_letter() {
    metrics::counter!("casebook_webhook_dead_letters_total").increment(1);
}

/// Counts a subscription that was stopped because of its receiver.
pub(super) fn stopped() {
    metrics::counter!("casebook_webhook_stops_total").increment(1);
}

/// Tells how a subscription is doing; `held` says that nothing is sent although it is active.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; positions fit it for ages")]
pub(super) fn standing(id: WebhookId, webhook: &Webhook, head: u64, held: bool) {
    let stopped = held || matches!(webhook.standing(), Standing::Paused(_) | Standing::Disabled);
    let ended = *webhook.standing() == Standing::Removed;
    let lag = if ended { 0 } else { head.saturating_sub(webhook.reached()) };
    let (waiting, dead) = (webhook.waiting().len() as f64, webhook.dead().len() as f64);
    gauges(id, [lag as f64, waiting, dead, f64::from(u8::from(stopped))]);
}

/// Another process tells from now on, or nobody.
pub(super) fn handed_on(id: WebhookId) {
    gauges(id, [0.0; 4]);
}

fn gauges(id: WebhookId, values: [f64; 4]) {
    let names = [
        "casebook_webhook_lag",
        "casebook_webhook_waiting",
        "casebook_webhook_dead_letters",
        "casebook_webhook_stopped",
    ];
    for (name, value) in names.into_iter().zip(values) {
        metrics::gauge!(name, "webhook" => id.to_string()).set(value);
    }
}
