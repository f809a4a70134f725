//! The agenda: what is to happen, in a total order by (time, rank, sequence).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::units::Instant;

/// Which events of one instant go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Booked faults.
    First,
    /// Everything else, in the order of booking.
    Ordinary,
    /// What must see all else of its instant done, such as expiry.
    Last,
}

const RANK_SHIFT: u32 = 62;

#[derive(Debug)]
struct Item<E> {
    at: Instant,
    order: u64,
    event: E,
}

impl<E> PartialEq for Item<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<E> Eq for Item<E> {}

impl<E> PartialOrd for Item<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Item<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// Pending events. Cost: O(log pending) a push or pop; nothing is kept of what has happened.
#[derive(Debug)]
pub(super) struct Agenda<E> {
    heap: BinaryHeap<Reverse<Item<E>>>,
    sequence: u64,
    now: Instant,
    current: u64,
    peak: usize,
}

impl<E> Agenda<E> {
    /// An empty agenda at virtual zero.
    #[must_use]
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 1, now: Instant::ZERO, current: 0, peak: 0 }
    }

    /// The time of the event taken last.
    #[must_use]
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// The place of the event taken last among those of its instant; 0 before the first.
    #[must_use]
    pub(super) fn current(&self) -> u64 {
        self.current
    }

    /// The most events that were pending at once.
    #[must_use]
    pub(super) fn peak(&self) -> usize {
        self.peak
    }

    /// Books `event`; its place among those of its instant, never 0.
    ///
    /// Panics when `at` has passed: virtual time never runs backward.
    pub(super) fn push(&mut self, at: Instant, rank: Rank, event: E) -> u64 {
        assert!(at >= self.now, "virtual time never runs backward: booked for {at} at {}", self.now);
        let order = (rank as u64) << RANK_SHIFT | self.sequence;
        self.sequence += 1;
        self.heap.push(Reverse(Item { at, order, event }));
        self.peak = self.peak.max(self.heap.len());
        order
    }

    /// Takes the next event that is due by `end`.
    pub(super) fn pop(&mut self, end: Instant) -> Option<(Instant, E)> {
        if self.heap.peek().is_none_or(|Reverse(item)| item.at > end) {
            return None;
        }
        let Reverse(item) = self.heap.pop().expect("there is one on top");
        assert!(item.at >= self.now, "virtual time never runs backward");
        self.now = item.at;
        self.current = item.order;
        Some((item.at, item.event))
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(agenda: &mut Agenda<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| agenda.pop(Instant::NEVER).map(|(_, event)| event)).collect()
    }

    #[test]
    fn an_instant_goes_by_rank_and_then_by_booking() {
        let mut agenda = Agenda::new();
        let at = Instant::from_nanos(5);
        agenda.push(at, Rank::Last, "expiry");
        agenda.push(at, Rank::Ordinary, "b");
        agenda.push(at, Rank::Ordinary, "a");
        agenda.push(at, Rank::First, "fault");
        agenda.push(Instant::from_nanos(4), Rank::Last, "earlier");
        assert_eq!(drained(&mut agenda), ["earlier", "fault", "b", "a", "expiry"]);
        assert_eq!(agenda.peak(), 5);
    }

    #[test]
    #[should_panic(expected = "never runs backward")]
    fn the_past_cannot_be_booked() {
        let mut agenda = Agenda::new();
        agenda.push(Instant::from_nanos(5), Rank::Ordinary, ());
        agenda.pop(Instant::NEVER);
        agenda.push(Instant::from_nanos(4), Rank::Ordinary, ());
    }
}
