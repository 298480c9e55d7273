//! Sparse vectors for cosines.

/// Numbers of features with their weights, in ascending order, of Euclidean length one at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Vector(Vec<(u32, f64)>);

impl Vector {
    /// Sorts by feature and scales to length one; each feature must occur once. `beside` is the
    /// square of the length that features without a number add: they shorten the rest.
    pub(super) fn new(mut parts: Vec<(u32, f64)>, beside: f64) -> Self {
        parts.sort_unstable_by_key(|(feature, _)| *feature);
        let length = parts.iter().map(|(_, weight)| weight * weight).sum::<f64>();
        let length = (length + beside).sqrt();
        if length > 0.0 {
            parts.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        Self(parts)
    }

    /// The cosine of the angle between two vectors.
    pub(super) fn dot(&self, other: &Self) -> f64 {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut sum = 0.0;
        while let (Some((a, x)), Some((b, y))) = (left.peek(), right.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => drop(left.next()),
                std::cmp::Ordering::Greater => drop(right.next()),
                std::cmp::Ordering::Equal => {
                    sum += x * y;
                    left.next();
                    right.next();
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_one_and_meet_in_common_features() {
        let a = Vector::new(vec![(7, 4.0), (2, 3.0)], 0.0);
        let b = Vector::new(vec![(7, 2.0)], 0.0);
        assert!((a.dot(&a) - 1.0).abs() < 1e-12);
        assert!((a.dot(&b) - 0.8).abs() < 1e-12);
        assert_eq!(a.dot(&Vector::default()), 0.0);
        assert_eq!(Vector::new(vec![(1, 0.0)], 0.0).0.len(), 1);
    }
}
