//! Sources: what all of them do, and a log that is polled. No source is a node of the redistribution.

use std::collections::VecDeque;
use std::sync::Arc;

use super::role::{Out, Timer};
use super::{LogSettings, Note};
use crate::engine::{Change, Frame, Order};
use crate::ids::{ConnId, NodeId};
use crate::mapping::{Mapping, Route};
use crate::random::{Distribution, Stream};
use crate::units::{Instant, Span};
use crate::wire::{Codec, Decoded, Message};
use crate::workload::{Event, Update};

/// Mappings in one message. Source: 250,000 mappings in 5,556 posts of a vendor client's sample (derived).
const RECORDS_PER_MESSAGE: u32 = 45;

/// What every source does: notice its updates as they occur.
#[derive(Debug)]
pub(super) struct Noticing {
    pub(super) id: NodeId,
    /// Of all sources.
    updates: Arc<Vec<Vec<Update>>>,
    next: usize,
    clock_offset_nanos: i64,
}

impl Noticing {
    pub(super) fn new(id: NodeId, updates: Arc<Vec<Vec<Update>>>, clock_offset_nanos: i64) -> Self {
        Self { id, updates, next: 0, clock_offset_nanos }
    }

    pub(super) fn own(&self) -> &[Update] {
        self.updates.get(self.id.index()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn arm(&self, out: &mut Out) {
        if let Some(update) = self.own().get(self.next) {
            out.arm(update.occurred, Timer::Notice);
        }
    }

    /// Notices what occurs at `now`; the sequences.
    pub(super) fn notice(&mut self, now: Instant, out: &mut Out) -> std::ops::Range<usize> {
        let first = self.next;
        while self.own().get(self.next).is_some_and(|update| update.occurred <= now) {
            out.note(Note::Noticed { sequence: self.next as u64 });
            self.next += 1;
        }
        self.arm(out);
        first..self.next
    }

    /// After a restart: what occurred meanwhile was noticed by nobody.
    pub(super) fn skip_to(&mut self, now: Instant, out: &mut Out) {
        self.next += self.own()[self.next..].partition_point(|update| update.occurred < now);
        self.arm(out);
    }

    /// The record of an update, with the time at which it occurred.
    pub(super) fn record(&self, sequence: usize) -> Mapping {
        self.record_at(sequence, self.own()[sequence].occurred)
    }

    /// The record of an update that is written at `at`.
    pub(super) fn record_at(&self, sequence: usize, at: Instant) -> Mapping {
        let update = &self.own()[sequence];
        let written = i64::try_from(at.nanos()).expect("a run is shorter than 292 years");
        Mapping {
            address: update.address,
            user: update.user,
            log_off: update.event == Event::LogOff,
            timestamp: written.saturating_add(self.clock_offset_nanos),
            source: self.id,
            sequence: sequence as u64,
            origin: self.id,
            route: Route::new(),
        }
    }
}

/// What a log holds, in order. Where the lag is always the same, when a record can be read follows from when it
/// occurred, so that nothing is kept of it; else 8 bytes a record.
#[derive(Debug)]
struct Log {
    /// (position in the log, its sequence) where a row of sequences without a gap begins: a restart leaves some out.
    rows: Vec<(usize, usize)>,
    len: usize,
    /// From when on each can be read, where the lag is drawn.
    drawn: Vec<Instant>,
    lag: Option<Span>,
}

impl Log {
    fn new(lag: &Distribution) -> Self {
        let lag = match lag {
            Distribution::Constant(span) => Some(*span),
            _ => None,
        };
        Self { rows: Vec::new(), len: 0, drawn: Vec::new(), lag }
    }

    fn push(&mut self, sequence: usize, readable: impl FnOnce() -> Instant) {
        if self.len == 0 || self.sequence(self.len - 1) + 1 != sequence {
            self.rows.push((self.len, sequence));
        }
        self.len += 1;
        if self.lag.is_none() {
            // Records keep their order.
            let last = self.drawn.last().copied().unwrap_or(Instant::ZERO);
            self.drawn.push(readable().max(last));
        }
    }

    fn sequence(&self, at: usize) -> usize {
        let row = self.rows.partition_point(|(begin, _)| *begin <= at) - 1;
        let (begin, first) = self.rows[row];
        first + (at - begin)
    }

    fn readable(&self, own: &[Update], at: usize) -> Instant {
        self.lag.map_or_else(|| self.drawn[at], |lag| own[self.sequence(at)].occurred.later(lag))
    }

    /// The first of `len` positions of which `holds` is false, as it is of all behind. Cost: a bisection.
    fn first_not(&self, len: usize, holds: impl Fn(&Self, usize) -> bool) -> usize {
        let (mut low, mut high) = (0, len);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self, middle) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// A domain controller's security log. Records keep their order; a query reads at the instant it is served.
#[derive(Debug)]
pub struct LogSource {
    noticing: Noticing,
    settings: LogSettings,
    codec: Codec,
    lag: Stream,
    query: Stream,
    log: Log,
    /// Answers that leave when their query time is over, in the order of their timers.
    answers: VecDeque<(ConnId, Arc<Frame<Decoded>>)>,
}

impl LogSource {
    /// The log of node `id`.
    #[must_use]
    pub fn new(
        id: NodeId,
        settings: LogSettings,
        codec: Codec,
        updates: Arc<Vec<Vec<Update>>>,
        [lag, query]: [Stream; 2],
    ) -> Self {
        let noticing = Noticing::new(id, updates, settings.clock_offset_nanos);
        let log = Log::new(&settings.log_lag);
        Self { noticing, settings, codec, lag, query, log, answers: VecDeque::new() }
    }

    pub(super) fn on_start(&mut self, out: &mut Out) {
        self.noticing.arm(out);
    }

    pub(super) fn on_notice(&mut self, now: Instant, out: &mut Out) {
        for sequence in self.noticing.notice(now, out) {
            self.log.push(sequence, || now.later(self.settings.log_lag.draw(&mut self.lag)));
        }
    }

    pub(super) fn on_frame(&mut self, now: Instant, conn: ConnId, frame: &Frame<Decoded>, out: &mut Out) {
        for message in &frame.memo().messages {
            if let Message::Query { position, not_before, newest_max } = message {
                let answer = self.read(now, *position, *not_before, *newest_max);
                let ready = now.later(self.settings.query_time.draw(&mut self.query));
                out.arm(ready, Timer::Answer { conn });
                self.answers.push_back((conn, answer));
            }
        }
    }

    fn read(&self, now: Instant, position: u64, not_before: i64, newest_max: u64) -> Arc<Frame<Decoded>> {
        let own = self.noticing.own();
        let readable = self.log.first_not(self.log.len, |log, at| log.readable(own, at) <= now);
        let from = self.log.first_not(readable, |log, at| (log.sequence(at) as u64) < position);
        let last = readable.checked_sub(1).map(|last| self.log.sequence(last) as u64);
        let next = last.map_or(position, |last| last + 1);
        let records = (from..readable).map(|at| self.noticing.record(self.log.sequence(at)));
        let mut wanted: Vec<Mapping> = records.filter(|record| record.timestamp >= not_before).collect();
        if newest_max > 0 {
            let surplus = wanted.len().saturating_sub(usize::try_from(newest_max).unwrap_or(usize::MAX));
            wanted.drain(..surplus);
        }
        self.codec.records(&wanted, next.max(position), RECORDS_PER_MESSAGE)
    }

    pub(super) fn on_answer(&mut self, conn: ConnId, out: &mut Out) {
        if let Some(position) = self.answers.iter().position(|(other, _)| *other == conn) {
            let (_, frame) = self.answers.remove(position).expect("it was found");
            out.send(conn, frame);
        }
    }

    pub(super) fn on_change(&mut self, conn: ConnId, change: Change) {
        if matches!(change, Change::Closed(_)) {
            self.answers.retain(|(other, _)| *other != conn);
        }
    }

    pub(super) fn on_order(&mut self, now: Instant, order: Order, out: &mut Out) {
        match order {
            Order::Crash { .. } => self.answers.clear(),
            Order::Restart => self.noticing.skip_to(now, out),
            Order::Reset | Order::Resume | Order::Suspend => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AddressId;

    #[test]
    fn a_log_without_draws_reads_as_one_that_keeps_every_instant() {
        let second = |n: u64| Instant::after_start(Span::from_seconds(n));
        let update = |n: u64| Update {
            occurred: second(n),
            address: AddressId::new(0),
            user: None,
            event: Event::LogOff,
        };
        let own: Vec<Update> = (0..20).map(|n| update(n / 2)).collect();
        let lag = Span::from_seconds(3);
        let same = Distribution::Uniform { low: lag, high: lag };
        let mut logs = [Log::new(&Distribution::Constant(lag)), Log::new(&same)];
        // A restart leaves out five.
        let noticed: Vec<usize> = (0..7).chain(12..20).collect();
        for log in &mut logs {
            for sequence in &noticed {
                log.push(*sequence, || own[*sequence].occurred.later(lag));
            }
            let sequences: Vec<usize> = (0..log.len).map(|at| log.sequence(at)).collect();
            assert_eq!(sequences, noticed);
        }
        assert!(logs[0].drawn.is_empty() && logs[1].drawn.len() == noticed.len());
        for now in 0..15 {
            let read = logs
                .each_ref()
                .map(|log| log.first_not(log.len, |log, at| log.readable(&own, at) <= second(now)));
            let expected = noticed.iter().filter(|n| (**n as u64) / 2 + 3 <= now).count();
            assert_eq!(read, [expected, expected]);
        }
    }
}
