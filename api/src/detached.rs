//! Runs use cases to their end, whatever becomes of those who asked.

use casebook_app::AppError;
use tracing::Instrument;

/// Runs a use case as a task of its own, so that a client who goes away cancels nothing.
///
/// # Errors
/// Those of the use case; a fault when it panics.
pub(crate) async fn run<T: Send + 'static>(
    case: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    tokio::spawn(case.in_current_span()).await.map_err(AppError::fault)?
}
