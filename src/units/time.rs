//! Time: an `Instant` is a point on the one true virtual clock, a `Span` a distance between two.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A distance in virtual time. Units: nanoseconds, at most 584 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    /// The longest span; stands for "never" only where a doc comment says so.
    pub const MAX: Self = Self(u64::MAX);
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros * 1_000)
    }

    /// A span of `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// A span of `seconds` seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds * NANOS_PER_SECOND)
    }

    /// The length in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The length in seconds, for reports only: no decision may rest on it.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This span `times` over. Panics when 584 years do not hold it.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self(self.0.checked_mul(times).expect("a span stays within 584 years"))
    }

    /// This span less `other`, or nothing when `other` is longer.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("a span stays within 584 years"))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("a span is never negative"))
    }
}

/// A point on the one true virtual clock. Units: nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Past every event; stands for "never".
    pub const NEVER: Self = Self(u64::MAX);

    /// The point `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The point `span` after the start.
    #[must_use]
    pub const fn after_start(span: Span) -> Self {
        Self(span.nanos())
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The distance from the start.
    #[must_use]
    pub const fn since_start(self) -> Span {
        Span::from_nanos(self.0)
    }

    /// The distance from `earlier`. Panics when `earlier` is later: virtual time never runs backward.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("virtual time never runs backward"))
    }

    /// The point `span` later, or `NEVER` when that lies past the clock's end.
    #[must_use]
    pub const fn later(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The first point of the grid `phase`, `phase + interval`, … that lies strictly after this one.
    #[must_use]
    pub fn next_on_grid(self, phase: Span, interval: Span) -> Self {
        assert!(!interval.is_zero(), "a grid needs an interval");
        if self.0 < phase.0 {
            return Self(phase.0);
        }
        let passed = (self.0 - phase.0) / interval.0 + 1;
        Self(phase.0 + passed * interval.0)
    }
}

impl Add<Span> for Instant {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.checked_add(span.0).expect("an instant stays within 584 years of the start"))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.since_start().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_grid_point_is_strictly_later() {
        let (phase, interval) = (Span::from_millis(500), Span::from_seconds(2));
        let next = |millis| Instant::after_start(Span::from_millis(millis)).next_on_grid(phase, interval);
        let at = |millis| Instant::after_start(Span::from_millis(millis));
        assert_eq!(next(0), at(500));
        assert_eq!(next(500), at(2_500));
        assert_eq!(next(2_499), at(2_500));
    }

    #[test]
    #[should_panic(expected = "never runs backward")]
    fn time_refuses_to_run_backward() {
        let _ = Instant::ZERO.since(Instant::from_nanos(1));
    }
}
