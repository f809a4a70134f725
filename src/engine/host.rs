//! Hosts: a node with its one processor, first come, first served.

use std::collections::VecDeque;

use super::Processor;
use crate::random::{Seed, Stream};
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

/// One job of the processor.
#[derive(Clone, Copy, Debug)]
struct Job {
    came: Instant,
    start: Instant,
    done: Instant,
}

/// A processor and what it has to do.
#[derive(Debug)]
pub(super) struct Workbench {
    settings: Processor,
    receive: Stream,
    send: Stream,
    free_at: Instant,
    jobs: VecDeque<Job>,
    /// Jobs whose completion is booked and has not come.
    pub(super) unfinished: u32,
    pub(super) spent: HostUse,
    measure_from: Instant,
}

/// The time between two instants that lies after `from`. Units: ns.
pub(super) fn measured(from: Instant, begin: Instant, end: Instant) -> u128 {
    u128::from(end.nanos().saturating_sub(begin.max(from).nanos()))
}

impl Workbench {
    pub(super) fn new(settings: Processor, seed: Seed, name: &str, measure_from: Instant) -> Self {
        Self {
            settings,
            receive: seed.stream(name, "processor/receive"),
            send: seed.stream(name, "processor/send"),
            free_at: Instant::ZERO,
            jobs: VecDeque::new(),
            unfinished: 0,
            spent: HostUse::default(),
            measure_from,
        }
    }

    /// Takes a received frame in; when its service starts and ends.
    pub(super) fn receive(&mut self, now: Instant, messages: u32, mappings: u32) -> (Instant, Instant) {
        if self.settings.per_message.is_zero() && self.settings.per_mapping.is_zero() {
            return (now, now);
        }
        let service = drawn(&self.settings.per_message, messages, &mut self.receive)
            + drawn(&self.settings.per_mapping, mappings, &mut self.receive);
        self.take(now, service)
    }

    /// Takes a frame to be sent to one receiver in; when its service starts and ends.
    pub(super) fn send(&mut self, now: Instant, messages: u32) -> (Instant, Instant) {
        if self.settings.per_send.is_zero() {
            return (now, now);
        }
        let service = drawn(&self.settings.per_send, messages, &mut self.send);
        self.take(now, service)
    }

    fn take(&mut self, now: Instant, service: Span) -> (Instant, Instant) {
        self.settle(now);
        let start = now.max(self.free_at);
        let done = start + service;
        self.free_at = done;
        if done > now {
            self.jobs.push_back(Job { came: now, start, done });
            let waiting = self.jobs.iter().rev().take_while(|job| job.start > now).count();
            if now >= self.measure_from {
                self.spent.queue_peak = self.spent.queue_peak.max(waiting as u64);
            }
        }
        (start, done)
    }

    /// Accounts for the jobs done by `now`.
    fn settle(&mut self, now: Instant) {
        while self.jobs.front().is_some_and(|job| job.done <= now) {
            let job = self.jobs.pop_front().expect("there is a front");
            self.account(job, now);
        }
    }

    fn account(&mut self, job: Job, now: Instant) {
        self.spent.queue_area += measured(self.measure_from, job.came, job.start.min(now));
        self.spent.busy += measured(self.measure_from, job.start, job.done.min(now));
    }

    /// Throws all jobs away: the node has crashed, or the run is over.
    pub(super) fn stop(&mut self, now: Instant) {
        self.settle(now);
        while let Some(job) = self.jobs.pop_front() {
            self.account(job, now);
        }
        self.free_at = now;
        self.unfinished = 0;
    }
}

/// The sum of `times` draws. Cost: one draw each, none for a constant.
fn drawn(distribution: &crate::random::Distribution, times: u32, stream: &mut Stream) -> Span {
    if let crate::random::Distribution::Constant(span) = distribution {
        return span.times(u64::from(times));
    }
    (0..times).fold(Span::ZERO, |sum, _| sum + distribution.draw(stream))
}
