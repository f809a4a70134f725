//! Passed: what a link did with frames that have entered it and are not scanned yet, kept small.
//!
//! Knows instants. Must not know what a frame is.

use std::collections::VecDeque;

use super::pipe::Passage;
use crate::units::{Instant, Span};

/// In the place of a frame that is kept as it is.
const LARGE: [u32; 4] = [u32::MAX; 4];

/// Passages in the order of entry. Cost: 16 bytes each, unless some time in it is longer than 4 s.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// From when it was ready to the begin of its transmission, from there to its end, from there to its arrival, and what
    /// loss adds. Units: nanoseconds.
    small: VecDeque<[u32; 4]>,
    large: VecDeque<Passage>,
}

impl Passed {
    /// Adds the passage of a frame that was ready at `ready`.
    pub(super) fn push(&mut self, ready: Instant, passage: Passage) {
        match shrink(ready, &passage) {
            Some(small) => self.small.push_back(small),
            None => {
                self.small.push_back(LARGE);
                self.large.push_back(passage);
            }
        }
    }

    /// Takes the first out; it was ready at `ready`.
    pub(super) fn pop(&mut self, ready: Instant) -> Option<Passage> {
        let small = self.small.pop_front()?;
        if small == LARGE {
            return self.large.pop_front();
        }
        let [wait, transmit, propagate, recovery] = small.map(|nanos| Span::from_nanos(nanos.into()));
        let (start, cleared) = (ready + wait, ready + wait + transmit);
        Some(Passage { start, cleared, clean: cleared + propagate, recovery, lost: false })
    }
}

fn shrink(ready: Instant, passage: &Passage) -> Option<[u32; 4]> {
    let Passage { start, cleared, clean, recovery, lost } = *passage;
    let small = |nanos: u64| u32::try_from(nanos).ok().filter(|nanos| *nanos != u32::MAX && !lost);
    let span = |from: Instant, to: Instant| small(to.nanos().checked_sub(from.nanos())?);
    Some([span(ready, start)?, span(start, cleared)?, span(cleared, clean)?, small(recovery.nanos())?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_come_out_as_they_went_in() {
        let at = Instant::from_nanos;
        let mut passed = Passed::default();
        let recovery = Span::from_nanos(200_000_000);
        let plain = Passage { start: at(10), cleared: at(15), clean: at(4_000), recovery, lost: false };
        let all = [
            plain,
            Passage { lost: true, ..plain },
            Passage { clean: at(5_000_000_000), ..plain },
            Passage { start: Instant::NEVER, cleared: Instant::NEVER, clean: Instant::NEVER, ..plain },
            Passage { recovery: Span::from_nanos(u32::MAX.into()), ..plain },
            Passage { start: at(7), ..plain },
        ];
        all.iter().for_each(|passage| passed.push(at(7), *passage));
        for passage in all {
            assert_eq!(format!("{:?}", passed.pop(at(7))), format!("{:?}", Some(passage)));
        }
        assert!(passed.pop(at(7)).is_none());
    }
}
