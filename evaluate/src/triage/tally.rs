//! Accuracy and calibration of answers.

use std::collections::BTreeMap;

/// Bins of equal width in which confidence is held against accuracy.
const BINS: usize = 10;
/// The confidence from which an answer counts as sure, as the policies' priority limit.
const SURE: f64 = 0.70;

/// Answers with what was expected.
#[derive(Default)]
pub struct Tally {
    answers: Vec<(bool, f64)>,
    labels: BTreeMap<String, Label>,
}

#[derive(Default)]
struct Label {
    asked: u32,
    right: u32,
    claimed: u32,
    confidence: f64,
}

impl Tally {
    /// Counts one answer.
    pub fn count(&mut self, expected: &str, found: &str, confidence: f64) {
        let right = expected == found;
        self.answers.push((right, confidence));
        let label = self.labels.entry(expected.to_owned()).or_default();
        label.asked += 1;
        label.right += u32::from(right);
        label.confidence += confidence;
        self.labels.entry(found.to_owned()).or_default().claimed += 1;
    }

    /// How many answers were counted.
    pub fn asked(&self) -> usize {
        self.answers.len()
    }

    /// Prints the figures; with `each`, of every category too.
    pub fn print(&self, each: bool) {
        if each {
            println!("{:<22} asked  recall  precision  mean confidence", "category");
            for (name, label) in self.labels.iter().filter(|(_, label)| label.asked > 0) {
                println!(
                    "{name:<22} {:>5}  {:>6.2}  {:>9.2}  {:>15.2}",
                    label.asked,
                    share(label.right, label.asked),
                    share(label.right, label.claimed),
                    label.confidence / f64::from(label.asked),
                );
            }
        }
        let right = |answers: &[(bool, f64)]| {
            let hits = answers.iter().filter(|(right, _)| *right).count();
            hits as f64 / answers.len().max(1) as f64
        };
        let sure: Vec<(bool, f64)> =
            self.answers.iter().copied().filter(|(_, confidence)| *confidence >= SURE).collect();
        println!(
            "accuracy {:.3}  mean confidence {:.3}  calibration error {:.3}  from {SURE:.2}: {:.0}% \
             of the answers, accuracy {:.3}",
            right(&self.answers),
            mean(self.answers.iter().map(|(_, confidence)| *confidence)),
            self.calibration_error(),
            100.0 * sure.len() as f64 / self.answers.len().max(1) as f64,
            right(&sure),
        );
    }

    /// Expected calibration error: the distance between confidence and accuracy in each bin,
    /// weighted by the bin's share.
    fn calibration_error(&self) -> f64 {
        let mut bins = [(0.0, 0.0, 0.0); BINS];
        for (right, confidence) in &self.answers {
            let at = ((confidence * BINS as f64) as usize).min(BINS - 1);
            if let Some((count, hits, sum)) = bins.get_mut(at) {
                *count += 1.0;
                *hits += f64::from(u8::from(*right));
                *sum += confidence;
            }
        }
        let gaps: f64 =
            bins.iter().map(|(_, hits, sum): &(f64, f64, f64)| (hits - sum).abs()).sum();
        gaps / self.answers.len().max(1) as f64
    }
}

/// Prints how sure the classifier is where it should not be.
pub fn print_foreign(name: &str, confidences: &[f64]) {
    if confidences.is_empty() {
        return;
    }
    let sure = confidences.iter().filter(|confidence| **confidence >= SURE).count();
    println!(
        "{name}: {}, mean confidence {:.3}, {:.1}% at {SURE:.2} or more",
        confidences.len(),
        mean(confidences.iter().copied()),
        100.0 * sure as f64 / confidences.len() as f64,
    );
}

fn share(part: u32, of: u32) -> f64 {
    f64::from(part) / f64::from(of.max(1))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}
