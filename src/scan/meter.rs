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

    /// The window of an instant, and how much of it is left then; `None`: nothing is measured any more.
    pub(super) fn place(&self, at: u64) -> Option<(usize, u64)> {
        let at = at.max(self.from);
        if at >= self.end {
            return None;
        }
        let (window, until) = self.window_of(at);
        Some((window, until.min(self.end) - at))
    }

    /// A count jumps by `by` at a place. Those that windows do not have are not looked at.
    pub(super) fn jump_one(&mut self, place: Option<(usize, u64)>, count: usize, by: i32) {
        if let Some((window, rest)) = place.filter(|_| count < COUNTS) {
            self.areas[window][count] += i128::from(rest) * i128::from(by);
            self.jumps[window + 1][count] += i64::from(by);
        }
    }

    /// Counts jump by `by` at `at`. Cost: constant.
    pub(super) fn jump(&mut self, at: u64, by: &[i32; COUNTS]) {
        let place = self.place(at);
        let jumps = by.iter().copied().enumerate().filter(|(_, by)| *by != 0);
        jumps.for_each(|(count, by)| self.jump_one(place, count, by));
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
