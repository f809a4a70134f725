//! Lanes: one direction of one link, with those who hear what a single sender sends over it, outside the agenda.
//!
//! Knows the arithmetic of a frame's way and what it must give back to the world. Must not know the agenda.

use std::collections::VecDeque;
use std::sync::Arc;

use super::conn::Silence;
use super::connect::HEARTBEAT_BYTES;
use super::host::Workbench;
use super::line::Passage;
use super::pipe::Pipe;
use super::rerun::Rerun;
use super::volley::{Member, Volley};
use super::{Keepalive, LinkSettings, Transport, Way};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::units::{Instant, Span};

/// What became of one frame of a volley at one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which receiver: its place among the lane's ears.
    pub ear: u32,
    /// The frame's number among those of the lane's sender; see `Moment::Volley`.
    pub number: u32,
    /// When it was sent.
    pub sent: Instant,
    /// When it was served. `NEVER`: not by the end of the run.
    pub done: Instant,
    /// Where the time since it was sent went, until it arrived at the receiver's processor, as far as it came.
    pub way: Way,
    /// Where the time went from there on.
    pub served: Way,
}

/// One receiver.
#[derive(Debug)]
pub(super) struct Ear {
    pub(super) node: NodeId,
    pub(super) conn: ConnId,
    pub(super) bench: Workbench,
    /// When it last heard its sender.
    pub(super) heard: Instant,
    pub(super) keepalive: Keepalive,
    /// When the frame before left the link, with and without what loss added.
    pub(super) exit: (Instant, Instant),
    /// How many of the lane's changes its heartbeats are settled for.
    pub(super) changes_seen: usize,
    pub(super) backlog: Backlog,
}

/// What one sender's side of a connection has sent that is not yet wholly on its first line.
#[derive(Debug)]
pub(super) struct Backlog {
    max: u64,
    /// The point of the total order from which on the latest frame does not count, and its messages.
    last: ((Instant, u64), u32),
    /// The same of those before it; only while they count.
    before: VecDeque<((Instant, u64), u32)>,
}

impl Backlog {
    pub(super) fn new(max: u64) -> Self {
        Self { max, last: ((Instant::ZERO, 0), 0), before: VecDeque::new() }
    }

    /// Whether a frame of `messages`, sent at this point of the total order, is one too many.
    fn overflows(&mut self, sent: (Instant, u64), messages: u32) -> bool {
        if self.last.0 < sent {
            self.before.clear();
            return false;
        }
        while self.before.front().is_some_and(|(clear, _)| *clear < sent) {
            self.before.pop_front();
        }
        let waiting: u64 = self.before.iter().chain([&self.last]).map(|(_, m)| u64::from(*m)).sum();
        self.before.push_back(self.last);
        waiting > 0 && waiting + u64::from(messages) > self.max
    }
}

/// One direction of a link, or no link at all, with the receivers of one sender behind it.
#[derive(Debug)]
pub struct Lane {
    pub(super) index: usize,
    pub(super) sender: NodeId,
    pub(super) place: Option<(LinkId, usize)>,
    pub(super) ears: Vec<Ear>,
    /// Since when the link has carried without a break.
    pub(super) intact_since: Instant,
    /// When the link changed, and the round trip until then.
    pub(super) changes: Vec<(Instant, Span)>,
    /// How far frames have entered during the run: volley and receiver.
    entered: (usize, usize),
    /// What the link did with those that have and are not scanned yet; `None`: nothing yet.
    rerun: Option<Rerun>,
    /// What it is lent after the run.
    pub(super) loan: Loan,
    next: usize,
    is_closed: bool,
    is_abandoned: bool,
    pub(super) tally: Tally,
}

/// What belongs to the world and is with a lane while that is scanned.
#[derive(Debug, Default)]
pub(super) struct Loan {
    pub(super) pipe: Option<Pipe>,
    pub(super) volleys: Arc<Vec<Volley>>,
    pub(super) end: Instant,
    pub(super) measure_from: Instant,
    /// The round trip at the end.
    pub(super) round_trip: Span,
}

/// What a scan counts for the world.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) frames: u64,
    pub(super) mappings: u64,
    /// Frames inside the link at the end.
    pub(super) inside: u64,
    /// Heartbeats that the other direction of the link carried, from `measure_from` on.
    pub(super) small_back: u64,
}

impl Lane {
    pub(super) fn new(
        index: usize,
        sender: NodeId,
        place: Option<(LinkId, usize)>,
        first: usize,
        intact_since: Instant,
    ) -> Self {
        Self {
            index,
            sender,
            place,
            ears: Vec::new(),
            intact_since,
            changes: Vec::new(),
            entered: (first, 0),
            rerun: None,
            loan: Loan::default(),
            next: first,
            is_closed: false,
            is_abandoned: false,
            tally: Tally::default(),
        }
    }

    /// Whose volleys it carries.
    #[must_use]
    pub fn sender(&self) -> NodeId {
        self.sender
    }

    /// Over which direction of which link; `None`: sender and receivers stand at one place.
    #[must_use]
    pub fn link(&self) -> Option<(LinkId, usize)> {
        self.place
    }

    /// Its receivers, each with the connection over which it hears, in the order of `Heard::ear`.
    pub fn ears(&self) -> impl ExactSizeIterator<Item = (NodeId, ConnId)> {
        self.ears.iter().map(|ear| (ear.node, ear.conn))
    }

    /// Whether it met what it cannot carry: the whole run is to be done again with nobody scanned.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Whether all has been scanned, so that the lane may be given back.
    #[must_use]
    pub fn is_scanned(&self) -> bool {
        self.is_closed
    }

    /// Enters what comes before this point of the total order, so that others may enter the link after it.
    pub(super) fn catch_up(&mut self, pipe: &mut Pipe, volleys: &[Volley], until: (Instant, u64)) {
        while let Some(volley) = volleys.get(self.entered.0) {
            let members = volley.roster.of(self.index);
            for member in &members[self.entered.1..] {
                let ready = volley.ready(member.position);
                if ready >= until {
                    return;
                }
                self.rerun.get_or_insert_with(|| Rerun::new(pipe.line.clone())).enter();
                pipe.enter(ready.0, Transport::Tcp, volley.messages, volley.bytes);
                self.entered.1 += 1;
            }
            self.entered = (self.entered.0 + 1, 0);
        }
    }

    /// Another frame enters the link.
    pub(super) fn enter_other(&mut self, now: Instant, transport: Transport, payload: u64) {
        if let Some(rerun) = &mut self.rerun {
            rerun.enter_other(now, transport, payload);
        }
    }

    /// The link carries otherwise from now on.
    pub(super) fn change(&mut self, settings: &LinkSettings) {
        if let Some(rerun) = &mut self.rerun {
            rerun.change(settings.clone());
        }
    }

    /// Scans up to `volleys_max` more volleys of the sender and calls `each` with what became of each of their frames that
    /// took this lane, in the order in which they enter it. Whether there are more; `false` too once abandoned.
    ///
    /// Cost: constant a frame and receiver; allocates nothing.
    pub fn scan(&mut self, volleys_max: usize, mut each: impl FnMut(Heard)) -> bool {
        let volleys = Arc::clone(&self.loan.volleys);
        let until = volleys.len().min(self.next.saturating_add(volleys_max));
        let mut known: Option<(&Arc<_>, &[Member])> = None;
        for volley in &volleys[self.next.min(until)..until] {
            let members = match known {
                Some((roster, members)) if Arc::ptr_eq(roster, &volley.roster) => members,
                _ => volley.roster.of(self.index),
            };
            known = Some((&volley.roster, members));
            for member in members {
                each(self.carry(volley, *member));
            }
        }
        self.next = until.max(self.next);
        if self.is_abandoned {
            return false;
        }
        let is_more = self.next < volleys.len();
        if !is_more && !self.is_closed {
            self.close();
        }
        is_more
    }

    /// One frame from the sender's processor to where it is at the end.
    fn carry(&mut self, volley: &Volley, member: Member) -> Heard {
        let (start, (ready, order)) = (volley.start(member.position), volley.ready(member.position));
        let way = Way { queue: start.since(volley.at), process: ready.since(start), ..Way::default() };
        let (number, sent, served) = (volley.number, volley.at, Way::default());
        let mut heard = Heard { ear: member.ear, number, sent, done: Instant::NEVER, way, served };
        let ear = &mut self.ears[member.ear as usize];
        self.is_abandoned |= ear.backlog.overflows((volley.at, volley.sent_in), volley.messages);
        if ready > self.loan.end {
            ear.backlog.last = ((Instant::NEVER, 0), volley.messages);
            return heard;
        }
        let arrival = match &mut self.loan.pipe {
            None => {
                ear.backlog.last = ((ready, order), volley.messages);
                ready
            }
            Some(pipe) => {
                let known = self.rerun.as_mut().and_then(|rerun| rerun.next(ready, volley.bytes));
                let enter = || pipe.enter(ready, Transport::Tcp, volley.messages, volley.bytes);
                let passage = known.unwrap_or_else(enter);
                let clear = if passage.cleared == ready { (ready, order) } else { (passage.cleared, 0) };
                ear.backlog.last = (clear, volley.messages);
                let arrival = ear.cross(ready, &passage, &mut heard.way);
                if arrival > self.loan.end {
                    self.tally.inside += 1;
                    return heard;
                }
                pipe.spent.left += 1;
                arrival
            }
        };
        self.settle_heartbeats(member.ear as usize, arrival);
        self.receive(volley, arrival, &mut heard);
        heard
    }

    fn receive(&mut self, volley: &Volley, arrival: Instant, heard: &mut Heard) {
        let ear = &mut self.ears[heard.ear as usize];
        ear.heard = arrival;
        let (start, done) = ear.bench.receive(arrival, volley.messages, volley.mappings);
        heard.served.queue = start.since(arrival);
        heard.served.process = done.since(start);
        if done <= self.loan.end {
            heard.done = done;
            ear.bench.count_in(done, volley.messages, volley.mappings);
            self.tally.frames += 1;
            self.tally.mappings += u64::from(volley.mappings);
        }
    }

    /// The heartbeats that a receiver has heard by `now`, by the round trips that there were.
    fn settle_heartbeats(&mut self, ear: usize, now: Instant) {
        let ear = &mut self.ears[ear];
        while let Some((at, round_trip)) = self.changes.get(ear.changes_seen).filter(|(at, _)| *at <= now) {
            ear.changes_seen += 1;
            ear.exchange(*at, *round_trip, self.intact_since, &mut self.loan, &mut self.tally);
        }
        let until_next = self.changes.get(ear.changes_seen).map(|(_, round_trip)| *round_trip);
        let round_trip = until_next.unwrap_or(self.loan.round_trip);
        ear.exchange(now, round_trip, self.intact_since, &mut self.loan, &mut self.tally);
    }

    /// After the last frame: heartbeats up to the last change, as if it had been waited for.
    fn close(&mut self) {
        self.is_closed = true;
        // What its sender sent is kept for its lanes alone.
        self.rerun = None;
        self.loan.volleys = Arc::default();
        for ear in &mut self.ears {
            for (at, round_trip) in &self.changes[ear.changes_seen..] {
                ear.exchange(*at, *round_trip, self.intact_since, &mut self.loan, &mut self.tally);
            }
            ear.changes_seen = self.changes.len();
        }
    }
}

impl Ear {
    /// A frame that entered the link at `ready`; when it leaves it.
    fn cross(&mut self, ready: Instant, passage: &Passage, way: &mut Way) -> Instant {
        way.queue += passage.start.since(ready);
        way.transmit += passage.cleared.since(passage.start);
        let (exit, clean) = &mut self.exit;
        *clean = passage.clean.max(*clean);
        *exit = passage.clean.later(passage.recovery).max(*exit).max(*clean);
        way.propagate += clean.since(passage.cleared);
        way.recover += exit.since(*clean);
        *exit
    }

    /// Counts the heartbeats since it last heard something.
    fn exchange(
        &mut self,
        now: Instant,
        round_trip: Span,
        intact_since: Instant,
        loan: &mut Loan,
        tally: &mut Tally,
    ) {
        let Keepalive { interval, misses } = self.keepalive;
        if now < self.heard.later(interval).later(round_trip) {
            return;
        }
        let silence = Silence { heard: self.heard, interval, misses, round_trip, intact_since };
        let Some((exchanges, last)) = silence.exchanges_by(now) else { return };
        self.heard = last;
        if let Some(pipe) = &mut loan.pipe {
            pipe.count_small(last, exchanges, HEARTBEAT_BYTES);
            if last >= loan.measure_from {
                tally.small_back += exchanges;
            }
        }
    }
}
