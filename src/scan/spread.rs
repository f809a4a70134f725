//! Spread: a leaf's histogram of staleness, exact where the fleet is small, else near.
//!
//! A frame's samples at a leaf are its samples at the pattern, each later by the same span. So within an epoch all
//! frames whose delay is near a typical one are counted together, and only the others sample by sample. Knows
//! delays. Must not know what an update says.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::brought::Brought;
use super::freshness::{Freshness, Sample};
use super::pattern::Pattern;
use crate::observe::Samples;

/// Epochs: within one, typical delays of frames of one size change little. Units: nanoseconds.
const EPOCH: u64 = 4 * 3_600_000_000_000;
/// How far a delay may be off the typical one, as a share of the median staleness: 1 in 200. With the half of a unit
/// in the second digit of the epochs' histograms the error of a percentile from the median up is below 1 %.
const NEARNESS: u64 = 200;

/// Frames are of one group when they hold the same number of updates, to within this many: what processors and lines
/// spend on a frame goes by its size.
const SIZE: usize = 8;

/// What the histograms of a class's leaves are made from.
pub(super) struct Spread {
    groups: Vec<Group>,
    /// How far a delay may be off, for all samples and for the changes. Units: nanoseconds.
    near: [u64; 2],
}

/// Frames of one epoch and about one size, which have about the same delay at one leaf.
struct Group {
    frames: Vec<u32>,
    /// (value, count) of all samples and of the changes, in order. Units: microseconds.
    counts: [Vec<(u64, u64)>; 2],
}

impl Spread {
    /// Of a class in a fleet of `leaves`; `None`: each sample is to be recorded, because there are no more than so many.
    pub(super) fn new(
        pattern: &Pattern,
        fresh: &Freshness,
        leaves: usize,
        recorded_max: u64,
    ) -> Option<Self> {
        let samples: u64 = fresh.lots.iter().map(|[all, _]| all.count).sum();
        if samples.saturating_mul(leaves as u64) <= recorded_max {
            return None;
        }
        let new = || Histogram::<u64>::new(2).expect("two digits are legal");
        let mut whole = [new(), new()];
        let mut members: BTreeMap<(u64, usize), Vec<u32>> = BTreeMap::new();
        for (frame, sent) in pattern.sent.iter().enumerate() {
            let size = fresh.samples[frame].len().div_ceil(SIZE);
            members.entry((sent / EPOCH, size)).or_default().push(frame as u32);
        }
        let mut groups = Vec::with_capacity(members.len());
        for frames in members.into_values() {
            let mut here = [new(), new()];
            for frame in frames.iter().map(|frame| *frame as usize) {
                for sample in &fresh.samples[frame] {
                    let micros = (pattern.sent[frame] - sample.occurred()) / 1_000;
                    let changed = usize::from(sample.changed());
                    for one in here.iter_mut().take(1 + changed) {
                        one.record(micros).expect("an auto-resizing histogram takes any value");
                    }
                }
            }
            let counts = [0, 1].map(|kind| {
                whole[kind].add(&here[kind]).expect("an auto-resizing histogram takes any other");
                let buckets = here[kind].iter_recorded();
                let middle = |value| here[kind].median_equivalent(value);
                buckets.map(|bucket| (middle(bucket.value_iterated_to()), bucket.count_at_value())).collect()
            });
            groups.push(Group { frames, counts });
        }
        let near = whole.map(|whole| whole.value_at_quantile(0.5) * 1_000 / NEARNESS);
        Some(Self { groups, near })
    }

    /// Enters the samples of the frames that a leaf applied.
    pub(super) fn enter(
        &self,
        found: (&Pattern, &Freshness, &Brought<'_>),
        applied: &[u64],
        into: [&mut Samples; 2],
    ) {
        for (kind, into) in into.into_iter().enumerate() {
            into.is_near = true;
            for group in &self.groups {
                self.enter_group(kind, group, found, applied, into);
            }
        }
    }

    fn enter_group(
        &self,
        kind: usize,
        group: &Group,
        (pattern, fresh, brought): (&Pattern, &Freshness, &Brought<'_>),
        applied: &[u64],
        into: &mut Samples,
    ) {
        let frames = || group.frames.iter().map(|frame| *frame as usize);
        let delay_of = |frame: usize| brought.is_applied(frame).then(|| applied[frame] - pattern.sent[frame]);
        let mut delays: Vec<u64> = frames().filter_map(delay_of).collect();
        if delays.is_empty() {
            return;
        }
        let middle = delays.len() / 2;
        let typical = *delays.select_nth_unstable(middle).1;
        let mut counts: Vec<(u64, i64)> = group.counts[kind].iter().map(|(v, n)| (*v, *n as i64)).collect();
        let is_one = |sample: &&Sample| kind == 0 || sample.changed();
        for frame in frames() {
            let delay = delay_of(frame);
            let is_near = delay.is_some_and(|delay| delay.abs_diff(typical) <= self.near[kind]);
            if is_near && !brought.is_changed(frame) {
                continue;
            }
            for sample in fresh.samples[frame].iter().filter(is_one) {
                let age = (pattern.sent[frame] - sample.occurred()) / 1_000;
                let place = counts.partition_point(|(value, _)| *value < age);
                let nearest = nearest(&counts, place, age);
                counts[nearest].1 -= 1;
            }
            if delay.is_some() {
                for sample in brought.samples(frame).iter().filter(is_one) {
                    record(into, (applied[frame] - sample.occurred()) / 1_000, 1);
                }
            }
        }
        let mut debt = 0;
        for (value, count) in counts {
            let count = count + debt;
            debt = count.min(0);
            record(into, value + typical / 1_000, count.max(0) as u64);
        }
    }
}

/// Of the two buckets around `place` the one whose middle is nearer to `age`.
fn nearest(counts: &[(u64, i64)], place: usize, age: u64) -> usize {
    match (place.checked_sub(1), counts.get(place)) {
        (Some(before), Some((after, _))) => {
            if age - counts[before].0 <= after - age {
                before
            } else {
                place
            }
        }
        (Some(before), None) => before,
        (None, _) => 0,
    }
}

fn record(into: &mut Samples, micros: u64, count: u64) {
    if count > 0 {
        into.histogram.record_n(micros, count).expect("an auto-resizing histogram takes any value");
    }
}
