//! Sources: a log that is polled, and a sender that pushes. Neither is a node of the redistribution.

use std::collections::VecDeque;
use std::sync::Arc;

use super::hindered::hindrance;
use super::redial::Redial;
use super::role::{Out, Timer};
use super::{EdgeState, LogSettings, Note, PushSettings, Withholding};
use crate::engine::{Change, Dial, Frame, Keepalive, Order, Transport};
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
struct Noticing {
    id: NodeId,
    /// Of all sources.
    updates: Arc<Vec<Vec<Update>>>,
    next: usize,
    clock_offset_nanos: i64,
}

impl Noticing {
    fn own(&self) -> &[Update] {
        self.updates.get(self.id.index()).map_or(&[], Vec::as_slice)
    }

    fn arm(&self, out: &mut Out) {
        if let Some(update) = self.own().get(self.next) {
            out.arm(update.occurred, Timer::Notice);
        }
    }

    /// Notices what occurs at `now`; the sequences.
    fn notice(&mut self, now: Instant, out: &mut Out) -> std::ops::Range<usize> {
        let first = self.next;
        while self.own().get(self.next).is_some_and(|update| update.occurred <= now) {
            out.note(Note::Noticed { sequence: self.next as u64 });
            self.next += 1;
        }
        self.arm(out);
        first..self.next
    }

    /// After a restart: what occurred meanwhile was noticed by nobody.
    fn skip_to(&mut self, now: Instant, out: &mut Out) {
        self.next += self.own()[self.next..].partition_point(|update| update.occurred < now);
        self.arm(out);
    }

    fn record(&self, sequence: usize) -> Mapping {
        let update = &self.own()[sequence];
        let occurred = i64::try_from(update.occurred.nanos()).expect("a run is shorter than 292 years");
        Mapping {
            address: update.address,
            user: update.user,
            log_off: update.event == Event::LogOff,
            timestamp: occurred.saturating_add(self.clock_offset_nanos),
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
        let noticing = Noticing { id, updates, next: 0, clock_offset_nanos: settings.clock_offset_nanos };
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

/// A source that pushes each record at once, in a message of its own.
#[derive(Debug)]
pub struct PushSource {
    noticing: Noticing,
    settings: PushSettings,
    codec: Codec,
    redial: Redial,
    /// Which learner it pushes to now.
    learner: usize,
    conn: Option<ConnId>,
    is_up: bool,
    buffer: VecDeque<usize>,
}

impl PushSource {
    /// The pushing source `id`.
    #[must_use]
    pub fn new(
        id: NodeId,
        settings: PushSettings,
        codec: Codec,
        updates: Arc<Vec<Vec<Update>>>,
        jitter: Stream,
    ) -> Self {
        let noticing = Noticing { id, updates, next: 0, clock_offset_nanos: settings.clock_offset_nanos };
        let redial = Redial::new(settings.reconnect, jitter);
        Self {
            noticing,
            settings,
            codec,
            redial,
            learner: 0,
            conn: None,
            is_up: false,
            buffer: VecDeque::new(),
        }
    }

    fn edge(&self, learner: usize, state: EdgeState) -> Note {
        Note::Edge { from: self.noticing.id, to: self.settings.learners[learner], state }
    }

    pub(super) fn on_start(&mut self, out: &mut Out) {
        for learner in 1..self.settings.learners.len() {
            out.note(self.edge(learner, EdgeState::Idle));
        }
        self.dial(out);
        self.noticing.arm(out);
    }

    fn dial(&mut self, out: &mut Out) {
        if self.settings.learners.is_empty() {
            return;
        }
        out.note(self.edge(self.learner, EdgeState::Down));
        self.conn = Some(out.dial(Dial {
            to: self.settings.learners[self.learner],
            port: self.settings.port,
            transport: self.settings.transport,
            keepalive: Keepalive { ..self.settings.keepalive },
            backlog_messages_max: u32::MAX,
            timeout: self.settings.reconnect.connect_timeout,
            handshake_round_trips: 0,
            by_name: false,
            is_routed: true,
        }));
        if self.settings.transport == Transport::Udp {
            self.come_up(out);
        }
    }

    fn come_up(&mut self, out: &mut Out) {
        self.is_up = true;
        self.redial.reset();
        out.note(self.edge(self.learner, EdgeState::Up));
        for sequence in std::mem::take(&mut self.buffer) {
            self.push(sequence, out);
        }
    }

    fn push(&self, sequence: usize, out: &mut Out) {
        let record = [self.noticing.record(sequence)];
        if let Some(conn) = self.conn {
            out.send(conn, self.codec.records(&record, sequence as u64 + 1, 1));
        }
    }

    pub(super) fn on_notice(&mut self, now: Instant, out: &mut Out) {
        for sequence in self.noticing.notice(now, out) {
            if self.is_up {
                self.push(sequence, out);
            } else if self.buffer.len() < self.settings.buffer_records_max as usize {
                self.buffer.push_back(sequence);
            } else if let Some(to) = self.settings.learners.get(self.learner).copied() {
                let updates = vec![(self.noticing.id, sequence as u64)];
                out.note(Note::Withheld { to, updates, why: Withholding::Overflow });
            }
        }
    }

    pub(super) fn on_change(&mut self, now: Instant, conn: ConnId, change: Change, out: &mut Out) {
        if self.conn != Some(conn) || self.settings.transport == Transport::Udp {
            return;
        }
        match change {
            Change::Accepted { .. } => {}
            Change::Established => self.come_up(out),
            Change::Closed(_) | Change::Failed(_) => {
                if let Change::Failed(why) = change {
                    let (from, to) = (self.noticing.id, self.settings.learners[self.learner]);
                    out.note(Note::Hindered { from, to, why: hindrance(why) });
                }
                self.is_up = false;
                self.conn = None;
                out.note(self.edge(self.learner, EdgeState::Idle));
                self.learner = (self.learner + 1) % self.settings.learners.len();
                out.note(self.edge(self.learner, EdgeState::Down));
                let went_round = self.learner == 0;
                let at = if went_round { self.redial.next(now) } else { now };
                out.arm(at, Timer::Redial { index: 0 });
            }
        }
    }

    pub(super) fn on_redial(&mut self, out: &mut Out) {
        if self.conn.is_none() {
            self.dial(out);
        }
    }

    pub(super) fn on_order(&mut self, now: Instant, order: Order, out: &mut Out) {
        match order {
            Order::Crash { .. } => {
                self.conn = None;
                self.is_up = false;
                if !self.settings.learners.is_empty() {
                    let updates = self.buffer.drain(..).map(|s| (self.noticing.id, s as u64)).collect();
                    let to = self.settings.learners[self.learner];
                    out.note(Note::Withheld { to, updates, why: Withholding::Overflow });
                    out.note(self.edge(self.learner, EdgeState::Down));
                }
            }
            Order::Restart => {
                self.noticing.skip_to(now, out);
                self.dial(out);
            }
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
