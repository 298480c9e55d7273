//! Turns a classifier's scores into a confidence that means what it says.
//!
//! Scores of a regression on few examples are no probabilities. So each example is judged by what
//! all others teach, and a small logistic regression learns from these judgements how often the
//! first class is right: from its lead over the second, and from the nearness of the nearest
//! example. Beside them stand judgements of texts that no category fits: some examples as they
//! look once their own category is left out, and some that share nothing with any example. They
//! teach that what is unknown is uncertain.

use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

use super::classifier::{HeldOut, Judgement};

/// Of how many judgements one is repeated with its own class left out.
const STRANGER_EVERY: usize = 10;
/// For how many judgements one is added of a text that shares nothing with any example.
const UNKNOWN_EVERY: usize = 16;
/// How strongly the weights are held small.
const REGULARISATION: f64 = 0.05;
/// The least and the most that is ever said.
const RANGE: (f64, f64) = (0.05, 0.97);
/// Weights when there are too few examples to learn any: intercept, lead, nearness.
const DEFAULT: Calibration = Calibration { intercept: -2.0, lead: 5.0, nearness: 3.0 };
/// Fewest judgements that weights are learnt from.
const JUDGEMENTS_MIN: usize = 20;

/// How judgements become confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    intercept: f64,
    lead: f64,
    nearness: f64,
}

impl Calibration {
    /// Learns from judgements of examples by all others.
    pub(super) fn learn(held_out: &[HeldOut]) -> Self {
        let mut rows: Vec<[f64; 2]> = held_out.iter().map(|held| signs(&held.judgement)).collect();
        let mut right: Vec<u32> = held_out.iter().map(|held| u32::from(held.right)).collect();
        if rows.len() < JUDGEMENTS_MIN {
            return DEFAULT;
        }
        let strangers = held_out.iter().step_by(STRANGER_EVERY).map(|held| signs(&held.stranger));
        let unknown = std::iter::repeat_n([0.0, 0.0], held_out.len() / UNKNOWN_EVERY + 1);
        rows.extend(strangers.chain(unknown));
        right.resize(rows.len(), 0);
        Self::regress(&rows, &right).unwrap_or(DEFAULT)
    }

    /// How sure one can be that the first class is right, 0 to 1.
    pub(super) fn confidence(&self, judgement: &Judgement) -> f64 {
        let [lead, nearness] = signs(judgement);
        let score = self.intercept + self.lead * lead + self.nearness * nearness;
        (1.0 / (1.0 + (-score).exp())).clamp(RANGE.0, RANGE.1)
    }

    fn regress(rows: &[[f64; 2]], right: &[u32]) -> Option<Self> {
        if !right.contains(&1) {
            return None;
        }
        let rows: Vec<&[f64]> = rows.iter().map(<[f64; 2]>::as_slice).collect();
        let matrix = DenseMatrix::from_2d_array(&rows).ok()?;
        let parameters = LogisticRegressionParameters::default().with_alpha(REGULARISATION);
        let model = LogisticRegression::fit(&matrix, &right.to_vec(), parameters).ok()?;
        let (weights, intercept) = (model.coefficients(), model.intercept());
        let found = Self {
            intercept: *intercept.get((0, 0)),
            lead: *weights.get((0, 0)),
            nearness: *weights.get((0, 1)),
        };
        // A greater lead or nearness never lowers the confidence; where few examples say
        // otherwise, they mislead.
        let sound = found.lead >= 0.0 && found.nearness >= 0.0 && found.intercept.is_finite();
        sound.then_some(found)
    }
}

/// What a judgement says about its own worth: the first class's lead over the second, and the
/// nearness of the nearest example.
fn signs(judgement: &Judgement) -> [f64; 2] {
    let score = |at: usize| judgement.classes.get(at).map_or(0.0, |(_, score)| *score);
    [score(0) - score(1), judgement.nearest]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(first: f64, second: f64, nearest: f64) -> Judgement {
        Judgement { classes: vec![(0, first), (1, second)], nearest }
    }

    #[test]
    fn more_lead_and_more_nearness_never_lower_the_confidence() {
        let confidence = |j| DEFAULT.confidence(&j);
        assert!(confidence(judgement(0.9, 0.1, 0.5)) > confidence(judgement(0.6, 0.4, 0.5)));
        assert!(confidence(judgement(0.6, 0.4, 0.5)) > confidence(judgement(0.6, 0.4, 0.0)));
        let (low, high) =
            (confidence(judgement(0.5, 0.5, 0.0)), confidence(judgement(1.0, 0.0, 1.0)));
        assert!(low >= RANGE.0 && low < 0.2 && high <= RANGE.1 && high > 0.8);
    }

    #[test]
    fn few_examples_take_the_default() {
        assert_eq!(Calibration::learn(&[]), DEFAULT);
    }
}
