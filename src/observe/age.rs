//! Age: how old the newest is that each point has from each source.
//!
//! Knows applications. Must not know addresses. Areas are kept doubled, which keeps them whole.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::findings::Age;
use crate::ids::NodeId;
use crate::units::{Instant, Span};

#[derive(Clone, Copy, Debug)]
struct Newest {
    occurred: Instant,
    since: Instant,
    area_twice: u128,
    time: u128,
}

impl Newest {
    fn settle(&mut self, measure_from: Instant, now: Instant) {
        let from = self.since.max(measure_from);
        self.since = now;
        if now > from {
            let span = u128::from(now.since(from).nanos());
            let ages =
                u128::from(now.nanos()) + u128::from(from.nanos()) - 2 * u128::from(self.occurred.nanos());
            self.area_twice += span * ages;
            self.time += span;
        }
    }
}

/// The ages at one point.
#[derive(Clone, Debug, Default)]
pub(super) struct Ages {
    sources: BTreeMap<NodeId, Newest>,
    peaks: u64,
    peak_sum: u128,
    peak_max: u64,
}

impl Ages {
    /// The point applied an update of `source`.
    pub(super) fn apply(&mut self, measure_from: Instant, now: Instant, source: NodeId, occurred: Instant) {
        let Some(newest) = self.sources.get_mut(&source) else {
            self.sources.insert(source, Newest { occurred, since: now, area_twice: 0, time: 0 });
            return;
        };
        if occurred <= newest.occurred {
            return;
        }
        newest.settle(measure_from, now);
        if now >= measure_from {
            let peak: Span = now.since(newest.occurred);
            self.peaks += 1;
            self.peak_sum += u128::from(peak.nanos());
            self.peak_max = self.peak_max.max(peak.nanos());
        }
        newest.occurred = occurred;
    }

    /// Brings every age up to `end`.
    pub(super) fn settle(&mut self, measure_from: Instant, end: Instant) {
        for newest in self.sources.values_mut() {
            newest.settle(measure_from, end);
        }
    }
}

/// What the ages of some points add up to, per source: twice the area and the time. Units: ns², ns.
#[derive(Clone, Debug, Default)]
pub struct SourceAges {
    /// Per source.
    pub sums: BTreeMap<NodeId, (u128, u128)>,
    /// How many peaks.
    pub peaks: u64,
    /// Their sum.
    pub peak_sum: u128,
    /// The highest.
    pub peak_max: u64,
}

impl SourceAges {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.peaks += other.peaks;
        self.peak_sum += other.peak_sum;
        self.peak_max = self.peak_max.max(other.peak_max);
        for (source, (area_twice, time)) in &other.sums {
            let sum = self.sums.entry(*source).or_default();
            sum.0 += area_twice;
            sum.1 += time;
        }
    }
}

/// The sum over `points`, each settled.
pub(super) fn sum<'a>(points: impl Iterator<Item = &'a Ages>) -> Age {
    let mut all = SourceAges::default();
    for ages in points {
        let sums = ages.sources.iter().map(|(source, newest)| (*source, (newest.area_twice, newest.time)));
        let Ages { peaks, peak_sum, peak_max, .. } = *ages;
        all.add(&SourceAges { sums: sums.collect(), peaks, peak_sum, peak_max });
    }
    age_of(&all)
}

/// The age of information over all sources, with the worst of them.
#[must_use]
pub fn age_of(all: &SourceAges) -> Age {
    let SourceAges { ref sums, peaks, peak_sum, peak_max } = *all;
    let mut age = Age { peaks, peak_sum, peak_max, ..Age::default() };
    let mut worst: Option<(NodeId, (u128, u128))> = None;
    let mut area_twice = 0;
    for (source, sum) in sums {
        area_twice += sum.0;
        age.time += sum.1;
        let is_larger = |most| compare(*sum, most) == Ordering::Greater;
        if sum.1 > 0 && worst.is_none_or(|(_, most)| is_larger(most)) {
            worst = Some((*source, *sum));
        }
    }
    age.area = area_twice / 2;
    age.worst_source = worst.map(|(source, _)| source);
    age
}

/// Compares two fractions exactly, without products that no integer holds.
fn compare(one: (u128, u128), other: (u128, u128)) -> Ordering {
    let whole = (one.0 / one.1).cmp(&(other.0 / other.1));
    if whole != Ordering::Equal {
        return whole;
    }
    let rests = (one.0 % one.1, other.0 % other.1);
    match rests {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        _ => compare((other.1, rests.1), (one.1, rests.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    #[test]
    fn fractions_compare_exactly() {
        assert_eq!(compare((1, 3), (2, 6)), Ordering::Equal);
        assert_eq!(compare((7, 3), (9, 4)), Ordering::Greater);
        assert_eq!(compare((u128::MAX, u128::MAX - 1), (u128::MAX - 1, u128::MAX)), Ordering::Greater);
    }

    #[test]
    fn an_age_grows_from_the_first_application_and_falls_at_each_newer_one() {
        let source = NodeId::new(0);
        let mut ages = Ages::default();
        // Applied at 10 what occurred at 6: age 4. At 20 (age 14, a peak) what occurred at 19: age 1.
        ages.apply(at(0), at(10), source, at(6));
        ages.apply(at(0), at(20), source, at(19));
        ages.apply(at(0), at(25), source, at(18));
        ages.settle(at(0), at(30));
        let age = sum([&ages].into_iter());
        // (4 + 14) / 2 * 10 + (1 + 11) / 2 * 10.
        assert_eq!((age.area, age.time), (90 + 60, 20));
        assert_eq!((age.peaks, age.peak_sum, age.peak_max), (1, 14, 14));
        assert_eq!(age.worst_source, Some(source));
    }

    #[test]
    fn a_source_heard_of_at_the_very_end_is_not_the_worst() {
        let mut ages = Ages::default();
        ages.apply(at(0), at(10), NodeId::new(0), at(6));
        ages.apply(at(0), at(30), NodeId::new(1), at(1));
        ages.settle(at(0), at(30));
        assert_eq!(sum([&ages].into_iter()).worst_source, Some(NodeId::new(0)));
    }

    #[test]
    fn nothing_before_measuring_begins_counts() {
        let mut ages = Ages::default();
        ages.apply(at(20), at(10), NodeId::new(0), at(10));
        ages.apply(at(20), at(15), NodeId::new(0), at(15));
        ages.settle(at(20), at(25));
        let age = sum([&ages].into_iter());
        // From 5 at 20 to 10 at 25: 37.5, rounded down.
        assert_eq!((age.area, age.time, age.peaks), (37, 5, 0));
    }
}
