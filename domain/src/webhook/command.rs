//! What operators can ask of a subscription, and what it leads to.

use thiserror::Error;

use super::{
    ChangeWebhook, PausedBecause, SecretRotated, Standing, Subscription, URL_BYTES_MAX,
    WORDS_CHARS_MAX, Webhook, WebhookEvent, WebhookPaused, WebhookRedelivered, WebhookRemoved,
    WebhookReplayed, WebhookResumed, WebhookSubscribed,
};
use crate::Timestamp;

/// What can be asked of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookCommand {
    /// Send a tenant's events to an address.
    Subscribe {
        /// The tenant.
        tenant: String,
        /// What is sent where.
        subscription: Subscription,
        /// Events behind this position are sent.
        after: u64,
        /// Names the key that the secret is made from.
        key_id: String,
    },
    /// Change what is sent where.
    Change(ChangeWebhook),
    /// Sign with another secret.
    Rotate {
        /// Until when the secret before signs, too.
        previous_until: Timestamp,
        /// Names the key that the secret is made from.
        key_id: String,
    },
    /// Send nothing for the time being.
    Pause {
        /// Why.
        reason: String,
    },
    /// Go on.
    Resume {
        /// The present time.
        now: Timestamp,
    },
    /// End the subscription.
    Remove,
    /// Send everything behind a position again.
    Replay {
        /// The position.
        after: u64,
    },
    /// Send one event again that was given up.
    Redeliver {
        /// Its position.
        position: u64,
        /// The present time.
        now: Timestamp,
    },
}

/// Why a subscription refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebhookError {
    /// There is none, or it was removed.
    #[error("webhook not found")]
    NotFound,
    /// A field of the request cannot be used.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What to do.
        message: &'static str,
    },
    /// A replay would skip events.
    #[error("this position is not reached yet; replay from an earlier one")]
    NotReached,
    /// The letter was not given up.
    #[error("no dead letter is kept at this position; replay from there instead")]
    NotDead,
}

impl Webhook {
    /// Decides what a command leads to; nothing where it is so already.
    ///
    /// # Errors
    /// [`WebhookError`] says why not, and what to do.
    pub fn decide(&self, command: WebhookCommand) -> Result<Vec<WebhookEvent>, WebhookError> {
        if let WebhookCommand::Subscribe { tenant, subscription, after, key_id } = command {
            let key_id = Some(key_id);
            let subscribed = WebhookSubscribed { tenant, subscription, after, key_id };
            return self.subscribe(subscribed);
        }
        if matches!(self.standing, Standing::Absent | Standing::Removed) {
            return Err(WebhookError::NotFound);
        }
        Ok(match command {
            WebhookCommand::Subscribe { .. } => Vec::new(),
            WebhookCommand::Change(change) => self.change(&change)?,
            WebhookCommand::Rotate { previous_until, key_id } => {
                vec![WebhookEvent::WebhookSecretRotated(SecretRotated {
                    generation: self.generation.saturating_add(1),
                    previous_until,
                    key_id: Some(key_id),
                })]
            }
            WebhookCommand::Pause { reason } => self.pause(&reason)?,
            WebhookCommand::Resume { .. } if self.is_active() => Vec::new(),
            WebhookCommand::Resume { now } => {
                vec![WebhookEvent::WebhookResumed(WebhookResumed { at: now })]
            }
            WebhookCommand::Remove => vec![WebhookEvent::WebhookRemoved(WebhookRemoved {})],
            WebhookCommand::Replay { after } if after > self.reached => {
                return Err(WebhookError::NotReached);
            }
            WebhookCommand::Replay { after } => {
                vec![WebhookEvent::WebhookReplayed(WebhookReplayed { after })]
            }
            WebhookCommand::Redeliver { position, now } => self.redeliver(position, now)?,
        })
    }

    fn subscribe(&self, asked: WebhookSubscribed) -> Result<Vec<WebhookEvent>, WebhookError> {
        if self.exists() {
            return Ok(Vec::new());
        }
        let subscription = checked(asked.subscription)?;
        Ok(vec![WebhookEvent::WebhookSubscribed(WebhookSubscribed { subscription, ..asked })])
    }

    /// Makes the change to the subscription as it is now, so that two people who change different
    /// things at once both get what they asked for.
    fn change(&self, change: &ChangeWebhook) -> Result<Vec<WebhookEvent>, WebhookError> {
        let subscription = checked(change.made_to(&self.subscription))?;
        let same = subscription == self.subscription;
        Ok(if same { Vec::new() } else { vec![WebhookEvent::WebhookChanged(subscription)] })
    }

    fn pause(&self, reason: &str) -> Result<Vec<WebhookEvent>, WebhookError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > WORDS_CHARS_MAX {
            let message = "say why, in at most 500 characters";
            return Err(WebhookError::Invalid { field: "reason", message });
        }
        if !self.is_active() {
            return Ok(Vec::new());
        }
        let because = PausedBecause::Operator(reason.to_owned());
        Ok(vec![WebhookEvent::WebhookPaused(WebhookPaused { because })])
    }

    fn redeliver(&self, position: u64, at: Timestamp) -> Result<Vec<WebhookEvent>, WebhookError> {
        if self.dead.contains_key(&position) {
            let again = WebhookRedelivered { position, at };
            return Ok(vec![WebhookEvent::WebhookRedelivered(again)]);
        }
        if self.waiting.contains_key(&position) {
            return Ok(Vec::new());
        }
        Err(WebhookError::NotDead)
    }
}

/// A subscription in its present form, if it can be used. Whether the address may be called is a
/// question to the settings and asked elsewhere.
fn checked(mut subscription: Subscription) -> Result<Subscription, WebhookError> {
    let url = subscription.url.trim();
    if url.is_empty() || url.len() > URL_BYTES_MAX {
        let message = "use an address of at most 2000 bytes";
        return Err(WebhookError::Invalid { field: "url", message });
    }
    let description = subscription.description.trim();
    if description.chars().count() > WORDS_CHARS_MAX {
        let message = "use at most 500 characters";
        return Err(WebhookError::Invalid { field: "description", message });
    }
    (subscription.url, subscription.description) = (url.to_owned(), description.to_owned());
    subscription.types.sort_unstable();
    subscription.types.dedup();
    Ok(subscription)
}
