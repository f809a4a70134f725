//! What each moment changes.

use std::sync::Arc;

use uidsim::engine::{Cause, FlightId, Frame, Moment, Node, Way};
use uidsim::ids::{AddressId, NodeId};
use uidsim::mapping::{Mapping, Outcome};
use uidsim::observe::Parts;
use uidsim::roles::{EdgeState, Note, Withholding};
use uidsim::units::{Instant, Span};

use super::facts::{Edge, EdgeKind, INITIAL, Id};
use super::law;
use super::state::{Application, Arrival, Death, Ending, Flight, Journey, Kind, Knowledge, State};
use super::wire::{Content, Copy, Names};

impl State {
    /// Takes one moment of now.
    pub(super) fn take<N: Node<Note = Note>>(&mut self, names: &Names, moment: &Moment<'_, N>) {
        let read = |frame: &Arc<Frame<N::Memo>>| {
            let content = names.read(frame.bytes());
            assert_eq!(content.messages, frame.messages(), "a frame counts its messages");
            assert_eq!(content.copies.len(), frame.mappings() as usize, "a frame counts its mappings");
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
            Moment::FaultBegins { .. } | Moment::FaultEnds { .. } => {}
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
            counts[2 + direction] += content.copies.len() as u64;
        }
    }

    fn noted(&mut self, node: NodeId, note: &Note) {
        match note {
            Note::Edge { from, to, state } => self.edge_noted(node, (*from, *to), *state),
            Note::Enforcing(true) => {
                self.enforcing.insert(node);
            }
            Note::Enforcing(false) => {
                self.enforcing.remove(&node);
            }
            Note::Expired(addresses) => self.expired(node, addresses),
            Note::Merged { from, segment, outcomes } => self.merged(node, *from, segment, outcomes),
            Note::Noticed { sequence } => {
                let before = self.noticed.insert((node, *sequence), self.now);
                assert!(before.is_none(), "an update is noticed once");
            }
            Note::Withheld { to, updates, why } => self.withheld((node, *to), updates, *why),
        }
    }

    fn die(&mut self, id: Id, place: NodeId, kind: Kind) {
        self.deaths.push(Death { id, place, kind });
    }

    fn edges_from(&self, node: NodeId) -> Vec<(Edge, EdgeState)> {
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

    fn end_application(&mut self, node: NodeId, address: AddressId, ending: Ending) {
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
    fn die_where_not_carried(&mut self, node: NodeId, id: Id, kind: Kind) {
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

    fn merged(&mut self, node: NodeId, from: Option<NodeId>, segment: &[Mapping], outcomes: &[Outcome]) {
        assert_eq!(segment.len(), outcomes.len(), "every mapping has its outcome");
        assert_ne!(self.expired_at.get(&node), Some(&self.now), "an apply goes before an expiry");
        let arrival = from.map(|from| {
            let arrival = self.arrival.take().expect("what is merged was delivered just now");
            assert_eq!(arrival.flight.edge, (from, node), "it was delivered here");
            assert_eq!(arrival.flight.copies.len(), segment.len(), "all of it is merged");
            arrival
        });
        for (position, (mapping, outcome)) in segment.iter().zip(outcomes).enumerate() {
            let copy = copy_of(mapping);
            let mut journey = Journey::default();
            if let Some(arrival) = &arrival {
                self.compare(node, &arrival.flight.copies[position], &copy);
                journey = self.journey(arrival, position, &copy);
            }
            self.check_outcome(node, from, &copy, *outcome);
            self.merge(node, &copy, *outcome, journey);
        }
    }

    /// The mapping in the note is the mapping in the frame.
    fn compare(&self, node: NodeId, sent: &Copy, merged: &Copy) {
        let is_record = self.facts.point(sent.id.0).is_none() && sent.route.is_empty();
        let mut expected = Copy { full: false, ..sent.clone() };
        expected.route.clone_from(&merged.route);
        if is_record && merged.origin == node {
            expected.origin = node;
        }
        assert_eq!(*merged, expected, "what is merged is what was delivered");
    }

    fn journey(&self, arrival: &Arrival, position: usize, copy: &Copy) -> Journey {
        let Arrival { flight, way, served } = arrival;
        let nanos = |span: Span| u128::from(span.nanos());
        match self.facts.edges[&flight.edge] {
            EdgeKind::Log => {
                let occurred = self.facts.key(copy.id).0;
                let parts = parts_of(*served);
                let observe = nanos(self.now.since(occurred)) - parts.total();
                Journey { observe, hops: vec![(flight.edge, parts)] }
            }
            EdgeKind::Push => {
                let occurred = self.facts.key(copy.id).0;
                let mut parts = parts_of(*way);
                parts.add(&parts_of(*served));
                Journey { observe: nanos(flight.sent.since(occurred)), hops: vec![(flight.edge, parts)] }
            }
            EdgeKind::Session | EdgeKind::Ha => {
                let mut journey = flight.journeys[position].clone();
                let (_, parts) = journey.hops.last_mut().expect("the wait is there");
                parts.add(&parts_of(*way));
                parts.add(&parts_of(*served));
                journey
            }
        }
    }

    fn merge(&mut self, node: NodeId, copy: &Copy, outcome: Outcome, journey: Journey) {
        let is_point = self.facts.points.contains(&node);
        if is_point && self.has_applied(node, copy.id) {
            self.duplicates.push((node, copy.id));
        }
        match outcome {
            Outcome::Applied => self.applied(node, copy, journey),
            Outcome::Duplicate => {}
            Outcome::Hops => self.die(copy.id, node, Kind::LostHops),
            Outcome::Full => {
                self.die(copy.id, node, Kind::Full);
                if self.now >= self.facts.scenario.measure_from {
                    *self.refused_full.entry(node).or_insert(0) += 1;
                }
            }
            Outcome::Filtered => self.die(copy.id, node, Kind::Filtered),
            Outcome::Refused { holder } => {
                let is_older = self.facts.key(copy.id) < self.facts.key(holder);
                self.die(copy.id, node, if is_older { Kind::Superseded } else { Kind::Refused });
            }
        }
        if outcome != Outcome::Applied {
            self.write(node, copy, outcome);
        }
    }

    fn write(&mut self, node: NodeId, copy: &Copy, outcome: Outcome) {
        let settings = self.facts.point(node).expect("only tables merge").clone();
        let table = self.tables.entry(node).or_default();
        law::carry_out(&settings, table, self.now, copy, outcome);
    }

    fn applied(&mut self, node: NodeId, copy: &Copy, journey: Journey) {
        let key = self.facts.key(copy.id);
        let old = self.live(node, copy.address);
        if copy.log_off {
            self.die_where_not_carried(node, copy.id, Kind::LostLoss);
        }
        if let Some(old) = old {
            let kind = if key > self.facts.key(old) { Kind::Superseded } else { Kind::Refused };
            self.die_where_not_carried(node, old, kind);
        }
        for (edge, state) in self.edges_from(node) {
            if state == EdgeState::Up {
                self.waiting.entry(edge).or_default().insert(copy.id);
            }
        }
        self.end_application(node, copy.address, Ending::Replaced);
        let application =
            Application { at: self.now, id: copy.id, address: copy.address, ending: None, journey };
        self.applications.entry(node).or_default().push(application);
        for marks in [&mut self.marks, &mut self.held] {
            let mark = marks.entry((node, copy.address)).or_insert(key);
            *mark = (*mark).max(key);
        }
        let followers: Vec<NodeId> =
            self.facts.points.iter().copied().filter(|p| self.facts.authorities[p].contains(&node)).collect();
        let before: Vec<_> = followers.iter().map(|p| self.authority_answer(*p, copy.address)).collect();
        self.write(node, copy, Outcome::Applied);
        for (point, before) in followers.into_iter().zip(before) {
            if self.authority_answer(point, copy.address) != before {
                self.versions.entry((point, copy.address)).or_default().push(key);
                self.changes.insert((point, copy.id));
            }
        }
        self.learn(node, copy.id);
    }

    /// Looks at how full every table is now, if that counts already.
    pub(super) fn look_at_tables(&mut self) {
        if self.now >= self.facts.scenario.measure_from {
            for (node, table) in &self.tables {
                let peak = self.table_peaks.entry(*node).or_insert(0);
                *peak = (*peak).max(law::users(table));
            }
        }
    }

    /// Age of information.
    fn learn(&mut self, node: NodeId, id: Id) {
        if !self.facts.points.contains(&node) || id.1 >= INITIAL {
            return;
        }
        let occurred = self.facts.key(id).0;
        let is_measured = self.now >= self.facts.scenario.measure_from;
        match self.knowledge.get_mut(&(node, id.0)) {
            None => {
                let fresh = Knowledge { newest: occurred, area_twice: 0, time: 0, peaks: Vec::new() };
                self.knowledge.insert((node, id.0), fresh);
            }
            Some(knowledge) if occurred > knowledge.newest => {
                if is_measured {
                    knowledge.peaks.push(self.now.since(knowledge.newest));
                }
                knowledge.newest = occurred;
            }
            Some(_) => {}
        }
    }
}

fn copy_of(mapping: &Mapping) -> Copy {
    Copy {
        id: (mapping.source, mapping.sequence),
        address: mapping.address,
        user: mapping.user,
        log_off: mapping.log_off,
        timestamp: mapping.timestamp,
        origin: mapping.origin,
        route: mapping.route.nodes().to_vec(),
        full: false,
    }
}

fn parts_of(way: Way) -> Parts {
    let nanos = |span: Span| u128::from(span.nanos());
    Parts {
        batch: 0,
        queue: nanos(way.queue),
        process: nanos(way.process),
        transmit: nanos(way.transmit),
        propagate: nanos(way.propagate),
        recover: nanos(way.recover),
    }
}
