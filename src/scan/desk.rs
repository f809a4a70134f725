//! Desk: the processors of the two members of a pair, of which the first passes on what it has applied.
//!
//! Knows arrivals and sizes of frames. Must not know what they hold. Gives up where the order of two jobs cannot be told.

use std::collections::{BTreeMap, VecDeque};

use super::cast::Sync;
use super::class::Field;
use super::fare::Over;
use super::leaf::{Heard, Log, TABLE};
use crate::engine::{HostUse, Load, Processor, Way, Workbench};
use crate::random::{Distribution, Seed};
use crate::units::{Instant, Span};

/// What came of a frame between the members.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    /// When the second member had merged it; `u64::MAX`: not by the end.
    pub(super) done: u64,
    /// Where the time went since it was sent there.
    pub(super) way: Way,
}

/// What two processors did.
pub(super) struct Desk {
    /// How the frames reached the first member.
    pub(super) heard: Vec<Heard>,
    /// By the numbers of what the first applied.
    pub(super) legs: BTreeMap<u32, Leg>,
    /// What the first spent, and what it would have spent had it passed nothing on.
    pub(super) first: [HostUse; 2],
    pub(super) second: HostUse,
    /// The same bin by bin: of the first, of the first had it passed nothing on, of the second.
    pub(super) loads: [Load; 3],
    /// By how much more frames and mappings were served.
    pub(super) served: (i64, i64),
}

/// What is to be sent to the second member at an instant.
struct Due {
    at: Instant,
    numbers: Vec<u32>,
    mappings: u64,
}

struct Desks<'a> {
    sync: &'a Sync,
    end: Instant,
    benches: [Workbench; 2],
    due: VecDeque<Due>,
    legs: BTreeMap<u32, Leg>,
    /// When the first member dealt with what it sent.
    sends: Vec<(u64, u64)>,
    /// When the second dealt with it.
    receives: Vec<(u64, u64)>,
    served: (i64, i64),
}

impl Desk {
    /// Of what is `heard` where nothing is passed on. `unlike` says by how many mappings what the first applied of a frame
    /// differs from what the frame holds, and how many it applied of a full table. `None`: it cannot be told.
    pub(super) fn new(
        field: &Field<'_>,
        sync: &Sync,
        (log, other): (&Log, &Log),
        heard: &[Heard],
        unlike: &BTreeMap<u32, i64>,
        each: Span,
    ) -> Option<Self> {
        let (from, end) = (Instant::from_nanos(field.from), Instant::from_nanos(field.end));
        let [first, second] = sync.processors.clone();
        let bench = |processor| Workbench::new(processor, Seed(0), "", from).with_bins(each);
        let is_timed =
            !first.per_send.is_zero() || !second.per_message.is_zero() || !second.per_mapping.is_zero();
        let mut alone = bench(first.clone());
        let mut desks = Desks {
            sync,
            end,
            benches: [bench(first), bench(second)],
            due: VecDeque::new(),
            legs: BTreeMap::new(),
            sends: Vec::new(),
            receives: Vec::new(),
            served: (0, 0),
        };
        if is_timed && log.fares.iter().any(|fare| fare.over == Over::Aloft) {
            return None;
        }
        let mut shifted: Vec<(u64, u64)> = Vec::new();
        let mut all = Vec::with_capacity(heard.len());
        for one in heard {
            if one.done == Instant::NEVER && one.served == Way::default() {
                all.push(*one);
                continue;
            }
            let (messages, mappings) = field.size(one.number);
            let arrival = one.sent.later(one.way.total());
            desks.send_until(arrival, is_timed)?;
            let plain = alone.receive(arrival, messages, mappings).1;
            let (start, done) = desks.benches[0].receive(arrival, messages, mappings);
            for (bench, done, sign) in [(&mut alone, plain, -1), (&mut desks.benches[0], done, 1)] {
                if done <= end {
                    bench.count_in(done, messages, mappings);
                    desks.served.0 += sign;
                    desks.served.1 += sign * i64::from(mappings);
                }
            }
            let by_end = |at: Instant| if at <= end { at } else { Instant::NEVER };
            if one.done != by_end(plain) && one.done != by_end(done) {
                // It had something else to do.
                return None;
            }
            if plain != done {
                if one.number >= TABLE {
                    return None;
                }
                shifted.push((arrival.nanos(), done.nanos()));
            }
            let served = Way { queue: start.since(arrival), process: done.since(start), ..Way::default() };
            all.push(Heard { done: by_end(done), served, ..*one });
            if done <= end {
                let known = unlike.get(&one.number).copied().unwrap_or(0);
                let held = if one.number >= TABLE { 0 } else { i64::from(mappings) };
                desks.book(done, one.number, u64::try_from(held + known).expect("no fewer than none"));
            }
        }
        desks.send_until(end.later(Span::from_nanos(1)), false)?;
        for number in desks.due.iter().flat_map(|due| &due.numbers) {
            desks.legs.insert(*number, Leg { done: u64::MAX, way: Way::default() });
        }
        let [first, second] = &sync.processors;
        if meet(&log.asides, first, &desks.sends)
            || meet(&log.asides, first, &shifted)
            || meet(&other.asides, second, &desks.receives)
        {
            return None;
        }
        alone.stop(end);
        desks.benches.iter_mut().for_each(|bench| bench.stop(end));
        let Desks { benches: [with, second], legs, served, .. } = desks;
        let first = [with.spent(), alone.spent()];
        let loads = [&with, &alone, &second].map(|bench| bench.load().clone());
        Some(Self { heard: all, legs, first, second: second.spent(), loads, served })
    }
}

/// Whether a processor is asked for some of these jobs while it deals with something else.
fn meet(asides: &[(u64, u64)], processor: &Processor, jobs: &[(u64, u64)]) -> bool {
    let Distribution::Constant(send) = processor.per_send else { return true };
    asides.iter().any(|(begin, end)| {
        let near = jobs.partition_point(|job| job.1 < *begin);
        let jobs = jobs[near..].iter().take_while(|job| job.0 <= end.saturating_add(send.nanos()));
        jobs.into_iter().any(|job| job.0 < job.1)
    })
}

impl Desks<'_> {
    /// What the first member has applied at `done` is to be passed on.
    fn book(&mut self, done: Instant, number: u32, mappings: u64) {
        if mappings == 0 {
            return;
        }
        let at = self.sync.due(done);
        match self.due.back_mut().filter(|last| last.at == at) {
            Some(last) => {
                last.numbers.push(number);
                last.mappings += mappings;
            }
            None => self.due.push_back(Due { at, numbers: vec![number], mappings }),
        }
    }

    /// Sends what is due before `until`. `None`: something is due at that very instant, and that matters.
    fn send_until(&mut self, until: Instant, is_timed: bool) -> Option<()> {
        while self.due.front().is_some_and(|due| due.at < until) {
            let due = self.due.pop_front().expect("there is a front");
            let mappings = u32::try_from(due.mappings).expect("limits on input keep updates within 32 bits");
            let messages = mappings.div_ceil(self.sync.mappings_per_message);
            self.benches[0].count_out(due.at, messages, mappings, 1);
            let (sent, left) = self.benches[0].send(due.at, messages);
            self.sends.push((due.at.nanos(), left.nanos()));
            let mut way = Way { queue: sent.since(due.at), process: left.since(sent), ..Way::default() };
            let mut done = Instant::NEVER;
            if left <= self.end {
                let (start, end) = self.benches[1].receive(left, messages, mappings);
                self.receives.push((left.nanos(), end.nanos()));
                way.queue += start.since(left);
                way.process += end.since(start);
                if end <= self.end {
                    self.benches[1].count_in(end, messages, mappings);
                    self.served.0 += 1;
                    self.served.1 += i64::from(mappings);
                    done = end;
                }
            }
            for number in due.numbers {
                self.legs.insert(number, Leg { done: done.nanos(), way });
            }
        }
        (!is_timed || self.due.front().is_none_or(|due| due.at != until)).then_some(())
    }
}
