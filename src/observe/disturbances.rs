//! Disturbances: faults, storms and failovers, and how long after their end everyone holds what their
//! authority held.
//!
//! Knows marks and authorities. Must not know what a fault does.

use std::collections::BTreeMap;

use super::book::UpdateId;
use super::findings::{Disturbance, DisturbanceKind};
use super::witness::Witness;
use crate::ids::{AddressId, NodeId};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};
use crate::workload::Spec;

/// One thing that a point does not hold yet.
#[derive(Clone, Copy, Debug)]
struct Gap {
    disturbance: usize,
    update: UpdateId,
    owner: NodeId,
}

/// All disturbances.
#[derive(Debug)]
pub(super) struct Disturbances {
    all: Vec<Disturbance>,
    open: Vec<usize>,
    gaps: BTreeMap<(usize, AddressId), Vec<Gap>>,
    /// Last instants of storms in order, with their disturbances.
    storms: Vec<(Instant, usize)>,
    storms_passed: usize,
    /// Per node: when it last went down or stopped enforcing.
    stopped: BTreeMap<NodeId, Instant>,
}

impl Disturbances {
    /// What is booked.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let booked =
            |kind, at| Disturbance { kind, node: None, at, until: None, convergence: None, unreachable: 0 };
        let faults = scenario.faults.iter().enumerate();
        let mut all: Vec<Disturbance> =
            faults.map(|(index, fault)| booked(DisturbanceKind::Fault(index), fault.at)).collect();
        let mut storms = Vec::new();
        if let Spec::Population(population) = &scenario.workload {
            for (index, storm) in population.storms.iter().enumerate() {
                storms.push((storm.at.later(storm.within), all.len()));
                all.push(booked(DisturbanceKind::Storm(index), storm.at));
            }
        }
        storms.sort_unstable();
        let open = vec![0; all.len()];
        Self { all, open, gaps: BTreeMap::new(), storms, storms_passed: 0, stopped: BTreeMap::new() }
    }

    /// When the next storm ends.
    pub(super) fn next_storm(&self) -> Option<Instant> {
        self.storms.get(self.storms_passed).map(|(at, _)| *at)
    }

    /// The storm that ends next; it is passed.
    pub(super) fn pass_storm(&mut self) -> usize {
        self.storms_passed += 1;
        self.storms[self.storms_passed - 1].1
    }

    /// `node` went down or stopped enforcing.
    pub(super) fn stop(&mut self, now: Instant, node: NodeId) {
        self.stopped.insert(node, now);
    }

    /// All of them, as they ended.
    pub(super) fn into_findings(self) -> Vec<Disturbance> {
        self.all
    }

    fn close(&mut self, now: Instant, disturbance: usize, gaps: usize) {
        self.open[disturbance] -= gaps;
        let found = &mut self.all[disturbance];
        if let (0, Some(until), None) = (self.open[disturbance], found.until, found.convergence) {
            found.convergence = Some(now.since(until));
        }
    }

    /// Drops the gaps at `place` that `is_closed`.
    fn settle(&mut self, now: Instant, place: (usize, AddressId), is_closed: impl Fn(&Gap) -> bool) {
        let Some(gaps) = self.gaps.get_mut(&place) else { return };
        let closed: Vec<Gap> = gaps.extract_if(.., |gap| is_closed(gap)).collect();
        if gaps.is_empty() {
            self.gaps.remove(&place);
        }
        for gap in closed {
            self.close(now, gap.disturbance, 1);
        }
    }
}

impl Witness {
    /// A fault or storm ends now: what does everyone lack?
    pub(super) fn end_disturbance(&mut self, disturbance: usize) {
        let reachable = self.reach.rows(&self.paths).to_vec();
        let hears = |row: usize| reachable[row] && self.fleet.enforces(row);
        let alone = self.fleet.units.iter().filter(|unit| !unit.rows.iter().any(|row| hears(*row))).count();
        let mut open = 0;
        for row in (0..self.paths.rows.len()).filter(|row| hears(*row)) {
            let Some(group) = self.paths.group_of[row] else { continue };
            for address in (0..self.addresses).map(AddressId::new) {
                let voice = self.authorities.voice(group, address).filter(|voice| voice.user.is_some());
                let Some(voice) = voice.filter(|_| self.cell(row, address).in_scope) else { continue };
                if self.book.is_newer(voice.update, self.held(row, address)) {
                    open += 1;
                    let gap = Gap { disturbance, update: voice.update, owner: voice.owner };
                    self.disturbances.gaps.entry((row, address)).or_default().push(gap);
                }
            }
        }
        self.disturbances.open[disturbance] = open;
        let found = &mut self.disturbances.all[disturbance];
        found.until = Some(self.now);
        found.unreachable = alone as u64;
        found.convergence = (open == 0).then_some(Span::ZERO);
    }

    /// A member of a pair enforces from now on, or no longer.
    pub(super) fn on_enforcing(&mut self, node: NodeId, enforcing: bool) {
        let Some(row) = self.paths.row_of[node.index()] else { return };
        if !self.fleet.is_paired(row) {
            return;
        }
        if !enforcing {
            self.disturbances.stop(self.now, node);
        }
        if self.fleet.enforces(row) == enforcing {
            return;
        }
        let alone = !self.fleet.others(row).any(|other| self.fleet.enforces(other));
        let stopped = self
            .fleet
            .others(row)
            .filter_map(|other| self.disturbances.stopped.get(&self.paths.rows[other]).copied());
        let began = stopped.max().filter(|_| enforcing && alone);
        self.set_enforcing(row, enforcing);
        if let Some(at) = began {
            self.disturbances.open.push(0);
            self.disturbances.all.push(Disturbance {
                kind: DisturbanceKind::Failover,
                node: Some(node),
                at,
                until: None,
                convergence: None,
                unreachable: 0,
            });
            self.end_disturbance(self.disturbances.all.len() - 1);
        }
    }

    /// `row` applied `update`: it no longer lacks that or anything older.
    pub(super) fn close_gaps(&mut self, row: usize, update: UpdateId) {
        let place = (row, self.book.item(update).address);
        let key = self.book.key(update);
        let book = &self.book;
        self.disturbances.settle(self.now, place, |gap| book.key(gap.update) <= key);
    }

    /// An entry of `owner` expired: nobody lacks it any more.
    pub(super) fn excuse_expired(&mut self, owner: NodeId, address: AddressId) {
        if self.disturbances.gaps.is_empty() {
            return;
        }
        for row in 0..self.paths.rows.len() {
            self.disturbances.settle(self.now, (row, address), |gap| gap.owner == owner);
        }
    }

    /// `owner` lost its memory: nobody lacks any of it any more.
    pub(super) fn excuse_owner(&mut self, owner: NodeId) {
        let places: Vec<(usize, AddressId)> = self.disturbances.gaps.keys().copied().collect();
        for place in places {
            self.disturbances.settle(self.now, place, |gap| gap.owner == owner);
        }
    }
}
