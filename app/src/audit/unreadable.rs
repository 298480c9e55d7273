//! Events that this program cannot read, and that an operator decided to pass over.
//!
//! The audit trail reads in several ways, and all of them are the reader of one name: that of its
//! index.

use casebook_domain::event::DecodeError;
use casebook_projections::audit::AuditIndex;
use casebook_projections::{ReadModel, Skips};
use casebook_store::{Log, StoredEvent};

use crate::AppError;

/// Whether the audit trail passes over the event at a position.
pub(super) fn is_skipped(skips: &Skips, position: u64) -> bool {
    skips.has(position, AuditIndex::NAME)
}

/// Goes on behind an event that cannot be read, where an operator decided so.
///
/// # Errors
/// `why` it cannot be read, where nobody did; when the log cannot be asked.
pub(super) async fn pass_over(
    log: &Log,
    stored: &StoredEvent,
    why: DecodeError,
) -> Result<(), AppError> {
    if is_skipped(&Skips::load(log).await?, stored.position) {
        return Ok(());
    }
    Err(AppError::fault(why))
}
