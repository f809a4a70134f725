//! Meter: integrals over windows of counts that jump.
//!
//! Knows windows. Must not know what is counted.

use crate::observe::{ClassWindows, Classes};

/// Counts in a window's integrals: four classes against the truth, four against the authority.
pub(super) const COUNTS: usize = 8;

/// Integrals per window, as long as counts still jump.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    window: u64,
    from: u64,
    end: u64,
    /// Per window: what the jumps inside add until its end.
    areas: Vec<[i128; COUNTS]>,
    /// Per window: by how much counts have jumped before it and after the one before.
    jumps: Vec<[i64; COUNTS]>,
}

impl Meter {
    /// Nothing counted over [`from`, `end`]. Units: nanoseconds.
    pub(super) fn new(window: u64, from: u64, end: u64) -> Self {
        let windows = usize::try_from(end.div_ceil(window)).expect("limits on input keep windows few");
        Self { window, from, end, areas: vec![[0; COUNTS]; windows], jumps: vec![[0; COUNTS]; windows + 1] }
    }

    /// `at`, or where measuring begins or ends.
    pub(super) fn clip(&self, at: u64) -> u64 {
        at.max(self.from).min(self.end)
    }

    /// Counts jump by `by` at `at`. Cost: constant.
    pub(super) fn jump(&mut self, at: u64, by: &[i32; COUNTS]) {
        let at = at.max(self.from);
        if at >= self.end {
            return;
        }
        let window = (at / self.window) as usize;
        let rest = i128::from(((window as u64 + 1) * self.window).min(self.end) - at);
        for (count, by) in by.iter().enumerate().filter(|(_, by)| **by != 0) {
            self.areas[window][count] += rest * i128::from(*by);
            self.jumps[window + 1][count] += i64::from(*by);
        }
    }

    /// Adds what jumps elsewhere.
    pub(super) fn join(&mut self, other: &Self) {
        for (areas, others) in self.areas.iter_mut().zip(&other.areas) {
            areas.iter_mut().zip(others).for_each(|(area, other)| *area += other);
        }
        for (jumps, others) in self.jumps.iter_mut().zip(&other.jumps) {
            jumps.iter_mut().zip(others).for_each(|(jump, other)| *jump += other);
        }
    }

    /// The number of the window of an instant, and where that ends, be it past the end of all.
    pub(super) fn window_of(&self, at: u64) -> (usize, u64) {
        let window = at / self.window;
        (window as usize, (window + 1).saturating_mul(self.window))
    }

    /// Takes `by`, times for which counts jump later, out of a window.
    pub(super) fn shorten(&mut self, window: usize, by: &[i64; COUNTS]) {
        for (area, by) in self.areas[window].iter_mut().zip(by) {
            *area -= i128::from(*by);
        }
    }

    /// What was to happen at `at` happens at `later`. Cost: constant.
    pub(super) fn delay(&mut self, at: u64, later: u64, by: &[i32; COUNTS]) {
        self.jump(at, &by.map(|by| -by));
        self.jump(later, by);
    }

    /// The integrals against the truth and against the authority, window by window.
    pub(super) fn windows(&self) -> (ClassWindows, ClassWindows) {
        let mut counts = [0_i64; COUNTS];
        let room = || ClassWindows::with_capacity(self.areas.len());
        let mut both = (room(), room());
        for (index, area) in self.areas.iter().enumerate() {
            let begin = index as u64 * self.window;
            let length = (begin + self.window).min(self.end) - begin;
            let mut sums = [0_u128; COUNTS];
            for count in 0..COUNTS {
                counts[count] += self.jumps[index][count];
                let sum = area[count] + i128::from(counts[count]) * i128::from(length);
                sums[count] = u128::try_from(sum).expect("nothing is counted less than never");
            }
            let classes = |sums: &[u128]| Classes {
                current: sums[0],
                outdated: sums[1],
                missing: sums[2],
                lingering: sums[3],
            };
            both.0.push(classes(&sums[..4]));
            both.1.push(classes(&sums[4..]));
        }
        both
    }
}
