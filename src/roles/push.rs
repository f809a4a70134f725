//! Pushing: a source that tells its learners by itself, each record at once or several together.
//!
//! Knows its connections and what waits for them. Must not know texts: how a record is written is the codec's matter.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::hindered::hindrance;
use super::redial::Redial;
use super::role::{Out, Timer};
use super::source::Noticing;
use super::{EdgeState, Export, Note, PushSettings, Withholding};
use crate::engine::{Change, Dial, Order, Transport};
use crate::ids::{ConnId, NodeId};
use crate::mapping::Mapping;
use crate::random::Stream;
use crate::units::{Instant, Span};
use crate::wire::{Accounts, Codec, Speech};
use crate::workload::{Event, Update};

/// One connection at a time, to one learner or to each of them in turn.
#[derive(Debug)]
struct Line {
    /// Which learner it pushes to now.
    learner: usize,
    conn: Option<ConnId>,
    is_up: bool,
    redial: Redial,
    buffer: VecDeque<usize>,
}

/// A source that pushes.
#[derive(Debug)]
pub struct PushSource {
    noticing: Noticing,
    settings: PushSettings,
    codec: Codec,
    accounts: Accounts,
    /// One, which goes to the first learner that answers; of an export one for each learner.
    lines: Vec<Line>,
    /// Noticed, and waiting to be told with others.
    pending: Vec<usize>,
    flush_armed: Option<Instant>,
}

impl PushSource {
    /// The pushing source `id`. `jitter` gives the stream of each of its lines.
    #[must_use]
    pub fn new(
        id: NodeId,
        settings: PushSettings,
        (codec, accounts): (Codec, Accounts),
        updates: Arc<Vec<Vec<Update>>>,
        jitter: impl Fn(usize) -> Stream,
    ) -> Self {
        let noticing = Noticing::new(id, updates, settings.clock_offset_nanos);
        let is_export = settings.manner.as_ref().is_some_and(|manner| manner.export.is_some());
        let count = if is_export { settings.learners.len() } else { settings.learners.len().min(1) };
        let line = |learner| {
            let redial = Redial::new(settings.reconnect, jitter(learner));
            Line { learner, conn: None, is_up: false, redial, buffer: VecDeque::new() }
        };
        let lines = (0..count).map(line).collect();
        Self { noticing, settings, codec, accounts, lines, pending: Vec::new(), flush_armed: None }
    }

    /// Its names are those that `nobody` has from now on, and it knows no accounts.
    pub(super) fn retire(&mut self, nobody: &Codec) {
        self.codec = nobody.clone();
        self.accounts = Accounts::default();
    }

    fn edge(&self, learner: usize, state: EdgeState) -> Note {
        Note::Edge { from: self.noticing.id, to: self.settings.learners[learner], state }
    }

    fn export(&self) -> Option<Export> {
        self.settings.manner.as_ref().and_then(|manner| manner.export)
    }

    /// Records told at once at most.
    fn batch(&self) -> usize {
        self.settings.manner.as_ref().map_or(1, |manner| manner.batch as usize)
    }

    pub(super) fn on_start(&mut self, now: Instant, out: &mut Out) {
        for learner in self.lines.len()..self.settings.learners.len() {
            out.note(self.edge(learner, EdgeState::Idle));
        }
        for line in 0..self.lines.len() {
            self.dial(now, line, out);
        }
        self.noticing.arm(out);
        self.arm_export(now, out);
    }

    /// The next export lies on the grid of its interval.
    fn arm_export(&mut self, now: Instant, out: &mut Out) {
        if let Some(Export { interval, .. }) = self.export() {
            let at = now.later(Span::from_nanos(1)).next_on_grid(Span::ZERO, interval);
            self.flush_armed = Some(at);
            out.arm_last(at, Timer::Flush);
        }
    }

    fn dial(&mut self, now: Instant, line: usize, out: &mut Out) {
        let learner = self.lines[line].learner;
        out.note(self.edge(learner, EdgeState::Down));
        let PushSettings { port, transport, keepalive, reconnect, .. } = self.settings;
        let plain = Dial::plain(self.settings.learners[learner], port, keepalive, reconnect.connect_timeout);
        let handshake_round_trips = self.settings.manner.as_ref().map_or(0, |manner| manner.tls_round_trips);
        self.lines[line].conn = Some(out.dial(Dial { transport, handshake_round_trips, ..plain }));
        if self.settings.transport == Transport::Udp {
            self.come_up(now, line, out);
        }
    }

    fn come_up(&mut self, now: Instant, line: usize, out: &mut Out) {
        self.lines[line].is_up = true;
        self.lines[line].redial.reset();
        out.note(self.edge(self.lines[line].learner, EdgeState::Up));
        let waiting: Vec<usize> = std::mem::take(&mut self.lines[line].buffer).into();
        for some in waiting.chunks(self.batch()) {
            self.tell(now, line, some, out);
        }
    }

    fn tell(&self, now: Instant, line: usize, sequences: &[usize], out: &mut Out) {
        let Some(conn) = self.lines[line].conn else { return };
        let speech = self.settings.manner.as_ref().map_or(&Speech::Records, |manner| &manner.speech);
        // A document has no place for the times of its entries: what it tells is as new as itself.
        let record = |sequence: &usize| match speech {
            Speech::UidMessage { .. } => self.noticing.record_at(*sequence, now),
            Speech::Records | Speech::Syslog(_) => self.noticing.record(*sequence),
        };
        let records: Vec<Mapping> = sequences.iter().map(record).collect();
        let next = sequences.iter().max().map_or(0, |last| *last as u64 + 1);
        out.send(conn, self.codec.speak(speech, &self.accounts, &records, next));
    }

    fn withhold(&self, line: usize, sequences: Vec<usize>, why: Withholding, out: &mut Out) {
        if !sequences.is_empty() {
            let to = self.settings.learners[self.lines[line].learner];
            let updates = sequences.into_iter().map(|sequence| (self.noticing.id, sequence as u64)).collect();
            out.note(Note::Withheld { to, updates, why });
        }
    }

    pub(super) fn on_notice(&mut self, now: Instant, out: &mut Out) {
        let noticed = self.noticing.notice(now, out);
        let tells_log_offs =
            self.settings.manner.as_ref().is_none_or(|manner| manner.speech.tells_log_offs());
        for sequence in noticed {
            if !tells_log_offs && self.noticing.own()[sequence].event() == Event::LogOff {
                for line in 0..self.lines.len() {
                    self.withhold(line, vec![sequence], Withholding::Filtered, out);
                }
            } else {
                self.pending.push(sequence);
            }
        }
        if self.export().is_some() || self.pending.is_empty() {
            return;
        }
        let every = self.settings.manner.as_ref().map_or(Span::ZERO, |manner| manner.every);
        if every.is_zero() || self.pending.len() >= self.batch() {
            self.flush(now, out);
        } else if self.flush_armed.is_none() {
            let at = now.later(every);
            self.flush_armed = Some(at);
            out.arm(at, Timer::Flush);
        }
    }

    /// What has waited is told now. A timer of a document that was full before its time is void.
    pub(super) fn on_flush(&mut self, now: Instant, out: &mut Out) {
        if self.flush_armed == Some(now) {
            self.flush(now, out);
            self.arm_export(now, out);
        }
    }

    fn flush(&mut self, now: Instant, out: &mut Out) {
        self.flush_armed = None;
        let mut pending = std::mem::take(&mut self.pending);
        if self.export().is_some() {
            let older = self.take_older(&mut pending);
            for line in 0..self.lines.len() {
                self.withhold(line, older.clone(), Withholding::Coalesced, out);
            }
        }
        for line in 0..self.lines.len() {
            for some in pending.chunks(self.batch()) {
                self.deliver(now, line, some, out);
            }
        }
    }

    /// Takes out what a later one of the same address has replaced.
    fn take_older(&self, pending: &mut Vec<usize>) -> Vec<usize> {
        let mut known = BTreeSet::new();
        let mut older = Vec::new();
        pending.reverse();
        pending.retain(|sequence| {
            let is_newest = known.insert(self.noticing.own()[*sequence].address);
            if !is_newest {
                older.push(*sequence);
            }
            is_newest
        });
        pending.reverse();
        older
    }

    fn deliver(&mut self, now: Instant, line: usize, sequences: &[usize], out: &mut Out) {
        if self.lines[line].is_up {
            self.tell(now, line, sequences, out);
            return;
        }
        for sequence in sequences {
            if self.lines[line].buffer.len() < self.settings.buffer_records_max as usize {
                self.lines[line].buffer.push_back(*sequence);
            } else {
                self.withhold(line, vec![*sequence], Withholding::Overflow, out);
            }
        }
    }

    pub(super) fn on_change(&mut self, now: Instant, conn: ConnId, change: Change, out: &mut Out) {
        let Some(line) = self.lines.iter().position(|line| line.conn == Some(conn)) else { return };
        if self.settings.transport == Transport::Udp {
            return;
        }
        match change {
            Change::Accepted { .. } => {}
            Change::Established => self.come_up(now, line, out),
            Change::Closed(_) | Change::Failed(_) => {
                let learners = self.settings.learners.len();
                let is_bound = self.export().is_some();
                let learner = self.lines[line].learner;
                if let Change::Failed(why) = change {
                    let (from, to) = (self.noticing.id, self.settings.learners[learner]);
                    out.note(Note::Hindered { from, to, why: hindrance(why) });
                }
                let next = if is_bound { learner } else { (learner + 1) % learners };
                self.lines[line].is_up = false;
                self.lines[line].conn = None;
                out.note(self.edge(learner, EdgeState::Idle));
                self.lines[line].learner = next;
                out.note(self.edge(next, EdgeState::Down));
                let went_round = is_bound || next == 0;
                let at = if went_round { self.lines[line].redial.next(now) } else { now };
                out.arm(at, Timer::Redial { index: line });
            }
        }
    }

    pub(super) fn on_redial(&mut self, now: Instant, line: usize, out: &mut Out) {
        if self.lines[line].conn.is_none() {
            self.dial(now, line, out);
        }
    }

    pub(super) fn on_order(&mut self, now: Instant, order: Order, out: &mut Out) {
        match order {
            Order::Crash { .. } => {
                let pending = std::mem::take(&mut self.pending);
                self.flush_armed = None;
                for line in 0..self.lines.len() {
                    self.lines[line].conn = None;
                    self.lines[line].is_up = false;
                    let mut lost: Vec<usize> = self.lines[line].buffer.drain(..).collect();
                    lost.extend(&pending);
                    // An empty list is told too: that this learner has none to hope for.
                    let to = self.settings.learners[self.lines[line].learner];
                    let updates = lost.into_iter().map(|s| (self.noticing.id, s as u64)).collect();
                    out.note(Note::Withheld { to, updates, why: Withholding::Overflow });
                    out.note(self.edge(self.lines[line].learner, EdgeState::Down));
                }
            }
            Order::Restart => {
                self.noticing.skip_to(now, out);
                for line in 0..self.lines.len() {
                    self.dial(now, line, out);
                }
                self.arm_export(now, out);
            }
            Order::Reset | Order::Resume | Order::Suspend => {}
        }
    }
}
