//! Least-squares classification over examples, in the form of kernel ridge regression.
//!
//! There are thousands of features but few examples, and a linear classifier sees texts only
//! through their products with examples: one regularised system of that size gives all weights at
//! once. It is solved by smartcore's Cholesky decomposition (pure Rust, maintained, few
//! dependencies, no BLAS). The inverse also tells how each example would be judged by all others
//! without it, which the calibration needs, at no further cost. With some ten examples for each
//! category such a model does about as well as anything that needs no pre-trained weights.

use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linalg::traits::cholesky::CholeskyDecomposable;

use super::vector::Vector;

/// How strongly weights are held small, against the products' diagonal of one.
const REGULARISATION: f64 = 0.5;

/// A learnt classifier.
pub(super) struct Classifier {
    examples: Vec<Vector>,
    classes: Vec<Class>,
    held_out: Vec<HeldOut>,
}

/// One class.
struct Class {
    number: usize,
    /// Share of the examples, the score of a text that is like none.
    share: f64,
    /// What each example adds to the score.
    weights: Vec<f64>,
}

/// How a text is seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judgement {
    /// Class with its score, about 0 to 1, the highest first.
    pub classes: Vec<(usize, f64)>,
    /// Cosine with the nearest example, 0 to 1.
    pub nearest: f64,
}

/// How an example is seen by what all others teach.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeldOut {
    /// How it is seen.
    pub judgement: Judgement,
    /// How it looks among the other classes alone, as if nothing of its own were known.
    pub stranger: Judgement,
    /// Whether its own class comes first.
    pub right: bool,
}

impl Classifier {
    /// Learns from examples with the number of their class; `None` without two classes.
    pub(super) fn learn(examples: Vec<(Vector, usize)>) -> Option<Self> {
        let (vectors, labels): (Vec<Vector>, Vec<usize>) = examples.into_iter().unzip();
        let mut known = labels.clone();
        known.sort_unstable();
        known.dedup();
        if known.len() < 2 {
            return None;
        }
        let products: Vec<Vec<f64>> =
            vectors.iter().map(|a| vectors.iter().map(|b| a.dot(b)).collect()).collect();
        let inverse = regularised_inverse(&products)?;
        let class = |number: usize| {
            let hits = labels.iter().filter(|label| **label == number).count();
            let share = hits as f64 / labels.len() as f64;
            let targets: Vec<f64> =
                labels.iter().map(|label| f64::from(u8::from(*label == number)) - share).collect();
            let weights = inverse.iter().map(|row| dot(row, &targets)).collect();
            Class { number, share, weights }
        };
        let classes: Vec<Class> = known.into_iter().map(class).collect();
        let held_out = held_out(&products, &inverse, &classes, &labels);
        Some(Self { examples: vectors, classes, held_out })
    }

    /// Every example as the others see it, in order.
    pub(super) fn held_out(&self) -> &[HeldOut] {
        &self.held_out
    }

    /// Judges a text by the whole of it and by its most telling sentence, each as much as the
    /// other: in a long mail the matter is often one sentence among many.
    pub(super) fn judge(&self, whole: &Vector, sentences: &[Vector]) -> Judgement {
        let (mut scores, mut nearest) = self.scores(whole);
        let seen: Vec<(Vec<f64>, f64)> = sentences.iter().map(|s| self.scores(s)).collect();
        let top = |scores: &[f64]| scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let telling = seen.iter().max_by(|a, b| top(&a.0).total_cmp(&top(&b.0)));
        if let Some((by_sentence, near)) = telling {
            for (score, other) in scores.iter_mut().zip(by_sentence) {
                *score = f64::midpoint(*score, *other);
            }
            nearest = nearest.max(*near);
        }
        let numbers = self.classes.iter().map(|class| class.number);
        Judgement { classes: ranked(numbers.zip(scores).collect()), nearest }
    }

    /// The score of every class, and the cosine with the nearest example.
    fn scores(&self, text: &Vector) -> (Vec<f64>, f64) {
        let products: Vec<f64> = self.examples.iter().map(|example| text.dot(example)).collect();
        let nearest = products.iter().copied().fold(0.0, f64::max);
        let score = |class: &Class| class.share + dot(&class.weights, &products);
        (self.classes.iter().map(score).collect(), nearest)
    }
}

/// The inverse of the products with the regularisation on their diagonal.
fn regularised_inverse(products: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    // Only here: the trait's methods would hide those of vectors.
    use smartcore::linalg::basic::arrays::Array as _;
    let size = products.len();
    let diagonal = |i: usize, j: usize| f64::from(u8::from(i == j));
    let ridged: Vec<Vec<f64>> = products
        .iter()
        .enumerate()
        .map(|(i, row)| {
            row.iter().enumerate().map(|(j, p)| p + REGULARISATION * diagonal(i, j)).collect()
        })
        .collect();
    let identity: Vec<Vec<f64>> =
        (0..size).map(|i| (0..size).map(|j| diagonal(i, j)).collect()).collect();
    let matrix = DenseMatrix::from_2d_vec(&ridged).ok()?;
    let inverse = matrix.cholesky_solve_mut(DenseMatrix::from_2d_vec(&identity).ok()?).ok()?;
    Some((0..size).map(|i| (0..size).map(|j| *inverse.get((i, j))).collect()).collect())
}

/// The judgement of each example by all others, from the inverse: without example i its score is
/// its target less its weight over the inverse's i-th diagonal element.
fn held_out(
    products: &[Vec<f64>],
    inverse: &[Vec<f64>],
    classes: &[Class],
    labels: &[usize],
) -> Vec<HeldOut> {
    let one = |(i, label): (usize, &usize)| {
        let own = inverse.get(i).and_then(|row| row.get(i)).copied().unwrap_or(1.0);
        let score = |class: &Class| {
            let target = f64::from(u8::from(class.number == *label));
            (class.number, target - class.weights.get(i).copied().unwrap_or(0.0) / own)
        };
        let classes = ranked(classes.iter().map(score).collect());
        let nearest = |wanted: &dyn Fn(usize, usize) -> bool| {
            let others = products.get(i).into_iter().flatten().zip(labels).enumerate();
            let others = others.filter(|(j, (_, other))| wanted(*j, **other));
            others.map(|(_, (product, _))| *product).fold(0.0, f64::max)
        };
        let right = classes.first().is_some_and(|(class, _)| class == label);
        let foreign = classes.iter().copied().filter(|(class, _)| class != label).collect();
        let stranger =
            Judgement { classes: foreign, nearest: nearest(&|_, other| other != *label) };
        let judgement = Judgement { classes, nearest: nearest(&|j, _| j != i) };
        HeldOut { judgement, stranger, right }
    };
    labels.iter().enumerate().map(one).collect()
}

/// Classes with their scores, the highest first.
fn ranked(mut scores: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    scores.sort_by(|a, b| b.1.total_cmp(&a.1));
    scores
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(feature: u32, other: u32) -> Vector {
        Vector::new(vec![(feature, 3.0), (other, 1.0)], 0.0)
    }

    fn examples() -> Vec<(Vector, usize)> {
        vec![(at(1, 7), 4), (at(1, 8), 4), (at(1, 9), 4), (at(2, 7), 6), (at(2, 8), 6)]
    }

    #[test]
    fn a_text_goes_where_its_like_are() {
        let classifier = Classifier::learn(examples()).expect("learnt");
        let judged = classifier.judge(&at(2, 5), &[]);
        assert_eq!(judged.classes.first().map(|(class, _)| *class), Some(6));
        assert!(judged.nearest > 0.8);
        assert!(Classifier::learn(vec![(at(1, 2), 0), (at(1, 3), 0)]).is_none());
    }

    #[test]
    fn a_held_out_judgement_is_what_learning_without_the_example_gives() {
        let all = examples();
        let classifier = Classifier::learn(all.clone()).expect("learnt");
        for (i, held) in classifier.held_out().iter().enumerate() {
            let mut others = all.clone();
            let (vector, label) = others.remove(i);
            let without = Classifier::learn(others).expect("learnt").judge(&vector, &[]);
            assert!(held.right);
            assert_eq!(without.classes.first().map(|(class, _)| *class), Some(label));
            assert!((without.nearest - held.judgement.nearest).abs() < 1e-12);
            // Only the shares of the classes differ a little.
            assert!((without.classes[0].1 - held.judgement.classes[0].1).abs() < 0.15);
        }
    }
}
