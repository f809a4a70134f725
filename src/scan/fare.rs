//! Fare: what the agenda carried to a leaf, frame by frame. A leaf whose session a fault may break is told most of a day's frames
//! so.
//!
//! Knows what became of each frame, and its place among all moments. Must not know what a frame holds.

use super::hearing::Hearing;
use super::leaf::{Heard, Stamp};
use crate::engine::Way;
use crate::units::Instant;

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

#[derive(Clone, Copy, Debug)]
enum Kind {
    Aloft,
    Dropped,
    Landed,
}

/// The places among all moments of the one in which a frame was sent and the one that was its end.
#[derive(Clone, Copy, Debug)]
struct Orders {
    begun: u32,
    over: u32,
    kind: Kind,
}

/// What a leaf was sent, in that order. Cost: 52 bytes a frame, unless some time on its way is longer than 4 s, or it never
/// arrives.
#[derive(Debug, Default)]
pub(super) struct Fares {
    /// Of one that was dropped, `done` is when.
    hearing: Hearing,
    orders: Vec<Orders>,
}

impl Fares {
    /// A frame of this number is sent; its place.
    pub(super) fn begin(&mut self, number: u32, begun: Stamp) -> usize {
        let (sent, way) = (Instant::from_nanos(begun.at), Way::default());
        self.hearing.add(Heard { number, sent, done: Instant::NEVER, way, served: way });
        self.orders.push(Orders { begun: begun.order, over: 0, kind: Kind::Aloft });
        self.orders.len() - 1
    }

    /// The service of one ends. Its way until it arrived, and from then on.
    pub(super) fn land(&mut self, place: usize, over: Stamp, ways: [Way; 2]) {
        self.end(place, over, (Kind::Landed, ways));
    }

    /// One is dropped.
    pub(super) fn lose(&mut self, place: usize, over: Stamp) {
        self.end(place, over, (Kind::Dropped, [Way::default(); 2]));
    }

    fn end(&mut self, place: usize, over: Stamp, (kind, ways): (Kind, [Way; 2])) {
        self.hearing.end(place, Instant::from_nanos(over.at), ways);
        let orders = &mut self.orders[place];
        (orders.over, orders.kind) = (over.order, kind);
    }

    pub(super) fn get(&self, place: usize) -> Fare {
        let (mut heard, orders) = (self.hearing.get(place), self.orders[place]);
        let [begun, over] = [(heard.sent, orders.begun), (heard.done, orders.over)]
            .map(|(at, order)| Stamp { at: at.nanos(), order });
        let over = match orders.kind {
            Kind::Aloft => Over::Aloft,
            Kind::Dropped => Over::Dropped(over),
            Kind::Landed => Over::Landed(over),
        };
        if let Kind::Dropped = orders.kind {
            heard.done = Instant::NEVER;
        }
        Fare { heard, begun, over }
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Fare> {
        (0..self.orders.len()).map(|place| self.get(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn each_fare_tells_what_became_of_it() {
        let stamp = |at, order| Stamp { at, order };
        let mut fares = Fares::default();
        let places: Vec<usize> = (0..4).map(|number| fares.begin(number + 10, stamp(100, number))).collect();
        assert_eq!(places, [0, 1, 2, 3]);
        let ways = [1, 2].map(|nanos| Way { queue: Span::from_nanos(nanos), ..Way::default() });
        fares.land(2, stamp(200, 6), ways);
        assert_eq!([0, 1, 3].map(|place| fares.get(place).over), [Over::Aloft; 3]);
        fares.lose(1, stamp(300, 7));
        fares.land(0, stamp(400, 8), ways);
        fares.land(3, stamp(500, 9), ways);
        let fare = |number: u32, over| {
            let (done, [way, served]) = match over {
                Over::Landed(Stamp { at, .. }) => (Instant::from_nanos(at), ways),
                Over::Aloft | Over::Dropped(_) => (Instant::NEVER, [Way::default(); 2]),
            };
            let heard = Heard { number: number + 10, sent: Instant::from_nanos(100), done, way, served };
            Fare { heard, begun: stamp(100, number), over }
        };
        let all = [
            fare(0, Over::Landed(stamp(400, 8))),
            fare(1, Over::Dropped(stamp(300, 7))),
            fare(2, Over::Landed(stamp(200, 6))),
            fare(3, Over::Landed(stamp(500, 9))),
        ];
        assert_eq!(fares.iter().collect::<Vec<_>>(), all);
    }
}
