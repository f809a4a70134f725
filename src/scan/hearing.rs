//! Hearing: the frames that reached one leaf, or are on their way to it, in order; kept small, as many leaves of one line may
//! wait for others with theirs.
//!
//! Knows instants and spans. Must not know what a frame holds.

use std::collections::BTreeMap;

use super::leaf::Heard;
use crate::engine::Way;
use crate::units::{Instant, Span};

/// Queue, process, transmit, propagate and recover of a frame's way until it arrived, then queue and process from then on.
/// Units: nanoseconds.
type Spans = [u32; 7];

/// In the place of what is kept as it is.
const LARGE: Spans = [u32::MAX; 7];

/// A frame that is done when all that it spent its time with is over.
#[derive(Clone, Copy, Debug)]
struct Stub {
    sent: u64,
    number: u32,
    spans: Spans,
}

/// Cost: 40 bytes a frame, unless some time on its way is longer than 4 s, or it never arrives.
#[derive(Clone, Debug, Default)]
pub struct Hearing {
    stubs: Vec<Stub>,
    /// When those are done, and their ways, that took long, or are done at another time than when those are over.
    large: BTreeMap<usize, (Instant, [Way; 2])>,
}

impl Hearing {
    /// So many more may come.
    pub fn reserve(&mut self, more: usize) {
        self.stubs.reserve_exact(more);
    }

    /// Adds a frame.
    pub fn add(&mut self, heard: Heard) {
        let Heard { number, sent, done, way, served } = heard;
        self.stubs.push(Stub { sent: sent.nanos(), number, spans: [0; 7] });
        self.put(self.stubs.len() - 1, done, [way, served]);
    }

    /// The service of a frame ends; its way until it arrived, and from then on.
    pub(super) fn end(&mut self, place: usize, done: Instant, ways: [Way; 2]) {
        if self.stubs[place].spans == LARGE {
            self.large.remove(&place);
        }
        self.put(place, done, ways);
    }

    fn put(&mut self, place: usize, done: Instant, ways: [Way; 2]) {
        let stub = &mut self.stubs[place];
        let spans = spans_of(&ways).filter(|spans| over(stub.sent, *spans) == done);
        stub.spans = spans.unwrap_or_else(|| {
            self.large.insert(place, (done, ways));
            LARGE
        });
    }

    pub(super) fn get(&self, place: usize) -> Heard {
        let Stub { sent, number, spans } = self.stubs[place];
        let (done, [way, served]) =
            if spans == LARGE { self.large[&place] } else { (over(sent, spans), ways_of(spans)) };
        Heard { number, sent: Instant::from_nanos(sent), done, way, served }
    }

    /// How many frames there are.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.stubs.len()
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Heard> {
        (0..self.frames()).map(|place| self.get(place))
    }
}

/// When all that a frame spent its time with is over.
fn over(sent: u64, spans: Spans) -> Instant {
    Instant::from_nanos(sent.saturating_add(spans.iter().map(|span| u64::from(*span)).sum()))
}

/// `None`: some of it is too long, or nothing that happens to a frame that has arrived.
fn spans_of(ways: &[Way; 2]) -> Option<Spans> {
    let [way, served] = ways;
    let all =
        [way.queue, way.process, way.transmit, way.propagate, way.recover, served.queue, served.process];
    let spans = all.map(|span| u32::try_from(span.nanos()).unwrap_or(u32::MAX));
    let is_kept = !spans.contains(&u32::MAX) && ways_of(spans)[1] == *served;
    is_kept.then_some(spans)
}

fn ways_of(spans: Spans) -> [Way; 2] {
    let [queue, process, transmit, propagate, recover, waited, worked] =
        spans.map(|span| Span::from_nanos(u64::from(span)));
    let served = Way { queue: waited, process: worked, ..Way::default() };
    [Way { queue, process, transmit, propagate, recover }, served]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in() {
        let span = Span::from_nanos;
        let longest = u64::from(u32::MAX) - 1;
        let way = |nanos| Way {
            queue: span(1),
            process: span(2),
            transmit: span(3),
            propagate: span(4),
            recover: span(nanos),
        };
        let served = Way { queue: span(5), process: span(6), ..Way::default() };
        let ways = [
            (way(longest), served),
            (way(longest + 1), served),
            (way(0), Way { transmit: span(7), ..served }),
            (Way::default(), Way::default()),
        ];
        let mut hearing = Hearing::default();
        let heard = |(number, (way, served)): (u32, (Way, Way))| {
            let sent = Instant::from_nanos(10 + u64::from(number));
            let done = sent + way.total() + served.total();
            Heard { number, sent, done, way, served }
        };
        let mut all: Vec<Heard> = (5..).zip(ways).map(heard).collect();
        all[3].done = Instant::NEVER;
        all.iter().for_each(|heard| hearing.add(*heard));
        assert_eq!(hearing.iter().collect::<Vec<_>>(), all);
        // Too long; more than happens after it has arrived; never done.
        assert_eq!((hearing.frames(), hearing.large.len(), size_of::<Stub>()), (4, 3, 40));
        for (way, left) in [(way(longest + 1), 3), (way(7), 2)] {
            let done = all[3].sent + way.total() + served.total();
            hearing.end(3, done, [way, served]);
            assert_eq!(hearing.get(3), Heard { done, way, served, ..all[3] });
            assert_eq!(hearing.large.len(), left);
        }
        let dropped = Instant::from_nanos(99);
        hearing.end(3, dropped, [Way::default(); 2]);
        let way = Way::default();
        assert_eq!(hearing.get(3), Heard { done: dropped, way, served: way, ..all[3] });
    }
}
