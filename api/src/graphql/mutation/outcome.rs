//! What a mutation on a ticket gives back.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use casebook_app::queries::TicketRow;
use casebook_app::{Access, App, AppError, Done};
use casebook_domain::ids::TicketId;
use tokio::sync::OnceCell;

use super::error::MutationError;
use crate::detached;
use crate::graphql::context::{Request, request};
use crate::graphql::error;
use crate::graphql::reads;
use crate::graphql::scalars::{Position, int};
use crate::graphql::ticket::Ticket;

/// The place in the log that a mutation has reached, waited for once by all who want to see it.
pub(super) struct Seen {
    position: u64,
    waited: OnceCell<Result<(), AppError>>,
}

impl Seen {
    pub(super) fn new(position: u64) -> Arc<Self> {
        Arc::new(Self { position, waited: OnceCell::new() })
    }

    /// The ticket's row once the read models have reached the place.
    pub(super) async fn row(
        &self,
        request: &Request,
        ticket: TicketId,
    ) -> Result<Option<TicketRow>> {
        let waited = self.waited.get_or_init(|| request.reach(self.position)).await;
        waited.clone().map_err(error::of)?;
        request.get(ticket).await
    }
}

/// A command that was carried out.
struct Carried {
    done: Done,
    seen: Arc<Seen>,
}

/// What came of a mutation on a ticket: it was done, or `error` tells why not.
pub(super) struct TicketPayload(Result<Carried, MutationError>);

/// What came of a mutation on a ticket: it was done, or `error` tells why not.
#[Object]
impl TicketPayload {
    /// The ticket as it is once this was done; null when it was not. Asking for it waits until the
    /// read models have come this far.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        let Ok(carried) = &self.0 else { return Ok(None) };
        reads::shown(ctx, carried.seen.row(request(ctx)?, carried.done.ticket_id).await?)
    }

    /// Version that the ticket has reached by this; the next command can expect it.
    async fn version(&self) -> Option<i32> {
        self.0.as_ref().ok().map(|carried| int(carried.done.version))
    }

    /// Position that the log has reached by this; queries can wait for it.
    async fn position(&self, ctx: &Context<'_>) -> Result<Option<Position>> {
        let app = request(ctx)?.app();
        Ok(self.0.as_ref().ok().map(|carried| Position::new(app, carried.done.position)))
    }

    /// Whether the same command with the same key was carried out before, and not again now.
    async fn repeated(&self) -> bool {
        self.0.as_ref().is_ok_and(|carried| carried.done.repeated)
    }

    /// Why nothing was done; null when it was done.
    async fn error(&self) -> Option<&MutationError> {
        self.0.as_ref().err()
    }
}

impl TicketPayload {
    /// What was done.
    pub(super) fn done(done: Done, seen: Arc<Seen>) -> Self {
        Self(Ok(Carried { done, seen }))
    }

    /// Why nothing was done.
    pub(super) const fn refused(error: MutationError) -> Self {
        Self(Err(error))
    }

    /// What a use case gave.
    ///
    /// # Errors
    /// Faults, and what may succeed later.
    pub(super) fn of(outcome: Result<Done, AppError>) -> Result<Self> {
        match outcome {
            Ok(done) => {
                let seen = Seen::new(done.position);
                Ok(Self::done(done, seen))
            }
            Err(refused) => MutationError::expected(refused).map(Self::refused),
        }
    }
}

/// Carries a use case out to its end, whether or not the caller stays.
pub(super) async fn carry_out<T, F>(
    ctx: &Context<'_>,
    case: impl FnOnce(App, Access) -> F,
) -> Result<Result<T, AppError>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let request = request(ctx)?;
    let case = case(request.app().clone(), request.access.clone());
    Ok(detached::run(case).await)
}
