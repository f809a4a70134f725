//! Clock: instants at which something happened to cells, each once and named by a small number.
//!
//! Knows instants. Must not know what happened. A cell keeps numbers, half as large as what they name: there is a cell
//! for each address and enforcement point, and far fewer instants.

use crate::units::Instant;

/// The number of `Instant::NEVER`.
pub(super) const NEVER: u32 = 0;

/// The number of virtual zero.
pub(super) const ZERO: u32 = 1;

/// All instants that were named.
#[derive(Debug)]
pub(super) struct Clock {
    /// Ascending, past the first.
    instants: Vec<Instant>,
}

impl Clock {
    /// At virtual zero.
    pub(super) fn new() -> Self {
        Self { instants: vec![Instant::NEVER, Instant::ZERO] }
    }

    /// The number of `now`, which is no earlier than any that was named before. Less than 2^31.
    pub(super) fn stamp(&mut self, now: Instant) -> u32 {
        if self.instants.last() != Some(&now) {
            self.instants.push(now);
        }
        let number = u32::try_from(self.instants.len() - 1).ok().filter(|number| *number < 1 << 31);
        number.expect("a run that fits in memory names fewer instants")
    }

    /// The instant of a number.
    pub(super) fn at(&self, number: u32) -> Instant {
        self.instants[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_one_number() {
        let mut clock = Clock::new();
        assert_eq!(clock.stamp(Instant::ZERO), ZERO);
        let at = Instant::from_nanos(7);
        assert_eq!((clock.stamp(at), clock.stamp(at)), (2, 2));
        assert_eq!([NEVER, ZERO, 2].map(|number| clock.at(number)), [Instant::NEVER, Instant::ZERO, at]);
    }
}
