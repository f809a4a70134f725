//! Lately: staleness in the course of a run, bin by bin of when updates were applied.
//!
//! Knows spans and instants. Must not know what was applied, nor who asks.

use crate::units::{Instant, Span};

/// The first applications of one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// How many.
    pub count: u64,
    /// Their staleness, added up. Units: nanoseconds.
    pub sum: u128,
}

/// Bins from virtual zero on; none where nobody asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lately {
    /// How long a bin is; zero: nothing is kept.
    each: Span,
    /// Up to the last one in which something was applied.
    pub bins: Vec<Late>,
}

impl Lately {
    /// Bins of this length; of no length: nothing is kept.
    #[must_use]
    pub fn new(each: Span) -> Self {
        Self { each, bins: Vec::new() }
    }

    /// `count` updates were applied at `at` whose staleness adds up to `sum`. Units: nanoseconds.
    pub(crate) fn enter(&mut self, at: Instant, count: u64, sum: u128) {
        if self.each.is_zero() || count == 0 {
            return;
        }
        let bin = usize::try_from(at.since_start().nanos() / self.each.nanos()).expect("a run has few bins");
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, Late::default());
        }
        self.bins[bin].count += count;
        self.bins[bin].sum += sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_in_the_bin_in_which_it_was_applied() {
        let at = |second| Instant::after_start(Span::from_seconds(second));
        let mut lately = Lately::new(Span::from_seconds(10));
        lately.enter(at(9), 2, 5);
        lately.enter(at(10), 1, 7);
        lately.enter(at(31), 1, 1);
        let sums: Vec<(u64, u128)> = lately.bins.iter().map(|late| (late.count, late.sum)).collect();
        assert_eq!(sums, [(2, 5), (1, 7), (0, 0), (1, 1)]);
        let mut nobody = Lately::default();
        nobody.enter(at(9), 2, 5);
        assert_eq!(nobody, Lately::default());
    }
}
