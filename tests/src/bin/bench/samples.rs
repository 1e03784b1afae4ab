//! Samples of one quantity, and what is said of them.

use serde::Serialize;
use std::time::Duration;

/// Sorted, never empty.
#[derive(Debug, Clone)]
pub(crate) struct Samples(Vec<f64>);

/// What stands in the table.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Summary {
    pub(crate) n: usize,
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Samples {
    /// Of these values.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty() && values.iter().all(|v| v.is_finite()), "samples are numbers: {values:?}");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// Of these lengths, in milliseconds.
    pub(crate) fn millis(lengths: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(lengths.into_iter().map(|d| d.as_secs_f64() * 1e3))
    }

    /// Number, minimum, median and maximum.
    pub(crate) fn summary(&self) -> Summary {
        let (n, all) = (self.0.len(), &self.0);
        let median = if n % 2 == 1 { all[n / 2] } else { f64::midpoint(all[n / 2 - 1], all[n / 2]) };
        Summary { n, min: all[0], median, max: all[n - 1] }
    }
}
