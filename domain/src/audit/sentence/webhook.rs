//! Subscriptions in words. Addresses and reasons stand in the data beside: an address can hold
//! what a receiver takes for a password.

use super::{count, next};
use crate::webhook::{
    AttemptFailed, DeadLettered, DeliveriesMade, PausedBecause, Subscription, WebhookEvent,
};

pub(super) fn sentence(event: &WebhookEvent) -> String {
    match event {
        WebhookEvent::WebhookSubscribed(subscribed) => format!(
            "{} behind position {} are sent to an address from now on.",
            selection(&subscribed.subscription),
            subscribed.after
        ),
        WebhookEvent::WebhookChanged(subscription) => {
            format!("The subscription was changed. {} are sent.", selection(subscription))
        }
        WebhookEvent::WebhookSecretRotated(rotated) => format!(
            "Secret {} signs from now on, the one before it until {}.",
            rotated.generation, rotated.previous_until
        ),
        WebhookEvent::WebhookPaused(paused) => match &paused.because {
            PausedBecause::Operator(_) => "Sending was paused by an operator.".to_owned(),
            PausedBecause::Failures { count: failures, since } => format!(
                "Sending was paused: nothing was taken in {} since {since}.",
                count(*failures, "attempt")
            ),
        },
        WebhookEvent::WebhookResumed(_) => "Sending goes on.".to_owned(),
        WebhookEvent::WebhookDisabled(disabled) => {
            format!("The receiver answered {}: nothing is sent to it any more.", disabled.status)
        }
        WebhookEvent::WebhookRemoved(_) => "The subscription was removed.".to_owned(),
        WebhookEvent::WebhookReplayed(replayed) => {
            format!("Everything behind position {} is sent again.", replayed.after)
        }
        WebhookEvent::WebhookRedelivered(again) => {
            format!("Event {}, which was given up, is sent again.", again.position)
        }
        WebhookEvent::WebhookDeliveriesMade(made) => delivered(made),
        WebhookEvent::WebhookAttemptFailed(failed) => attempt(failed),
        WebhookEvent::WebhookDeadLettered(dead) => given_up(dead),
        WebhookEvent::WebhookSummed(_) => "The state of the subscription was summed up.".to_owned(),
    }
}

fn selection(subscription: &Subscription) -> String {
    let types = match subscription.types.len() {
        0 => "events of all types".to_owned(),
        number => format!("events of {}", count(number as u64, "type")),
    };
    let personal = if subscription.personal { "with" } else { "without" };
    format!("Public {types}, {personal} personal data,")
}

fn delivered(made: &DeliveriesMade) -> String {
    let taken = count(made.made.len() as u64, "event");
    match made.parked.len() {
        0 => format!("The receiver took {taken}."),
        waiting => format!(
            "The receiver took {taken}; {} from now on behind others.",
            match waiting {
                1 => "1 waits".to_owned(),
                waiting => format!("{waiting} wait"),
            }
        ),
    }
}

fn attempt(failed: &AttemptFailed) -> String {
    let (number, position, failure) = (failed.attempt, failed.letter.position, failed.failure);
    format!("Attempt {number} to send event {position} failed: {failure}{}.", next(failed.retry_at))
}

fn given_up(dead: &DeadLettered) -> String {
    let attempts = count(dead.attempts, "attempt");
    format!("Event {} was given up after {attempts}: {}.", dead.letter.position, dead.failure)
}
