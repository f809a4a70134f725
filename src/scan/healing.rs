//! Healing: disturbances, and how long after their end everyone held what the authority had held.
//!
//! Knows when each leaf applied each frame, and which could be reached. Must not know what a fault does.

use std::collections::BTreeMap;

use super::class::Field;
use super::fold::Found;
use super::freshness::Freshness;
use super::numbers::NONE;
use super::pattern::Pattern;
use super::record::Recorder;
use super::sight::{Sighting, Together};
use crate::ids::AddressId;
use crate::observe::{Disturbance, DisturbanceKind};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};
use crate::workload::{Event, Spec};

/// Per disturbance: when the last gap closes, if there is any; `u64::MAX`: never.
pub(super) type Closed = Vec<Option<u64>>;

/// The disturbances that are booked.
pub(super) struct Healing {
    pub(super) all: Vec<Disturbance>,
    /// Per disturbance: the leaves that are not reachable at its end.
    unreached: Vec<Vec<usize>>,
}

impl Healing {
    /// Faults in their order, then storms.
    pub(super) fn new(scenario: &Scenario, record: &Recorder<'_>, end: Instant) -> Self {
        let booked =
            |kind, at, until| Disturbance { kind, node: None, at, until, convergence: None, unreachable: 0 };
        let (mut all, mut unreached) = (Vec::new(), Vec::new());
        for (index, fault) in scenario.faults.iter().enumerate() {
            let ended = record.fault_ends.iter().find(|(fault, ..)| *fault == index);
            all.push(booked(DisturbanceKind::Fault(index), fault.at, ended.map(|(_, at, _)| *at)));
            unreached.push(ended.map_or_else(Vec::new, |(_, _, leaves)| leaves.clone()));
        }
        if let Spec::Population(population) = &scenario.workload {
            for (index, storm) in population.storms.iter().enumerate() {
                let until = Some(storm.at.later(storm.within)).filter(|until| *until <= end);
                all.push(booked(DisturbanceKind::Storm(index), storm.at, until));
                // It is passed before anything else of its last instant.
                let before = until.map_or(0, |until| until.nanos().saturating_sub(1));
                unreached.push(record.unreached(before));
            }
        }
        Self { all, unreached }
    }

    /// Which of a leaf's sightings count for each disturbance: of updates that were there at its end, and not visible yet. Cost:
    /// a look at each sighting's update.
    pub(super) fn open(
        &self,
        field: &Field<'_>,
        leaf: usize,
        sightings: &[Sighting],
    ) -> BTreeMap<usize, Vec<(u32, u64)>> {
        let is_reached = |(index, _): &(usize, &Disturbance)| !self.unreached[*index].contains(&leaf);
        let reached = self.all.iter().enumerate().filter(is_reached);
        let mut ends: Vec<(u64, usize)> =
            reached.filter_map(|(index, one)| one.until.map(|until| (until.nanos(), index))).collect();
        ends.sort_unstable();
        let mut all: BTreeMap<usize, Vec<(u32, u64)>> = BTreeMap::new();
        for Sighting { update, at, .. } in sightings {
            let ended = &ends[..ends.partition_point(|(until, _)| until <= at)];
            if ended.is_empty() {
                continue;
            }
            let occurred = field.above.update(*update).occurred.nanos();
            for (_, index) in ended.iter().rev().take_while(|(until, _)| occurred < *until) {
                all.entry(*index).or_default().push((*update, *at));
            }
        }
        all.values_mut().for_each(|open| open.sort_unstable());
        all
    }

    /// Nothing was late yet.
    pub(super) fn closed(&self) -> Closed {
        vec![None; self.all.len()]
    }

    /// Adds what the leaves of one class lacked. Cost: a look at every deed of the authority's, and some steps a frame and
    /// disturbance.
    pub(super) fn add(
        &self,
        all_closed: &mut Closed,
        field: &Field<'_>,
        pattern: &Pattern,
        fresh: &Freshness,
        found: &[Found],
        (leaves, together): (&[usize], &Together),
    ) {
        let mut ends = Vec::new();
        for (index, disturbance) in self.all.iter().enumerate() {
            let Some(until) = disturbance.until.map(Instant::nanos) else { continue };
            let unreached = &self.unreached[index];
            if leaves.iter().all(|leaf| unreached.contains(leaf)) {
                continue;
            }
            let others = found.iter().zip(leaves).filter(|(_, leaf)| !is_steady(field, **leaf));
            let others = others.filter(|(_, leaf)| !unreached.contains(leaf));
            let seen = together.latest(pattern.sent.len(), others.map(|(found, _)| found));
            let alone = together.open.get(&index).map_or(&[][..], Vec::as_slice);
            ends.push(Ending { index, until, seen, alone });
        }
        ends.sort_by_key(|ending| ending.until);
        // Per frame: when it was seen at the latest, whoever was reachable.
        let mut latest = vec![0; pattern.sent.len()];
        for ending in &ends {
            latest.iter_mut().zip(&ending.seen).for_each(|(latest, seen)| *latest = (*seen).max(*latest));
        }
        for address in (0..pattern.is_wild.len()).map(AddressId::new).filter(|a| field.in_scope(*a)) {
            let deeds = field.told.voice.deeds(field.common, address);
            let is_wild = pattern.is_wild[address.index()];
            let mut next = 0;
            for (place, (at, update)) in deeds.iter().enumerate() {
                next += ends[next..].iter().take_while(|ending| ending.until <= at).count();
                let until = deeds.get(place + 1).map_or(u64::MAX, |(at, _)| at);
                let present = ends[next..].iter().take_while(|ending| ending.until <= until);
                let Some(first) = present.clone().next().filter(|_| update != NONE) else { continue };
                let frame = if is_wild { NONE } else { fresh.shown_by(field, address, update) };
                let is_late = frame == NONE || latest[frame as usize] > first.until;
                let is_alone = || present.clone().any(|ending| ending.of(update).is_some());
                if !is_late && !is_alone() {
                    continue;
                }
                for ending in present.clone() {
                    let by_frame = match frame {
                        _ if is_wild => 0,
                        NONE => u64::MAX,
                        frame => ending.seen[frame as usize].saturating_sub(1),
                    };
                    let seen = ending.of(update).unwrap_or(0).max(by_frame);
                    if seen >= ending.until && field.above.update(update).event() != Event::LogOff {
                        let gone = deeds.from(place + 1).iter().find(|(_, update)| *update == NONE);
                        let gone = gone.map_or(u64::MAX, |(at, _)| at);
                        let closed = &mut all_closed[ending.index];
                        *closed = (*closed).max(Some(seen.min(gone)));
                    }
                }
            }
        }
    }

    /// How each healed.
    pub(super) fn finish(mut self, closed: Closed, end: u64) -> Vec<Disturbance> {
        for (index, (disturbance, closed)) in self.all.iter_mut().zip(closed).enumerate() {
            if let Some(until) = disturbance.until {
                disturbance.unreachable = self.unreached[index].len() as u64;
                disturbance.convergence = match closed {
                    None => Some(Span::ZERO),
                    Some(at) if at <= end => Some(Instant::from_nanos(at).since(until)),
                    Some(_) => None,
                };
            }
        }
        self.all
    }
}

/// The end of a disturbance, as one class sees it.
struct Ending<'a> {
    index: usize,
    until: u64,
    /// Per frame: one more than the instant at which all who were reachable had it; 0: it tells nothing.
    seen: Vec<u64>,
    /// When updates that occurred before it were visible to all who were reachable, where that does not follow from frames
    /// and is not over.
    alone: &'a [(u32, u64)],
}

impl Ending<'_> {
    /// When an update was visible to all who were reachable, if that does not follow from frames.
    fn of(&self, update: u32) -> Option<u64> {
        let place = self.alone.binary_search_by_key(&update, |(update, _)| *update).ok()?;
        Some(self.alone[place].1)
    }
}

/// Whether a leaf was always reachable.
pub(super) fn is_steady(field: &Field<'_>, leaf: usize) -> bool {
    field.record.logs[leaf].unreached.is_empty()
}
