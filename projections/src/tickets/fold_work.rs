//! What agents' work changes in a ticket's row, beside its standing.

use casebook_domain::ticket::TicketEvent;

use super::TicketRow;

pub(super) fn apply(row: &mut TicketRow, event: &TicketEvent) {
    match event {
        TicketEvent::TicketAssigned(to) if to.team.is_some() => row.team.clone_from(&to.team),
        TicketEvent::LabelsChanged(change) => {
            row.labels.retain(|label| !change.removed.contains(label));
            row.labels.extend(change.added.iter().cloned());
            row.labels.sort();
        }
        TicketEvent::CategoryCorrected(corrected) => row.category = Some(corrected.to.clone()),
        TicketEvent::TicketEscalated(escalated) => {
            row.escalation_reason = escalated.reason.get().cloned();
        }
        TicketEvent::TicketResolved(ended) | TicketEvent::TicketClosed(ended) => {
            row.resolved_at = Some(ended.at);
            if matches!(event, TicketEvent::TicketClosed(_)) {
                row.draft_usage = None;
            }
        }
        _ => {}
    }
}
