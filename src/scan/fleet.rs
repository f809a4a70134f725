//! Fleet: what all leaves together knew: who saw what when, and whether they agreed.
//!
//! Knows when each leaf applied each frame. Must not know how a leaf's row is summed.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Field;
use super::fold::Found;
use super::freshness::Freshness;
use super::pattern::Pattern;
use super::record::Recorder;
use super::station::NONE;
use super::tape::Tape;
use super::timely::see;
use super::walk::walk;
use crate::ids::AddressId;
use crate::observe::{Convergence, Disturbance, DisturbanceKind, PointFindings};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};
use crate::workload::{Event, Spec};

/// When each update was visible everywhere, class by class.
pub(super) struct Sight {
    /// Per update: one more than the instant at which the last of the audience saw it; 0 without an audience.
    everyone: Vec<u64>,
    /// The same of those to whom it was not denied.
    meant: Vec<u64>,
}

impl Sight {
    /// Of `updates` updates.
    pub(super) fn new(updates: usize) -> Self {
        Self { everyone: vec![0; updates], meant: vec![0; updates] }
    }

    /// Adds the leaves of one class. Cost: some steps an update.
    pub(super) fn add(&mut self, field: &Field<'_>, pattern: &Pattern, fresh: &Freshness, found: &[Found]) {
        let latest = latest(pattern, found);
        let filtered: BTreeSet<u32> = fresh.filtered.iter().copied().collect();
        for address in (0..pattern.is_wild.len()).map(AddressId::new) {
            if !field.in_scope(address) || pattern.is_wild[address.index()] {
                continue;
            }
            for update in field.common.updates.of(address) {
                let shown_by = fresh.shown_by[*update as usize];
                let at = if shown_by == NONE { u64::MAX } else { latest[shown_by as usize] };
                self.see(*update, at, filtered.contains(update));
            }
        }
        for (update, at, is_filtered) in found.iter().flat_map(|found| found.wild.iter().copied()) {
            self.see(update, at, is_filtered);
        }
    }

    fn see(&mut self, update: u32, at: u64, is_filtered: bool) {
        let everyone = &mut self.everyone[update as usize];
        *everyone = at.saturating_add(1).max(*everyone);
        if !is_filtered {
            let meant = &mut self.meant[update as usize];
            *meant = at.saturating_add(1).max(*meant);
        }
    }

    /// How long updates took to reach everyone, and the fleet's visibility.
    pub(super) fn finish(
        &self,
        record: &Recorder<'_>,
        from: u64,
        end: u64,
        fleet: &mut PointFindings,
    ) -> Convergence {
        let mut convergence = Convergence::default();
        for (update, (everyone, meant)) in self.everyone.iter().zip(&self.meant).enumerate() {
            let occurred = record.key(update as u32).0;
            if *everyone == 0 || occurred.nanos() < from {
                continue;
            }
            match everyone - 1 {
                at if at <= end => convergence.samples.record(Instant::from_nanos(at).since(occurred)),
                _ => convergence.not_converged += 1,
            }
            if *meant > 0 {
                see(&mut fleet.visibility, occurred.nanos(), meant - 1, end);
            }
        }
        convergence
    }
}

/// Per frame: when the last leaf applied it; `u64::MAX`: not by the end.
fn latest(pattern: &Pattern, found: &[Found]) -> Vec<u64> {
    let mut latest = vec![0; pattern.sent.len()];
    for found in found {
        for (most, at) in latest.iter_mut().zip(&found.applied) {
            *most = (*at).max(*most);
        }
    }
    latest
}

/// The disturbances that are booked, and how they heal.
pub(super) struct Healing {
    pub(super) all: Vec<Disturbance>,
    /// Per disturbance: when the last gap closes, if there is any; `u64::MAX`: never.
    closed: Vec<Option<u64>>,
}

impl Healing {
    /// Faults in their order, then storms.
    pub(super) fn new(scenario: &Scenario, record: &Recorder<'_>, end: Instant) -> Self {
        let booked =
            |kind, at, until| Disturbance { kind, node: None, at, until, convergence: None, unreachable: 0 };
        let faults = scenario.faults.iter().enumerate().map(|(index, fault)| {
            let ended = record.fault_ends.iter().find(|(fault, _)| *fault == index).map(|(_, at)| *at);
            booked(DisturbanceKind::Fault(index), fault.at, ended)
        });
        let mut all: Vec<Disturbance> = faults.collect();
        if let Spec::Population(population) = &scenario.workload {
            for (index, storm) in population.storms.iter().enumerate() {
                let until = Some(storm.at.later(storm.within)).filter(|until| *until <= end);
                all.push(booked(DisturbanceKind::Storm(index), storm.at, until));
            }
        }
        let closed = vec![None; all.len()];
        Self { all, closed }
    }

    /// Adds what the leaves of one class lacked. Cost: a look at every address for each disturbance.
    pub(super) fn add(&mut self, field: &Field<'_>, pattern: &Pattern, fresh: &Freshness, found: &[Found]) {
        let latest = latest(pattern, found);
        let mut wild: BTreeMap<u32, u64> = BTreeMap::new();
        for (update, at, _) in found.iter().flat_map(|found| found.wild.iter().copied()) {
            let most = wild.entry(update).or_insert(0);
            *most = at.max(*most);
        }
        for (disturbance, closed) in self.all.iter().zip(&mut self.closed) {
            let Some(until) = disturbance.until.map(Instant::nanos) else { continue };
            for address in (0..pattern.is_wild.len()).map(AddressId::new).filter(|a| field.in_scope(*a)) {
                let deeds = field.told.authority.of(address);
                let (before, after) = deeds.split_at(deeds.partition_point(|(at, _)| *at < until));
                let Some((_, update)) = before.last().filter(|(_, update)| *update != NONE) else { continue };
                if field.above.update(*update).event == Event::LogOff {
                    continue;
                }
                let seen = if pattern.is_wild[address.index()] {
                    wild.get(update).copied().unwrap_or(u64::MAX)
                } else {
                    match fresh.shown_by[*update as usize] {
                        NONE => u64::MAX,
                        frame => latest[frame as usize],
                    }
                };
                if seen >= until {
                    let gone =
                        after.iter().find(|(_, update)| *update == NONE).map_or(u64::MAX, |(at, _)| *at);
                    *closed = (*closed).max(Some(seen.min(gone)));
                }
            }
        }
    }

    /// How each healed.
    pub(super) fn finish(mut self, end: u64) -> Vec<Disturbance> {
        for (disturbance, closed) in self.all.iter_mut().zip(self.closed) {
            if let Some(until) = disturbance.until {
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

/// What the leaves of one class answered when windows ended.
pub(super) struct Answers {
    /// Per window: how many frames each leaf had applied, and how many of these its timers had ended, each pair once.
    marks: Vec<BTreeSet<(u32, u32)>>,
    /// Per wild address and window: the answer, if all gave the same.
    wild: BTreeMap<AddressId, Vec<Option<u32>>>,
}

/// When windows end, each with whether what happens at that instant comes before.
pub(super) fn window_ends(window: u64, end: u64) -> Vec<(u64, bool)> {
    let mut ends: Vec<(u64, bool)> = (1..=end / window).map(|number| (number * window, false)).collect();
    if !end.is_multiple_of(window) {
        ends.push((end, true));
    }
    ends
}

impl Answers {
    /// Of the leaves of one class.
    pub(super) fn new(field: &Field<'_>, pattern: &Pattern, found: &[Found]) -> Self {
        let ends = window_ends(field.window, field.end);
        let mut marks = vec![BTreeSet::new(); ends.len()];
        for found in found {
            for (marks, (end, is_after)) in marks.iter_mut().zip(&ends) {
                let before = |at: u64| at < *end || *is_after && at == *end;
                let applied = found.applied.partition_point(|at| before(*at));
                let ended = found.applied[..applied]
                    .partition_point(|at| before(at.saturating_add(field.law.timeout)));
                marks.insert((applied as u32, ended as u32));
            }
        }
        let mut wild = BTreeMap::new();
        for address in pattern.wild.iter().filter(|address| field.in_scope(**address)) {
            wild.insert(*address, Self::wild(field, *address, &ends, found));
        }
        Self { marks, wild }
    }

    fn wild(
        field: &Field<'_>,
        address: AddressId,
        ends: &[(u64, bool)],
        found: &[Found],
    ) -> Vec<Option<u32>> {
        let mut tape = Tape::default();
        let mut answers: Vec<Option<Option<u32>>> = vec![None; ends.len()];
        for found in found {
            walk(&field.ground(address), |frame| found.applied[frame as usize], &mut tape);
            let mut steps = tape.steps.iter().filter(|step| step.entries.0 != step.entries.1).peekable();
            let mut live = NONE;
            for (answer, (end, is_after)) in answers.iter_mut().zip(ends) {
                while let Some(step) = steps.next_if(|step| step.at < *end || *is_after && step.at == *end) {
                    live = step.entries.1;
                }
                let user = answer_of(field, live);
                *answer = Some(answer.map_or(Some(user), |known| known.filter(|known| *known == user)));
            }
        }
        answers.into_iter().map(Option::flatten).collect()
    }

    /// The one answer of all leaves to `address` when a window ended; `None`: they differ.
    fn of(&self, field: &Field<'_>, window: usize, address: AddressId) -> Option<u32> {
        if let Some(wild) = self.wild.get(&address) {
            return wild[window];
        }
        let entries = field.told.entries.of(address);
        let mut only = None;
        for (applied, ended) in &self.marks[window] {
            let known = entries.partition_point(|(_, frame)| frame < applied);
            let last = known.checked_sub(1).map(|last| entries[last]);
            let user =
                last.filter(|(_, frame)| frame >= ended).map_or(NONE, |(update, _)| answer_of(field, update));
            if only.is_some_and(|only| only != user) {
                return None;
            }
            only = Some(user);
        }
        only
    }
}

/// Whom an entry names; `NONE`: nobody.
fn answer_of(field: &Field<'_>, update: u32) -> u32 {
    if update == NONE {
        return NONE;
    }
    let item = field.above.update(update);
    let user = item.user.filter(|_| item.event != Event::LogOff);
    user.map_or(NONE, |user| user.index() as u32)
}

/// Per window: addresses on which all leaves agree, and addresses known to anybody, at its end. `stirs`: whether
/// anything happened at the very end of the run.
pub(super) fn agreement(classes: &[(Field<'_>, Answers)], stirs: bool) -> Vec<(u64, u64)> {
    let Some((first, _)) = classes.first() else { return Vec::new() };
    let ends = window_ends(first.window, first.end);
    let mut windows = Vec::with_capacity(ends.len());
    for (window, (end, is_after)) in ends.into_iter().enumerate() {
        if end <= first.from {
            windows.push((0, 0));
            continue;
        }
        let (mut agreed, mut known) = (0, 0);
        for address in (0..first.record.workload.addresses.len()).map(AddressId::new) {
            let changes = first.common.changes.of(address);
            let passed = |at: u64| at < end || is_after && stirs && at == end;
            let past = changes.iter().take_while(|change| change.at == 0 || passed(change.at)).last();
            let is_there = past.is_some_and(|change| change.user != NONE);
            let verdict = judge(classes, window, address, is_there);
            agreed += u64::from(verdict.0);
            known += u64::from(verdict.1);
        }
        windows.push((agreed, known));
    }
    windows
}

/// Whether all agree on `address`, and whether anybody knows it.
fn judge(
    classes: &[(Field<'_>, Answers)],
    window: usize,
    address: AddressId,
    is_there: bool,
) -> (bool, bool) {
    let mut only: Option<u32> = None;
    for (field, answers) in classes.iter().filter(|(field, _)| field.in_scope(address)) {
        let answer = answers.of(field, window, address);
        if answer.is_none() || only.is_some() && only != answer {
            return (false, true);
        }
        only = answer;
    }
    let known = is_there || only.is_some_and(|only| only != NONE);
    (known, known)
}
