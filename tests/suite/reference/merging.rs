//! What becomes of each mapping that a node was given.

use uidsim::engine::Way;
use uidsim::ids::NodeId;
use uidsim::mapping::{Mapping, Outcome};
use uidsim::observe::Parts;
use uidsim::roles::EdgeState;
use uidsim::units::Span;

use super::facts::{EdgeKind, INITIAL, Id};
use super::law;
use super::moments::lost_to;
use super::state::{Application, Arrival, Ending, Journey, Kind, Knowledge, State};
use super::wire::Copy;

impl State {
    pub(super) fn merged(
        &mut self,
        node: NodeId,
        from: Option<NodeId>,
        segment: &[Mapping],
        outcomes: &[Outcome],
    ) {
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
        law::carry_out((node, &settings), table, self.now, copy, outcome);
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
            if let EdgeState::Barred(bar) = state {
                self.die(copy.id, edge.1, lost_to(bar));
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
