//! Disturbing: what a booked fault does to nodes and links, and how it is undone.

use super::agenda::Rank;
use super::pipe::Pipe;
use super::world::{Event, Eyes, Spot};
use super::{Cause, Fault, Moment, Node, Order, World};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::units::Instant;

impl<N: Node> World<N> {
    pub(super) fn begin_fault(&mut self, now: Instant, index: usize, eyes: &mut Eyes<'_, '_, N>) {
        match self.faults[index].fault.clone() {
            Fault::Crash { node, keeps_memory } => self.crash(now, node, keeps_memory, eyes),
            Fault::Degrade { link, to } => {
                self.change_link(now, link, |pipe| pipe.degrade(index, to.clone()))
            }
            Fault::LinksDown { links } => links.into_iter().for_each(|link| self.take_down(now, link, eyes)),
            Fault::NamesDown { nodes } => {
                nodes.iter().for_each(|node| self.hosts[node.index()].nameless += 1);
            }
            Fault::RouteDown { node } => self.cut_off(now, node, eyes),
            Fault::Reset { node } => self.reset(now, node, eyes),
            Fault::Suspend { node } => self.suspend(now, node, eyes),
        }
        eyes.see(now, &Moment::FaultBegins { fault: index });
    }

    pub(super) fn end_fault(&mut self, now: Instant, index: usize, eyes: &mut Eyes<'_, '_, N>) {
        match self.faults[index].fault.clone() {
            Fault::Crash { node, .. } => self.restart(now, node, eyes),
            Fault::Degrade { link, .. } => self.change_link(now, link, |pipe| pipe.restore(index)),
            Fault::LinksDown { links } => links.into_iter().for_each(|link| self.bring_up(now, link, eyes)),
            Fault::NamesDown { nodes } => {
                nodes.iter().for_each(|node| self.hosts[node.index()].nameless -= 1);
            }
            Fault::RouteDown { node } => self.hosts[node.index()].unrouted -= 1,
            Fault::Reset { .. } => {}
            Fault::Suspend { node } => self.resume_node(now, node, eyes),
        }
        eyes.see(now, &Moment::FaultEnds { fault: index });
    }

    /// A node that is down has nothing to reset.
    fn reset(&mut self, now: Instant, node: NodeId, eyes: &mut Eyes<'_, '_, N>) {
        if self.hosts[node.index()].down == 0 {
            self.tell_order(now, node, Order::Reset, eyes);
        }
    }

    /// Suspensions may overlap each other and crashes; a node that restarts under one is suspended again.
    fn suspend(&mut self, now: Instant, node: NodeId, eyes: &mut Eyes<'_, '_, N>) {
        let host = &mut self.hosts[node.index()];
        host.suspended += 1;
        if host.suspended == 1 && host.down == 0 {
            self.tell_order(now, node, Order::Suspend, eyes);
        }
    }

    fn resume_node(&mut self, now: Instant, node: NodeId, eyes: &mut Eyes<'_, '_, N>) {
        let host = &mut self.hosts[node.index()];
        host.suspended -= 1;
        if host.suspended == 0 && host.down == 0 {
            self.tell_order(now, node, Order::Resume, eyes);
        }
    }

    /// Heartbeats until now were of the old latency: they are settled first.
    fn change_link(&mut self, now: Instant, link: LinkId, change: impl Fn(&mut Pipe)) {
        for conn in self.conns_over(link) {
            self.settle_heartbeats(now, conn, 0);
            self.settle_heartbeats(now, conn, 1);
        }
        self.note_change(now, link);
        for pipe in &mut self.pipes[link.index()] {
            change(pipe);
            if let Some(lane) = pipe.lane {
                self.lanes[lane].change(pipe.settings());
            }
        }
    }

    fn conns_over(&self, link: LinkId) -> Vec<ConnId> {
        let crosses = |conn: &&ConnId| {
            self.conns[conn.index()].sides.iter().any(|side| side.way.iter().any(|(other, _)| *other == link))
        };
        self.open.iter().filter(crosses).copied().collect()
    }

    fn take_down(&mut self, now: Instant, link: LinkId, eyes: &mut Eyes<'_, '_, N>) {
        let first = self.pipes[link.index()][0].down == 0;
        let conns = self.conns_over(link);
        for conn in &conns {
            self.settle_heartbeats(now, *conn, 0);
            self.settle_heartbeats(now, *conn, 1);
        }
        for direction in 0..2 {
            self.pipes[link.index()][direction].down += 1;
            if first {
                self.cut(now, link, direction, eyes);
            }
        }
        if first {
            self.router.set_up(link, false);
            eyes.see(now, &Moment::LinkChanged { link, up: false });
            for conn in conns {
                self.watch_for_death(now, conn, 0);
                self.watch_for_death(now, conn, 1);
            }
        }
    }

    fn bring_up(&mut self, now: Instant, link: LinkId, eyes: &mut Eyes<'_, '_, N>) {
        for direction in 0..2 {
            let pipe = &mut self.pipes[link.index()][direction];
            pipe.down -= 1;
            if pipe.down == 0 {
                pipe.up_since = now;
                let at = now.later(pipe.settings().retransmission_timeout);
                pipe.resumes_at = at;
                self.agenda.push(at, Rank::Ordinary, Event::Resume { link, direction });
            }
        }
        if self.pipes[link.index()][0].down == 0 {
            self.router.set_up(link, true);
            eyes.see(now, &Moment::LinkChanged { link, up: true });
        }
    }

    fn crash(&mut self, now: Instant, node: NodeId, keeps_memory: bool, eyes: &mut Eyes<'_, '_, N>) {
        let host = &mut self.hosts[node.index()];
        host.down += 1;
        if host.down > 1 {
            return;
        }
        host.epoch += 1;
        host.bench.stop(now);
        self.tell_order(now, node, Order::Crash { keeps_memory }, eyes);
        eyes.see(now, &Moment::NodeDown { node, keeps_memory });
        for index in 0..self.conns.len() {
            self.crash_conn(now, ConnId::new(index), node, eyes);
        }
    }

    /// The crashed node's side is over, and what it was serving is dropped; the peer must find out by itself.
    fn crash_conn(&mut self, now: Instant, conn: ConnId, node: NodeId, eyes: &mut Eyes<'_, '_, N>) {
        let entry = &mut self.conns[conn.index()];
        let mine = entry.side_of(node);
        entry.settled |= entry.sides[0].node == node;
        if entry.sides[mine].node != node || !entry.is_open() {
            return;
        }
        let (tcp, dialled) = (entry.is_tcp(), mine == 1);
        self.settle_heartbeats(now, conn, 1 - mine);
        let serving: Vec<usize> = self.conns[conn.index()].sides[1 - mine].flights.iter().copied().collect();
        for slot in serving {
            if self.flights[slot].as_ref().is_some_and(|flight| flight.spot == Spot::Waiting) {
                self.drop_flight(now, slot, Cause::Crash, eyes);
            }
        }
        if tcp || !dialled {
            if self.conns[conn.index()].sides[mine].open {
                self.end_side(now, conn, mine, Cause::Crash, eyes);
            }
            self.watch_for_death(now, conn, 1 - mine);
        }
    }

    fn restart(&mut self, now: Instant, node: NodeId, eyes: &mut Eyes<'_, '_, N>) {
        let host = &mut self.hosts[node.index()];
        host.down -= 1;
        if host.down > 0 {
            return;
        }
        eyes.see(now, &Moment::NodeUp { node });
        self.tell_order(now, node, Order::Restart, eyes);
        if self.hosts[node.index()].suspended > 0 {
            self.tell_order(now, node, Order::Suspend, eyes);
        }
        self.expect_resets(now, node);
    }

    /// What waited for a link goes on its way again, in order.
    pub(super) fn resume(&mut self, now: Instant, link: LinkId, direction: usize) {
        let pipe = &self.pipes[link.index()][direction];
        if pipe.down > 0 || pipe.resumes_at != now {
            return;
        }
        while let Some(slot) = self.pipes[link.index()][direction].held.pop_front() {
            let flight = self.flights[slot].as_mut().expect("what is held is in the air");
            flight.way = flight.way_before;
            flight.way.recover += now.since(flight.entered);
            self.cross(now, slot);
        }
    }

    /// A link went down: TCP frames inside wait for it, datagrams are gone.
    pub(super) fn cut(&mut self, now: Instant, link: LinkId, direction: usize, eyes: &mut Eyes<'_, '_, N>) {
        let pipe = &mut self.pipes[link.index()][direction];
        self.is_abandoned |= pipe.lane.is_some();
        pipe.clear(now);
        for (_, slot) in std::mem::take(&mut pipe.inside) {
            let flight = self.flights[slot].as_mut().expect("what is inside is in the air");
            let conn = &mut self.conns[flight.conn.index()];
            let pipe = &mut self.pipes[link.index()][direction];
            pipe.spent.lost += 1;
            if conn.is_tcp() {
                flight.pass += 1;
                flight.spot = Spot::Held;
                if flight.hop == 0 {
                    flight.cleared = Instant::NEVER;
                }
                conn.sides[flight.side].exits[flight.hop] = (now, now);
                pipe.spent.retransmitted += 1;
                pipe.held.push_back(slot);
            } else {
                self.drop_flight(now, slot, Cause::Loss, eyes);
            }
        }
    }
}
