//! What each moment changes.

use std::sync::Arc;

use uidsim::engine::{Cause, FlightId, Frame, Moment, Node, Way};
use uidsim::ids::{AddressId, NodeId};
use uidsim::observe::Parts;
use uidsim::roles::{Bar, EdgeState, Note, Withholding};
use uidsim::units::Instant;

use super::facts::{Edge, EdgeKind, Id};
use super::state::{Arrival, Death, Ending, Flight, Journey, Kind, State};
use super::wire::{Content, Copy, Names};

impl State {
    /// Takes one moment of now.
    pub(super) fn take<N: Node<Note = Note>>(&mut self, names: &Names, moment: &Moment<'_, N>) {
        let read = |frame: &Arc<Frame<N::Memo>>| {
            let content = names.read(frame.bytes());
            assert_eq!(content.messages, frame.messages(), "a frame counts its messages");
            assert_eq!(content.records(), frame.mappings() as usize, "a frame counts its mappings");
            content
        };
        match moment {
            Moment::Delivered { flight, from, to, frame, way, served, .. } => {
                let content = read(frame);
                self.count(*to, 0, &content);
                self.delivered(*flight, (*from, *to), &content, *way, *served);
            }
            Moment::Dropped { flight, from, to, frame, cause } => {
                self.dropped(*flight, (*from, *to), &read(frame), *cause);
            }
            Moment::FaultBegins { .. } | Moment::FaultEnds { .. } | Moment::Volley { .. } => {}
            Moment::LinkChanged { link, up } => self.link_up[link.index()] = *up,
            Moment::NodeDown { node, keeps_memory } => self.node_down(*node, *keeps_memory),
            Moment::NodeUp { node } => {
                self.up[node.index()] = true;
                self.restarted_at.insert(*node, self.now);
            }
            Moment::Note { node, note } => self.noted(*node, note),
            Moment::Sent { flight, from, to, frame, .. } => {
                let content = read(frame);
                self.count(*from, 1, &content);
                self.sent(*flight, (*from, *to), content);
            }
        }
    }

    /// Counts a frame in (0) or out (1).
    fn count(&mut self, node: NodeId, direction: usize, content: &Content) {
        if self.now >= self.facts.scenario.measure_from {
            let counts = &mut self.counts[node.index()];
            counts[direction] += u64::from(content.messages);
            counts[2 + direction] += content.records() as u64;
        }
    }

    fn noted(&mut self, node: NodeId, note: &Note) {
        match note {
            Note::Data(_) => {}
            Note::Edge { from, to, state } => self.edge_noted(node, (*from, *to), *state),
            Note::Enforcing(true) => {
                self.enforcing.insert(node);
            }
            Note::Enforcing(false) => {
                self.enforcing.remove(&node);
            }
            Note::Expired(addresses) => self.expired(node, addresses),
            Note::Hindered { .. } => {}
            Note::Merged { from, segment, outcomes } => self.merged(node, *from, segment, outcomes),
            Note::Followed { .. } => {}
            Note::Noticed { sequence } => {
                let before = self.noticed.insert((node, *sequence), self.now);
                assert!(before.is_none(), "an update is noticed once");
            }
            Note::Withheld { to, updates, why } => self.withheld((node, *to), updates, *why),
        }
    }

    pub(super) fn die(&mut self, id: Id, place: NodeId, kind: Kind) {
        self.deaths.push(Death { id, place, kind });
    }

    pub(super) fn edges_from(&self, node: NodeId) -> Vec<(Edge, EdgeState)> {
        let own = self.facts.edges.keys().filter(|edge| edge.0 == node);
        own.map(|edge| (*edge, self.edge(*edge))).collect()
    }

    fn edge_noted(&mut self, node: NodeId, edge: Edge, state: EdgeState) {
        let before = self.edge(edge);
        let is_push = self.facts.edges[&edge] == EdgeKind::Push;
        if state == EdgeState::Idle {
            self.idle.insert(edge);
        } else {
            self.edge_states.insert(edge, state);
            if node == edge.1 || is_push {
                self.idle.remove(&edge);
            }
        }
        self.edge_changed(edge, before);
        if self.edge(edge) != before {
            self.bar(edge);
        }
    }

    /// What waits on an edge when it leaves `Up` is lost, unless the table still holds it.
    fn edge_changed(&mut self, edge: Edge, before: EdgeState) {
        if before == EdgeState::Up && self.edge(edge) != EdgeState::Up {
            for id in self.waiting.remove(&edge).unwrap_or_default() {
                let address = self.address_of(edge.0, id);
                if self.live(edge.0, address) != Some(id) {
                    self.die(id, edge.1, Kind::LostLoss);
                }
            }
        }
    }

    /// What a feed that cannot come about was to tell is lost to it, now and from now on.
    fn bar(&mut self, edge: Edge) {
        let EdgeState::Barred(bar) = self.edge(edge) else { return };
        let table = self.tables.get(&edge.0).cloned().unwrap_or_default();
        for slot in table.values().filter(|slot| slot.user.is_some()) {
            self.die(slot.id, edge.1, lost_to(bar));
        }
    }

    /// The address of an update that `node` has applied.
    fn address_of(&self, node: NodeId, id: Id) -> AddressId {
        self.applications[&node].iter().find(|one| one.id == id).expect("it was applied").address
    }

    fn node_down(&mut self, node: NodeId, keeps_memory: bool) {
        self.up[node.index()] = false;
        self.enforcing.remove(&node);
        for (edge, state) in self.edges_from(node) {
            if matches!(self.facts.edges[&edge], EdgeKind::Session | EdgeKind::Ha) {
                self.edge_states.insert(edge, EdgeState::Down);
                self.edge_changed(edge, state);
            }
        }
        if keeps_memory {
            return;
        }
        let table = self.tables.remove(&node).unwrap_or_default();
        for slot in table.values().filter(|slot| slot.user.is_some()) {
            for (edge, state) in self.edges_from(node) {
                if state != EdgeState::Idle {
                    self.die(slot.id, edge.1, Kind::LostCrash);
                }
            }
        }
        for application in self.applications.entry(node).or_default() {
            application.ending.get_or_insert(Ending::MemoryLost);
        }
        self.held.retain(|(holder, _), _| *holder != node);
    }

    pub(super) fn end_application(&mut self, node: NodeId, address: AddressId, ending: Ending) {
        for application in self.applications.entry(node).or_default() {
            if application.address == address {
                application.ending.get_or_insert(ending);
            }
        }
    }

    fn expired(&mut self, node: NodeId, addresses: &[AddressId]) {
        if self.restarted_at.get(&node) != Some(&self.now) {
            self.expired_at.insert(node, self.now);
        }
        for address in addresses {
            let slot = self.tables.entry(node).or_default().remove(address).expect("what expires was there");
            assert!(slot.user.is_some(), "log-offs are forgotten in silence");
            assert!(slot.expires <= self.now, "nothing expires before its time");
            self.end_application(node, *address, Ending::Expired);
            self.die_where_not_carried(node, slot.id, Kind::LostLoss);
        }
    }

    /// A death of `id` at the far end of every edge from `node` that is down or resyncing.
    pub(super) fn die_where_not_carried(&mut self, node: NodeId, id: Id, kind: Kind) {
        for (edge, state) in self.edges_from(node) {
            if matches!(state, EdgeState::Down | EdgeState::Resyncing) {
                self.die(id, edge.1, kind);
            }
        }
    }

    /// Forgets the log-offs whose time is over, when the instant is over; nobody tells of them.
    pub(super) fn forget_log_offs(&mut self) {
        let mut forgotten = Vec::new();
        for (node, table) in &self.tables {
            for (address, slot) in table.iter().filter(|(_, slot)| slot.expires <= self.now) {
                if slot.user.is_none() {
                    forgotten.push((*node, *address));
                } else {
                    assert!(!self.up[node.index()], "{node:?} keeps {address:?} longer than its timeout");
                }
            }
        }
        for (node, address) in forgotten {
            self.tables.entry(node).or_default().remove(&address);
            self.end_application(node, address, Ending::Expired);
        }
    }

    /// When the next log-off is forgotten.
    pub(super) fn next_forgotten(&self) -> Instant {
        let slots = self.tables.values().flat_map(|table| table.values());
        let log_offs = slots.filter(|slot| slot.user.is_none() && slot.expires > self.now);
        log_offs.map(|slot| slot.expires).min().unwrap_or(Instant::NEVER)
    }

    fn withheld(&mut self, edge: Edge, updates: &[Id], why: Withholding) {
        let kind = match why {
            Withholding::Coalesced => Kind::Superseded,
            Withholding::Filtered => Kind::Filtered,
            Withholding::Overflow => Kind::LostQueue,
        };
        for id in updates {
            self.waiting.entry(edge).or_default().remove(id);
            self.pushed.insert(*id);
            self.die(*id, edge.1, kind);
        }
    }

    fn sent(&mut self, flight: FlightId, edge: Edge, content: Content) {
        let mut journeys = Vec::new();
        if !content.copies.is_empty() || content.next_position.is_some() {
            match self.facts.edges.get(&edge).expect("mappings go along configured feeds") {
                EdgeKind::Log => self.log_sent(edge, &content),
                EdgeKind::Push => {
                    self.pushed.extend(content.copies.iter().map(|copy| copy.id));
                }
                EdgeKind::Session | EdgeKind::Ha => {
                    for copy in &content.copies {
                        self.waiting.entry(edge).or_default().remove(&copy.id);
                        journeys.push(self.journey_until_sent(edge, copy));
                    }
                }
            }
        }
        let flight_before =
            self.flights.insert(flight, Flight { edge, sent: self.now, copies: content.copies, journeys });
        assert!(flight_before.is_none(), "a flight is unique");
    }

    fn log_sent(&mut self, edge: Edge, content: &Content) {
        let next = content.next_position.expect("a log sends records");
        let position = self.positions.get(&edge).copied().unwrap_or(0);
        for sequence in position..next {
            let id = (edge.0, sequence);
            let is_in_frame = content.copies.iter().any(|copy| copy.id == id);
            if self.noticed.contains_key(&id) && !is_in_frame {
                self.die(id, edge.1, Kind::LostLoss);
            }
        }
        self.positions.insert(edge, position.max(next));
    }

    /// The way of the copy that the feeding node applied last, and its wait there.
    fn journey_until_sent(&self, edge: Edge, copy: &Copy) -> Journey {
        let applications = self.applications.get(&edge.0).expect("a node sends what it has applied");
        let last = applications.iter().rev().find(|one| one.id == copy.id).expect("as above");
        let mut journey = last.journey.clone();
        let wait = u128::from(self.now.since(last.at).nanos());
        let parts = if copy.full {
            Parts { recover: wait, ..Parts::default() }
        } else {
            Parts { batch: wait, ..Parts::default() }
        };
        journey.hops.push((edge, parts));
        journey
    }

    fn land(&mut self, flight: FlightId, edge: Edge, content: &Content) -> Flight {
        let flight = self.flights.remove(&flight).expect("what lands was sent");
        assert_eq!(flight.edge, edge, "a flight keeps its ends");
        assert_eq!(flight.copies, content.copies, "the bytes stay what they were");
        flight
    }

    fn delivered(&mut self, flight: FlightId, edge: Edge, content: &Content, way: Way, served: Way) {
        let flight = self.land(flight, edge, content);
        let spent = way.total() + served.total();
        assert_eq!(flight.sent + spent, self.now, "the parts of a way add up");
        self.arrival = Some(Arrival { flight, way, served });
    }

    fn dropped(&mut self, flight: FlightId, edge: Edge, content: &Content, cause: Cause) {
        let flight = self.land(flight, edge, content);
        if self.facts.edges.get(&edge) == Some(&EdgeKind::Log) {
            if let Some(first) = flight.copies.iter().map(|copy| copy.id.1).min() {
                let position = self.positions.entry(edge).or_insert(0);
                *position = (*position).min(first);
            }
            return;
        }
        let kind = match cause {
            Cause::Crash => Kind::LostCrash,
            Cause::Loss => Kind::LostLoss,
            Cause::Port => Kind::LostPort,
            Cause::Queue => Kind::LostQueue,
        };
        for copy in &flight.copies {
            self.die(copy.id, edge.1, kind);
        }
    }
}

/// The fate of what was to go along a feed that cannot come about.
pub(super) fn lost_to(bar: Bar) -> Kind {
    match bar {
        Bar::Key => Kind::LostKey,
        Bar::Port => Kind::LostPort,
    }
}
