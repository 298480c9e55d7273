//! How far the read models have come.

use async_graphql::{Context, Object, Result};
use casebook_app::queries::ReadModelState;

use super::context::request;
use super::scalars::{Position, int};

/// A read model: a view of the log that queries read.
pub(super) struct Projection(pub(super) ReadModelState);

/// A read model: a view of the log that queries read.
#[Object]
impl Projection {
    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Version of its form.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Position that it has reached.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        Ok(Position::new(request(ctx)?.app(), self.0.position))
    }

    /// Number of events of the log that it has not taken into account yet.
    async fn lag(&self) -> i32 {
        int(self.0.lag)
    }

    /// What stops it; null when all is well.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}
