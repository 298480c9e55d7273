//! What came of attempts, and what it leads to.

use super::{
    AttemptFailed, DeadLettered, DeliveriesMade, Failure, GONE, Letter, Made, Parked,
    PausedBecause, RetryRules, Standing, Webhook, WebhookDisabled, WebhookEvent, WebhookPaused,
};
use crate::Timestamp;

/// Letters of one event of the log, so that none grows beyond its limit.
const MADE_MAX: usize = 200;

/// What came of sending for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Number of the run that it belongs to.
    pub run: u32,
    /// Attempts, in the order in which they ended.
    pub attempted: Vec<Attempted>,
    /// Letters that wait behind others from now on.
    pub parked: Vec<Parked>,
    /// Everything at or below this position is settled or waits.
    pub reached: u64,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// What was sent.
    pub letter: Letter,
    /// Number of the attempt; the first is 1.
    pub attempt: u32,
    /// When it was sent.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The status by which it was taken, or why it was not.
    pub outcome: Result<u16, Refusal>,
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub failure: Failure,
    /// Seconds that the receiver asked to wait.
    pub retry_after_seconds: Option<u64>,
    /// A number from 0 to 999 drawn for this attempt.
    pub chance: u32,
}

impl Webhook {
    /// What the outcomes lead to: the record of what was taken, of each failure with the time of
    /// its next attempt or its end, and a pause where nothing was taken for too long.
    pub fn record(&self, outcomes: Outcomes, rules: &RetryRules) -> Vec<WebhookEvent> {
        if matches!(self.standing, Standing::Absent | Standing::Removed) {
            return Vec::new();
        }
        let Outcomes { run, attempted, parked, reached } = outcomes;
        let mut events = Vec::new();
        let mut made = Vec::new();
        let mut state = Run::of(self);
        for attempt in attempted {
            match attempt.outcome {
                Ok(status) => {
                    made.push(taken(attempt, status));
                    state.taken();
                }
                Err(refusal) => {
                    state.failed(&attempt, refusal);
                    refused(&mut events, run, attempt, refusal, rules);
                }
            }
        }
        // What was taken goes first: a letter can have been taken and its follower refused.
        let mut batches = batches(run, made, parked, reached);
        if batches.is_empty() && (reached > self.reached) {
            batches.push(DeliveriesMade { run, made: vec![], parked: vec![], reached });
        }
        let batches = batches.into_iter().map(WebhookEvent::WebhookDeliveriesMade);
        events.splice(0..0, batches);
        if self.is_active() {
            events.extend(state.ends(rules));
        }
        events
    }
}

/// How it has gone of late.
struct Run {
    failures: u64,
    since: Option<Timestamp>,
    last: Option<Timestamp>,
    gone: bool,
}

impl Run {
    const fn of(webhook: &Webhook) -> Self {
        let (failures, since) = (webhook.failures_in_row, webhook.failing_since);
        Self { failures, since, last: None, gone: false }
    }

    const fn taken(&mut self) {
        (self.failures, self.since) = (0, None);
    }

    fn failed(&mut self, attempt: &Attempted, refusal: Refusal) {
        self.failures += 1;
        self.since = self.since.or(Some(attempt.at));
        self.last = Some(attempt.at);
        self.gone |= refusal.failure == Failure::Status(GONE);
    }

    fn ends(&self, rules: &RetryRules) -> Option<WebhookEvent> {
        if self.gone {
            return Some(WebhookEvent::WebhookDisabled(WebhookDisabled { status: GONE }));
        }
        let (since, last) = (self.since?, self.last?);
        rules.pauses(self.failures, since, last).then(|| {
            let because = PausedBecause::Failures { count: self.failures, since };
            WebhookEvent::WebhookPaused(WebhookPaused { because })
        })
    }
}

fn taken(attempt: Attempted, status: u16) -> Made {
    let Attempted { letter, attempt, at, duration_ms, .. } = attempt;
    Made { letter, attempt, status, duration_ms, at }
}

/// Records a failure. A receiver that is gone may come back by an operator's word; what it
/// refused waits until then and is not given up.
fn refused(
    events: &mut Vec<WebhookEvent>,
    run: u32,
    attempted: Attempted,
    refusal: Refusal,
    rules: &RetryRules,
) {
    let Attempted { letter, attempt, at, duration_ms, .. } = attempted;
    let Refusal { failure, retry_after_seconds, chance } = refusal;
    let retry_at = match failure {
        Failure::Unreadable => None,
        Failure::Status(GONE) => Some(at),
        _ => rules.retry_at(attempt, at, chance, retry_after_seconds),
    };
    events.push(WebhookEvent::WebhookAttemptFailed(AttemptFailed {
        run,
        letter: letter.clone(),
        attempt,
        failure,
        duration_ms,
        at,
        retry_at,
    }));
    if retry_at.is_none() {
        let dead = DeadLettered { run, letter, attempts: attempt, failure, at };
        events.push(WebhookEvent::WebhookDeadLettered(dead));
    }
}

/// The record of what was taken, in events of bounded size; only the last one moves on.
fn batches(run: u32, made: Vec<Made>, parked: Vec<Parked>, reached: u64) -> Vec<DeliveriesMade> {
    if made.is_empty() && parked.is_empty() {
        return Vec::new();
    }
    let mut made = made.into_iter().peekable();
    let mut parked = parked.into_iter().peekable();
    let mut batches = Vec::new();
    while made.peek().is_some() || parked.peek().is_some() {
        batches.push(DeliveriesMade {
            run,
            made: made.by_ref().take(MADE_MAX).collect(),
            parked: parked.by_ref().take(MADE_MAX).collect(),
            reached: 0,
        });
    }
    if let Some(last) = batches.last_mut() {
        last.reached = reached;
    }
    batches
}
