//! Carrying frames: sender's processor, links one after the other, receiver's processor.

use std::sync::Arc;

use super::agenda::Rank;
use super::world::{Event, Eyes, Flight, Spot};
use super::{Cause, FlightId, Frame, Moment, Node, Way, Why, World};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::units::Instant;

impl<N: Node> World<N> {
    /// A node hands a frame to a connection.
    pub(super) fn send(
        &mut self,
        now: Instant,
        conn: ConnId,
        node: NodeId,
        frame: Arc<Frame<N::Memo>>,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let side = self.conns[conn.index()].side_of(node);
        if !self.conns[conn.index()].sides[side].open {
            return;
        }
        self.abandon_if_attached(conn);
        self.abandon_if_away(node);
        let backlog = self.backlog(now, conn, side);
        let overflows = backlog > 0
            && backlog + u64::from(frame.messages()) > self.conns[conn.index()].sides[side].backlog_max;
        let messages = frame.messages();
        let slot = self.launch(now, conn, side, frame, eyes);
        if self.conns[conn.index()].is_tcp() && overflows {
            self.drop_flight(now, slot, Cause::Queue, eyes);
            self.hosts[node.index()].bench.spent.resets += 1;
            self.end_side(now, conn, side, Cause::Queue, eyes);
            self.agenda.push(now, Rank::Ordinary, Event::Closed { conn, side, why: Why::Backlog });
            self.tell_peer(now, conn, side);
            return;
        }
        self.serve_departure(now, slot, node, messages, eyes);
    }

    /// Messages of one side that are not yet wholly on their first line.
    fn backlog(&self, now: Instant, conn: ConnId, side: usize) -> u64 {
        let flights = self.conns[conn.index()].sides[side].flights.iter();
        let waiting = flights.filter_map(|slot| self.flights[*slot].as_ref()).filter(|f| f.cleared > now);
        waiting.map(|flight| u64::from(flight.frame.messages())).sum()
    }

    fn launch(
        &mut self,
        now: Instant,
        conn: ConnId,
        side: usize,
        frame: Arc<Frame<N::Memo>>,
        eyes: &mut Eyes<'_, '_, N>,
    ) -> usize {
        let id = FlightId(self.flights_made);
        self.flights_made += 1;
        let sides = &self.conns[conn.index()].sides;
        let (from, to) = (sides[side].node, sides[1 - side].node);
        eyes.see(now, &Moment::Sent { flight: id, conn, from, to, frame: &frame });
        self.hosts[from.index()].bench.count_out(now, frame.messages(), frame.mappings(), 1);
        let is_read = self.hosts[to.index()].scanned_from.is_none() || frame.label() == 0;
        let frame = if is_read { frame } else { frame.hollow() };
        let flight = Flight {
            id,
            conn,
            side,
            frame,
            spot: Spot::Queued,
            hop: 0,
            pass: 0,
            lost: false,
            entered: now,
            cleared: Instant::NEVER,
            way: Way::default(),
            way_before: Way::default(),
            served: Way::default(),
        };
        let slot = self.free.pop().unwrap_or(self.flights.len());
        if slot == self.flights.len() {
            assert!(u32::try_from(slot).is_ok(), "fewer than 2^32 frames are in the air");
            self.flights.push(None);
        }
        self.flights[slot] = Some(flight);
        self.conns[conn.index()].sides[side].flights.push_back(slot);
        slot
    }

    fn serve_departure(
        &mut self,
        now: Instant,
        slot: usize,
        node: NodeId,
        messages: u32,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let host = &mut self.hosts[node.index()];
        let (start, done) = host.bench.send(now, messages);
        let epoch = host.epoch;
        let idle = done == now && host.bench.unfinished == 0;
        let flight = self.flights[slot].as_mut().expect("just launched");
        flight.way.queue += start.since(now);
        flight.way.process += done.since(start);
        let id = flight.id;
        if idle {
            self.depart(now, slot, eyes);
        } else {
            self.hosts[node.index()].bench.unfinished += 1;
            self.agenda.push(
                done,
                Rank::Ordinary,
                Event::Depart { slot: slot as u32, flight: id, node, epoch },
            );
        }
    }

    /// Whether a slot still holds that flight.
    fn holds(&self, slot: usize, flight: FlightId) -> bool {
        self.flights[slot].as_ref().is_some_and(|held| held.id == flight)
    }

    pub(super) fn departed(
        &mut self,
        now: Instant,
        slot: usize,
        flight: FlightId,
        (node, epoch): (NodeId, u32),
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let host = &mut self.hosts[node.index()];
        if host.epoch == epoch {
            host.bench.unfinished -= 1;
        }
        if self.holds(slot, flight) {
            self.depart(now, slot, eyes);
        }
    }

    fn depart(&mut self, now: Instant, slot: usize, eyes: &mut Eyes<'_, '_, N>) {
        let conn = self.flights[slot].as_ref().expect("it is held").conn;
        if !self.conns[conn.index()].routed {
            self.route_late(conn);
        }
        let flight = self.flights[slot].as_ref().expect("it is held");
        let conn = &self.conns[flight.conn.index()];
        if !conn.routed {
            self.drop_flight(now, slot, Cause::Loss, eyes);
            return;
        }
        if !conn.is_tcp() && self.is_port_blocked(flight.conn) {
            self.drop_flight(now, slot, Cause::Port, eyes);
            return;
        }
        if conn.sides[flight.side].way.is_empty() {
            let flight = self.flights[slot].as_mut().expect("it is held");
            flight.cleared = now;
            flight.spot = Spot::Waiting;
            let event = Event::Arrive { slot: slot as u32, flight: flight.id, pass: flight.pass };
            self.agenda.push(now, Rank::Ordinary, event);
        } else {
            self.enter(now, slot, eyes);
        }
    }

    fn pipe_of(&self, slot: usize) -> (LinkId, usize) {
        let flight = self.flights[slot].as_ref().expect("it is held");
        self.conns[flight.conn.index()].sides[flight.side].way[flight.hop]
    }

    /// A frame comes to the next link of its way.
    fn enter(&mut self, now: Instant, slot: usize, eyes: &mut Eyes<'_, '_, N>) {
        let (link, direction) = self.pipe_of(slot);
        self.catch_up(now, link, direction);
        let pipe = &mut self.pipes[link.index()][direction];
        let flight = self.flights[slot].as_mut().expect("it is held");
        flight.entered = now;
        flight.way_before = flight.way;
        let tcp = self.conns[flight.conn.index()].is_tcp();
        if tcp && (pipe.down > 0 || !pipe.held.is_empty()) {
            flight.spot = Spot::Held;
            pipe.held.push_back(slot);
        } else if !tcp && pipe.down > 0 {
            self.drop_flight(now, slot, Cause::Loss, eyes);
        } else if !tcp && pipe.is_full(now) {
            pipe.spent.lost += 1;
            pipe.spent.entered += 1;
            self.drop_flight(now, slot, Cause::Queue, eyes);
        } else {
            self.cross(now, slot);
        }
    }

    /// A frame is taken in by a link that carries.
    pub(super) fn cross(&mut self, now: Instant, slot: usize) {
        let (link, direction) = self.pipe_of(slot);
        let pipe = &mut self.pipes[link.index()][direction];
        let flight = self.flights[slot].as_mut().expect("it is held");
        let conn = &mut self.conns[flight.conn.index()];
        let payload = flight.frame.length() as u64;
        let passage = pipe.enter(now, conn.dial.transport, flight.frame.messages(), payload);
        if let Some(lane) = pipe.lane {
            self.lanes[lane].enter_other(now, conn.dial.transport, payload);
        }
        if flight.hop == 0 {
            flight.cleared = passage.cleared;
        }
        flight.way.queue += passage.start.since(now);
        flight.way.transmit += passage.cleared.since(passage.start);
        flight.lost = passage.lost;
        let nominal = passage.clean.later(passage.recovery);
        let arrival = if passage.lost {
            passage.cleared
        } else if conn.is_tcp() {
            let (exit, clean) = &mut conn.sides[flight.side].exits[flight.hop];
            *clean = passage.clean.max(*clean);
            *exit = nominal.max(*exit).max(*clean);
            flight.way.propagate += clean.since(passage.cleared);
            flight.way.recover += exit.since(*clean);
            *exit
        } else {
            flight.way.propagate += nominal.since(passage.cleared);
            nominal
        };
        let order = pipe.spent.entered;
        pipe.inside.insert(order, slot);
        flight.spot = Spot::Inside(order);
        let event = Event::Arrive { slot: slot as u32, flight: flight.id, pass: flight.pass };
        self.agenda.push(arrival, Rank::Ordinary, event);
    }

    /// A frame leaves a link, or stands at its receiver's door.
    pub(super) fn arrive(
        &mut self,
        now: Instant,
        slot: usize,
        id: FlightId,
        pass: u32,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let Some(flight) = self.flights[slot].as_mut().filter(|f| f.id == id && f.pass == pass) else {
            return;
        };
        if let Spot::Inside(order) = flight.spot {
            let (side, hop, lost) = (flight.side, flight.hop, flight.lost);
            flight.hop += 1;
            let way = &self.conns[flight.conn.index()].sides[side].way;
            let ((link, direction), last) = (way[hop], hop + 1 == way.len());
            let pipe = &mut self.pipes[link.index()][direction];
            pipe.inside.remove(&order);
            if lost {
                pipe.spent.lost += 1;
                self.drop_flight(now, slot, Cause::Loss, eyes);
                return;
            }
            pipe.spent.left += 1;
            if !last {
                self.enter(now, slot, eyes);
                return;
            }
        }
        self.receive(now, slot, eyes);
    }

    fn receive(&mut self, now: Instant, slot: usize, eyes: &mut Eyes<'_, '_, N>) {
        let flight = self.flights[slot].as_ref().expect("it is held");
        let (conn, receiver) = (flight.conn, 1 - flight.side);
        let node = self.conns[conn.index()].sides[receiver].node;
        if self.hosts[node.index()].down > 0 {
            self.drop_flight(now, slot, Cause::Crash, eyes);
            return;
        }
        if !self.conns[conn.index()].sides[receiver].open {
            let sender = flight.side;
            self.drop_flight(now, slot, Cause::Loss, eyes);
            self.reset_from(now, conn, sender);
            return;
        }
        self.abandon_if_away(node);
        self.settle_heartbeats(now, conn, receiver);
        self.conns[conn.index()].sides[receiver].heard = now;
        let flight = self.flights[slot].as_mut().expect("it is held");
        flight.spot = Spot::Waiting;
        let host = &mut self.hosts[node.index()];
        let (start, done) = host.bench.receive(now, flight.frame.messages(), flight.frame.mappings());
        flight.served.queue += start.since(now);
        flight.served.process += done.since(start);
        let (id, epoch) = (flight.id, host.epoch);
        if done == now && host.bench.unfinished == 0 {
            self.deliver(now, slot, eyes);
        } else {
            host.bench.unfinished += 1;
            self.agenda.push(
                done,
                Rank::Ordinary,
                Event::Serve { slot: slot as u32, flight: id, node, epoch },
            );
        }
    }

    pub(super) fn serve(
        &mut self,
        now: Instant,
        slot: usize,
        flight: FlightId,
        (node, epoch): (NodeId, u32),
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let host = &mut self.hosts[node.index()];
        if host.epoch == epoch {
            host.bench.unfinished -= 1;
        }
        if self.holds(slot, flight) {
            self.deliver(now, slot, eyes);
        }
    }

    fn deliver(&mut self, now: Instant, slot: usize, eyes: &mut Eyes<'_, '_, N>) {
        let held = self.flights[slot].as_ref().expect("it is held");
        let receiver = 1 - held.side;
        if !self.conns[held.conn.index()].sides[receiver].open {
            self.drop_flight(now, slot, Cause::Loss, eyes);
            return;
        }
        let flight = self.land(now, slot);
        let sides = &self.conns[flight.conn.index()].sides;
        let (from, to) = (sides[flight.side].node, sides[receiver].node);
        self.frame_deliveries += 1;
        self.mapping_deliveries += u64::from(flight.frame.mappings());
        self.hosts[to.index()].bench.count_in(now, flight.frame.messages(), flight.frame.mappings());
        let (way, served, frame) = (flight.way, flight.served, &flight.frame);
        eyes.see(
            now,
            &Moment::Delivered { flight: flight.id, conn: flight.conn, from, to, frame, way, served },
        );
        self.tell_frame(now, to, flight.conn, &flight.frame, eyes);
    }

    /// Takes a flight out of the air.
    fn land(&mut self, now: Instant, slot: usize) -> Flight<N::Memo> {
        let flight = self.flights[slot].take().expect("it is held");
        self.free.push(slot);
        let flights = &mut self.conns[flight.conn.index()].sides[flight.side].flights;
        let position = flights.iter().position(|other| *other == slot).expect("a side knows its flights");
        flights.remove(position);
        self.say_farewell(now, flight.conn, flight.side);
        flight
    }

    /// A frame will not arrive.
    pub(super) fn drop_flight(
        &mut self,
        now: Instant,
        slot: usize,
        cause: Cause,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let flight = self.land(now, slot);
        let sides = &self.conns[flight.conn.index()].sides;
        let (from, to) = (sides[flight.side].node, sides[1 - flight.side].node);
        if flight.spot == Spot::Held {
            let (link, direction) = sides[flight.side].way[flight.hop];
            self.pipes[link.index()][direction].held.retain(|other| *other != slot);
        }
        eyes.see(now, &Moment::Dropped { flight: flight.id, from, to, frame: &flight.frame, cause });
    }
}
