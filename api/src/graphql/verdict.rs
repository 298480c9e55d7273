//! What the gates said about a message.

use async_graphql::SimpleObject;
use casebook_domain::gates;
use casebook_domain::ticket;

use super::enums::MatchPlace;
use super::scalars::{DateTime, int};

/// What the gates said about a message, with everything needed to check it again.
#[derive(SimpleObject)]
pub(super) struct GateCheck {
    /// Version of the policy in force.
    policy_version: String,
    /// Every gate's verdict, in the policy's order.
    verdicts: Vec<GateVerdict>,
    /// When the person wrote within the longest window that a gate asks about.
    contact_times: Vec<DateTime>,
    /// Credits of the person within the longest window that a gate asks about.
    credits: Vec<Credit>,
}

/// One gate's verdict.
#[derive(SimpleObject)]
pub(super) struct GateVerdict {
    /// The gate.
    code: String,
    /// Whether it fired.
    fired: bool,
    /// Its escalation reason, when it fired.
    reason: Option<String>,
    /// Its label of severity, when it fired and has one.
    severity: Option<String>,
    /// The words that matched.
    matches: Vec<GateMatch>,
    /// Contacts counted, for a rule about contacts.
    contacts: Option<i32>,
    /// Credits counted, for a rule about credits.
    credits: Option<i32>,
}

/// Words of the message that made a gate fire.
#[derive(SimpleObject)]
pub(super) struct GateMatch {
    /// The words as written; null when they have been erased.
    words: Option<String>,
    /// Which text they stand in.
    place: MatchPlace,
    /// Byte offset of the first word in that text.
    start: i32,
    /// Byte offset after the last word.
    end: i32,
}

/// Money given back to a customer.
#[derive(SimpleObject)]
pub(super) struct Credit {
    /// When it was given.
    at: DateTime,
    /// Amount in the currency's minor unit.
    amount_minor: i32,
    /// ISO 4217 code.
    currency: String,
    /// Why it was given.
    reason: String,
}

impl From<&ticket::GateCheck> for GateCheck {
    fn from(check: &ticket::GateCheck) -> Self {
        Self {
            policy_version: check.policy_version.clone(),
            verdicts: check.outcome.verdicts.iter().map(GateVerdict::from).collect(),
            contact_times: check.facts.contact_times.iter().copied().map(DateTime).collect(),
            credits: check.facts.recent_credits.iter().map(Credit::from).collect(),
        }
    }
}

impl From<&gates::GateVerdict> for GateVerdict {
    fn from(verdict: &gates::GateVerdict) -> Self {
        let finding = verdict.finding.clone().unwrap_or_default();
        Self {
            code: verdict.code.clone(),
            fired: verdict.fired(),
            reason: verdict.fired().then_some(finding.reason),
            severity: finding.severity,
            matches: finding.matches.iter().map(GateMatch::from).collect(),
            contacts: finding.contacts.map(int),
            credits: finding.credits.map(int),
        }
    }
}

impl From<&gates::GateMatch> for GateMatch {
    fn from(found: &gates::GateMatch) -> Self {
        Self {
            words: found.words.get().cloned(),
            place: found.place.into(),
            start: int(found.start),
            end: int(found.end),
        }
    }
}

impl From<&gates::Credit> for Credit {
    fn from(credit: &gates::Credit) -> Self {
        Self {
            at: DateTime(credit.at),
            amount_minor: int(credit.amount_minor),
            currency: credit.currency.clone(),
            reason: credit.reason.clone(),
        }
    }
}
