//! Sums: what all leaves of all hubs come to, hub by hub.
//!
//! Knows what was found at each leaf. Must not know how.

use std::collections::BTreeMap;

use super::accord::Accord;
use super::agreement::Answers;
use super::cast::Cast;
use super::find::Ready;
use super::fold::Found;
use super::healing::{Closed, Healing};
use super::record::Recorder;
use super::relay::Relayed;
use super::sight::{Sight, Together};
use super::story::Common;
use super::team::Folded;
use crate::ids::NodeId;
use crate::observe::{ClassWindows, Findings, PointFindings, SourceAges, add_whole, age_of};
use crate::scenario::Scenario;
use crate::units::Instant;

/// What was found so far.
pub(super) struct Sums {
    /// What one leaf has to do with another is not asked for.
    is_brief: bool,
    sight: Sight,
    closed: Closed,
    rows: Vec<(NodeId, PointFindings)>,
    /// Of the second members of pairs.
    seconds: Vec<(NodeId, PointFindings)>,
    relayed: Vec<Relayed>,
    ages: SourceAges,
    /// What all who enforce come to.
    fleet: PointFindings,
    accord: Accord,
}

impl Sums {
    /// Of so many updates and windows.
    pub(super) fn new((updates, windows): (usize, usize), healing: &Healing, is_brief: bool) -> Self {
        Self {
            is_brief,
            sight: Sight::new(updates),
            closed: healing.closed(),
            rows: Vec::new(),
            seconds: Vec::new(),
            relayed: Vec::new(),
            ages: SourceAges::default(),
            fleet: PointFindings {
                windows: ClassWindows::empty(windows),
                replica_windows: ClassWindows::empty(windows),
                ..PointFindings::default()
            },
            accord: Accord::default(),
        }
    }

    /// Adds the leaves of one hub, with so many threads. Cost: some steps an update and class, some a window and leaf.
    pub(super) fn add(
        &mut self,
        cast: &Cast,
        healing: &Healing,
        (ready, (mut found, mut together)): (Vec<Ready<'_>>, (Vec<Folded>, BTreeMap<usize, Together>)),
        threads: usize,
    ) {
        found.sort_by_key(|one| one.leaf);
        for ready in ready {
            let is_mine = |one: &mut Folded| cast.leaves[one.leaf].class == ready.index;
            if ready.field.class.relay.is_some() {
                for Folded { leaf, found, relayed: told } in found.extract_if(.., is_mine) {
                    self.seconds.push((cast.leaves[leaf].node, found.findings));
                    self.relayed.extend(told);
                }
                continue;
            }
            let (mut all, mut leaves): (Vec<Found>, Vec<usize>) = (Vec::new(), Vec::new());
            for Folded { leaf, mut found, .. } in found.extract_if(.., is_mine) {
                self.rows.push((cast.leaves[leaf].node, std::mem::take(&mut found.findings)));
                all.push(found);
                leaves.push(leaf);
            }
            let mut together = together.remove(&ready.index).unwrap_or_default();
            add_whole(&mut self.fleet, &together.whole);
            if self.is_brief {
                continue;
            }
            let (field, pattern, fresh) = (&ready.field, &ready.pattern, &ready.brings.fresh);
            let wild = std::mem::take(&mut together.wild);
            self.ages.add(&together.ages);
            let seen = (leaves.as_slice(), &together);
            self.sight.add(field, pattern, fresh, &all, seen);
            healing.add(&mut self.closed, field, pattern, fresh, &all, seen);
            self.accord.add(field, &Answers::new(field, pattern, &all, wild), threads);
        }
    }

    /// The findings of the whole fleet, and what members of pairs told each other.
    pub(super) fn finish(
        self,
        scenario: &Scenario,
        (record, common): (&Recorder<'_>, &Common),
        healing: Healing,
        end: Instant,
    ) -> (Findings, Vec<Relayed>) {
        let Self { is_brief: _, sight, closed, mut rows, seconds, relayed, ages, mut fleet, accord } = self;
        rows.extend(seconds);
        rows.sort_by_key(|(node, _)| *node);
        fleet.age = age_of(&ages);
        let from = scenario.measure_from.nanos();
        let convergence = sight.finish(record, from, end.nanos(), &mut fleet);
        let windows = (scenario.window.nanos(), from.min(end.nanos()), end.nanos());
        let findings = Findings {
            measured_from: scenario.measure_from,
            end,
            points: rows,
            fleet,
            agreement: accord.finish(common, windows),
            convergence,
            disturbances: healing.finish(closed, end.nanos()),
            nodes: Vec::new(),
            links: Vec::new(),
        };
        (findings, relayed)
    }
}
