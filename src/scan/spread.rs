//! Spread: a leaf's histogram of staleness, exact where the fleet is small, else near.
//!
//! A frame's samples at a leaf are its samples at the pattern, each later by the same span. So within an epoch all
//! frames whose delay is near a typical one are counted together, in buckets of one width that are moved as they are; only
//! the others are entered sample by sample. Knows delays. Must not know what an update says.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::brought::Brought;
use super::freshness::{Freshness, Sample};
use super::pattern::Pattern;
use crate::observe::{Buckets, Samples};

/// Epochs: within one, typical delays of frames of one size change little. Units: nanoseconds.
const EPOCH: u64 = 4 * 3_600_000_000_000;
/// How far a delay may be off the typical one, as a share of the median staleness: 1 in 200. With the buckets' width, a
/// quarter of that, and the three digits of `Samples` the error of a percentile from the median up is below 1 %.
const NEARNESS: u64 = 200;

/// Frames are of one group when they hold the same number of updates, to within this many: what processors and lines
/// spend on a frame goes by its size.
const SIZE: usize = 8;

/// Buckets of a group at most: what is older is entered sample by sample. Source: none, a guess; only time sees it.
const BUCKETS_MAX: u64 = 1 << 13;

/// The least width of a bucket: half of what `Samples` tells apart. Units: nanoseconds.
const WIDTH_MIN: u64 = 512;

/// What the histograms of a class's leaves are made from.
pub(super) struct Spread {
    groups: Vec<Group>,
    /// How far a delay may be off. Units: nanoseconds.
    near: u64,
    /// The width of a bucket is two to the power of this. Units: nanoseconds.
    width: u32,
}

/// Frames of one epoch and about one size, which have about the same delay at one leaf.
struct Group {
    frames: Vec<u32>,
    /// Per bucket of age: all samples, and the changes among them.
    counts: Vec<[u32; 2]>,
    /// Frames with samples too old for any bucket, and how many those are; they come first in the frame.
    old: Vec<(u32, u32)>,
}

/// Buckets that are kept one beside the other. Source: none, a guess; only memory sees it.
const NEAR_BUCKETS: usize = 1 << 16;

/// Of the number of a bucket past those so many bits after the first are kept, which takes less than 1/512 from a
/// staleness; there the delays' nearness no longer counts.
const FAR_BITS: u32 = 9;

/// What one leaf's samples are counted in.
#[derive(Default)]
struct Tally {
    width: u32,
    /// Per bucket of staleness: all samples, and the changes among them; below zero only until all is entered.
    counts: Vec<[i64; 2]>,
    /// The same of buckets past those, several together.
    far: BTreeMap<usize, [i64; 2]>,
}

impl Tally {
    fn add(&mut self, bucket: usize, by: [i64; 2]) {
        let counts = if bucket >= NEAR_BUCKETS {
            let rest = bucket.ilog2() - FAR_BITS;
            self.far.entry(bucket >> rest << rest).or_default()
        } else {
            if self.counts.len() <= bucket {
                self.counts.resize(bucket + 1, [0; 2]);
            }
            &mut self.counts[bucket]
        };
        counts[0] += by[0];
        counts[1] += by[1];
    }

    fn enter(&mut self, samples: &[Sample], at: u64, sign: i64) {
        for sample in samples {
            let bucket = ((at - sample.occurred()) >> self.width) as usize;
            self.add(bucket, [sign, sign * i64::from(sample.changed())]);
        }
    }
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
        let near = nearness(pattern, fresh);
        let width = (near / 4).max(WIDTH_MIN).ilog2();
        let mut members: BTreeMap<(u64, usize), Vec<u32>> = BTreeMap::new();
        for (frame, sent) in pattern.sent.iter().enumerate() {
            let size = fresh.samples(frame).len().div_ceil(SIZE);
            members.entry((sent / EPOCH, size)).or_default().push(frame as u32);
        }
        let groups = members.into_values().map(|frames| Group::new(frames, pattern, fresh, width));
        Some(Self { groups: groups.collect(), near, width })
    }

    /// Enters the samples of the frames that a leaf applied.
    pub(super) fn enter(
        &self,
        (pattern, fresh, brought): (&Pattern, &Freshness, &Brought<'_>),
        applied: &[u64],
        into: [&mut Samples; 2],
    ) {
        let mut tally = Tally { width: self.width, ..Tally::default() };
        for group in &self.groups {
            self.enter_group(group, (pattern, fresh, brought), applied, &mut tally);
        }
        let half = (1_u64 << self.width) / 2;
        for (kind, into) in into.into_iter().enumerate() {
            into.is_near = true;
            // Finer would only take memory, at every point.
            let unit = (half / 1_000).max(1);
            let mut histogram = Buckets::new(unit);
            histogram.add(&into.histogram);
            into.histogram = histogram;
            let far = tally.far.iter().map(|(bucket, counts)| (*bucket, counts));
            for (bucket, counts) in tally.counts.iter().enumerate().chain(far) {
                let count = u64::try_from(counts[kind]).expect("no fewer samples than none");
                record(into, (((bucket as u64) << self.width) + half) / 1_000, count);
            }
        }
    }

    fn enter_group(
        &self,
        group: &Group,
        (pattern, fresh, brought): (&Pattern, &Freshness, &Brought<'_>),
        applied: &[u64],
        tally: &mut Tally,
    ) {
        let frames = || group.frames.iter().map(|frame| *frame as usize);
        let delay_of = |frame: usize| brought.is_applied(frame).then(|| applied[frame] - pattern.sent[frame]);
        let mut delays: Vec<u64> = frames().filter_map(delay_of).collect();
        if delays.is_empty() {
            return;
        }
        let middle = delays.len() / 2;
        let shift = *delays.select_nth_unstable(middle).1 >> self.width;
        let typical = shift << self.width;
        let shift = shift as usize;
        for (bucket, counts) in group.counts.iter().enumerate().filter(|(_, counts)| counts[0] > 0) {
            tally.add(bucket + shift, counts.map(i64::from));
        }
        let mut old = group.old.iter().peekable();
        for frame in frames() {
            let delay = delay_of(frame);
            let old =
                old.next_if(|(other, _)| *other as usize == frame).map_or(0, |(_, count)| *count as usize);
            let is_near = delay.is_some_and(|delay| delay.abs_diff(typical) <= self.near);
            let (early, grouped) = fresh.samples(frame).split_at(old);
            if is_near && !brought.is_changed(frame) {
                tally.enter(early, applied[frame], 1);
                continue;
            }
            // As the group has them, which are moved by whole buckets.
            tally.enter(grouped, pattern.sent[frame] + typical, -1);
            if delay.is_some() {
                tally.enter(brought.samples(frame), applied[frame], 1);
            }
        }
    }
}

impl Group {
    fn new(frames: Vec<u32>, pattern: &Pattern, fresh: &Freshness, width: u32) -> Self {
        let (mut counts, mut old) = (Vec::new(), Vec::new());
        for frame in frames.iter().copied() {
            let mut too_old = 0;
            for sample in fresh.samples(frame as usize) {
                let bucket = (pattern.sent[frame as usize] - sample.occurred()) >> width;
                if bucket >= BUCKETS_MAX {
                    too_old += 1;
                    continue;
                }
                let bucket = bucket as usize;
                if counts.len() <= bucket {
                    counts.resize(bucket + 1, [0; 2]);
                }
                counts[bucket][0] += 1;
                counts[bucket][1] += u32::from(sample.changed());
            }
            if too_old > 0 {
                old.push((frame, too_old));
            }
        }
        Self { frames, counts, old }
    }
}

/// How far a delay may be off, for the samples and for the changes among them. Units: nanoseconds.
fn nearness(pattern: &Pattern, fresh: &Freshness) -> u64 {
    let new = || Histogram::<u64>::new(2).expect("two digits are legal");
    let mut whole = [new(), new()];
    for (frame, sent) in pattern.sent.iter().enumerate() {
        for sample in fresh.samples(frame) {
            for one in whole.iter_mut().take(1 + usize::from(sample.changed())) {
                let micros = (sent - sample.occurred()) / 1_000;
                one.record(micros).expect("an auto-resizing histogram takes any value");
            }
        }
    }
    let medians = whole.iter().filter(|one| !one.is_empty()).map(|one| one.value_at_quantile(0.5) * 1_000);
    medians.min().unwrap_or(0) / NEARNESS
}

fn record(into: &mut Samples, micros: u64, count: u64) {
    if count > 0 {
        into.histogram.record(micros, count);
    }
}
