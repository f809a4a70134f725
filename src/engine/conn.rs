//! Connections: two sides, a way each, and the arithmetic by which a side learns that the other is gone.

use std::collections::VecDeque;

use super::route::Links;
use super::{Dial, Transport};
use crate::ids::NodeId;
use crate::units::{Instant, Span};

/// One side of a connection.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) node: NodeId,
    pub(super) open: bool,
    /// When this side last heard the other.
    pub(super) heard: Instant,
    /// Slots of what this side has sent and what has neither been served nor dropped, in order.
    pub(super) flights: VecDeque<usize>,
    /// Per hop of this side's way: when the frame before left it, with and without what loss added.
    pub(super) exits: Vec<(Instant, Instant)>,
    /// When the other side may hear of this side's end, once the last of its flights is over.
    pub(super) farewell: Option<Instant>,
    /// Messages that may wait at this side before the connection is reset.
    pub(super) backlog_max: u64,
    /// The way that this side's frames take.
    pub(super) way: Links,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) dial: Dial,
    /// Whether the dialling node has been told what became of its dial, or will never be.
    pub(super) settled: bool,
    /// Whether a way is known; of a UDP connection it may be found later.
    pub(super) routed: bool,
    pub(super) sides: [Side; 2],
    /// The lane that carries what one side sends, and the ear in it.
    pub(super) ear: Option<EarOf>,
}

/// Where a connection is attached to a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EarOf {
    pub(super) lane: usize,
    pub(super) ear: u32,
    /// The side that receives.
    pub(super) side: usize,
}

impl Conn {
    pub(super) fn new(from: NodeId, dial: Dial, ways: [Links; 2]) -> Self {
        let side = |node, way: Links| Side {
            node,
            open: false,
            heard: Instant::ZERO,
            flights: VecDeque::new(),
            exits: vec![(Instant::ZERO, Instant::ZERO); way.len()],
            backlog_max: u64::from(dial.backlog_messages_max),
            farewell: None,
            way,
        };
        let [there, back] = ways;
        Self {
            dial,
            settled: false,
            routed: true,
            sides: [side(from, there), side(dial.to, back)],
            ear: None,
        }
    }

    pub(super) fn is_tcp(&self) -> bool {
        self.dial.transport == Transport::Tcp
    }

    pub(super) fn side_of(&self, node: NodeId) -> usize {
        usize::from(self.sides[0].node != node)
    }

    pub(super) fn is_open(&self) -> bool {
        self.sides.iter().any(|side| side.open)
    }

    /// When a side that last heard the other at `heard` gives it up.
    pub(super) fn deadline(&self, side: usize) -> Instant {
        let keepalive = self.dial.keepalive;
        self.sides[side].heard.later(keepalive.interval.times(u64::from(keepalive.misses) + 1))
    }
}

/// The questions and answers of a side that hears nothing else: from `heard` on it asks after `interval`,
/// the answer takes `round_trip`, and so on. Questions before `intact_since` went unanswered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    pub(super) heard: Instant,
    pub(super) interval: Span,
    pub(super) misses: u32,
    pub(super) round_trip: Span,
    pub(super) intact_since: Instant,
}

impl Silence {
    /// The first question that is sent at or after `since`, if the side still asks by then.
    pub(super) fn first_question_from(&self, since: Instant) -> Option<Instant> {
        let gap = since.nanos().saturating_sub(self.heard.nanos());
        let number = gap.div_ceil(self.interval.nanos()).max(1);
        (number <= u64::from(self.misses)).then(|| self.heard.later(self.interval.times(number)))
    }

    /// When the first answered question is answered.
    pub(super) fn first_answer(&self) -> Option<Instant> {
        self.first_question_from(self.intact_since).map(|asked| asked.later(self.round_trip))
    }

    /// How many exchanges are complete by `now`, and when the last was. Closed form: no event a heartbeat.
    pub(super) fn exchanges_by(&self, now: Instant) -> Option<(u64, Instant)> {
        let first = self.first_answer().filter(|answer| *answer <= now)?;
        let period = self.interval + self.round_trip;
        let more = now.since(first).nanos() / period.nanos();
        Some((more + 1, first.later(period.times(more))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::after_start(Span::from_millis(millis))
    }

    fn silence() -> Silence {
        Silence {
            heard: at(1_000),
            interval: Span::from_seconds(5),
            misses: 3,
            round_trip: Span::from_millis(40),
            intact_since: Instant::ZERO,
        }
    }

    #[test]
    fn a_quiet_peer_answers_every_interval_and_round_trip() {
        assert_eq!(silence().exchanges_by(at(6_039)), None);
        assert_eq!(silence().exchanges_by(at(6_040)), Some((1, at(6_040))));
        assert_eq!(silence().exchanges_by(at(20_000)), Some((3, at(16_120))));
    }

    #[test]
    fn only_questions_that_find_the_way_intact_are_answered() {
        let late = Silence { intact_since: at(12_000), ..silence() };
        assert_eq!(late.first_answer(), Some(at(16_040)));
        let too_late = Silence { intact_since: at(16_001), ..silence() };
        assert_eq!(too_late.first_answer(), None);
    }
}
