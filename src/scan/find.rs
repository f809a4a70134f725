//! Find: from the record and the frames' arrivals to the findings of the whole fleet.
//!
//! Knows in which order the parts are made, and which of them at once. Must not know how.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::age::Raises;
use super::agreement::{Answers, agreement, window_ends};
use super::cast::{Cast, Leaf};
use super::class::Field;
use super::fold::{Found, Frame, fold};
use super::freshness::Freshness;
use super::healing::Healing;
use super::leaf::{Batch, Heard};
use super::pattern::Pattern;
use super::record::Recorder;
use super::sight::Sight;
use super::spread::Spread;
use super::story::Common;
use crate::ids::NodeId;
use crate::observe::{Classes, Findings, PointFindings, SourceAges, absorb, add_table, age_of};
use crate::scenario::Scenario;
use crate::units::Instant;

/// What a class is made of before its leaves are looked at.
struct Ready<'a> {
    index: usize,
    field: Field<'a>,
    pattern: Pattern,
    fresh: Freshness,
    raises: Raises,
    spread: Option<Spread>,
}

/// What was found at all leaves, up to `end`; nodes and links are left empty. `batches` tell when the frames of each
/// hub reached its leaves, every leaf in one of them; they are taken by up to so many threads. Up to
/// `recorded_max` samples each is recorded.
///
/// Cost: some steps an update and class, some a frame and leaf. `None`: some batch could not be carried exactly.
#[must_use]
pub fn find(
    scenario: &Scenario,
    cast: &Cast,
    record: &Recorder<'_>,
    mut batches: Vec<Batch<'_>>,
    end: Instant,
    (threads, recorded_max): (usize, u64),
) -> Option<Findings> {
    let common = Common::new(record);
    let updates = *record.first_of.last().expect("a closing number") as usize;
    let mut sight = Sight::new(updates);
    let mut healing = Healing::new(scenario, record, end);
    let mut rows: Vec<(NodeId, PointFindings)> = Vec::new();
    let mut ages = SourceAges::default();
    let mut classes = Vec::new();
    let mut stirs = record.last_at == end;
    let hubs: BTreeSet<NodeId> = cast.classes.iter().map(|class| class.hub).collect();
    for hub in hubs {
        let mine = cast.classes.iter().enumerate().filter(|(_, class)| class.hub == hub);
        let ready: Vec<Ready<'_>> = mine
            .map(|(index, class)| {
                let field = Field::new(record, &common, scenario, class, end);
                let pattern = Pattern::new(&field);
                let fresh = Freshness::new(&field, &pattern);
                let raises = Raises::new(&field, &BTreeSet::new());
                let spread = Spread::new(&pattern, &fresh, cast.leaves.len(), recorded_max);
                Ready { index, field, pattern, fresh, raises, spread }
            })
            .collect();
        let given: Vec<Batch<'_>> = batches.extract_if(.., |batch| batch.hub == hub).collect();
        let mut found = fold_all((cast, record), &ready, given, threads)?;
        found.sort_by_key(|(leaf, _)| *leaf);
        for ready in ready {
            let is_mine = |(leaf, _): &mut (usize, Found)| cast.leaves[*leaf].class == ready.index;
            let (mut all, mut leaves): (Vec<Found>, Vec<usize>) = (Vec::new(), Vec::new());
            for (leaf, mut found) in found.extract_if(.., is_mine) {
                stirs |= found.stirs_at_end;
                ages.add(&found.ages);
                rows.push((cast.leaves[leaf].node, std::mem::take(&mut found.findings)));
                all.push(found);
                leaves.push(leaf);
            }
            let Ready { field, pattern, fresh, .. } = ready;
            sight.add(&field, &pattern, &fresh, &all, &leaves);
            healing.add(&field, &pattern, &fresh, &all, &leaves);
            let answers = Answers::new(&field, &pattern, &all);
            classes.push((field, answers));
        }
    }
    rows.sort_by_key(|(node, _)| *node);
    let mut fleet = whole(scenario, &rows, end);
    fleet.age = age_of(&ages);
    let from = scenario.measure_from.nanos();
    let convergence = sight.finish(record, from, end.nanos(), &mut fleet);
    Some(Findings {
        measured_from: scenario.measure_from,
        end,
        points: rows,
        fleet,
        agreement: agreement(&classes, stirs),
        convergence,
        disturbances: healing.finish(end.nanos()),
        nodes: Vec::new(),
        links: Vec::new(),
    })
}

/// The sums of all rows.
fn whole(scenario: &Scenario, rows: &[(NodeId, PointFindings)], end: Instant) -> PointFindings {
    let mut fleet = PointFindings::default();
    let windows = window_ends(scenario.window.nanos(), end.nanos()).len();
    fleet.windows = vec![Classes::default(); windows];
    fleet.replica_windows = vec![Classes::default(); windows];
    for (_, row) in rows {
        absorb(&mut fleet, row);
        add_table(&mut fleet, row);
    }
    fleet
}

/// Takes the batches, one a thread at a time. The order in which they are done does not matter.
fn fold_all(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    batches: Vec<Batch<'_>>,
    threads: usize,
) -> Option<Vec<(usize, Found)>> {
    let waiting = Mutex::new(batches);
    let done: Mutex<Option<Vec<(usize, Found)>>> = Mutex::new(Some(Vec::new()));
    let work = || {
        loop {
            let Some(batch) = waiting.lock().expect("no thread dies with the lock").pop() else { return };
            let mut found = Vec::new();
            let is_whole = (batch.give)(&mut |position, heard: &[Heard]| {
                let leaf: &Leaf = &cast.leaves[position];
                let ready = ready.iter().find(|ready| ready.index == leaf.class);
                let ready = ready.expect("a hub's leaves are of its classes");
                let frame = Frame {
                    field: &ready.field,
                    pattern: &ready.pattern,
                    fresh: &ready.fresh,
                    raises: &ready.raises,
                    spread: ready.spread.as_ref(),
                };
                found.push((position, fold(&frame, leaf, &record.logs[position], heard)));
            });
            let mut done = done.lock().expect("no thread dies with the lock");
            match done.as_mut().filter(|_| is_whole) {
                Some(all) => all.extend(found),
                None => *done = None,
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    done.into_inner().expect("all threads are done")
}
