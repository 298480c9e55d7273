//! Makes few numbers of many: texts as coordinates in the space that the examples span.
//!
//! There are thousands of features but few examples, and a linear classifier sees texts only
//! through their products with examples. With the products' matrix K = L Lᵀ the rows of L have the
//! same products, so learning from them gives the same classifier, a hundred times faster.

/// Added to the diagonal, so that examples that say the same do no harm.
const RIDGE: f64 = 1e-6;

/// The lower triangular factor L of a matrix of products.
pub(super) struct Factor(Vec<Vec<f64>>);

impl Factor {
    /// Factorises by Cholesky's method; the matrix holds the products of all pairs.
    pub(super) fn of(products: &[Vec<f64>]) -> Self {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(products.len());
        for (i, given) in products.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (product, above) in given.iter().zip(&rows) {
                let known: f64 = row.iter().zip(above).map(|(a, b)| a * b).sum();
                row.push((product - known) / above.last().copied().unwrap_or(1.0));
            }
            let own = given.get(i).copied().unwrap_or(1.0) + RIDGE;
            let rest = own - row.iter().map(|a| a * a).sum::<f64>();
            row.push(rest.max(RIDGE).sqrt());
            rows.push(row);
        }
        Self(rows)
    }

    /// The coordinates of a text with these products with the examples.
    pub(super) fn coordinates(&self, products: &[f64]) -> Vec<f64> {
        let mut found: Vec<f64> = Vec::with_capacity(self.0.len());
        for (row, product) in self.0.iter().zip(products) {
            let known: f64 = row.iter().zip(&found).map(|(a, b)| a * b).sum();
            found.push((product - known) / row.last().copied().unwrap_or(1.0));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_the_products_of_the_texts() {
        let products = vec![vec![1.0, 0.5, 0.2], vec![0.5, 1.0, 0.3], vec![0.2, 0.3, 1.0]];
        let factor = Factor::of(&products);
        let points: Vec<Vec<f64>> = products.iter().map(|row| factor.coordinates(row)).collect();
        for (a, row) in points.iter().zip(&products) {
            for (b, expected) in points.iter().zip(row) {
                let found: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                assert!((found - expected).abs() < 1e-4, "{found} {expected}");
            }
        }
    }

    #[test]
    fn equal_examples_do_no_harm() {
        let factor = Factor::of(&[vec![1.0, 1.0], vec![1.0, 1.0]]);
        assert!(factor.coordinates(&[1.0, 1.0]).iter().all(|x| x.is_finite()));
    }
}
