//! Approved replies and their attempts.

use async_graphql::{Context, Object, Result, SimpleObject};
use casebook_app::queries;

use super::context::request;
use super::enums::{AttemptOutcome, ReplyState};
use super::message::Message;
use super::scalars::{DateTime, Position, int};
use super::work_enums::DraftUsage;

/// A reply that an agent approved, and what became of it.
pub(super) struct Reply(pub(super) queries::Reply);

/// An attempt to hand a reply over.
#[derive(SimpleObject)]
pub(super) struct DeliveryAttempt {
    /// Its number, from 1.
    number: i32,
    /// When it began.
    started_at: DateTime,
    /// When its outcome was recorded; null before that.
    ended_at: Option<DateTime>,
    /// What came of it.
    outcome: AttemptOutcome,
    /// What went wrong, free of personal data.
    error: Option<String>,
    /// When the next one was to follow; null when none was.
    retry_at: Option<DateTime>,
}

/// A reply that an agent approved, and what became of it.
#[Object]
impl Reply {
    /// The reply's UUID, as mutations and events name it.
    async fn uuid(&self) -> String {
        self.0.reply_id.to_string()
    }

    /// The agent who approved it.
    async fn approved_by(&self) -> &str {
        &self.0.approved_by
    }

    /// When.
    async fn approved_at(&self) -> DateTime {
        DateTime(self.0.approved_at)
    }

    /// How the draft was used.
    async fn draft_usage(&self) -> DraftUsage {
        self.0.draft_usage.into()
    }

    /// Its Message-ID, without angle brackets.
    async fn email_message_id(&self) -> &str {
        &self.0.external_id
    }

    /// How far it has come.
    async fn state(&self) -> ReplyState {
        self.0.state.into()
    }

    /// When it leaves or is tried again; null when neither is to come.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.due_at.map(DateTime)
    }

    /// When the server took it; null before that.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(DateTime)
    }

    /// Why it is not out, or came back, free of personal data.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// What was tried, the first attempt first.
    async fn attempts(&self) -> Vec<DeliveryAttempt> {
        self.0.attempts.iter().map(DeliveryAttempt::from).collect()
    }

    /// The message of the conversation that it became; null until it is out.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        Ok(request(ctx)?.get(self.0.reply_id).await?.map(Message))
    }

    /// Position of the last event about it.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }
}

impl From<&queries::DeliveryAttempt> for DeliveryAttempt {
    fn from(attempt: &queries::DeliveryAttempt) -> Self {
        Self {
            number: int(attempt.number),
            started_at: DateTime(attempt.started_at),
            ended_at: attempt.ended_at.map(DateTime),
            outcome: attempt.outcome.into(),
            error: attempt.error.clone(),
            retry_at: attempt.retry_at.map(DateTime),
        }
    }
}
