//! Logs: a source whose records are polled, or told to a query that is held until there are some.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::role::{Out, Timer};
use super::source::Noticing;
use super::{LogSettings, Note, Withholding};
use crate::engine::{Change, Frame, Order};
use crate::ids::{ConnId, NodeId};
use crate::mapping::Mapping;
use crate::random::{Distribution, Stream};
use crate::units::{Instant, Span};
use crate::wire::{Codec, Decoded, Message};
use crate::workload::{Classes, Update};

/// Mappings in one message. Source: 250,000 mappings in 5,556 posts of a vendor client's sample (derived).
const RECORDS_PER_MESSAGE: u32 = 45;

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
    answers: VecDeque<(ConnId, Answer)>,
    /// Queries that are held until there is something to tell.
    held: VecDeque<(ConnId, Query)>,
    /// Who reads over which connection.
    readers: BTreeMap<ConnId, NodeId>,
}

/// What a reader asks for.
#[derive(Clone, Copy, Debug)]
struct Query {
    position: u64,
    not_before: i64,
    newest_max: u64,
    takes: u32,
}

/// What a query was answered.
#[derive(Clone, Debug)]
struct Answer {
    frame: Arc<Frame<Decoded>>,
    /// Sequences that the reader does not take.
    left_out: Vec<u64>,
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
        let (answers, held, readers) = (VecDeque::new(), VecDeque::new(), BTreeMap::new());
        Self { noticing, settings, codec, lag, query, log, answers, held, readers }
    }

    /// Its names are those that `nobody` has from now on.
    pub(super) fn retire(&mut self, nobody: &Codec) {
        self.codec = nobody.clone();
    }

    pub(super) fn on_start(&mut self, out: &mut Out) {
        self.noticing.arm(out);
    }

    pub(super) fn on_notice(&mut self, now: Instant, out: &mut Out) {
        for sequence in self.noticing.notice(now, out) {
            self.log.push(sequence, || now.later(self.settings.log_lag.draw(&mut self.lag)));
            if self.settings.more.holds {
                out.arm(self.log.readable(self.noticing.own(), self.log.len - 1), Timer::Readable);
            }
        }
    }

    pub(super) fn on_frame(&mut self, now: Instant, conn: ConnId, frame: &Frame<Decoded>, out: &mut Out) {
        for message in &frame.memo().messages {
            if let Message::Query { position, not_before, newest_max, takes } = *message {
                let query = Query { position, not_before, newest_max, takes };
                if self.settings.more.holds {
                    self.held.push_back((conn, query));
                } else {
                    self.answer(now, conn, query, out);
                }
            }
        }
        self.on_readable(now, out);
    }

    /// Answers the held queries for which there is something.
    pub(super) fn on_readable(&mut self, now: Instant, out: &mut Out) {
        for (conn, query) in std::mem::take(&mut self.held) {
            if self.span(now, query.position).is_empty() {
                self.held.push_back((conn, query));
            } else {
                self.answer(now, conn, query, out);
            }
        }
    }

    fn answer(&mut self, now: Instant, conn: ConnId, query: Query, out: &mut Out) {
        let answer = self.read(now, query);
        let records = self.settings.more.per_record.times(u64::from(answer.frame.mappings()));
        let ready = now.later(self.settings.query_time.draw(&mut self.query)).later(records);
        out.arm(ready, Timer::Answer { conn });
        self.answers.push_back((conn, answer));
    }

    /// The places of the log that can be read at `now`, from `position` on.
    fn span(&self, now: Instant, position: u64) -> std::ops::Range<usize> {
        let own = self.noticing.own();
        let readable = self.log.first_not(self.log.len, |log, at| log.readable(own, at) <= now);
        self.log.first_not(readable, |log, at| (log.sequence(at) as u64) < position)..readable
    }

    fn read(&self, now: Instant, query: Query) -> Answer {
        let span = self.span(now, query.position);
        let last = span.end.checked_sub(1).map(|last| self.log.sequence(last) as u64);
        let next = last.map_or(query.position, |last| last + 1);
        let takes = Classes::from_bits(if query.takes == 0 { u32::MAX } else { query.takes });
        let is_taken = |sequence: &usize| takes.hold(self.noticing.own()[*sequence].event());
        let (wanted, left): (Vec<usize>, Vec<usize>) =
            span.map(|at| self.log.sequence(at)).partition(is_taken);
        let records = wanted.into_iter().map(|sequence| self.noticing.record(sequence));
        let mut wanted: Vec<Mapping> =
            records.filter(|record| record.timestamp >= query.not_before).collect();
        if query.newest_max > 0 {
            let surplus =
                wanted.len().saturating_sub(usize::try_from(query.newest_max).unwrap_or(usize::MAX));
            wanted.drain(..surplus);
        }
        let frame = self.codec.records(&wanted, next.max(query.position), RECORDS_PER_MESSAGE);
        Answer { frame, left_out: left.into_iter().map(|sequence| sequence as u64).collect() }
    }

    pub(super) fn on_answer(&mut self, conn: ConnId, out: &mut Out) {
        if let Some(position) = self.answers.iter().position(|(other, _)| *other == conn) {
            let (_, Answer { frame, left_out }) = self.answers.remove(position).expect("it was found");
            out.send(conn, frame);
            if let Some(to) = self.readers.get(&conn).copied().filter(|_| !left_out.is_empty()) {
                let updates = left_out.into_iter().map(|sequence| (self.noticing.id, sequence)).collect();
                out.note(Note::Withheld { to, updates, why: Withholding::Filtered });
            }
        }
    }

    pub(super) fn on_change(&mut self, conn: ConnId, change: Change) {
        match change {
            Change::Accepted { from, .. } => {
                self.readers.insert(conn, from);
            }
            Change::Closed(_) => {
                self.readers.remove(&conn);
                self.answers.retain(|(other, _)| *other != conn);
                self.held.retain(|(other, _)| *other != conn);
            }
            Change::Established | Change::Failed(_) => {}
        }
    }

    pub(super) fn on_order(&mut self, now: Instant, order: Order, out: &mut Out) {
        match order {
            Order::Crash { .. } => {
                self.answers.clear();
                self.held.clear();
                self.readers.clear();
            }
            Order::Restart => self.noticing.skip_to(now, out),
            Order::Reset | Order::Resume | Order::Suspend => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AddressId;
    use crate::workload::Event;

    #[test]
    fn a_log_without_draws_reads_as_one_that_keeps_every_instant() {
        let second = |n: u64| Instant::after_start(Span::from_seconds(n));
        let update = |n: u64| Update::new(second(n), AddressId::new(0), None, Event::LogOff);
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
