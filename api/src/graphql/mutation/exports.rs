//! Recording that personal data is taken out beside the server.

use async_graphql::{Context, InputObject, Object, Result};
use casebook_app::{AppError, ExportRequest, ExportWhat};

use super::error::MutationError;
use super::outcome::carry_out;
use crate::graphql::scalars::Position;

/// See the module.
#[derive(Default)]
pub(super) struct ExportMutations;

/// What is taken out.
#[derive(Debug, InputObject)]
pub(super) struct RecordExportInput {
    /// What, by the name that `casebook export` knows it by: `events` or a read model.
    what: String,
    /// Only this tenant; all of them when left out.
    tenant: Option<String>,
    /// The first position, for events.
    from: Option<Position>,
    /// The last position; for read models, the one they have reached.
    to: Position,
}

/// What came of recording an export.
pub(super) struct RecordExportPayload(Result<Vec<String>, MutationError>);

/// What came of recording an export.
#[Object]
impl RecordExportPayload {
    /// The tenants that it was recorded for: only theirs may be taken out.
    async fn tenants(&self) -> &[String] {
        self.0.as_ref().map_or(&[], Vec::as_slice)
    }

    /// Why it was not recorded, so that nothing may be taken out; null when it was recorded.
    async fn error(&self) -> Option<&MutationError> {
        self.0.as_ref().err()
    }
}

/// Recording that personal data is taken out beside the server.
#[Object]
impl ExportMutations {
    /// Records that `casebook export --personal` takes personal data out of the database that this
    /// server writes to. It gives no data.
    async fn record_export(
        &self,
        ctx: &Context<'_>,
        input: RecordExportInput,
    ) -> Result<RecordExportPayload> {
        let outcome = carry_out(ctx, |app, access| async move {
            let what: ExportWhat =
                input.what.parse().map_err(|message: String| AppError::invalid("what", message))?;
            let to = app.position_in_log(&access, "to", input.to.read("to")?).await?;
            let from = match input.from {
                Some(from) => Some(app.position_in_log(&access, "from", from.read("from")?).await?),
                None => None,
            };
            let (tenant, to) = (input.tenant, (what == ExportWhat::Events).then_some(to));
            let request = ExportRequest { what, tenant, from, to, personal: true };
            app.record_export(&access, &request).await
        });
        Ok(RecordExportPayload(match outcome.await? {
            Ok(tenants) => Ok(tenants),
            Err(refused) => Err(MutationError::expected(refused)?),
        }))
    }
}
