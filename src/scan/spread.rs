//! Spread: a leaf's histogram of staleness, exact where the fleet is small, else near.
//!
//! A frame's samples at a leaf are its samples at the pattern, each later by the same span. So all are counted once, in
//! buckets of one width, frame by frame and group by group; at a leaf a group is moved by a typical delay, as it is, and a
//! frame whose delay is not near that is moved on by itself. Knows delays. Must not know what an update says.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::brought::Brought;
use super::bunch::{Bunch, Sample};
use super::freshness::Freshness;
use super::pattern::Pattern;
use super::piles::{Pile, Tally, single};
use crate::observe::{Buckets, Samples};

/// Epochs: within one, typical delays of frames of one size change little. Units: nanoseconds.
const EPOCH: u64 = 4 * 3_600_000_000_000;
/// How far a delay may be off the typical one, as a share of the median staleness: 1 in 250. A bucket is at most as wide, and
/// what begins in one and is moved by whole ones is off by at most that. With the three digits of `Samples` the error of
/// a percentile from the median up is below 1 %.
const NEARNESS: u64 = 250;

/// Frames are of one group when they hold the same number of updates, to within this many: what processors and lines
/// spend on a frame goes by its size.
const SIZE: usize = 8;

/// Buckets of a group at most: what is older is entered sample by sample, at each leaf. Source: none, a guess; only time
/// sees it.
const BUCKETS_MAX: u64 = 1 << 13;

/// A frame has counts of its own if they are in no more than so many buckets a sample, or else it is moved sample by sample.
/// Source: none, a guess; only time and memory see it.
const THIN: usize = 2;

/// The least width of a bucket: half of what `Samples` tells apart. Units: nanoseconds.
const WIDTH_MIN: u64 = 512;

/// What the histograms of a class's leaves are made from.
pub(super) struct Spread {
    groups: Vec<Group>,
    /// Per frame.
    counted: Vec<Counted>,
    /// Per frame and bucket of age: all samples, and the changes among them.
    counts: Vec<[u16; 2]>,
    /// How far a delay may be off. Units: nanoseconds.
    near: u64,
    /// The width of a bucket is two to the power of this. Units: nanoseconds.
    width: u32,
}

/// The samples of a frame.
struct Counted {
    /// How many come first that are too old for the group.
    old: u32,
    /// The first bucket, and where the counts are; none of a thin frame.
    first: u32,
    counts: std::ops::Range<usize>,
}

/// Frames of one epoch and about one size, which have about the same delay at one leaf.
struct Group {
    frames: Vec<u32>,
    pile: Pile,
}

impl Spread {
    /// Of a class in a fleet of `leaves`; `None`: each sample is to be recorded, because there are no more than so many.
    /// Cost: a few steps a sample, whatever the number of leaves.
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
        let width = near.max(WIDTH_MIN).ilog2();
        let (mut counted, mut counts) = (Vec::with_capacity(pattern.sent.len()), Vec::new());
        let mut groups: BTreeMap<(u64, usize), Group> = BTreeMap::new();
        for (frame, sent) in pattern.sent.iter().copied().enumerate() {
            let samples = fresh.samples(frame);
            let one = count(samples, sent, width, &mut counts);
            let group = groups.entry((sent / EPOCH, samples.len().div_ceil(SIZE)));
            let group = group.or_insert_with(|| Group { frames: Vec::new(), pile: Pile::default() });
            group.frames.push(frame as u32);
            if one.counts.is_empty() {
                let (_, kept) = samples.split(one.old as usize);
                kept.iter().for_each(|one| group.pile.put(bucket(&one, sent, width), &[single(&one)]));
            } else {
                group.pile.put(one.first as usize, &counts[one.counts.clone()]);
            }
            counted.push(one);
        }
        Some(Self { groups: groups.into_values().collect(), counted, counts, near, width })
    }

    /// Enters the samples of the frames that a leaf applied. Cost: some steps a frame; those of a frame's buckets where its
    /// delay is not typical.
    pub(super) fn enter(
        &self,
        (pattern, fresh, brought): (&Pattern, &Freshness, &Brought<'_>),
        applied: &[u64],
        into: [&mut Samples; 2],
    ) {
        let mut tally = Tally::new(self.width);
        for group in &self.groups {
            self.enter_group(group, (pattern, fresh, brought), applied, &mut tally);
        }
        let width = 1_u64 << self.width;
        for (kind, into) in into.into_iter().enumerate() {
            into.is_near = true;
            // Finer would only take memory, at every point.
            let unit = (width / 4 / 1_000).max(1);
            let mut histogram = Buckets::new(unit);
            histogram.add(&into.histogram);
            for (begin, counts) in tally.counted().filter(|(_, counts)| counts[kind] > 0) {
                // Begins and shifts are both rounded down, by half a width each on average.
                histogram.record((begin + width) / 1_000, u64::from(counts[kind]));
            }
            into.histogram = histogram;
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
        let mut delays = Vec::with_capacity(group.frames.len());
        delays.extend(frames().filter_map(delay_of));
        if delays.is_empty() {
            return;
        }
        let middle = delays.len() / 2;
        let typical = *delays.select_nth_unstable(middle).1;
        let shift = |delay: u64| (delay >> self.width) as usize;
        tally.put(&group.pile, shift(typical));
        for frame in frames() {
            let delay = delay_of(frame);
            let Counted { old, first, counts } = &self.counted[frame];
            let is_changed = brought.is_changed(frame);
            if !is_changed && delay.is_some() {
                tally.enter(fresh.samples(frame).split(*old as usize).0, applied[frame]);
            }
            let is_near = delay.is_some_and(|delay| delay.abs_diff(typical) <= self.near);
            if is_near && !is_changed {
                continue;
            }
            let (from, to) = (shift(typical), delay.filter(|_| !is_changed).map(shift));
            if counts.is_empty() {
                for sample in fresh.samples(frame).split(*old as usize).1.iter() {
                    let first = bucket(&sample, pattern.sent[frame], self.width);
                    tally.shift(first, &[single(&sample)], from, to);
                }
            } else {
                tally.shift(*first as usize, &self.counts[counts.clone()], from, to);
            }
            if is_changed && delay.is_some() {
                tally.enter(brought.samples(frame), applied[frame]);
            }
        }
    }
}

/// The bucket of a sample when the frame is sent.
fn bucket(sample: &Sample, sent: u64, width: u32) -> usize {
    ((sent - sample.occurred()) >> width) as usize
}

/// Counts the samples of a frame, which come the oldest first, in buckets of age.
fn count(samples: Bunch<'_>, sent: u64, width: u32, counts: &mut Vec<[u16; 2]>) -> Counted {
    let is_old = |sample: &Sample| (sent - sample.occurred()) >> width >= BUCKETS_MAX;
    let old = samples.iter().take_while(is_old).count();
    let begin = counts.len();
    let (kept, old) = (samples.split(old).1, old as u32);
    if (2..=usize::from(u16::MAX)).contains(&kept.len()) {
        let [last, first] = [0, kept.len() - 1].map(|place| bucket(&kept.at(place), sent, width));
        if last - first < THIN * kept.len() {
            counts.resize(begin + last - first + 1, [0; 2]);
            for sample in kept.iter() {
                let place = &mut counts[begin + bucket(&sample, sent, width) - first];
                let [one, changed] = single(&sample);
                *place = [place[0] + one, place[1] + changed];
            }
            return Counted { old, first: first as u32, counts: begin..counts.len() };
        }
    }
    Counted { old, first: 0, counts: begin..begin }
}

/// How far a delay may be off, for the samples and for the changes among them. Units: nanoseconds.
fn nearness(pattern: &Pattern, fresh: &Freshness) -> u64 {
    let new = || Histogram::<u64>::new(2).expect("two digits are legal");
    let mut whole = [new(), new()];
    for (frame, sent) in pattern.sent.iter().enumerate() {
        for sample in fresh.samples(frame).iter() {
            for one in whole.iter_mut().take(1 + usize::from(sample.changed())) {
                let micros = (sent - sample.occurred()) / 1_000;
                one.record(micros).expect("an auto-resizing histogram takes any value");
            }
        }
    }
    let medians = whole.iter().filter(|one| !one.is_empty()).map(|one| one.value_at_quantile(0.5) * 1_000);
    medians.min().unwrap_or(0) / NEARNESS
}
