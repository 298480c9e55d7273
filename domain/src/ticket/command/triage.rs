//! What came of triage.

use crate::Personal;
use crate::ticket::{ReplyDrafted, Ticket, TicketClassified, TicketEvent, TriageFailed};

/// What came of triage.
#[derive(Clone, Debug, PartialEq)]
pub enum TriageCommand {
    /// An answer was accepted.
    Classified(Box<Classified>),
    /// Nobody could answer.
    Failed(TriageFailed),
}

/// An accepted answer, and the subject that the fallback chain gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// The decision; `subject` is set here when the ticket has none.
    pub decision: TicketClassified,
    /// Subject that stands for a missing one.
    pub fallback_subject: String,
}

impl Ticket {
    /// Records triage's say about the latest message. What comes too late, because the customer
    /// wrote again or somebody else was faster, leads to nothing: no message is decided twice.
    pub(super) fn record_triage(&self, command: TriageCommand) -> Vec<TicketEvent> {
        let message_id = match &command {
            TriageCommand::Classified(classified) => classified.decision.message_id,
            TriageCommand::Failed(failed) => failed.message_id,
        };
        if self.awaits_triage() != Some(message_id) {
            return Vec::new();
        }
        match command {
            TriageCommand::Failed(failed) => vec![TicketEvent::TriageFailed(failed)],
            TriageCommand::Classified(classified) => self.classify(*classified),
        }
    }

    fn classify(&self, classified: Classified) -> Vec<TicketEvent> {
        let Classified { mut decision, fallback_subject } = classified;
        if self.subject().is_none() {
            decision.subject = Some(Personal::new(fallback_subject));
        }
        // An escalated ticket has no draft, whoever escalated it.
        let standing = self.standing();
        let escalated =
            decision.answer.escalates() || standing.escalated || !standing.gate_codes.is_empty();
        let drafted = ReplyDrafted {
            decision_id: decision.decision_id,
            message_id: decision.message_id,
            text: decision.answer.draft_response.clone(),
        };
        let shown = !escalated && !drafted.text.text().trim().is_empty();
        let drafted = shown.then_some(TicketEvent::ReplyDrafted(drafted));
        let classified = TicketEvent::TicketClassified(Box::new(decision));
        std::iter::once(classified).chain(drafted).collect()
    }
}
