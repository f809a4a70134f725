//! Hosts: a node with its one processor, first come, first served.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Load, Processor};
use crate::random::{Distribution, Seed, Stream};
use crate::units::{Instant, Span};

/// What a node spent. Counts and integrals from `measure_from` on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostUse {
    /// Messages served.
    pub messages_in: u64,
    /// Messages handed to connections.
    pub messages_out: u64,
    /// Mappings served.
    pub mappings_in: u64,
    /// Mappings handed to connections.
    pub mappings_out: u64,
    /// Busy time. Units: ns.
    pub busy: u128,
    /// The integral of jobs that waited, the one in service left out. Units: ns.
    pub queue_area: u128,
    /// The most that waited at once.
    pub queue_peak: u64,
    /// Connections reset for their backlog.
    pub resets: u64,
}

/// Jobs of the processor that came together and take the same time each, one after the other.
#[derive(Clone, Copy, Debug)]
struct Job {
    came: Instant,
    /// When the first starts.
    start: Instant,
    /// Of each.
    service: Span,
    count: u64,
}

impl Job {
    /// When the last is done.
    fn done(&self) -> Instant {
        self.start + self.service.times(self.count)
    }

    /// How many are done by `now`.
    fn done_by(&self, now: Instant) -> u64 {
        if self.done() <= now {
            self.count
        } else if now < self.start || self.service.is_zero() {
            0
        } else {
            now.since(self.start).nanos() / self.service.nanos()
        }
    }

    /// How many start after `now`.
    fn waiting(&self, now: Instant) -> u64 {
        if self.start > now {
            self.count
        } else if self.service.is_zero() {
            0
        } else {
            let started = now.since(self.start).nanos() / self.service.nanos() + 1;
            self.count.saturating_sub(started)
        }
    }

    /// Takes the first `count` out.
    fn split(&mut self, count: u64) -> Self {
        let first = Self { count, ..*self };
        self.start = first.done();
        self.count -= count;
        first
    }
}

/// When a row of frames, sent together, leaves the processor.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// When the first starts.
    pub(super) start: Instant,
    /// Of each, when all take the same.
    pub(super) service: Span,
    /// When each is done, when they do not.
    pub(super) drawn: Option<Arc<[Instant]>>,
    /// When the last is done.
    pub(super) done: Instant,
}

/// A processor and what it has to do, first come, first served.
#[derive(Debug)]
pub struct Workbench {
    settings: Processor,
    receive: Stream,
    send: Stream,
    free_at: Instant,
    jobs: VecDeque<Job>,
    /// Jobs whose completion is booked and has not come.
    pub(super) unfinished: u32,
    pub(super) spent: HostUse,
    pub(super) load: Load,
    measure_from: Instant,
}

/// The time between two instants that lies after `from`. Units: ns.
pub(super) fn measured(from: Instant, begin: Instant, end: Instant) -> u128 {
    u128::from(end.nanos().saturating_sub(begin.max(from).nanos()))
}

impl Workbench {
    /// The processor of the node of this name, which has nothing to do yet.
    #[must_use]
    pub fn new(settings: Processor, seed: Seed, name: &str, measure_from: Instant) -> Self {
        Self {
            settings,
            receive: seed.stream(name, "processor/receive"),
            send: seed.stream(name, "processor/send"),
            free_at: Instant::ZERO,
            jobs: VecDeque::new(),
            unfinished: 0,
            spent: HostUse::default(),
            load: Load::default(),
            measure_from,
        }
    }

    /// From now on it is kept how busy it is in bins of this length; zero: it is not.
    #[must_use]
    pub fn with_bins(self, each: Span) -> Self {
        Self { load: Load::new(each), ..self }
    }

    /// One that does nothing, in the place of one that is elsewhere.
    pub(super) fn hollow() -> Self {
        let nothing = Distribution::ZERO;
        let settings =
            Processor { per_message: nothing.clone(), per_mapping: nothing.clone(), per_send: nothing };
        Self::new(settings, Seed(0), "", Instant::NEVER)
    }

    /// Takes a received frame in; when its service starts and ends.
    pub fn receive(&mut self, now: Instant, messages: u32, mappings: u32) -> (Instant, Instant) {
        if self.settings.per_message.is_zero() && self.settings.per_mapping.is_zero() {
            return (now, now);
        }
        let service = drawn(&self.settings.per_message, messages, &mut self.receive)
            + drawn(&self.settings.per_mapping, mappings, &mut self.receive);
        self.take(now, service)
    }

    /// Takes a frame to be sent to one receiver in; when its service starts and ends.
    pub fn send(&mut self, now: Instant, messages: u32) -> (Instant, Instant) {
        if self.settings.per_send.is_zero() {
            return (now, now);
        }
        let service = drawn(&self.settings.per_send, messages, &mut self.send);
        self.take(now, service)
    }

    /// Takes a frame to be sent to each of `count` receivers in. Cost: none a receiver where a send always
    /// takes the same.
    pub(super) fn send_row(&mut self, now: Instant, messages: u32, count: u64) -> Row {
        let Distribution::Constant(each) = self.settings.per_send else {
            let start = now.max(self.free_at);
            let drawn: Arc<[Instant]> = (0..count).map(|_| self.send(now, messages).1).collect();
            let done = drawn.last().copied().unwrap_or(now);
            return Row { start, service: Span::ZERO, drawn: Some(drawn), done };
        };
        if each.is_zero() {
            return Row { start: now, service: Span::ZERO, drawn: None, done: now };
        }
        let service = each.times(u64::from(messages));
        let (start, done) = self.take_row(now, service, count);
        Row { start, service, drawn: None, done }
    }

    fn take(&mut self, now: Instant, service: Span) -> (Instant, Instant) {
        self.take_row(now, service, 1)
    }

    fn take_row(&mut self, now: Instant, service: Span, count: u64) -> (Instant, Instant) {
        self.settle(now);
        let job = Job { came: now, start: now.max(self.free_at), service, count };
        self.free_at = job.done();
        if job.done() > now {
            self.jobs.push_back(job);
            // Starts are in order, so that those who wait are the last ones.
            let waiting =
                self.jobs.iter().rev().map(|job| job.waiting(now)).take_while(|waiting| *waiting > 0);
            let waiting = waiting.sum();
            if now >= self.measure_from {
                self.spent.queue_peak = self.spent.queue_peak.max(waiting);
            }
        }
        (job.start, job.done())
    }

    /// Accounts for the jobs done by `now`.
    fn settle(&mut self, now: Instant) {
        while let Some(job) = self.jobs.front_mut() {
            let done = job.done_by(now);
            if done == 0 {
                return;
            }
            let first = job.split(done);
            if job.count == 0 {
                self.jobs.pop_front();
            }
            self.account(first, now);
        }
    }

    /// Cost: none a job in a row, unless `measure_from` or `now` cuts through them.
    fn account(&mut self, job: Job, now: Instant) {
        self.load.add(self.measure_from, job.start, job.done().min(now));
        let spent = &mut self.spent;
        if job.count == 1 {
            // Most come alone, to which both ways below come, too.
            spent.queue_area += measured(self.measure_from, job.came, job.start.min(now));
            spent.busy += measured(self.measure_from, job.start, job.done().min(now));
            return;
        }
        if self.measure_from <= job.came && job.done() <= now {
            let (count, service) = (u128::from(job.count), u128::from(job.service.nanos()));
            let waited = u128::from(job.start.since(job.came).nanos());
            spent.queue_area += count * waited + service * (count * (count - 1) / 2);
            spent.busy += count * service;
            return;
        }
        for number in 0..job.count {
            let start = job.start + job.service.times(number);
            let done = start + job.service;
            spent.queue_area += measured(self.measure_from, job.came, start.min(now));
            spent.busy += measured(self.measure_from, start, done.min(now));
        }
    }

    /// Throws all jobs away: the node has crashed, or the run is over.
    pub fn stop(&mut self, now: Instant) {
        self.settle(now);
        while let Some(job) = self.jobs.pop_front() {
            self.account(job, now);
        }
        self.free_at = now;
        self.unfinished = 0;
    }

    /// What it has spent so far.
    #[must_use]
    pub fn spent(&self) -> HostUse {
        self.spent
    }

    /// How busy it has been so far, bin by bin.
    #[must_use]
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Counts what has been served at `now`.
    pub fn count_in(&mut self, now: Instant, messages: u32, mappings: u32) {
        if now >= self.measure_from {
            self.spent.messages_in += u64::from(messages);
            self.spent.mappings_in += u64::from(mappings);
        }
    }

    /// Counts what is handed to `receivers` connections at `now`.
    pub fn count_out(&mut self, now: Instant, messages: u32, mappings: u32, receivers: u64) {
        if now >= self.measure_from {
            self.spent.messages_out += u64::from(messages) * receivers;
            self.spent.mappings_out += u64::from(mappings) * receivers;
        }
    }
}

/// The sum of `times` draws. Cost: one draw each, none for a constant.
fn drawn(distribution: &Distribution, times: u32, stream: &mut Stream) -> Span {
    if let Distribution::Constant(span) = distribution {
        return span.times(u64::from(times));
    }
    (0..times).fold(Span::ZERO, |sum, _| sum + distribution.draw(stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench(measure_from: Instant) -> Workbench {
        let per_send = Distribution::Constant(Span::from_nanos(7));
        let settings = Processor { per_message: per_send.clone(), per_mapping: Distribution::ZERO, per_send };
        Workbench::new(settings, Seed(1), "a", measure_from)
    }

    /// The integrals as they are defined, job by job.
    fn integrals(jobs: &[Job], from: Instant, end: Instant) -> (u128, u128) {
        let waited = jobs.iter().map(|job| measured(from, job.came, job.start.min(end))).sum();
        (waited, jobs.iter().map(|job| measured(from, job.start, job.done().min(end))).sum())
    }

    #[test]
    fn a_row_costs_what_its_frames_cost_one_by_one() {
        let mut random = Seed(5).stream("row", "case");
        for _ in 0..2_000 {
            let from = Instant::from_nanos(random.below(300));
            let (mut one, mut all) = (bench(from), bench(from));
            let mut jobs = Vec::new();
            let mut now = 0;
            for _ in 0..random.below(12) {
                now += random.below(90);
                let at = Instant::from_nanos(now);
                let (messages, count) = (random.below(3) as u32, 1 + random.below(6));
                let single: Vec<(Instant, Instant)> = (0..count).map(|_| one.send(at, messages)).collect();
                let row = all.send_row(at, messages, count);
                let done = |number| row.start + row.service.times(number + 1);
                let singly: Vec<Instant> = single.iter().map(|(_, done)| *done).collect();
                assert_eq!(singly, (0..count).map(done).collect::<Vec<Instant>>());
                let received = one.receive(at, 1, 0);
                assert_eq!(received, all.receive(at, 1, 0));
                assert_eq!(one.spent.queue_peak, all.spent.queue_peak);
                let job = |(start, done): (Instant, Instant)| Job {
                    came: at,
                    start,
                    service: done.since(start),
                    count: 1,
                };
                jobs.extend(single.into_iter().chain([received]).map(job));
            }
            let end = Instant::from_nanos(now + random.below(100));
            one.stop(end);
            all.stop(end);
            assert_eq!(one.spent, all.spent);
            assert_eq!((all.spent.queue_area, all.spent.busy), integrals(&jobs, from, end));
        }
    }
}
