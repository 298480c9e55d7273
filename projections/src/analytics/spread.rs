//! How durations are spread: average, median, 90th percentile.

use casebook_domain::time::MICROS_PER_SECOND;

/// How durations are spread, in seconds; `None` of no duration.
///
/// Median and percentile are by nearest rank: the smallest duration that at least half, or nine
/// tenths, of all do not exceed. So each is a duration that occurred, the same on every database
/// (`percentile_disc` in PostgreSQL).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Number of durations.
    pub count: u64,
    /// Their mean.
    pub average_seconds: Option<f64>,
    /// The 50th percentile.
    pub median_seconds: Option<f64>,
    /// The 90th percentile.
    pub p90_seconds: Option<f64>,
}

impl Spread {
    /// The spread of durations in microseconds; a negative one, by clocks that differ, counts as
    /// none at all: 0.
    pub fn of(mut micros: Vec<i64>) -> Self {
        for duration in &mut micros {
            *duration = (*duration).max(0);
        }
        micros.sort_unstable();
        let sum: i128 = micros.iter().map(|duration| i128::from(*duration)).sum();
        // One division, so that the mean is the nearest number to what it is.
        let divisor = micros.len() as f64 * MICROS_PER_SECOND as f64;
        Self {
            count: micros.len() as u64,
            average_seconds: (!micros.is_empty()).then(|| sum as f64 / divisor),
            median_seconds: nearest_rank(&micros, 50),
            p90_seconds: nearest_rank(&micros, 90),
        }
    }
}

/// The percentile of sorted durations, in seconds.
fn nearest_rank(sorted: &[i64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    let micros = sorted.get(rank.saturating_sub(1))?;
    Some(*micros as f64 / MICROS_PER_SECOND as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(list: &[i64]) -> Spread {
        Spread::of(list.iter().map(|second| second * MICROS_PER_SECOND).collect())
    }

    #[test]
    fn percentiles_are_durations_that_occurred() {
        let even = seconds(&[40, 10, 30, 20]);
        assert_eq!((even.count, even.average_seconds), (4, Some(25.0)));
        assert_eq!((even.median_seconds, even.p90_seconds), (Some(20.0), Some(40.0)));
        let ten = seconds(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!((ten.median_seconds, ten.p90_seconds), (Some(5.0), Some(9.0)));
        let eleven = seconds(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!((eleven.median_seconds, eleven.p90_seconds), (Some(6.0), Some(10.0)));
        assert_eq!(seconds(&[79, 77, 178]).average_seconds, Some(334.0 / 3.0));
        let one = seconds(&[7]);
        assert_eq!((one.median_seconds, one.p90_seconds), (Some(7.0), Some(7.0)));
    }

    #[test]
    fn nothing_has_no_average() {
        assert_eq!(seconds(&[]), Spread::default());
    }

    #[test]
    fn a_duration_is_never_negative() {
        assert_eq!(seconds(&[-5, 3]).average_seconds, Some(1.5));
    }
}
