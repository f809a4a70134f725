//! Connecting: dials, ends, and how each side comes to know of them.

use super::agenda::Rank;
use super::conn::{Conn, Silence};
use super::route::Links;
use super::world::{Event, Eyes, Spot};
use super::{Cause, Change, Dial, Node, Transport, Why, World};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::units::{Instant, Span};

/// Bytes of a heartbeat or its answer, headers apart. Source: none, a guess; only byte counts see it.
pub(super) const HEARTBEAT_BYTES: u64 = 16;

impl<N: Node> World<N> {
    /// A node dials. The handshake takes its round trips of latency and nothing else [choice].
    pub(super) fn dial(&mut self, now: Instant, conn: ConnId, from: NodeId, dial: Dial) {
        assert_eq!(conn.index(), self.conns.len(), "connections are numbered in the order of dialling");
        let there = self.router.way(from, dial.to);
        let back = self.router.way(dial.to, from);
        let known = there.is_some();
        let ways = [there, back].map(|way| way.unwrap_or_else(|| Links::from([])));
        self.conns.push(Conn::new(from, dial, ways));
        if dial.transport == Transport::Udp {
            let entry = &mut self.conns[conn.index()];
            entry.sides.iter_mut().for_each(|side| side.open = true);
            (entry.settled, entry.routed) = (true, known);
            self.agenda.push(now, Rank::Ordinary, Event::Answered { conn });
            return;
        }
        let is_nameless = dial.by_name && self.hosts[from.index()].nameless > 0;
        let why = if is_nameless {
            Why::NameUnknown
        } else if self.is_unrouted(conn) {
            Why::NoRoute
        } else if known && self.is_port_blocked(conn) {
            Why::PortBlocked
        } else {
            Why::Unanswered
        };
        if known && why == Why::Unanswered {
            self.agenda.push(now.later(self.latency(conn, 0)), Rank::Ordinary, Event::Reach { conn });
        }
        self.agenda.push(now.later(dial.timeout), Rank::Ordinary, Event::Failed { conn, why });
    }

    /// A UDP connection that was made while there was no way takes the first that there is.
    pub(super) fn route_late(&mut self, conn: ConnId) {
        let [one, other] = [0, 1].map(|side: usize| self.conns[conn.index()].sides[side].node);
        if let (Some(there), Some(back)) = (self.router.way(one, other), self.router.way(other, one)) {
            let entry = &mut self.conns[conn.index()];
            entry.routed = true;
            for (side, way) in entry.sides.iter_mut().zip([there, back]) {
                side.exits = vec![(Instant::ZERO, Instant::ZERO); way.len()];
                side.way = way;
            }
        }
    }

    pub(super) fn is_port_blocked(&self, conn: ConnId) -> bool {
        let conn = &self.conns[conn.index()];
        let port = conn.dial.port;
        let on_way = |(link, direction): &(LinkId, usize)| {
            self.pipes[link.index()][0].settings().blocks(port, *direction).is_some()
        };
        self.hosts[conn.dial.to.index()].ports_blocked.contains(&port) || conn.sides[0].way.iter().any(on_way)
    }

    /// Propagation from one side to the other.
    pub(super) fn latency(&self, conn: ConnId, side: usize) -> Span {
        let way = self.conns[conn.index()].sides[side].way.iter();
        way.fold(Span::ZERO, |sum, (link, direction)| {
            sum + self.pipes[link.index()][*direction].settings().latency
        })
    }

    pub(super) fn is_way_up(&self, conn: ConnId) -> bool {
        let links = self.conns[conn.index()].sides.iter().flat_map(|side| side.way.iter());
        links.clone().all(|(link, direction)| self.pipes[link.index()][*direction].down == 0)
    }

    pub(super) fn reach(&mut self, now: Instant, conn: ConnId, eyes: &mut Eyes<'_, '_, N>) {
        let dial = self.conns[conn.index()].dial;
        let from = self.conns[conn.index()].sides[0].node;
        if self.hosts[dial.to.index()].down > 0 || !self.is_way_up(conn) || self.is_unrouted(conn) {
            return;
        }
        let side = &mut self.conns[conn.index()].sides[1];
        side.open = true;
        side.heard = now;
        self.open.insert(conn);
        let round_trips =
            (self.latency(conn, 0) + self.latency(conn, 1)).times(dial.handshake_round_trips.into());
        let answered = now.later(self.latency(conn, 1)).later(round_trips);
        self.agenda.push(answered, Rank::Ordinary, Event::Answered { conn });
        self.tell_change(now, dial.to, conn, Change::Accepted { from, port: dial.port }, eyes);
    }

    pub(super) fn answered(&mut self, now: Instant, conn: ConnId, eyes: &mut Eyes<'_, '_, N>) {
        let entry = &mut self.conns[conn.index()];
        let (node, tcp) = (entry.sides[0].node, entry.is_tcp());
        if tcp {
            let given_up = entry.settled || !entry.sides[1].open || self.is_unrouted(conn);
            if given_up || !self.is_way_up(conn) {
                self.watch_for_death(now, conn, 1);
                return;
            }
            let entry = &mut self.conns[conn.index()];
            entry.settled = true;
            entry.sides[0].open = true;
            entry.sides[0].heard = now;
            for (link, direction) in self.conns[conn.index()].sides[0].way.iter() {
                self.pipes[link.index()][*direction].spent.connections_opened += 1;
            }
        }
        self.tell_change(now, node, conn, Change::Established, eyes);
    }

    pub(super) fn failed(&mut self, now: Instant, conn: ConnId, why: Why, eyes: &mut Eyes<'_, '_, N>) {
        let entry = &mut self.conns[conn.index()];
        if !entry.settled {
            entry.settled = true;
            let node = entry.sides[0].node;
            self.tell_change(now, node, conn, Change::Failed(why), eyes);
        }
    }

    pub(super) fn tell_closed(
        &mut self,
        now: Instant,
        conn: ConnId,
        side: usize,
        why: Why,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let node = self.conns[conn.index()].sides[side].node;
        self.tell_change(now, node, conn, Change::Closed(why), eyes);
    }

    /// A node ends a connection.
    pub(super) fn close(&mut self, now: Instant, conn: ConnId, node: NodeId, eyes: &mut Eyes<'_, '_, N>) {
        let side = self.conns[conn.index()].side_of(node);
        if side == 0 {
            self.conns[conn.index()].settled = true;
        }
        if self.conns[conn.index()].sides[side].open {
            self.end_side(now, conn, side, Cause::Loss, eyes);
            self.tell_peer(now, conn, side);
        }
    }

    /// One side is over: what it still had to send is dropped; what is in the pipes goes on.
    pub(super) fn end_side(
        &mut self,
        now: Instant,
        conn: ConnId,
        side: usize,
        cause: Cause,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        self.abandon_if_attached(conn);
        let entry = &mut self.conns[conn.index()];
        entry.sides[side].open = false;
        let slots: Vec<usize> = entry.sides[side].flights.iter().copied().collect();
        if !entry.is_open() {
            self.open.remove(&conn);
        }
        for slot in slots {
            let spot = self.flights[slot].as_ref().expect("a side knows its flights").spot;
            if matches!(spot, Spot::Held | Spot::Queued) {
                self.drop_flight(now, slot, cause, eyes);
            }
        }
    }

    /// The other side hears of an end after everything that was sent before it, or finds out by itself.
    pub(super) fn tell_peer(&mut self, now: Instant, conn: ConnId, side: usize) {
        if !self.conns[conn.index()].sides[1 - side].open {
            return;
        }
        if self.is_way_up(conn) {
            self.conns[conn.index()].sides[side].farewell = Some(now.later(self.latency(conn, side)));
            self.say_farewell(now, conn, side);
        } else {
            self.watch_for_death(now, conn, 1 - side);
        }
    }

    /// Once nothing of an ended side is in the air any more, the other side hears of the end.
    pub(super) fn say_farewell(&mut self, now: Instant, conn: ConnId, side: usize) {
        let ended = &mut self.conns[conn.index()].sides[side];
        if let Some(at) = ended.farewell.filter(|_| ended.flights.is_empty()) {
            ended.farewell = None;
            let event = Event::Closed { conn, side: 1 - side, why: Why::Closed };
            self.agenda.push(at.max(now), Rank::Ordinary, event);
        }
    }

    /// A frame reached a node that knows nothing of its connection: the sender is told.
    pub(super) fn reset_from(&mut self, now: Instant, conn: ConnId, sender: usize) {
        if self.conns[conn.index()].sides[sender].open && self.is_way_up(conn) && !self.is_unrouted(conn) {
            let at = now.later(self.latency(conn, 1 - sender));
            self.agenda.push(at, Rank::Ordinary, Event::Closed { conn, side: sender, why: Why::Reset });
        }
    }

    pub(super) fn heard_closed(
        &mut self,
        now: Instant,
        conn: ConnId,
        side: usize,
        why: Why,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let local = why == Why::Backlog;
        let is_open = self.conns[conn.index()].sides[side].open;
        if local {
            let node = self.conns[conn.index()].sides[side].node;
            if self.hosts[node.index()].down == 0 {
                self.tell_closed(now, conn, side, why, eyes);
            }
        } else if is_open && self.is_way_up(conn) {
            self.end_side(now, conn, side, Cause::Loss, eyes);
            self.tell_closed(now, conn, side, why, eyes);
        } else if is_open {
            self.watch_for_death(now, conn, side);
        }
    }

    fn silence(&self, conn: ConnId, side: usize) -> Silence {
        let entry = &self.conns[conn.index()];
        let links = entry.sides.iter().flat_map(|side| side.way.iter());
        let up_since = links.map(|(link, direction)| self.pipes[link.index()][*direction].up_since).max();
        Silence {
            heard: entry.sides[side].heard,
            interval: entry.dial.keepalive.interval,
            misses: entry.dial.keepalive.misses,
            round_trip: self.latency(conn, 0) + self.latency(conn, 1),
            intact_since: up_since.unwrap_or(Instant::ZERO),
        }
    }

    fn is_intact(&self, conn: ConnId) -> bool {
        self.conns[conn.index()].sides.iter().all(|side| side.open) && self.is_way_up(conn)
    }

    /// Brings what a side has heard up to `now` by the heartbeats since, and counts their bytes. What a lane carries
    /// to it, that lane settles.
    pub(super) fn settle_heartbeats(&mut self, now: Instant, conn: ConnId, side: usize) {
        let entry = &self.conns[conn.index()];
        let is_in_lane = entry.ear.is_some_and(|ear| ear.side == side);
        if !entry.is_tcp() || is_in_lane || !self.is_intact(conn) {
            return;
        }
        let Some((exchanges, last)) = self.silence(conn, side).exchanges_by(now) else { return };
        self.conns[conn.index()].sides[side].heard = last;
        for way in [0, 1] {
            for (link, direction) in self.conns[conn.index()].sides[way].way.iter() {
                self.pipes[link.index()][*direction].count_small(last, exchanges, HEARTBEAT_BYTES);
            }
        }
    }

    /// From now on a side may have to give the other up. Call before what breaks the way is in place, so that
    /// heartbeats until now are counted.
    pub(super) fn watch_for_death(&mut self, now: Instant, conn: ConnId, side: usize) {
        let entry = &self.conns[conn.index()];
        if entry.is_tcp() && entry.sides[side].open {
            let at = entry.deadline(side).max(now);
            self.agenda.push(at, Rank::Ordinary, Event::Dead { conn, side });
        }
    }

    pub(super) fn check_dead(&mut self, now: Instant, conn: ConnId, side: usize, eyes: &mut Eyes<'_, '_, N>) {
        if !self.conns[conn.index()].sides[side].open {
            return;
        }
        if self.is_intact(conn) && self.silence(conn, side).first_answer().is_some() {
            return;
        }
        let deadline = self.conns[conn.index()].deadline(side);
        if now < deadline {
            self.agenda.push(deadline, Rank::Ordinary, Event::Dead { conn, side });
            return;
        }
        self.end_side(now, conn, side, Cause::Loss, eyes);
        self.tell_peer(now, conn, side);
        self.tell_closed(now, conn, side, Why::Dead, eyes);
    }

    /// A restarted node answers the next question of a peer that still believes in their connection.
    pub(super) fn expect_resets(&mut self, now: Instant, node: NodeId) {
        for conn in self.open.clone() {
            let entry = &self.conns[conn.index()];
            let mine = entry.side_of(node);
            if entry.sides[mine].node != node || entry.sides[mine].open || !entry.sides[1 - mine].open {
                continue;
            }
            let there = self.latency(conn, 1 - mine);
            let since = Instant::from_nanos(now.nanos().saturating_sub(there.nanos()));
            if let Some(asked) = self.silence(conn, 1 - mine).first_question_from(since) {
                let at = asked.later(there).later(self.latency(conn, mine)).max(now);
                let event = Event::Closed { conn, side: 1 - mine, why: Why::Reset };
                self.agenda.push(at, Rank::Ordinary, event);
            }
        }
    }
}
