//! Asks providers in turn until one gives an answer that can be accepted.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use casebook_app::{Classification, Classifier, GaveUp, ProviderState, Question};
use casebook_domain::Timestamp;
use casebook_domain::ticket::TokenUsage;
use casebook_domain::triage::{Accepted, CheckOutcome, accept};
use tokio::sync::Semaphore;
use tracing::Instrument;

use crate::breaker::{Breaker, BreakerSettings, BreakerState, Permit};
use crate::retry::RetrySettings;
use crate::{AskError, AskErrorKind, Provider, Reply, Request, trace};

/// Answers to one question that may be unusable before the next provider is asked; a model that
/// twice gives no usable answer seldom gives one the third time, and every one is paid for.
const UNUSABLE_MAX: u32 = 2;

/// What the manager cannot know by itself: the time, and a random number from 0 to 1.
#[derive(Clone)]
pub struct Surroundings {
    /// The present time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A random number from 0 to 1, for jitter.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings")
    }
}

/// A provider with what is known about its health.
struct Desk {
    provider: Arc<dyn Provider>,
    calls: Semaphore,
    breaker: Mutex<Breaker>,
    last_error: Mutex<Option<String>>,
    /// Until when the provider asked to be left alone.
    not_before: Mutex<Option<Instant>>,
}

/// Asks providers in the order in which they were added.
pub struct Manager {
    desks: Vec<Desk>,
    retry: RetrySettings,
    breaker: BreakerSettings,
    surroundings: Surroundings,
}

/// How often was asked, and why nobody answered so far.
#[derive(Default)]
struct Tally {
    attempts: u32,
    failed: Option<(&'static str, AskError)>,
}

impl Manager {
    /// A manager without providers.
    pub const fn new(
        retry: RetrySettings,
        breaker: BreakerSettings,
        surroundings: Surroundings,
    ) -> Self {
        Self { desks: Vec::new(), retry, breaker, surroundings }
    }

    /// Adds a provider that has at most `parallel_max` calls under way at a time.
    #[must_use]
    pub fn with(mut self, provider: Arc<dyn Provider>, parallel_max: usize) -> Self {
        self.desks.push(Desk {
            provider,
            calls: Semaphore::new(parallel_max.max(1)),
            breaker: Mutex::new(Breaker::new(self.breaker)),
            last_error: Mutex::new(None),
            not_before: Mutex::new(None),
        });
        self
    }

    /// Asks one provider until it answers or is given up.
    async fn ask(
        &self,
        desk: &Desk,
        request: &Request,
        tally: &mut Tally,
    ) -> Option<(Reply, Accepted)> {
        let begun = Instant::now();
        let (mut made, mut unusable) = (0, 0);
        loop {
            if let Some(wait) = desk.asked_to_wait() {
                if begun.elapsed() + wait > Duration::from_millis(self.retry.budget_ms) {
                    let message = "asked for a longer wait than the budget allows";
                    let busy = AskError::new(AskErrorKind::RateLimited, message);
                    tally.failed = Some((desk.provider.name(), busy));
                    return None;
                }
                tokio::time::sleep(wait).await;
                continue;
            }
            let permit = desk.permit((self.surroundings.now)());
            if let Permit::Refused { .. } = permit {
                let away = AskError::new(AskErrorKind::Unreachable, "is known to be away");
                tally.failed = Some((desk.provider.name(), away));
                return None;
            }
            made += 1;
            tally.attempts += 1;
            let answered = match desk.calls.acquire().await {
                Ok(_call) => {
                    let span = trace::asking(desk.provider.as_ref(), made);
                    let answered = desk.provider.ask(request).instrument(span.clone()).await;
                    trace::answered(&span, &answered);
                    answered
                }
                Err(_) => return None,
            };
            desk.report(permit, answered.as_ref().err(), (self.surroundings.now)());
            let error = match answered.map(|reply| usable(request, reply)) {
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(error)) => {
                    unusable += 1;
                    error
                }
                Err(error) => error,
            };
            let random = (self.surroundings.random)();
            let delay = self.retry.next_delay(&error, made, begun.elapsed(), random);
            tally.failed = Some((desk.provider.name(), error));
            match delay.filter(|_| unusable < UNUSABLE_MAX) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return None,
            }
        }
    }
}

#[async_trait]
impl Classifier for Manager {
    async fn classify(&self, question: Question) -> Result<Classification, GaveUp> {
        let Question { policy_version, policy, facts } = question;
        let request = Request::new(policy, policy_version, facts);
        let mut tally = Tally::default();
        for desk in &self.desks {
            if let Some((reply, accepted)) = self.ask(desk, &request, &mut tally).await {
                return Ok(classification(desk.provider.name(), request, reply, accepted, &tally));
            }
            if let Some((provider, error)) = &tally.failed {
                tracing::warn!(provider, error = error.message, "no answer from this provider");
            }
        }
        let (provider, error) = match tally.failed {
            Some((provider, error)) => (provider, error.message),
            None => ("none", "no provider is set up".to_owned()),
        };
        Err(GaveUp { provider: provider.to_owned(), attempts: tally.attempts, error })
    }

    fn states(&self) -> Vec<ProviderState> {
        self.desks.iter().map(|desk| desk.state((self.surroundings.now)())).collect()
    }
}

impl Desk {
    fn permit(&self, now: Timestamp) -> Permit {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner).permit(now)
    }

    /// How long the provider still wants to be left alone, whoever it told so.
    fn asked_to_wait(&self) -> Option<Duration> {
        let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before?.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero())
    }

    fn report(&self, permit: Permit, error: Option<&AskError>, now: Timestamp) {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            None => breaker.succeeded(permit),
            Some(error) => breaker.failed(permit, error.kind, now),
        }
        drop(breaker);
        if let Some(wait) = error.and_then(|error| error.retry_after) {
            let until = Instant::now().checked_add(wait);
            *self.not_before.lock().unwrap_or_else(PoisonError::into_inner) = until;
        }
        let name = self.provider.name();
        let outcome = error.map_or("answered", |error| error.kind.code());
        metrics::counter!("casebook_triage_calls_total", "provider" => name, "outcome" => outcome)
            .increment(1);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) =
            error.map(|error| error.message.clone());
    }

    fn state(&self, now: Timestamp) -> ProviderState {
        let state = self.breaker.lock().unwrap_or_else(PoisonError::into_inner).state();
        let last_error = self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ProviderState {
            name: self.provider.name().to_owned(),
            model: self.provider.model().to_owned(),
            available: match state {
                BreakerState::Closed { .. } => true,
                BreakerState::Open { until } => until <= now,
                BreakerState::HalfOpen { .. } => false,
            },
            last_error,
        }
    }
}

/// The answer, when it passes its checks.
fn usable(request: &Request, reply: Reply) -> Result<(Reply, Accepted), AskError> {
    match accept(&request.policy, &request.facts, &reply.raw) {
        Ok(accepted) => Ok((reply, accepted)),
        Err(rejected) => {
            let refused = rejected.checks.iter().filter(|c| c.outcome == CheckOutcome::Refused);
            let codes: Vec<&str> = refused.map(|check| check.code.as_str()).collect();
            let message = format!("the answer cannot be used: {}", codes.join(", "));
            Err(AskError::new(AskErrorKind::BadReply, message))
        }
    }
}

fn classification(
    provider: &str,
    request: Request,
    reply: Reply,
    accepted: Accepted,
    tally: &Tally,
) -> Classification {
    let took = Duration::from_millis(reply.duration_ms);
    metrics::histogram!("casebook_triage_answer_seconds", "provider" => provider.to_owned())
        .record(took.as_secs_f64());
    let earlier = tally.failed.as_ref().filter(|(name, _)| *name != provider);
    Classification {
        accepted,
        raw: reply.raw,
        system: request.system,
        user: request.user,
        provider: provider.to_owned(),
        model: reply.model,
        request_id: reply.request_id,
        usage: TokenUsage {
            input_tokens: reply.usage.input_tokens,
            output_tokens: reply.usage.output_tokens,
            cache_read_tokens: reply.usage.cache_read_tokens,
            cache_write_tokens: reply.usage.cache_write_tokens,
        },
        cost_micro_usd: reply.cost_micro_usd,
        attempts: tally.attempts,
        fallback_from: earlier.map(|(name, error)| format!("{name}: {}", error.message)),
    }
}
