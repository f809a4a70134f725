//! Piles: how many samples lie in each bucket of age, as runs of counts that are moved by whole buckets.
//!
//! Knows counts. Must not know what a sample is of.

use std::collections::BTreeMap;

use super::bunch::{Bunch, Sample};

/// All samples, and the changes among them.
pub(super) type Both = [u32; 2];

/// Buckets that are kept one beside the other. Source: none, a guess; only memory sees it.
const NEAR_BUCKETS: usize = 1 << 16;

/// Of the number of a bucket past those so many bits after the first are kept, which takes less than 1/512 from a
/// staleness; there the delays' nearness no longer counts.
const FAR_BITS: u32 = 9;

/// A run of buckets, from `first` on.
#[derive(Clone, Debug, Default)]
pub(super) struct Pile {
    first: usize,
    counts: Vec<Both>,
}

impl Pile {
    /// Adds the counts of another run. Cost: its buckets.
    pub(super) fn put(&mut self, first: usize, counts: &[[u16; 2]]) {
        if counts.is_empty() {
            return;
        }
        if self.counts.is_empty() {
            self.first = first;
        }
        if first < self.first {
            let missing = self.first - first;
            self.counts.splice(..0, std::iter::repeat_n([0; 2], missing));
            self.first = first;
        }
        let begin = first - self.first;
        if self.counts.len() < begin + counts.len() {
            self.counts.resize(begin + counts.len(), [0; 2]);
        }
        for (sum, by) in self.counts[begin..].iter_mut().zip(counts) {
            *sum = [sum[0] + u32::from(by[0]), sum[1] + u32::from(by[1])];
        }
    }
}

/// What one leaf's samples are counted in, by staleness.
#[derive(Default)]
pub(super) struct Tally {
    /// The width of a bucket is two to the power of this. Units: nanoseconds.
    width: u32,
    /// Only when all is entered none is below zero, which wraps around.
    counts: Vec<Both>,
    /// The same of buckets past those, several together.
    far: BTreeMap<usize, Both>,
}

impl Tally {
    pub(super) fn new(width: u32) -> Self {
        Self { width, ..Self::default() }
    }

    /// Adds a run of counts, each `shift` buckets later. Cost: its buckets, several at a time.
    pub(super) fn put(&mut self, pile: &Pile, shift: usize) {
        self.each(pile.first + shift, &pile.counts, |sum, by| add(sum, *by));
    }

    /// Moves a run of counts from where it is with a shift to where it is with another; `None`: away.
    pub(super) fn shift(&mut self, first: usize, counts: &[[u16; 2]], from: usize, to: Option<usize>) {
        self.each(first + from, counts, |sum, by| take(sum, by.map(u32::from)));
        if let Some(to) = to {
            self.each(first + to, counts, |sum, by| add(sum, by.map(u32::from)));
        }
    }

    fn each<T>(&mut self, first: usize, counts: &[T], add: impl Fn(&mut Both, &T)) {
        let near = counts.len().min(NEAR_BUCKETS.saturating_sub(first));
        if near > 0 && self.counts.len() < first + near {
            self.counts.resize(first + near, [0; 2]);
        }
        if near > 0 {
            self.counts[first..first + near].iter_mut().zip(counts).for_each(|(sum, by)| add(sum, by));
        }
        for (bucket, by) in (first + near..).zip(&counts[near..]) {
            add(self.far_at(bucket), by);
        }
    }

    /// Samples that are applied at `at`, one by one.
    pub(super) fn enter(&mut self, samples: Bunch<'_>, at: u64) {
        for sample in samples.iter() {
            let bucket = ((at - sample.occurred()) >> self.width) as usize;
            self.each(bucket, &[single(&sample)], |sum, by| add(sum, by.map(u32::from)));
        }
    }

    fn far_at(&mut self, bucket: usize) -> &mut Both {
        let rest = bucket.ilog2() - FAR_BITS;
        self.far.entry(bucket >> rest << rest).or_default()
    }

    /// What was counted: the begin of a bucket in nanoseconds, and its counts.
    pub(super) fn counted(&self) -> impl Iterator<Item = (u64, Both)> {
        let far = self.far.iter().map(|(bucket, counts)| (*bucket, *counts));
        let all = self.counts.iter().copied().enumerate().chain(far);
        all.filter(|(_, counts)| *counts != [0; 2]).map(|(bucket, counts)| {
            let is_whole = counts.iter().all(|count| *count <= u32::MAX / 2);
            assert!(is_whole, "no fewer samples than none");
            ((bucket as u64) << self.width, counts)
        })
    }
}

/// The counts of one sample.
pub(super) fn single(sample: &Sample) -> [u16; 2] {
    [1, u16::from(sample.changed())]
}

fn add(sum: &mut Both, by: Both) {
    *sum = [sum[0].wrapping_add(by[0]), sum[1].wrapping_add(by[1])];
}

fn take(sum: &mut Both, by: Both) {
    *sum = [sum[0].wrapping_sub(by[0]), sum[1].wrapping_sub(by[1])];
}
