//! Decisions of operators in words, with the reason as the operator gave it.

use crate::operations::OperationsEvent;

pub(super) fn sentence(event: &OperationsEvent) -> String {
    match event {
        OperationsEvent::EventSkipped(skipped) => {
            let by = skipped.reader.as_deref().unwrap_or("every reader");
            format!(
                "Event {} ({} version {}) is passed over by {by} (\"{}\").",
                skipped.position, skipped.event_type, skipped.event_version, skipped.reason
            )
        }
    }
}
