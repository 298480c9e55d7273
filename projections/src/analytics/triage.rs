//! What triage came to: gates, confidence, escalations, cost.

use std::collections::BTreeMap;

use super::share;
use crate::triage_facts::{Outcome, TriageFact};

/// Bars of the confidence histogram, a tenth wide each; the last one holds 1.00, too.
pub const HISTOGRAM_BARS: usize = 10;

/// What triage came to about one message, with where its ticket belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Triaged {
    /// What it came to.
    pub fact: TriageFact,
    /// Channel of the ticket, by name.
    pub channel: String,
    /// Inbox of the ticket.
    pub inbox: String,
    /// Team of the ticket.
    pub team: Option<String>,
    /// Agent who has the ticket.
    pub assignee: Option<String>,
}

/// How often a gate fired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateFigure {
    /// Decisions in which it was the most severe that fired: the SOP's `policy_gate_code`.
    pub triggers: u64,
    /// Decisions in which it fired at all.
    pub fired: u64,
}

/// What a model answered, and what that took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFigures {
    /// Answers that were accepted.
    pub answers: u64,
    /// Tokens read, at full price.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Tokens read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Tokens written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Cost by the configured prices, in millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// Sum of the times from taking up a message to its answer, in milliseconds.
    pub duration_ms: u64,
}

impl ModelFigures {
    /// Mean time from taking up a message to its answer, in milliseconds.
    pub fn average_duration_ms(&self) -> Option<f64> {
        share(self.duration_ms, self.answers)
    }

    fn add(&mut self, fact: &TriageFact) {
        self.answers += 1;
        for (sum, more) in [
            (&mut self.input_tokens, fact.input_tokens),
            (&mut self.output_tokens, fact.output_tokens),
            (&mut self.cache_read_tokens, fact.cache_read_tokens),
            (&mut self.cache_write_tokens, fact.cache_write_tokens),
            (&mut self.cost_micro_usd, fact.cost_micro_usd),
            (&mut self.duration_ms, u64::from(fact.duration_ms)),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

/// What triage came to within a time, by when it was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriageFigures {
    /// Decisions that a gate forced.
    pub gated: u64,
    /// Answers of models.
    pub by_model: u64,
    /// Answers of the built-in classifier.
    pub by_built_in: u64,
    /// Messages that nobody could classify; no decisions.
    pub failed: u64,
    /// Decisions that escalate: a gate fired, a reason was given, or the category says so.
    pub escalated: u64,
    /// Answers of models below the policy's `thresholds.priority`.
    pub low_confidence: u64,
    /// Sum of the confidences of models' answers, in hundredths.
    pub confidence_hundredths: u64,
    /// Models' answers by tenths of their confidence.
    pub histogram: [u64; HISTOGRAM_BARS],
    /// How often each gate fired, by its code.
    pub gates: BTreeMap<String, GateFigure>,
    /// What each model answered, by provider and identifier; the built-in classifier is one.
    pub models: BTreeMap<(String, String), ModelFigures>,
}

impl TriageFigures {
    pub(super) fn add(&mut self, fact: &TriageFact) {
        match fact.outcome {
            Outcome::Gated => {
                self.gated += 1;
                for (index, code) in fact.gate_codes.iter().enumerate() {
                    let gate = self.gates.entry(code.clone()).or_default();
                    gate.fired += 1;
                    gate.triggers += u64::from(index == 0);
                }
            }
            Outcome::Model => {
                self.by_model += 1;
                self.low_confidence += u64::from(fact.unsure);
                self.confidence_hundredths += u64::from(fact.confidence_hundredths);
                let bar = fact.confidence_hundredths as usize * HISTOGRAM_BARS / 100;
                self.histogram[bar.min(HISTOGRAM_BARS - 1)] += 1;
            }
            Outcome::BuiltIn => self.by_built_in += 1,
            Outcome::Failed => self.failed += 1,
        }
        self.escalated += u64::from(fact.escalated);
        if let (Some(provider), Some(model)) = (&fact.provider, &fact.model) {
            self.models.entry((provider.clone(), model.clone())).or_default().add(fact);
        }
    }

    /// All decisions: gated, of a model, of the built-in classifier.
    pub const fn decisions(&self) -> u64 {
        self.gated + self.by_model + self.by_built_in
    }

    /// Share of gated decisions, 0 to 1.
    pub fn gate_rate(&self) -> Option<f64> {
        share(self.gated, self.decisions())
    }

    /// Share of decisions that escalate, 0 to 1.
    pub fn escalation_rate(&self) -> Option<f64> {
        share(self.escalated, self.decisions())
    }

    /// Share of models' answers below the policy's threshold, 0 to 1.
    pub fn low_confidence_rate(&self) -> Option<f64> {
        share(self.low_confidence, self.by_model)
    }

    /// Mean confidence of models' answers, 0 to 1.
    pub fn average_confidence(&self) -> Option<f64> {
        share(self.confidence_hundredths, self.by_model).map(|hundredths| hundredths / 100.0)
    }

    /// Cost of all answers, in millionths of a US dollar.
    pub fn cost_micro_usd(&self) -> u64 {
        self.models.values().map(|model| model.cost_micro_usd).fold(0, u64::saturating_add)
    }

    /// Tokens of all answers, of every kind.
    pub fn tokens(&self) -> u64 {
        let tokens = |model: &ModelFigures| {
            let read = model.input_tokens.saturating_add(model.cache_read_tokens);
            let written = model.output_tokens.saturating_add(model.cache_write_tokens);
            read.saturating_add(written)
        };
        self.models.values().map(tokens).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
#[path = "triage_tests.rs"]
mod tests;
