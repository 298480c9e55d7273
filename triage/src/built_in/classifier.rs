//! Multinomial logistic regression over examples.
//!
//! The regression is smartcore's: pure Rust, maintained, few dependencies, no BLAS. With some ten
//! examples for each category a regularised linear model over words and pieces of words does as
//! well as anything that needs no pre-trained weights, and its scores can be calibrated.

use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

use super::kernel::Factor;
use super::vector::Vector;

/// How strongly weights are held small; found on held-out halves of public intent collections,
/// flat between 0.01 and 0.1.
const REGULARISATION: f64 = 0.03;

/// A learnt classifier.
pub(super) struct Classifier {
    examples: Vec<Vector>,
    factor: Factor,
    /// For each class its number and weights, the intercept last.
    weights: Vec<(usize, Vec<f64>)>,
}

/// How a text is seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judgement {
    /// Class with its probability as the regression gives it, the most probable first.
    pub classes: Vec<(usize, f64)>,
    /// Cosine with the nearest example, 0 to 1.
    pub nearest: f64,
}

impl Classifier {
    /// Learns from examples with the number of their class; `None` without two classes.
    pub(super) fn learn(examples: Vec<(Vector, usize)>) -> Option<Self> {
        let (vectors, labels): (Vec<Vector>, Vec<usize>) = examples.into_iter().unzip();
        let products: Vec<Vec<f64>> =
            vectors.iter().map(|a| vectors.iter().map(|b| a.dot(b)).collect()).collect();
        let factor = Factor::of(&products);
        let points: Vec<Vec<f64>> = products.iter().map(|row| factor.coordinates(row)).collect();
        let weights = regress(&points, &labels)?;
        Some(Self { examples: vectors, factor, weights })
    }

    /// Judges a text by the whole of it and by its most telling sentence, each as much as the
    /// other: in a long mail the matter is often one sentence among many.
    pub(super) fn judge(&self, whole: &Vector, sentences: &[Vector]) -> Judgement {
        let (mut scores, mut nearest) = self.scores(whole);
        let spread = |scores: &[f64]| {
            let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            top - scores.iter().sum::<f64>() / scores.len().max(1) as f64
        };
        let seen: Vec<(Vec<f64>, f64)> = sentences.iter().map(|s| self.scores(s)).collect();
        let telling = seen.iter().max_by(|a, b| spread(&a.0).total_cmp(&spread(&b.0)));
        if let Some((by_sentence, near)) = telling {
            scores
                .iter_mut()
                .zip(by_sentence)
                .for_each(|(score, other)| *score = (*score + other) / 2.0);
            nearest = nearest.max(*near);
        }
        let numbers = self.weights.iter().map(|(class, _)| *class);
        let mut classes: Vec<(usize, f64)> = numbers.zip(softmax(&scores)).collect();
        classes.sort_by(|a, b| b.1.total_cmp(&a.1));
        Judgement { classes, nearest }
    }

    /// The score of every class, and the cosine with the nearest example.
    fn scores(&self, text: &Vector) -> (Vec<f64>, f64) {
        let products: Vec<f64> = self.examples.iter().map(|example| text.dot(example)).collect();
        let nearest = products.iter().copied().fold(0.0, f64::max);
        let point = self.factor.coordinates(&products);
        let score = |weights: &Vec<f64>| {
            let intercept = weights.last().copied().unwrap_or(0.0);
            weights.iter().zip(&point).map(|(w, x)| w * x).sum::<f64>() + intercept
        };
        (self.weights.iter().map(|(_, weights)| score(weights)).collect(), nearest)
    }
}

/// The weights of each class, the intercept last; `None` when nothing can be learnt.
fn regress(points: &[Vec<f64>], labels: &[usize]) -> Option<Vec<(usize, Vec<f64>)>> {
    let mut known: Vec<usize> = labels.to_vec();
    known.sort_unstable();
    known.dedup();
    if known.len() < 2 {
        return None;
    }
    let rows: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
    let matrix = DenseMatrix::from_2d_array(&rows).ok()?;
    let targets: Vec<u32> =
        labels.iter().map(|label| u32::try_from(*label)).collect::<Result<_, _>>().ok()?;
    let parameters = LogisticRegressionParameters::default().with_alpha(REGULARISATION);
    let model = LogisticRegression::fit(&matrix, &targets, parameters).ok()?;
    let (coefficients, intercepts) = (model.coefficients(), model.intercept());
    let (count, width) = coefficients.shape();
    let row = |at: usize| -> Vec<f64> {
        let weights = (0..width).map(|column| *coefficients.get((at, column)));
        weights.chain([*intercepts.get((at, 0))]).collect()
    };
    let weights: Vec<Vec<f64>> = (0..count).map(row).collect();
    // Two classes have one set of weights, for the second.
    let weights = match weights.as_slice() {
        [second] if known.len() == 2 => vec![vec![0.0; second.len()], second.clone()],
        _ => weights,
    };
    (weights.len() == known.len()).then(|| known.into_iter().zip(weights).collect())
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
