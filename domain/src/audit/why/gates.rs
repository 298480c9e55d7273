//! The gates behind a ticket's standing: which fired by which lines of the policy, and on which words.

use serde::Serialize;

use super::Reference;
use super::trace::Trace;
use crate::gates::{Finding, Rule};
use crate::ids::MessageId;
use crate::ticket::TicketEvent;

/// A gate that fired and that no agent has dealt with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateLine {
    /// The gate's code.
    pub code: String,
    /// The gate's escalation reason.
    pub reason: String,
    /// Version of the policy that it belongs to.
    pub policy_version: String,
    /// The gate's lines in that version, one of which held; empty where the version is not known.
    pub rules: Vec<Rule>,
    /// The message on which it fired last.
    pub message_id: MessageId,
    /// What it found: the words, and what it counted.
    pub finding: Option<Finding>,
    /// The event by which it fired.
    pub fired_by: Reference,
}

/// The gates that still count, in the order of the ticket's standing.
pub(super) fn lines(trace: &Trace<'_>, rules: impl Fn(&str, &str) -> Vec<Rule>) -> Vec<GateLine> {
    let line = |code: &String| {
        let happened = trace.gates.get(code)?;
        let TicketEvent::TicketGated(gated) = &happened.event else { return None };
        let check = trace.checks.get(&gated.message_id);
        let finding = check.and_then(|check| {
            check.outcome.findings().find(|finding| finding.code == *code).cloned()
        });
        let reason = finding.as_ref().map_or(&gated.reason, |finding| &finding.reason);
        Some(GateLine {
            code: code.clone(),
            reason: reason.clone(),
            rules: rules(&gated.policy_version, code),
            policy_version: gated.policy_version.clone(),
            message_id: gated.message_id,
            finding,
            fired_by: happened.reference(),
        })
    };
    trace.standing.gate_codes.iter().filter_map(line).collect()
}
