//! Disturbances, and how long each took to heal.

use uidsim::engine::{Moment, Node};
use uidsim::ids::{AddressId, NodeId};
use uidsim::mapping::Outcome;
use uidsim::observe::{Disturbance, DisturbanceKind};
use uidsim::roles::Note;
use uidsim::units::Instant;
use uidsim::workload::{Spec, Storm};

use super::facts::Key;
use super::state::State;

/// What a point does not hold yet.
#[derive(Debug)]
struct Open {
    point: NodeId,
    address: AddressId,
    wanted: Key,
    /// Whose entry it was.
    holder: NodeId,
}

/// One disturbance.
struct Healing {
    found: Disturbance,
    open: Vec<Open>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Healings {
    booked: Vec<Healing>,
    failovers: Vec<Healing>,
    storms: Vec<Storm>,
    /// When each member last went down or stopped to enforce.
    stepped_back: Vec<(NodeId, Instant)>,
    /// Members that enforced before the present moment.
    enforced: Vec<NodeId>,
}

impl Healings {
    pub(crate) fn new(state: &State) -> Self {
        let storms = match &state.facts.scenario.workload {
            Spec::Population(population) => population.storms.clone(),
            Spec::Arrivals(_) | Spec::Replay(_) => Vec::new(),
        };
        let faults = state.facts.scenario.faults.iter().map(|fault| fault.at);
        let booked = faults
            .enumerate()
            .map(|(i, at)| (DisturbanceKind::Fault(i), at))
            .chain(storms.iter().enumerate().map(|(i, storm)| (DisturbanceKind::Storm(i), storm.at)))
            .map(|(kind, at)| Healing { found: fresh(kind, None, at), open: Vec::new() })
            .collect();
        Self { booked, storms, ..Self::default() }
    }

    /// When storms end.
    pub(crate) fn storm_ends(&self) -> Vec<Instant> {
        self.storms.iter().map(|storm| storm.at.later(storm.within)).collect()
    }

    /// The storms that end now.
    pub(crate) fn end_storms(&mut self, state: &State) {
        for (index, at) in self.storm_ends().into_iter().enumerate() {
            if at == state.now {
                self.end_booked(state, DisturbanceKind::Storm(index));
            }
        }
    }

    fn end_booked(&mut self, state: &State, kind: DisturbanceKind) {
        let healing = self.booked.iter_mut().find(|one| one.found.kind == kind).expect("it was booked");
        healing.end(state);
    }

    /// Looks at a moment after `state` has taken it.
    pub(crate) fn look<N: Node<Note = Note>>(&mut self, state: &State, moment: &Moment<'_, N>) {
        match moment {
            Moment::FaultEnds { fault } => self.end_booked(state, DisturbanceKind::Fault(*fault)),
            Moment::NodeDown { node, keeps_memory } => {
                self.stepped_back.push((*node, state.now));
                if !keeps_memory {
                    self.close(state, |open| open.holder == *node);
                }
            }
            Moment::Note { node, note } => self.look_at_note(state, *node, note),
            _ => {}
        }
        let members = state.facts.points.iter().copied();
        self.enforced = members.filter(|member| state.enforces(*member)).collect();
    }

    fn look_at_note(&mut self, state: &State, node: NodeId, note: &Note) {
        match note {
            Note::Enforcing(true) => self.took_over(state, node),
            Note::Enforcing(false) => self.stepped_back.push((node, state.now)),
            Note::Expired(addresses) => {
                self.close(state, |open| open.holder == node && addresses.contains(&open.address));
            }
            Note::Merged { segment, outcomes, .. } => {
                for (mapping, outcome) in segment.iter().zip(outcomes) {
                    let key = state.facts.key((mapping.source, mapping.sequence));
                    if *outcome == Outcome::Applied {
                        self.close(state, |open| {
                            (open.point, open.address) == (node, mapping.address) && key >= open.wanted
                        });
                    }
                }
            }
            _ => {}
        }
    }

    fn took_over(&mut self, state: &State, node: NodeId) {
        let Some(pair) = state.facts.pair_of(node) else { return };
        let other = if pair[0] == node { pair[1] } else { pair[0] };
        if self.enforced.contains(&node) || state.enforces(other) {
            return;
        }
        let last = self.stepped_back.iter().rev().find(|(who, _)| *who == other);
        let Some((_, at)) = last.copied() else { return };
        let mut healing =
            Healing { found: fresh(DisturbanceKind::Failover, Some(node), at), open: Vec::new() };
        healing.end(state);
        self.failovers.push(healing);
    }

    fn close(&mut self, state: &State, is_closed: impl Fn(&Open) -> bool) {
        for healing in self.booked.iter_mut().chain(&mut self.failovers) {
            healing.open.retain(|open| !is_closed(open));
            healing.settle(state);
        }
    }

    /// Faults, then storms, then failovers as they came.
    pub(crate) fn found(&self) -> Vec<Disturbance> {
        self.booked.iter().chain(&self.failovers).map(|healing| healing.found.clone()).collect()
    }
}

impl Healing {
    /// The disturbance is over now; what is not held anywhere is open from here on.
    fn end(&mut self, state: &State) {
        self.found.until = Some(state.now);
        for unit in state.facts.units() {
            let serving: Vec<NodeId> = unit.into_iter().filter(|member| state.serves(*member)).collect();
            if serving.is_empty() {
                self.found.unreachable += 1;
            }
            for point in serving {
                for address in state.facts.addresses().filter(|a| state.facts.in_scope(point, *a)) {
                    self.open.extend(wanted(state, point, address));
                }
            }
        }
        self.settle(state);
    }

    fn settle(&mut self, state: &State) {
        if let (Some(until), None, true) = (self.found.until, self.found.convergence, self.open.is_empty()) {
            self.found.convergence = Some(state.now.since(until));
        }
    }
}

fn wanted(state: &State, point: NodeId, address: AddressId) -> Option<Open> {
    let (holder, slot) = state.authority_slot(point, address).filter(|(_, slot)| slot.user.is_some())?;
    let wanted = state.facts.key(slot.id);
    let is_held = state.held.get(&(point, address)).is_some_and(|held| *held >= wanted);
    (!is_held).then_some(Open { point, address, wanted, holder })
}

fn fresh(kind: DisturbanceKind, node: Option<NodeId>, at: Instant) -> Disturbance {
    Disturbance { kind, node, at, until: None, convergence: None, unreachable: 0 }
}
