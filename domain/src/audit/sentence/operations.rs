//! Decisions of operators in words. Their reasons are free text and stand in the data beside.

use crate::operations::OperationsEvent;

pub(super) fn sentence(event: &OperationsEvent) -> String {
    match event {
        OperationsEvent::EventSkipped(skipped) => {
            let by = skipped.reader.as_deref().unwrap_or("every reader");
            format!(
                "Event {} ({} version {}) is passed over by {by}.",
                skipped.position, skipped.event_type, skipped.event_version
            )
        }
    }
}
