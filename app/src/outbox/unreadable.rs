//! An errand meets an event that it cannot read: it stands still, loudly, until somebody decides.

use casebook_projections::Skips;

use crate::{App, AppError};

/// Names of all errands, as leases, metrics and skips name them.
pub(crate) const ERRANDS: [&str; 6] =
    ["alarm-clock", "mail-forwarder", "replacements", "reply-sender", "triage", "webhooks"];

/// Goes on where an operator decided to pass over the event at `position`.
///
/// # Errors
/// `error`, which says why the event cannot be read, where nobody did; then the alarm is given.
pub(crate) async fn pass_over(
    app: &App,
    errand: &'static str,
    position: u64,
    error: AppError,
) -> Result<(), AppError> {
    let skips = Skips::load(app.store().log()).await?;
    if skips.has(position, errand) {
        return Ok(());
    }
    tell(errand, true);
    tracing::error!(
        errand,
        position,
        "an errand stands still before an event that cannot be read; run a version that can, or \
         have it passed over with `casebook skip`"
    );
    Err(error)
}

/// Tells the metrics that an errand has read on.
pub(crate) fn reads_on(errand: &'static str) {
    tell(errand, false);
}

fn tell(errand: &'static str, stopped: bool) {
    let value = if stopped { 1.0 } else { 0.0 };
    metrics::gauge!("casebook_errand_stopped", "errand" => errand).set(value);
}
