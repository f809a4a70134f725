//! Find: from the record and the frames' arrivals to the findings of the whole fleet.
//!
//! Knows in which order the parts are made. Must not know how.

use std::collections::BTreeSet;

use super::age::Raises;
use super::cast::Cast;
use super::class::Field;
use super::fleet::{Answers, Healing, Sight, agreement, window_ends};
use super::fold::{Found, Frame, fold};
use super::freshness::Freshness;
use super::leaf::Heard;
use super::pattern::Pattern;
use super::record::Recorder;
use super::story::Common;
use crate::ids::NodeId;
use crate::observe::{Classes, Findings, PointFindings, SourceAges, absorb, add_table, age_of};
use crate::scenario::Scenario;
use crate::units::Instant;

/// What was found at all leaves, up to `end`. `heard` tells when the frames of its hub reached a leaf; nodes and
/// links are left empty.
pub fn find(
    scenario: &Scenario,
    cast: &Cast,
    record: &Recorder<'_>,
    heard: &dyn Fn(usize) -> Vec<Heard>,
    end: Instant,
) -> Findings {
    let common = Common::new(record);
    let updates = *record.first_of.last().expect("a closing number") as usize;
    let mut sight = Sight::new(updates);
    let mut healing = Healing::new(scenario, record, end);
    let mut rows: Vec<(NodeId, PointFindings)> = Vec::new();
    let mut ages = SourceAges::default();
    let mut classes = Vec::new();
    let mut stirs = record.last_at == end;
    for (index, class) in cast.classes.iter().enumerate() {
        let field = Field::new(record, &common, scenario, class, end);
        let pattern = Pattern::new(&field);
        let fresh = Freshness::new(&field, &pattern);
        let raises = Raises::new(&field, &BTreeSet::new());
        let frame = Frame { field: &field, pattern: &pattern, fresh: &fresh, raises: &raises };
        let mut all: Vec<Found> = Vec::new();
        for (position, leaf) in cast.leaves.iter().enumerate().filter(|(_, leaf)| leaf.class == index) {
            let mut found = fold(&frame, leaf, &heard(position));
            stirs |= found.stirs_at_end;
            ages.add(&found.ages);
            rows.push((leaf.node, std::mem::take(&mut found.findings)));
            all.push(found);
        }
        sight.add(&field, &pattern, &fresh, &all);
        healing.add(&field, &pattern, &fresh, &all);
        let answers = Answers::new(&field, &pattern, &all);
        classes.push((field, answers));
    }
    rows.sort_by_key(|(node, _)| *node);
    let (window, from) = (scenario.window.nanos(), scenario.measure_from.nanos());
    let mut fleet = PointFindings::default();
    let windows = window_ends(window, end.nanos()).len();
    fleet.windows = vec![Classes::default(); windows];
    fleet.replica_windows = vec![Classes::default(); windows];
    for (_, row) in &rows {
        absorb(&mut fleet, row);
        add_table(&mut fleet, row);
    }
    fleet.age = age_of(&ages);
    let convergence = sight.finish(record, from, end.nanos(), &mut fleet);
    Findings {
        measured_from: scenario.measure_from,
        end,
        points: rows,
        fleet,
        agreement: agreement(&classes, stirs),
        convergence,
        disturbances: healing.finish(end.nanos()),
        nodes: Vec::new(),
        links: Vec::new(),
    }
}
