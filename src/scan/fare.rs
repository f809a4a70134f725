//! Fare: what the agenda carried to a leaf, frame by frame; kept small, as a leaf whose session a fault may break is told most of
//! a day's frames so.
//!
//! Knows instants and spans. Must not know what a frame holds.

use std::collections::BTreeMap;

use super::leaf::{Heard, Stamp};
use crate::engine::Way;
use crate::units::{Instant, Span};

/// One frame that the agenda carried to a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fare {
    pub(super) heard: Heard,
    pub(super) begun: Stamp,
    pub(super) over: Over,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// It is still under way.
    Aloft,
    Dropped(Stamp),
    Landed(Stamp),
}

/// Queue, process, transmit, propagate and recover of a frame's way until it arrived, then queue and process from then on.
/// Units: nanoseconds.
type Spans = [u32; 7];

/// In the place of ways that are kept as they are.
const LARGE: Spans = [u32::MAX; 7];

#[derive(Clone, Copy, Debug)]
enum Kind {
    Aloft,
    Dropped,
    Landed,
}

/// A fare in 64 bytes.
#[derive(Clone, Copy, Debug)]
struct Stub {
    sent: u64,
    /// When it was dropped, or its service ended.
    over: u64,
    number: u32,
    /// The places of both among all moments.
    orders: [u32; 2],
    spans: Spans,
    kind: Kind,
}

/// What a leaf was sent, in that order. Cost: 64 bytes a frame, unless some time on its way is longer than 4 s.
#[derive(Debug, Default)]
pub(super) struct Fares {
    stubs: Vec<Stub>,
    /// The ways of those that took long.
    large: BTreeMap<usize, [Way; 2]>,
}

impl Fares {
    /// A frame of this number is sent; its place.
    pub(super) fn begin(&mut self, number: u32, begun: Stamp) -> usize {
        self.stubs.push(Stub {
            sent: begun.at,
            over: u64::MAX,
            number,
            orders: [begun.order, 0],
            spans: [0; 7],
            kind: Kind::Aloft,
        });
        self.stubs.len() - 1
    }

    /// The service of one ends. Its way until it arrived, and from then on.
    pub(super) fn land(&mut self, place: usize, over: Stamp, way: Way, served: Way) {
        self.end(place, over, Kind::Landed);
        self.stubs[place].spans = spans_of(&way, &served).unwrap_or_else(|| {
            self.large.insert(place, [way, served]);
            LARGE
        });
    }

    /// One is dropped.
    pub(super) fn lose(&mut self, place: usize, over: Stamp) {
        self.end(place, over, Kind::Dropped);
    }

    fn end(&mut self, place: usize, over: Stamp, kind: Kind) {
        let stub = &mut self.stubs[place];
        (stub.over, stub.orders[1], stub.kind) = (over.at, over.order, kind);
    }

    pub(super) fn get(&self, place: usize) -> Fare {
        let stub = self.stubs[place];
        let [begun, over] =
            [(stub.sent, 0), (stub.over, 1)].map(|(at, end)| Stamp { at, order: stub.orders[end] });
        let (over, done) = match stub.kind {
            Kind::Aloft => (Over::Aloft, Instant::NEVER),
            Kind::Dropped => (Over::Dropped(over), Instant::NEVER),
            Kind::Landed => (Over::Landed(over), Instant::from_nanos(over.at)),
        };
        let [way, served] = match stub.spans {
            LARGE => self.large[&place],
            spans => ways_of(spans),
        };
        let sent = Instant::from_nanos(stub.sent);
        Fare { heard: Heard { number: stub.number, sent, done, way, served }, begun, over }
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Fare> {
        (0..self.stubs.len()).map(|place| self.get(place))
    }

    /// The numbers of the frames.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.stubs.iter().map(|stub| stub.number)
    }

    /// Whether any was dropped.
    pub(super) fn has_lost(&self) -> bool {
        self.stubs.iter().any(|stub| matches!(stub.kind, Kind::Dropped))
    }

    /// Whether any is still under way.
    pub(super) fn is_any_aloft(&self) -> bool {
        self.stubs.iter().any(|stub| matches!(stub.kind, Kind::Aloft))
    }
}

/// `None`: some of it is too long, or nothing that happens to a frame that has arrived.
fn spans_of(way: &Way, served: &Way) -> Option<Spans> {
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
    fn fares_come_out_as_they_went_in() {
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
        let odd = Way { transmit: span(7), ..served };
        let stamp = |at, order| Stamp { at, order };
        let mut fares = Fares::default();
        let places: Vec<usize> = (0..6).map(|number| fares.begin(number + 10, stamp(100, number))).collect();
        assert_eq!(places, [0, 1, 2, 3, 4, 5]);
        let ways = [(way(longest), served), (way(longest + 1), served), (way(0), odd)];
        for (place, (way, served)) in ways.into_iter().enumerate() {
            fares.land(place, stamp(200, place as u32), way, served);
        }
        assert!(!fares.has_lost());
        fares.lose(3, stamp(300, 7));
        let landed = |place: u32| {
            let (way, served) = ways[place as usize];
            let [sent, done] = [100, 200].map(Instant::from_nanos);
            let heard = Heard { number: 10 + place, sent, done, way, served };
            Fare { heard, begun: stamp(100, place), over: Over::Landed(stamp(200, place)) }
        };
        let open = |place: u32, over| {
            let [sent, done] = [Instant::from_nanos(100), Instant::NEVER];
            let heard = Heard { number: 10 + place, sent, done, way: Way::default(), served: Way::default() };
            Fare { heard, begun: stamp(100, place), over }
        };
        let dropped = Over::Dropped(stamp(300, 7));
        let all =
            [landed(0), landed(1), landed(2), open(3, dropped), open(4, Over::Aloft), open(5, Over::Aloft)];
        assert_eq!(fares.iter().collect::<Vec<_>>(), all);
        assert_eq!(fares.numbers().collect::<Vec<_>>(), [10, 11, 12, 13, 14, 15]);
        assert!(fares.has_lost() && fares.is_any_aloft());
        assert_eq!((fares.large.len(), size_of::<Stub>()), (2, 64));
    }
}
