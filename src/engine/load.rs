//! Load: how busy something was in the course of a run, bin by bin.
//!
//! Knows stretches of time. Must not know what is busy. Integers only, so that the order of additions does not matter.

use super::host::measured;
use crate::units::{Instant, Span};

/// Busy time in bins of one length from virtual zero on; of no length, nothing is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Units: ns.
    each: u64,
    /// As far as anything was busy. Units: ns.
    bins: Vec<u64>,
}

impl Load {
    /// Nothing yet, in bins of this length; zero: nothing is kept.
    #[must_use]
    pub fn new(each: Span) -> Self {
        Self { each: each.nanos(), bins: Vec::new() }
    }

    /// The busy time in each bin, as far as anything was busy. Units: ns.
    #[must_use]
    pub fn bins(&self) -> &[u64] {
        &self.bins
    }

    /// It was busy between two instants; what lies before `from` does not count. Cost: a step a bin.
    pub(super) fn add(&mut self, from: Instant, begin: Instant, end: Instant) {
        if self.each == 0 || measured(from, begin, end) == 0 {
            return;
        }
        let (mut begin, end) = (begin.max(from).nanos(), end.nanos());
        let mut bin = usize::try_from(begin / self.each).expect("a run has few bins");
        let mut until = begin - begin % self.each;
        while begin < end {
            if self.bins.len() <= bin {
                self.bins.resize(bin + 1, 0);
            }
            until += self.each;
            self.bins[bin] += until.min(end) - begin;
            (bin, begin) = (bin + 1, until.min(end));
        }
    }

    /// Puts what was really done in the place of what was thought to be.
    ///
    /// Panics when more was thought to be done than is in it.
    pub fn exchange(&mut self, real: &Self, thought: &Self) {
        let longest = self.bins.len().max(real.bins.len());
        self.bins.resize(longest, 0);
        self.bins.iter_mut().zip(&real.bins).for_each(|(bin, more)| *bin += more);
        for (bin, less) in self.bins.iter_mut().zip(&thought.bins) {
            *bin = bin.checked_sub(*less).expect("no less than nothing is done");
        }
        let used = self.bins.iter().rposition(|busy| *busy > 0).map_or(0, |last| last + 1);
        self.bins.truncate(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_across_bins_is_shared_out_and_nothing_is_lost() {
        let at = Instant::from_nanos;
        let mut load = Load::new(Span::from_nanos(10));
        load.add(at(0), at(3), at(7));
        load.add(at(0), at(8), at(31));
        assert_eq!(load.bins(), [6, 10, 10, 1]);
        // Up to the very end of a bin is in that bin; what lies before the measured time is not in it.
        let mut late = Load::new(Span::from_nanos(10));
        late.add(at(15), at(3), at(20));
        assert_eq!(late.bins(), [0, 5]);
        late.add(at(15), at(3), at(15));
        assert_eq!(late.bins(), [0, 5]);
        let mut none = Load::new(Span::ZERO);
        none.add(at(0), at(3), at(20));
        assert!(none.bins().is_empty());
    }

    #[test]
    fn an_exchange_adds_what_was_done_and_takes_out_what_was_not() {
        let load = |bins: &[u64]| Load { each: 10, bins: bins.to_vec() };
        let mut all = load(&[5, 7]);
        all.exchange(&load(&[1, 0, 4]), &load(&[5, 0, 4]));
        assert_eq!(all, load(&[1, 7]));
    }
}
