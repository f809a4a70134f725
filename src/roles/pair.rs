//! HA pairs: one member talks to upstreams, the other receives over HA1 and waits. In an active/passive pair the one alone
//! enforces, in an active/active pair (active-primary and active-secondary) both.
//!
//! Sources: vendor documentation, "HA timers" and "Synchronization of system runtime information" (documented);
//! what is done at a graceful suspension, and after a split brain, is a choice.

use std::collections::VecDeque;

use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use super::{EdgeState, HaSettings, Note};
use crate::engine::Dial;
use crate::ids::{ConnId, NodeId};
use crate::mapping::Mapping;
use crate::ports;
use crate::units::{Instant, Span};
use crate::wire::{Message, PairState};

/// This member's part of a pair.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) settings: HaSettings,
    pub(super) state: PairState,
    conn: Option<ConnId>,
    /// What the peer last said of itself over the present connection.
    peer: Option<PairState>,
    generation: u32,
    /// Whether a promotion of the present generation is under way.
    promotion_pending: bool,
    /// Whether it enforces.
    enforces: bool,
    /// Counts its returns.
    returns: u32,
    /// When what the journal held by then is sent to the peer, in order.
    syncs: VecDeque<(Instant, u64)>,
}

impl Pair {
    pub(super) fn new(settings: HaSettings) -> Self {
        Self {
            settings,
            state: PairState::Passive,
            conn: None,
            peer: None,
            generation: 0,
            promotion_pending: false,
            enforces: false,
            returns: 0,
            syncs: VecDeque::new(),
        }
    }
}

impl Useridd {
    /// Whether this node talks to upstreams and clients: outside a pair always.
    pub(super) fn is_active(&self) -> bool {
        self.pair.as_ref().is_none_or(|pair| pair.state == PairState::Active)
    }

    pub(super) fn is_pair_port(&self, from: NodeId, port: u16) -> bool {
        port == ports::HA1 && self.pair.as_ref().is_some_and(|pair| pair.settings.peer == from)
    }

    /// The start of the run, where the preferred member is active, or a restart, where both begin passive. A
    /// passive member that hears of no active peer for as long as it takes to call one dead takes over.
    pub(super) fn begin_pair(&mut self, now: Instant, at_start: bool, out: &mut Out) {
        let Some(pair) = &mut self.pair else {
            if self.settings.enforces {
                out.note(Note::Enforcing(true));
            }
            return;
        };
        if at_start && pair.settings.preferred {
            pair.state = PairState::Active;
            let from = pair.settings.peer;
            out.note(Note::Edge { from, to: self.id, state: EdgeState::Idle });
            self.set_enforcing(true, out);
        } else {
            let from = pair.settings.peer;
            out.note(Note::Edge { from, to: self.id, state: EdgeState::Down });
            let beat = pair.settings.keepalive;
            let silence = beat.interval.times(u64::from(beat.misses) + 1);
            match pair.settings.tentative_hold {
                Some(_) if at_start => self.set_enforcing(true, out),
                Some(_) => self.begin_tentative(now, out),
                None => {}
            }
            self.arm_promotion(now.later(silence), out);
        }
        self.dial_peer(out);
    }

    fn arm_promotion(&mut self, from: Instant, out: &mut Out) {
        let pair = self.pair.as_mut().expect("only members are promoted");
        pair.generation += 1;
        pair.promotion_pending = true;
        let at = from.later(pair.settings.promotion_hold);
        out.arm(at, Timer::Promote { generation: pair.generation });
    }

    /// The member that is not preferred dials; the other is dialled.
    pub(super) fn dial_peer(&mut self, out: &mut Out) {
        let timeout = self.settings.reconnect.connect_timeout;
        let Some(pair) = self.pair.as_mut().filter(|pair| !pair.settings.preferred && pair.conn.is_none())
        else {
            return;
        };
        let conn = out.dial(Dial {
            is_routed: false,
            ..Dial::plain(
                pair.settings.peer,
                ports::HA1,
                pair.settings.keepalive,
                timeout.min(pair.settings.keepalive.interval),
            )
        });
        pair.conn = Some(conn);
        self.conns.insert(conn, Purpose::Pair);
    }

    pub(super) fn pair_connected(&mut self, conn: ConnId, out: &mut Out) {
        let pair = self.pair.as_mut().expect("HA1 belongs to a pair");
        let old = pair.conn.replace(conn).filter(|old| *old != conn);
        pair.peer = None;
        let state = pair.state;
        if let Some(old) = old {
            self.conns.remove(&old);
            out.close(old);
            self.peer_lost(out);
        }
        out.send(conn, self.codec.control(&Message::PairState(state)));
    }

    pub(super) fn pair_disconnected(&mut self, now: Instant, conn: ConnId, out: &mut Out) {
        let pair = self.pair.as_mut().expect("HA1 belongs to a pair");
        if pair.conn != Some(conn) {
            return;
        }
        pair.conn = None;
        pair.peer = None;
        let waits = pair.state == PairState::Passive && !pair.promotion_pending;
        let (preferred, pace) = (pair.settings.preferred, pair.settings.keepalive.interval);
        self.peer_lost(out);
        if waits {
            self.arm_promotion(now, out);
        }
        if !preferred {
            let index = self.upstreams.len() + self.readers.len() + self.standby.len();
            out.arm(now.later(pace), Timer::Redial { index });
        }
    }

    /// What the peer lacks can no longer be sent to it.
    fn peer_lost(&mut self, out: &mut Out) {
        if self.server.peer_position.take().is_some() {
            let to = self.pair.as_ref().expect("only members have peers").settings.peer;
            out.note(Note::Edge { from: self.id, to, state: EdgeState::Down });
            self.server.trim();
        }
    }

    pub(super) fn peer_says(&mut self, peer: PairState, out: &mut Out) {
        let pair = self.pair.as_mut().expect("HA1 belongs to a pair");
        pair.peer = Some(peer);
        let preferred = pair.settings.preferred;
        match (pair.state, peer) {
            (PairState::Active, PairState::Active) if !preferred => self.step_back(PairState::Passive, out),
            (PairState::Active, PairState::Passive | PairState::Suspended) => self.sync_all(out),
            (PairState::Passive, PairState::Active) => pair.promotion_pending = false,
            (PairState::Passive, PairState::Suspended) => self.take_over(out),
            (PairState::Passive, PairState::Passive) if preferred => self.take_over(out),
            _ => {}
        }
    }

    /// A wait is over and the peer has not been heard of as active since.
    pub(super) fn promote(&mut self, generation: u32, out: &mut Out) {
        let pair = self.pair.as_ref().expect("only members are promoted");
        let due = pair.promotion_pending && pair.generation == generation;
        if due && pair.state == PairState::Passive {
            self.take_over(out);
        }
    }

    fn take_over(&mut self, out: &mut Out) {
        let pair = self.pair.as_mut().expect("only members take over");
        pair.state = PairState::Active;
        pair.promotion_pending = false;
        let (from, conn, peer) = (pair.settings.peer, pair.conn, pair.peer);
        let both_enforce = pair.settings.tentative_hold.is_some();
        out.note(Note::Edge { from, to: self.id, state: EdgeState::Idle });
        if !both_enforce {
            self.set_enforcing(true, out);
        }
        if let Some(conn) = conn.filter(|_| peer.is_some()) {
            out.send(conn, self.codec.control(&Message::PairState(PairState::Active)));
            self.sync_all(out);
        }
        self.follow_wants(out);
    }

    fn step_back(&mut self, state: PairState, out: &mut Out) {
        let pair = self.pair.as_mut().expect("only members step back");
        let was_active = pair.state == PairState::Active;
        pair.state = state;
        pair.promotion_pending = false;
        let (from, conn) = (pair.settings.peer, pair.conn);
        let both_enforce = pair.settings.tentative_hold.is_some();
        if !both_enforce || state == PairState::Suspended {
            self.set_enforcing(false, out);
        }
        if was_active {
            self.peer_lost(out);
            self.dismiss_clients(out);
        }
        out.note(Note::Edge { from, to: self.id, state: EdgeState::Down });
        if let Some(conn) = conn {
            out.send(conn, self.codec.control(&Message::PairState(state)));
        }
        self.follow_wants(out);
    }

    pub(super) fn suspend(&mut self, out: &mut Out) {
        if self.pair.is_some() {
            self.step_back(PairState::Suspended, out);
        }
    }

    /// A resumed member waits as passive; it takes over if no active peer is heard of.
    pub(super) fn resume(&mut self, now: Instant, out: &mut Out) {
        let Some(pair) = self.pair.as_mut().filter(|pair| pair.state == PairState::Suspended) else { return };
        let peer_is_active = pair.peer == Some(PairState::Active);
        let both_enforce = pair.settings.tentative_hold.is_some();
        self.step_back(PairState::Passive, out);
        if both_enforce {
            self.begin_tentative(now, out);
        }
        if !peer_is_active {
            self.arm_promotion(now, out);
        }
    }

    pub(super) fn crash_pair(&mut self) {
        if let Some(pair) = &mut self.pair {
            pair.state = PairState::Passive;
            pair.conn = None;
            pair.peer = None;
            pair.generation += 1;
            pair.promotion_pending = false;
            pair.enforces = false;
            pair.returns += 1;
            pair.syncs.clear();
        }
    }

    /// This member enforces from now on, or no longer; what it does already is not told again.
    fn set_enforcing(&mut self, enforces: bool, out: &mut Out) {
        let pair = self.pair.as_mut().expect("only members begin and end to enforce");
        if std::mem::replace(&mut pair.enforces, enforces) != enforces {
            out.note(Note::Enforcing(enforces));
        }
    }

    /// A member that returns to an active/active pair takes no traffic until its hold is over.
    fn begin_tentative(&mut self, now: Instant, out: &mut Out) {
        let pair = self.pair.as_mut().expect("only members return");
        pair.returns += 1;
        let at = now.later(pair.settings.tentative_hold.unwrap_or(Span::ZERO));
        out.arm(at, Timer::Tentative { generation: pair.returns });
    }

    pub(super) fn end_tentative(&mut self, generation: u32, out: &mut Out) {
        let pair = self.pair.as_ref().expect("only members return");
        if pair.returns == generation && pair.state != PairState::Suspended {
            self.set_enforcing(true, out);
        }
    }

    /// The peer gets the whole table, and from then on what is new.
    fn sync_all(&mut self, out: &mut Out) {
        let pair = self.pair.as_ref().expect("only members sync");
        let (Some(conn), to) = (pair.conn, pair.settings.peer) else { return };
        let all: Vec<Mapping> = self.table.holdings().collect();
        let per_message = self.settings.announce.mappings_per_message;
        out.note(Note::Edge { from: self.id, to, state: EdgeState::Resyncing });
        out.send(conn, self.codec.mappings(&all, true, per_message));
        self.server.peer_position = Some(self.server.journal.end());
        if let Some(pair) = &mut self.pair {
            pair.syncs.clear();
        }
        out.note(Note::Edge { from: self.id, to, state: EdgeState::Up });
        self.server.trim();
    }

    /// Something was applied: the peer is told after the lag, gathered on the grid if there is one.
    pub(super) fn arm_sync(&mut self, now: Instant, out: &mut Out) {
        let end = self.server.journal.end();
        let due = self.server.peer_position.is_some_and(|position| position < end);
        let Some(pair) = self.pair.as_mut().filter(|_| due) else { return };
        let interval = pair.settings.sync_interval;
        let gathered = if interval.is_zero() { now } else { now.next_on_grid(Span::ZERO, interval) };
        let at = gathered.later(pair.settings.sync_lag);
        match pair.syncs.back_mut().filter(|(last, _)| *last == at) {
            Some((_, until)) => *until = end,
            None => {
                pair.syncs.push_back((at, end));
                out.arm(at, Timer::Sync);
            }
        }
    }

    /// Sends what the journal held when this instant's sync was armed; one armed before a reconnect is void.
    pub(super) fn sync(&mut self, now: Instant, out: &mut Out) {
        let pair = self.pair.as_mut().expect("only members sync");
        let Some((_, until)) = pair.syncs.front().copied().filter(|(at, _)| *at <= now) else { return };
        pair.syncs.pop_front();
        let (Some(conn), Some(position)) = (pair.conn, self.server.peer_position) else { return };
        let count = usize::try_from(until.saturating_sub(position)).expect("the journal fits in memory");
        let news: Vec<Mapping> = self.server.journal.since(position).take(count).copied().collect();
        if !news.is_empty() {
            let per_message = self.settings.announce.mappings_per_message;
            out.send(conn, self.codec.mappings(&news, false, per_message));
            self.server.peer_position = Some(until);
            self.server.trim();
        }
    }
}
