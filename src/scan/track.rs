//! Track: when the frames of its hub were served at a leaf that was told every one of them, and which way they took; kept small.
//!
//! Knows instants and spans. Must not know what a frame holds.

use std::collections::BTreeMap;

use crate::engine::Way;
use crate::units::{Instant, Span};

/// Where a frame's time went: queue, process, transmit, propagate, recover. Units: nanoseconds.
pub(super) type WayParts = [u64; 5];

/// In the place of a way that is kept as it is.
const LARGE: [u32; 5] = [u32::MAX; 5];

/// Frames in the order in which they were sent. Cost: 28 bytes each, unless some time on its way is longer than 4 s; 8 without
/// ways.
#[derive(Debug)]
pub struct Track {
    done: Vec<u64>,
    ways: Option<Ways>,
}

#[derive(Debug)]
struct Ways {
    small: Vec<[u32; 5]>,
    large: BTreeMap<usize, WayParts>,
}

impl Track {
    /// None yet; so many may come. Their ways are kept, or not.
    #[must_use]
    pub fn new(frames: usize, keeps_ways: bool) -> Self {
        let ways = || Ways { small: Vec::with_capacity(frames), large: BTreeMap::new() };
        Self { done: Vec::with_capacity(frames), ways: keeps_ways.then(ways) }
    }

    /// Adds the next frame, whose service ended at `done` (`NEVER`: not by the end of the run), with its way until it arrived
    /// and from then on.
    pub fn add(&mut self, done: Instant, way: &Way, served: &Way) {
        if let Some(Ways { small, large }) = &mut self.ways {
            let parts = parts_of(way, served);
            if parts.iter().any(|part| *part >= u64::from(u32::MAX)) {
                large.insert(small.len(), parts);
                small.push(LARGE);
            } else {
                small.push(parts.map(|part| part as u32));
            }
        }
        self.done.push(done.nanos());
    }

    /// Whether it keeps frames' ways.
    pub(super) fn keeps_ways(&self) -> bool {
        self.ways.is_some()
    }

    /// How many frames there are.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.done.len()
    }

    /// When the service of each ended; `u64::MAX`: not by the end of the run.
    pub(super) fn done(&self) -> &[u64] {
        &self.done
    }

    /// Where the time of a frame went. Panics where ways are not kept.
    pub(super) fn parts(&self, frame: usize) -> WayParts {
        let ways = self.ways.as_ref().expect("who does not keep ways is not asked for them");
        match ways.small[frame] {
            LARGE => ways.large[&frame],
            small => small.map(u64::from),
        }
    }
}

/// A frame's way to the leaf, and from then on, by parts.
pub(super) fn parts_of(way: &Way, served: &Way) -> WayParts {
    let sum = |one: Span, other: Span| (one + other).nanos();
    [
        sum(way.queue, served.queue),
        sum(way.process, served.process),
        sum(way.transmit, served.transmit),
        sum(way.propagate, served.propagate),
        sum(way.recover, served.recover),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_come_out_as_they_went_in() {
        let span = Span::from_nanos;
        let short = Way { queue: span(1), process: span(2), transmit: span(3), ..Way::default() };
        let longest = Way { recover: span(u64::from(u32::MAX) - 1), ..short };
        let long = Way { recover: span(u64::from(u32::MAX)), ..short };
        let served = Way { queue: span(10), ..Way::default() };
        let mut track = Track::new(4, true);
        for (second, way) in [short, long, longest, Way::default()].iter().enumerate() {
            track.add(Instant::from_nanos(second as u64), way, &served);
        }
        assert_eq!((track.frames(), track.done()), (4, &[0, 1, 2, 3][..]));
        let found: Vec<WayParts> = (0..4).map(|frame| track.parts(frame)).collect();
        let far = u64::from(u32::MAX);
        assert_eq!(found, [[11, 2, 3, 0, 0], [11, 2, 3, 0, far], [11, 2, 3, 0, far - 1], [10, 0, 0, 0, 0]]);
    }
}
