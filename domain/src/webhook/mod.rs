//! A subscription by which a tenant's events are sent to an address, as one stream: what operators
//! decided about it, what was sent, what waits for another attempt, and what was given up.
//!
//! Everything that sending needs to know is folded from this stream: how far the log was sent
//! ([`Webhook::reached`]), which events above that were sent out of turn, and which below it wait.

mod change;
mod command;
mod delivery;
mod event;
mod fold;
mod outcome;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

pub use change::ChangeWebhook;
pub use command::{WebhookCommand, WebhookError};
pub use delivery::{
    AttemptFailed, DeadLettered, DeliveriesMade, Failure, GONE, Letter, Made, Parked,
};
pub use event::{
    PausedBecause, SecretRotated, Subscription, WebhookDisabled, WebhookEvent, WebhookPaused,
    WebhookRedelivered, WebhookRemoved, WebhookReplayed, WebhookResumed, WebhookSubscribed,
};
pub use outcome::{Attempted, Outcomes, Refusal};
pub use rules::RetryRules;

/// Letters given up that a subscription keeps in mind; older ones stay in the log.
pub const DEAD_KEPT: usize = 500;
/// Longest description or reason, in characters.
pub const WORDS_CHARS_MAX: usize = 500;
/// Longest address, in bytes.
pub const URL_BYTES_MAX: usize = 2_000;

/// Where a subscription stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// There is none.
    #[default]
    Absent,
    /// Events are sent.
    Active,
    /// Nothing is sent for the time being.
    Paused(PausedBecause),
    /// The receiver is gone.
    Disabled,
    /// It ended.
    Removed,
}

/// A letter that waits: for its next attempt, or for the letters before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// What it is about.
    pub key: String,
    /// Attempts that were made.
    pub attempts: u32,
    /// When it is due; `None` means as soon as it is its turn.
    pub due: Option<Timestamp>,
}

/// A letter that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dead {
    /// Identifier of the event.
    pub event_id: String,
    /// Its public type.
    pub event_type: String,
    /// What it is about.
    pub key: String,
    /// Attempts that were made.
    pub attempts: u32,
    /// Why the last of them failed.
    pub failure: Failure,
    /// When it was given up.
    pub at: Timestamp,
}

/// A subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Webhook {
    pub(super) tenant: String,
    pub(super) subscription: Subscription,
    pub(super) standing: Standing,
    /// Number of operators' decisions: what they compare with, since sending moves the version
    /// of the stream all the time.
    pub(super) revision: u64,
    pub(super) generation: u32,
    #[serde(default)]
    pub(super) key_id: Option<String>,
    pub(super) previous_until: Option<Timestamp>,
    pub(super) run: u32,
    pub(super) reached: u64,
    pub(super) ahead: BTreeSet<u64>,
    pub(super) waiting: BTreeMap<u64, Waiting>,
    pub(super) dead: BTreeMap<u64, Dead>,
    pub(super) failures_in_row: u64,
    pub(super) failing_since: Option<Timestamp>,
    pub(super) last_taken_at: Option<Timestamp>,
    pub(super) last_failure: Option<Failure>,
    /// Events since the state was last summed.
    pub(super) since_summed: u64,
}

impl Webhook {
    /// The tenant whose events are sent.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// What is sent where.
    pub const fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Where it stands.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether events are sent.
    pub fn is_active(&self) -> bool {
        self.standing == Standing::Active
    }

    /// Whether it was made at some time; a removed one still was.
    pub fn exists(&self) -> bool {
        self.standing != Standing::Absent
    }

    /// Number of operators' decisions about it.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Number of the secret in use.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Names the key that the secret in use is made from, where that is known.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Until when signatures are made with the secret before, too.
    pub const fn previous_until(&self) -> Option<Timestamp> {
        self.previous_until
    }

    /// Numbers of the secrets that sign at `now`, the present one first.
    pub fn signing(&self, now: Timestamp) -> Vec<u32> {
        let overlaps = self.previous_until.is_some_and(|until| now < until);
        let previous = overlaps.then(|| self.generation.saturating_sub(1));
        std::iter::once(self.generation).chain(previous.filter(|number| *number > 0)).collect()
    }

    /// Number of the run through the log, which each replay raises.
    pub const fn run(&self) -> u32 {
        self.run
    }

    /// Everything at or below this position is settled or waits.
    pub const fn reached(&self) -> u64 {
        self.reached
    }

    /// Whether the event at a position above [`Self::reached`] is settled or waits already.
    pub fn knows(&self, position: u64) -> bool {
        self.ahead.contains(&position) || self.waiting.contains_key(&position)
    }

    /// Events above [`Self::reached`] that are settled.
    pub fn taken_ahead(&self) -> usize {
        self.ahead.len()
    }

    /// Whether nothing was sent between this state and a later one, so that what was found out on
    /// this one still holds; operators may have decided something.
    pub fn sent_as(&self, later: &Self) -> bool {
        (self.run, self.reached, &self.ahead) == (later.run, later.reached, &later.ahead)
            && self.waiting.keys().all(|position| later.waiting.contains_key(position))
    }

    /// Letters that wait, by position.
    pub const fn waiting(&self) -> &BTreeMap<u64, Waiting> {
        &self.waiting
    }

    /// The latest letters that were given up and not sent since, by position.
    pub const fn dead(&self) -> &BTreeMap<u64, Dead> {
        &self.dead
    }

    /// Attempts that failed since the last one that did not.
    pub const fn failures_in_row(&self) -> u64 {
        self.failures_in_row
    }

    /// When the first of them was made.
    pub const fn failing_since(&self) -> Option<Timestamp> {
        self.failing_since
    }

    /// When a letter was last sent and taken.
    pub const fn last_taken_at(&self) -> Option<Timestamp> {
        self.last_taken_at
    }

    /// Why the last attempt failed that did.
    pub const fn last_failure(&self) -> Option<Failure> {
        self.last_failure
    }

    /// Events of the stream since the state was last summed.
    pub const fn since_summed(&self) -> u64 {
        self.since_summed
    }

    /// The state as an event that stands for all before it.
    pub fn summed(&self) -> WebhookEvent {
        WebhookEvent::WebhookSummed(Box::new(self.clone()))
    }
}

impl Aggregate for Webhook {
    const TYPE: &'static str = "webhook";
    type Command = WebhookCommand;
    type Event = WebhookEvent;
    type Error = WebhookError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.note(event);
    }
}
