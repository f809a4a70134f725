//! The agenda: what is to happen, in a total order by (time, rank, booking).
//!
//! Knows time and ranks. Must not know what an event means.

use std::collections::VecDeque;

use super::ladder::{Key, Ladder};
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

const RANKS: usize = Rank::Last as usize + 1;
const RANK_SHIFT: u32 = 62;

/// Where an event is kept. Aligned, so that a small one lies in one cache line and a look fetches all of it.
#[derive(Debug)]
#[repr(align(32))]
struct Slot<E> {
    /// Its place among those of its instant.
    order: u64,
    event: Option<E>,
}

/// Pending events. Cost: constant on average, a push or pop; nothing is kept of what has happened.
#[derive(Debug)]
pub(super) struct Agenda<E> {
    /// What lies after `now`, and what was booked for `now` before it came.
    ladder: Ladder,
    /// The ladder's events; free places are listed in `free`.
    slots: Vec<Slot<E>>,
    free: Vec<u32>,
    /// What was booked at `now` for `now`, by rank, with its place.
    current: [VecDeque<(u64, E)>; RANKS],
    /// How much that is.
    current_len: usize,
    /// How many were booked.
    booked: u64,
    now: Instant,
    /// The place of the event taken last.
    place: u64,
    pending: usize,
    peak: usize,
}

impl<E> Agenda<E> {
    /// An empty agenda at virtual zero.
    #[must_use]
    pub(super) fn new() -> Self {
        Self {
            ladder: Ladder::default(),
            slots: Vec::new(),
            free: Vec::new(),
            current: std::array::from_fn(|_| VecDeque::new()),
            current_len: 0,
            booked: 0,
            now: Instant::ZERO,
            place: 0,
            pending: 0,
            peak: 0,
        }
    }

    /// The time of the event taken last.
    #[must_use]
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// The place of the event taken last among those of its instant; 0 before the first.
    #[must_use]
    pub(super) fn current(&self) -> u64 {
        self.place
    }

    /// The most events that were pending at once.
    #[must_use]
    pub(super) fn peak(&self) -> usize {
        self.peak
    }

    /// Books `event`; its place among those of its instant, never 0. Panics when `at` has passed: virtual time
    /// never runs backward.
    // Everywhere in place: an event is written once, where it is kept.
    #[inline(always)]
    pub(super) fn push(&mut self, at: Instant, rank: Rank, event: E) -> u64 {
        assert!(at >= self.now, "virtual time never runs backward: booked for {at} at {}", self.now);
        self.pending += 1;
        self.peak = self.peak.max(self.pending);
        self.booked += 1;
        let order = (rank as u64) << RANK_SHIFT | self.booked;
        if at == self.now {
            self.current[rank as usize].push_back((order, event));
            self.current_len += 1;
        } else {
            let slot = self.keep(order, event);
            self.ladder.put(self.now.nanos(), Key { at: at.nanos(), rank: rank as u32, slot });
        }
        order
    }

    /// Takes the next event that is due by `end`.
    #[inline]
    pub(super) fn pop(&mut self, end: Instant) -> Option<(Instant, E)> {
        if self.current_len > 0 {
            return self.pop_current(end);
        }
        if self.ladder.is_run_over() && !self.refill(end) {
            return None;
        }
        let key = self.ladder.take(end.nanos())?;
        Some(self.reach(key))
    }

    /// Has the ladder sort what comes next; whether that is due by `end`.
    fn refill(&mut self, end: Instant) -> bool {
        // One look at each, none waiting for another, brings the events into the cache.
        let mut kept = true;
        let due = self.ladder.refill(end.nanos(), |slot| kept &= self.slots[slot as usize].event.is_some());
        assert!(kept, "a key has an event");
        due
    }

    /// Takes the next event of `now`, where one was booked at `now`. Earlier bookings are in the ladder.
    fn pop_current(&mut self, end: Instant) -> Option<(Instant, E)> {
        if self.now > end {
            return None;
        }
        let rank = self.current.iter().position(|events| !events.is_empty()).expect("they are counted");
        let now = self.now.nanos();
        if self.ladder.front().is_some_and(|key| key.at == now && key.rank as usize <= rank) {
            let key = self.ladder.take(now).expect("it is in front");
            return Some(self.reach(key));
        }
        let (order, event) = self.current[rank].pop_front()?;
        self.current_len -= 1;
        self.pending -= 1;
        self.place = order;
        Some((self.now, event))
    }

    #[inline(always)]
    fn keep(&mut self, order: u64, event: E) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Slot { order, event: Some(event) };
            return slot;
        }
        self.slots.push(Slot { order, event: Some(event) });
        u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 events are pending")
    }

    #[inline]
    fn reach(&mut self, key: Key) -> (Instant, E) {
        let at = Instant::from_nanos(key.at);
        assert!(at >= self.now, "virtual time never runs backward");
        self.now = at;
        self.pending -= 1;
        self.free.push(key.slot);
        let kept = &mut self.slots[key.slot as usize];
        self.place = kept.order;
        (at, kept.event.take().expect("a key has an event"))
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::random::{Seed, Stream};
    use crate::units::Span;

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

    /// An agenda beside a sorted set; events are numbered in the order of booking.
    #[derive(Default)]
    struct Pair {
        agenda: Agenda<u64>,
        /// Instant, place and number.
        reference: BTreeSet<(Instant, u64, u64)>,
        booked: u64,
        most: usize,
    }

    impl Pair {
        fn push(&mut self, at: Instant, rank: Rank) {
            let order = self.agenda.push(at, rank, self.booked);
            self.booked += 1;
            assert_eq!(order, (rank as u64) << RANK_SHIFT | self.booked);
            self.reference.insert((at, order, self.booked - 1));
            self.most = self.most.max(self.reference.len());
        }

        /// Takes one from both; whether there was one.
        fn pop(&mut self, end: Instant) -> bool {
            let wanted = self.reference.first().copied().filter(|(at, ..)| *at <= end);
            if let Some(first) = &wanted {
                self.reference.remove(first);
            }
            let before = self.agenda.current();
            assert_eq!(self.agenda.pop(end), wanted.map(|(at, _, number)| (at, number)));
            assert_eq!(self.agenda.current(), wanted.map_or(before, |(_, order, _)| order));
            wanted.is_some()
        }

        fn drain(&mut self) {
            while self.pop(Instant::NEVER) {}
            assert_eq!(self.agenda.peak(), self.most);
            assert_eq!(self.agenda.pending, 0);
            assert_eq!(self.agenda.free.len(), self.agenda.slots.len());
        }
    }

    const RANKED: [Rank; 4] = [Rank::First, Rank::Ordinary, Rank::Ordinary, Rank::Last];

    /// An instant from `now` on: soon or late, on a coarse grid or a fine one, at times never.
    fn some_instant(now: Instant, stream: &mut Stream) -> Instant {
        let reach = 1_u64 << stream.below(63);
        let nanos = match stream.below(8) {
            0 => 0,
            1 => stream.below(4),
            2 => stream.below(2_000),
            3 => 1_000 * stream.below(5),
            4 | 5 => 1_000_000 + stream.below(1_000_000),
            6 => stream.below(reach),
            _ if stream.below(20) == 0 => u64::MAX,
            _ => 1_000_000_000,
        };
        Instant::from_nanos(now.nanos().saturating_add(nanos))
    }

    #[test]
    fn whatever_is_booked_and_taken_goes_as_through_a_sorted_set() {
        let mut stream = Seed(3).stream("agenda", "operations");
        for _ in 0..3_000 {
            let mut pair = Pair::default();
            let pushes = 1 + stream.below(9);
            for _ in 0..1 + stream.below(60) {
                let (many, fixed) = (stream.below(30) == 0, stream.below(4) == 0);
                let at = some_instant(pair.agenda.now(), &mut stream);
                for _ in 0..if many { 300 } else { stream.below(pushes) } {
                    let at = if fixed { at } else { some_instant(pair.agenda.now(), &mut stream) };
                    pair.push(at, RANKED[stream.below(4) as usize]);
                }
                let end = match stream.below(4) {
                    0 => Instant::from_nanos(pair.agenda.now().nanos() / 2),
                    1 => Instant::NEVER,
                    _ => some_instant(pair.agenda.now(), &mut stream),
                };
                for _ in 0..stream.below(2 * pushes) {
                    pair.pop(end);
                }
            }
            pair.drain();
        }
    }

    #[test]
    fn steady_traffic_of_every_density_goes_as_through_a_sorted_set() {
        let mut stream = Seed(4).stream("agenda", "traffic");
        for pending in [3, 10, 50, 200, 1_000, 20_000] {
            for spread in [1, 40, 5_000, 1 << 40] {
                let mut pair = Pair::default();
                for round in 0..3 * pending {
                    let delay = (1 + stream.below(6)) * stream.below(spread);
                    pair.push(pair.agenda.now().later(Span::from_nanos(delay)), RANKED[round % 4]);
                    if round >= pending {
                        pair.pop(Instant::NEVER);
                    }
                }
                pair.drain();
            }
        }
    }

    /// None of these may cost the square of what is pending, nor go deeper and deeper.
    #[test]
    fn a_million_events_in_an_awkward_place_are_taken_at_once() {
        const MANY: u64 = 1_000_000;
        let second = |number: u64| Instant::from_nanos(1_000_000_000 * number);
        // All at one instant, of two ranks by turns; each brings one at its own instant and one just after.
        let mut agenda = Agenda::new();
        for number in 0..MANY {
            agenda.push(second(1), RANKED[(number % 2) as usize * 3], true);
        }
        let mut taken = 0;
        while let Some((at, first)) = agenda.pop(Instant::NEVER) {
            taken += 1;
            if first {
                agenda.push(at, Rank::Ordinary, false);
                agenda.push(Instant::from_nanos(at.nanos() + 1), Rank::Last, false);
            }
        }
        assert_eq!(taken, 3 * MANY);
        // Before two that were looked for in vain, ever earlier; then many at one instant, the last rank first.
        let mut agenda = Agenda::new();
        agenda.push(second(1), Rank::Ordinary, MANY);
        agenda.push(second(3), Rank::Ordinary, MANY);
        assert_eq!(agenda.pop(Instant::NEVER), Some((second(1), MANY)));
        assert_eq!(agenda.pop(second(2)), None);
        for number in 0..MANY {
            agenda.push(Instant::from_nanos(second(3).nanos() - 1 - number), Rank::Ordinary, number);
        }
        for number in 0..MANY {
            let rank = if number < MANY / 2 { Rank::Last } else { Rank::Ordinary };
            agenda.push(second(2), rank, number);
        }
        let all: Vec<(Instant, u64)> = std::iter::from_fn(|| agenda.pop(Instant::NEVER)).collect();
        assert!(all.is_sorted_by_key(|(at, _)| *at));
        assert_eq!(all.len() as u64, 2 * MANY + 1);
        assert_eq!(all.last(), Some(&(second(3), MANY)));
    }
}
