//! What each event makes of a subscription.

use super::{
    AttemptFailed, DEAD_KEPT, Dead, DeadLettered, DeliveriesMade, Letter, Standing, Subscription,
    Waiting, Webhook, WebhookEvent,
};
use crate::Timestamp;

impl Webhook {
    /// Takes an event into account.
    pub(super) fn note(&mut self, event: WebhookEvent) {
        self.since_summed += 1;
        match event {
            WebhookEvent::WebhookSubscribed(subscribed) => {
                self.tenant = subscribed.tenant;
                self.subscription = subscribed.subscription;
                self.standing = Standing::Active;
                (self.generation, self.revision) = (1, 1);
                self.key_id = subscribed.key_id;
                (self.run, self.reached) = (1, subscribed.after);
            }
            WebhookEvent::WebhookChanged(subscription) => self.changed(subscription),
            WebhookEvent::WebhookSecretRotated(rotated) => {
                self.revision += 1;
                self.generation = rotated.generation;
                self.key_id = rotated.key_id;
                self.previous_until = Some(rotated.previous_until);
            }
            WebhookEvent::WebhookPaused(paused) => {
                self.revision += 1;
                self.standing = Standing::Paused(paused.because);
            }
            WebhookEvent::WebhookResumed(resumed) => self.resumed(resumed.at),
            WebhookEvent::WebhookDisabled(_) => {
                self.revision += 1;
                self.standing = Standing::Disabled;
            }
            WebhookEvent::WebhookRemoved(_) => self.removed(),
            WebhookEvent::WebhookReplayed(replayed) => self.replayed(replayed.after),
            WebhookEvent::WebhookRedelivered(again) => {
                self.revision += 1;
                if let Some(dead) = self.dead.remove(&again.position) {
                    let waiting = Waiting { key: dead.key, attempts: 0, due: Some(again.at) };
                    self.waiting.insert(again.position, waiting);
                }
            }
            WebhookEvent::WebhookDeliveriesMade(made) => self.delivered(made),
            WebhookEvent::WebhookAttemptFailed(failed) => self.failed(failed),
            WebhookEvent::WebhookDeadLettered(dead) => self.died(dead),
            WebhookEvent::WebhookSummed(state) => *self = Self { since_summed: 0, ..*state },
        }
    }

    fn changed(&mut self, subscription: Subscription) {
        self.revision += 1;
        if subscription.url != self.subscription.url {
            // What the old address refused the new one has not been asked yet.
            (self.failures_in_row, self.failing_since) = (0, None);
            for waiting in self.waiting.values_mut() {
                (waiting.attempts, waiting.due) = (0, None);
            }
        }
        self.subscription = subscription;
    }

    fn resumed(&mut self, at: Timestamp) {
        self.revision += 1;
        self.standing = Standing::Active;
        (self.failures_in_row, self.failing_since) = (0, None);
        for waiting in self.waiting.values_mut() {
            (waiting.attempts, waiting.due) = (0, Some(at));
        }
    }

    fn removed(&mut self) {
        self.revision += 1;
        self.standing = Standing::Removed;
        self.ahead.clear();
        self.waiting.clear();
        self.dead.clear();
    }

    fn replayed(&mut self, after: u64) {
        self.revision += 1;
        self.run += 1;
        self.reached = after;
        self.ahead.clear();
        self.waiting.retain(|position, _| *position <= after);
        self.dead.retain(|position, _| *position <= after);
    }

    fn delivered(&mut self, delivered: DeliveriesMade) {
        let settles = delivered.run == self.run;
        for made in delivered.made {
            (self.failures_in_row, self.failing_since) = (0, None);
            self.last_taken_at = self.last_taken_at.max(Some(made.at));
            if settles {
                self.settle(made.letter.position);
            }
        }
        if !settles {
            return;
        }
        for parked in delivered.parked {
            let waiting = Waiting { key: parked.key, attempts: 0, due: None };
            self.waiting.entry(parked.position).or_insert(waiting);
        }
        self.reached = self.reached.max(delivered.reached);
        self.ahead = self.ahead.split_off(&(self.reached + 1));
    }

    fn failed(&mut self, failed: AttemptFailed) {
        self.failures_in_row += 1;
        self.failing_since = self.failing_since.or(Some(failed.at));
        self.last_failure = Some(failed.failure);
        if let (Some(due), true) = (failed.retry_at, failed.run == self.run) {
            let (key, attempts) = (failed.letter.key, failed.attempt);
            self.waiting.insert(failed.letter.position, Waiting { key, attempts, due: Some(due) });
        }
    }

    fn died(&mut self, dead: DeadLettered) {
        if dead.run != self.run {
            return;
        }
        let DeadLettered { letter, attempts, failure, at, .. } = dead;
        let Letter { position, event_id, event_type, key } = letter;
        self.settle(position);
        self.dead.insert(position, Dead { event_id, event_type, key, attempts, failure, at });
        while self.dead.len() > DEAD_KEPT {
            self.dead.pop_first();
        }
    }

    /// A letter needs no further attempt.
    fn settle(&mut self, position: u64) {
        self.waiting.remove(&position);
        if position > self.reached {
            self.ahead.insert(position);
        }
    }
}
