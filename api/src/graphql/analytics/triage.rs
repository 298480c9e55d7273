//! What triage came to.

use async_graphql::SimpleObject;
use casebook_app::queries::figures::{self, HISTOGRAM_BARS, tenth};

use crate::graphql::scalars::int;

/// How often a gate fired.
#[derive(SimpleObject)]
struct GateFigures {
    /// Its code.
    code: String,
    /// Decisions in which it was the most severe that fired.
    triggers: i32,
    /// Decisions in which it fired at all.
    fired: i32,
}

/// A bar of the histogram of confidence.
#[derive(SimpleObject)]
struct ConfidenceBar {
    /// Its lower bound, inclusively.
    from: f64,
    /// Its upper bound, exclusively; 1.00 is in the last bar.
    to: f64,
    /// Answers.
    count: i32,
}

/// What a model answered, and what that took. Sums may be larger than an Int holds, so they are
/// Floats of whole numbers.
#[derive(SimpleObject)]
struct ModelFigures {
    /// Who runs it; `built_in` for the built-in classifier.
    provider: String,
    /// Its identifier, as it named itself.
    model: String,
    /// Answers that were accepted.
    answers: i32,
    /// Tokens read, at full price.
    input_tokens: f64,
    /// Tokens written.
    output_tokens: f64,
    /// Tokens read from the provider's cache.
    cache_read_tokens: f64,
    /// Tokens written to the provider's cache.
    cache_write_tokens: f64,
    /// Cost by the configured prices, in millionths of a US dollar.
    cost_micro_usd: f64,
    /// Mean time from taking up a message to its answer, in milliseconds.
    average_duration_ms: Option<f64>,
}

/// What triage came to, by when it was recorded.
#[derive(SimpleObject)]
pub(super) struct TriageFigures {
    /// All decisions: gated, of a model, of the built-in classifier.
    decisions: i32,
    /// Decisions that a gate forced.
    gated: i32,
    /// Answers of models.
    by_model: i32,
    /// Answers of the built-in classifier.
    by_built_in: i32,
    /// Messages that nobody could classify; no decisions.
    failed: i32,
    /// Share of gated decisions, 0 to 1.
    gate_rate: Option<f64>,
    /// How often each gate fired, by code.
    gates: Vec<GateFigures>,
    /// Decisions that a gate forced, that give a reason to escalate, or whose category says so.
    escalated: i32,
    /// Their share among all decisions, 0 to 1.
    escalation_rate: Option<f64>,
    /// Mean confidence of models' answers, 0 to 1.
    average_confidence: Option<f64>,
    /// Models' answers by tenths of their confidence.
    confidence_histogram: Vec<ConfidenceBar>,
    /// Models' answers below the policy's `thresholds.priority`.
    low_confidence: i32,
    /// Their share among models' answers, 0 to 1.
    low_confidence_rate: Option<f64>,
    /// Tokens of all answers, of every kind.
    tokens: f64,
    /// Cost of all answers, in millionths of a US dollar.
    cost_micro_usd: f64,
    /// Each model, by provider and identifier.
    models: Vec<ModelFigures>,
}

impl From<&figures::TriageFigures> for TriageFigures {
    fn from(triage: &figures::TriageFigures) -> Self {
        let gates = triage.gates.iter().map(|(code, gate)| GateFigures {
            code: code.clone(),
            triggers: int(gate.triggers),
            fired: int(gate.fired),
        });
        let bars = (0..HISTOGRAM_BARS).zip(triage.histogram).map(|(bar, count)| ConfidenceBar {
            from: tenth(bar),
            to: tenth(bar + 1),
            count: int(count),
        });
        Self {
            decisions: int(triage.decisions()),
            gated: int(triage.gated),
            by_model: int(triage.by_model),
            by_built_in: int(triage.by_built_in),
            failed: int(triage.failed),
            gate_rate: triage.gate_rate(),
            gates: gates.collect(),
            escalated: int(triage.escalated),
            escalation_rate: triage.escalation_rate(),
            average_confidence: triage.average_confidence(),
            confidence_histogram: bars.collect(),
            low_confidence: int(triage.low_confidence),
            low_confidence_rate: triage.low_confidence_rate(),
            tokens: triage.tokens() as f64,
            cost_micro_usd: triage.cost_micro_usd() as f64,
            models: triage.models.iter().map(model).collect(),
        }
    }
}

fn model(
    ((provider, model), figures): (&(String, String), &figures::ModelFigures),
) -> ModelFigures {
    ModelFigures {
        provider: provider.clone(),
        model: model.clone(),
        answers: int(figures.answers),
        input_tokens: figures.input_tokens as f64,
        output_tokens: figures.output_tokens as f64,
        cache_read_tokens: figures.cache_read_tokens as f64,
        cache_write_tokens: figures.cache_write_tokens as f64,
        cost_micro_usd: figures.cost_micro_usd as f64,
        average_duration_ms: figures.average_duration_ms(),
    }
}
