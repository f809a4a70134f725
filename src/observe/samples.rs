//! Samples: how often, how long in all, how long at most, and a histogram for percentiles.
//!
//! Knows spans. Must not know what was sampled.

use super::buckets::Buckets;
use crate::units::Span;

/// Samples of a span: exact count, sum and maximum, and a histogram of microseconds (three digits).
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// How many.
    pub count: u64,
    /// Their sum. Units: nanoseconds.
    pub sum: u128,
    /// The largest. Units: nanoseconds.
    pub max: u64,
    /// Each sample rounded down to microseconds; of near ones, to units small beside how far they may be off.
    pub histogram: Buckets,
    /// Whether the histogram's values are only near the samples': the percentiles from the median up are then off by
    /// at most 1 % more than its three digits.
    pub is_near: bool,
}

impl Samples {
    /// No samples yet.
    #[must_use]
    pub fn new() -> Self {
        Self { count: 0, sum: 0, max: 0, histogram: Buckets::new(1), is_near: false }
    }

    /// Adds one sample.
    pub fn record(&mut self, span: Span) {
        self.count += 1;
        self.sum += u128::from(span.nanos());
        self.max = self.max.max(span.nanos());
        self.histogram.record(span.nanos() / 1_000, 1);
    }

    /// Adds all of another's samples.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        self.is_near |= other.is_near;
        self.histogram.add(&other.histogram);
    }

    /// Of values that are only near, those at `QUANTILES` are kept alone: what else is asked, or added, panics then.
    pub fn sum_up(&mut self) {
        if self.is_near {
            self.histogram.sum_up();
        }
    }
}

impl Default for Samples {
    fn default() -> Self {
        Self::new()
    }
}
