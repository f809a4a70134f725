//! Healing: disturbances, and how long after their end everyone held what the authority had held.
//!
//! Knows when each leaf applied each frame, and which could be reached. Must not know what a fault does.

use std::collections::BTreeMap;

use super::class::Field;
use super::fold::Found;
use super::freshness::Freshness;
use super::pattern::Pattern;
use super::record::Recorder;
use super::sight::latest;
use super::station::NONE;
use crate::ids::AddressId;
use crate::observe::{Disturbance, DisturbanceKind};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};
use crate::workload::{Event, Spec};

/// The disturbances that are booked, and how they heal.
pub(super) struct Healing {
    pub(super) all: Vec<Disturbance>,
    /// Per disturbance: the leaves that are not reachable at its end.
    unreached: Vec<Vec<usize>>,
    /// Per disturbance: when the last gap closes, if there is any; `u64::MAX`: never.
    closed: Vec<Option<u64>>,
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
        let closed = vec![None; all.len()];
        Self { all, unreached, closed }
    }

    /// Adds what the leaves of one class lacked. Cost: a look at every address for each disturbance.
    pub(super) fn add(
        &mut self,
        field: &Field<'_>,
        pattern: &Pattern,
        fresh: &Freshness,
        found: &[Found],
        leaves: &[usize],
    ) {
        let steady = found.iter().zip(leaves).filter(|(_, leaf)| is_steady(field, **leaf));
        let steady = steady.map(|(found, _)| found);
        let steady_count = steady.clone().count();
        let steady = latest(pattern.sent.len(), steady);
        let mut ends = Vec::new();
        for (index, disturbance) in self.all.iter().enumerate() {
            let Some(until) = disturbance.until.map(Instant::nanos) else { continue };
            let unreached = &self.unreached[index];
            let others = found.iter().zip(leaves).filter(|(_, leaf)| !is_steady(field, **leaf));
            let others = others.filter(|(_, leaf)| !unreached.contains(leaf)).map(|(found, _)| found);
            let others: Vec<&Found> = others.collect();
            if steady_count + others.len() == 0 {
                continue;
            }
            let mut seen = latest(pattern.sent.len(), others.iter().copied());
            for (seen, steady) in seen.iter_mut().zip(&steady) {
                *seen = (*steady).max(*seen);
            }
            let heard = found.iter().zip(leaves).filter(|(_, leaf)| !unreached.contains(leaf));
            let mut alone: BTreeMap<u32, u64> = BTreeMap::new();
            for (found, _) in heard {
                let first = found.sightings.partition_point(|sighting| sighting.at < until);
                for sighting in &found.sightings[first..] {
                    let most = alone.entry(sighting.update).or_insert(0);
                    *most = sighting.at.max(*most);
                }
            }
            ends.push(Ending { index, until, seen, alone });
        }
        for address in (0..pattern.is_wild.len()).map(AddressId::new).filter(|a| field.in_scope(*a)) {
            let deeds = field.told.voice.deeds.of(address);
            for ending in &ends {
                let (before, after) = deeds.split_at(deeds.partition_point(|(at, _)| *at < ending.until));
                let Some((_, update)) = before.last().filter(|(_, update)| *update != NONE) else { continue };
                let by_frame = match fresh.shown_by[*update as usize] {
                    _ if pattern.is_wild[address.index()] => 0,
                    NONE => u64::MAX,
                    frame => ending.seen[frame as usize].saturating_sub(1),
                };
                let seen = ending.alone.get(update).copied().unwrap_or(0).max(by_frame);
                if seen >= ending.until && field.above.update(*update).event != Event::LogOff {
                    let gone =
                        after.iter().find(|(_, update)| *update == NONE).map_or(u64::MAX, |(at, _)| *at);
                    let closed = &mut self.closed[ending.index];
                    *closed = (*closed).max(Some(seen.min(gone)));
                }
            }
        }
    }

    /// How each healed.
    pub(super) fn finish(mut self, end: u64) -> Vec<Disturbance> {
        for (index, (disturbance, closed)) in self.all.iter_mut().zip(self.closed).enumerate() {
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
struct Ending {
    index: usize,
    until: u64,
    /// Per frame: one more than the instant at which all who were reachable had it; 0: it tells nothing.
    seen: Vec<u64>,
    /// When updates were visible to all who were reachable, where that does not follow from frames, and is not over.
    alone: BTreeMap<u32, u64>,
}

/// Whether a leaf was always reachable.
fn is_steady(field: &Field<'_>, leaf: usize) -> bool {
    field.record.logs[leaf].unreached.is_empty()
}
