//! The steps of a replacement that the tenant's own system carries out.

use super::TicketError;
use crate::ids::ReplacementId;
use crate::ticket::{
    ReplacementFailed, ReplacementPlaced, ReplacementRequested, Ticket, TicketEvent,
};

/// Longest order reference and reason, in characters.
const FIELD_CHARS_MAX: usize = 200;

/// A step of a replacement.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplacementCommand {
    /// Ask for it.
    Request(ReplacementRequested),
    /// The tenant's system took it.
    RecordPlaced(ReplacementPlaced),
    /// The tenant's system did not take it.
    RecordFailed(ReplacementFailed),
}

impl Ticket {
    pub(super) fn replace(
        &self,
        command: ReplacementCommand,
    ) -> Result<Vec<TicketEvent>, TicketError> {
        match command {
            ReplacementCommand::Request(asked) => {
                check("order_reference", asked.order_reference.text())?;
                check("reason", asked.reason.text())?;
                Ok(vec![TicketEvent::ReplacementRequested(asked)])
            }
            ReplacementCommand::RecordPlaced(placed) => {
                if self.waits_for(placed.replacement_id)? {
                    return Ok(vec![TicketEvent::ReplacementPlaced(placed)]);
                }
                Ok(Vec::new())
            }
            ReplacementCommand::RecordFailed(failed) => {
                if self.waits_for(failed.replacement_id)? {
                    return Ok(vec![TicketEvent::ReplacementFailed(failed)]);
                }
                Ok(Vec::new())
            }
        }
    }

    fn waits_for(&self, id: ReplacementId) -> Result<bool, TicketError> {
        let state = self.replacement(id).ok_or(TicketError::NoSuchReplacement(id))?;
        Ok(!state.settled)
    }
}

fn check(field: &'static str, text: &str) -> Result<(), TicketError> {
    let invalid = |message| Err(TicketError::Invalid { field, message });
    if text.trim().is_empty() {
        return invalid("is blank");
    }
    if text.chars().count() > FIELD_CHARS_MAX || text.chars().any(char::is_control) {
        return invalid("at most 200 printable characters");
    }
    Ok(())
}
