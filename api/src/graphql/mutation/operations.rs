//! What operators decide about the readers of the log.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result};
use casebook_app::{AppError, RebuildStarted, SkipEvent, Skipped};

use super::error::MutationError;
use super::outcome::carry_out;
use crate::graphql::context::request;
use crate::graphql::scalars::Position;

/// See the module.
#[derive(Default)]
pub(super) struct OperationsMutations;

/// What to rebuild.
#[derive(Debug, InputObject)]
pub(super) struct RebuildReadModelInput {
    /// Name of the read model; all of them when left out.
    name: Option<String>,
}

/// An event that cannot be read.
#[derive(Debug, InputObject)]
pub(super) struct SkipEventInput {
    /// Its position.
    position: Position,
    /// The read model or errand that passes it over, by name, or `events`, public events; all of
    /// them when left out.
    reader: Option<String>,
    /// Why; kept with the decision.
    reason: String,
}

/// What came of asking for a rebuild.
pub(super) struct RebuildPayload(Result<RebuildStarted, MutationError>);

/// What came of asking for a rebuild.
#[Object]
impl RebuildPayload {
    /// The read models that are being rebuilt; `projections` tells how far they are.
    async fn names(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |started| started.names.as_slice())
    }

    /// Why nothing was done; null when it was done.
    async fn error(&self) -> Option<&MutationError> {
        self.0.as_ref().err()
    }
}

/// What came of passing over an event.
pub(super) struct SkipEventPayload(Result<Skipped, MutationError>);

/// What came of passing over an event.
#[Object]
impl SkipEventPayload {
    /// Name and version of the event that is passed over.
    async fn event(&self) -> Option<&str> {
        self.0.as_ref().ok().map(|skipped| skipped.event.as_str())
    }

    /// Whether it was decided by this; false when it was decided before.
    async fn changed(&self) -> bool {
        self.0.as_ref().is_ok_and(|skipped| skipped.changed)
    }

    /// Position that the log has reached by this; null when nothing changed.
    async fn position(&self, ctx: &Context<'_>) -> Result<Option<Position>> {
        let app = request(ctx)?.app();
        let position = self.0.as_ref().ok().and_then(|skipped| skipped.position);
        Ok(position.map(|position| Position::new(app, position)))
    }

    /// Why nothing was done; null when it was done.
    async fn error(&self) -> Option<&MutationError> {
        self.0.as_ref().err()
    }
}

fn told<T>(outcome: Result<T, AppError>) -> Result<Result<T, MutationError>> {
    Ok(match outcome {
        Ok(done) => Ok(done),
        Err(refused) => Err(MutationError::expected(refused)?),
    })
}

/// What operators decide about the readers of the log.
#[Object]
impl OperationsMutations {
    /// Builds a read model anew beside the one that queries see, compares both where the
    /// definition is the same, and switches. Answers at once; `projections` tells how far it is.
    async fn rebuild_read_model(
        &self,
        ctx: &Context<'_>,
        input: RebuildReadModelInput,
    ) -> Result<RebuildPayload> {
        let projections = Arc::clone(&request(ctx)?.shared.projections);
        let outcome = carry_out(ctx, |app, access| async move {
            app.rebuild_read_model(&access, &projections, input.name.as_deref()).await
        });
        told(outcome.await?).map(RebuildPayload)
    }

    /// Records that an event which no program can read is passed over, for good: whoever stands
    /// still before it goes on, and every later rebuild passes over it, too.
    async fn skip_event(
        &self,
        ctx: &Context<'_>,
        input: SkipEventInput,
    ) -> Result<SkipEventPayload> {
        let SkipEventInput { position, reader, reason } = input;
        let outcome = carry_out(ctx, |app, access| async move {
            let cursor = position.read("position")?;
            let position = app.position_in_log(&access, "position", cursor).await?;
            app.skip_event(&access, &SkipEvent { position, reader, reason }).await
        });
        told(outcome.await?).map(SkipEventPayload)
    }
}
