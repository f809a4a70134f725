//! Find: from the record and the frames' arrivals to the findings of the whole fleet.
//!
//! Knows in which order the parts are made, and which of them at once. Must not know how.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::accord::Accord;
use super::age::Raises;
use super::agreement::{Answers, window_ends};
use super::cast::{Cast, Leaf, Part};
use super::class::Field;
use super::desk::Desk;
use super::fold::{Found, Frame, Told, fold};
use super::freshness::Freshness;
use super::healing::Healing;
use super::leaf::{Batch, Heard};
use super::own::Own;
use super::pattern::Pattern;
use super::record::Recorder;
use super::relay::{Relayed, Via};
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

impl Ready<'_> {
    fn frame(&self) -> Frame<'_> {
        Frame {
            field: &self.field,
            pattern: &self.pattern,
            fresh: &self.fresh,
            raises: &self.raises,
            spread: self.spread.as_ref(),
        }
    }
}

/// What was found at all leaves, up to `end`; nodes and links are left empty. Also what members
/// of pairs told each other. `batches` tell when the frames of each
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
) -> Option<(Findings, Vec<Relayed>)> {
    let common = Common::new(record);
    let updates = *record.first_of.last().expect("a closing number") as usize;
    let mut sight = Sight::new(updates);
    let mut healing = Healing::new(scenario, record, end);
    let mut rows: Vec<(NodeId, PointFindings)> = Vec::new();
    let mut seconds: Vec<(NodeId, PointFindings)> = Vec::new();
    let mut relayed = Vec::new();
    let mut ages = SourceAges::default();
    let mut accord = Accord::default();
    let mut stirs = record.last_at == end;
    let hubs: BTreeSet<NodeId> = cast.classes.iter().map(|class| class.hub).collect();
    for hub in hubs {
        let mine = cast.classes.iter().enumerate().filter(|(_, class)| class.hub == hub);
        let mut told = None;
        let ready: Vec<Ready<'_>> = mine
            .map(|(index, class)| {
                let field = Field::new(record, &common, scenario, class, end, &mut told);
                let pattern = Pattern::new(&field);
                let fresh = Freshness::new(&field, &pattern);
                let raises = Raises::new(&field, &BTreeSet::new());
                let spread = Spread::new(&pattern, &fresh, cast.leaves.len(), recorded_max);
                Ready { index, field, pattern, fresh, raises, spread }
            })
            .collect();
        let given: Vec<Batch<'_>> = batches.extract_if(.., |batch| batch.hub == hub).collect();
        let mut found = fold_all((cast, record), &ready, given, threads)?;
        found.sort_by_key(|one| one.leaf);
        for ready in ready {
            let is_mine = |one: &mut Folded| cast.leaves[one.leaf].class == ready.index;
            if ready.field.class.relay.is_some() {
                for Folded { leaf, found, relayed: told } in found.extract_if(.., is_mine) {
                    stirs |= found.stirs_at_end;
                    seconds.push((cast.leaves[leaf].node, found.findings));
                    relayed.extend(told);
                }
                continue;
            }
            let (mut all, mut leaves): (Vec<Found>, Vec<usize>) = (Vec::new(), Vec::new());
            for Folded { leaf, mut found, .. } in found.extract_if(.., is_mine) {
                stirs |= found.stirs_at_end;
                ages.add(&found.ages);
                rows.push((cast.leaves[leaf].node, std::mem::take(&mut found.findings)));
                all.push(found);
                leaves.push(leaf);
            }
            let Ready { field, pattern, fresh, .. } = ready;
            sight.add(&field, &pattern, &fresh, &all, &leaves);
            healing.add(&field, &pattern, &fresh, &all, &leaves);
            accord.add(&field, &Answers::new(&field, &pattern, &all));
        }
    }
    let mut fleet = whole(scenario, &rows, end);
    rows.extend(seconds);
    rows.sort_by_key(|(node, _)| *node);
    fleet.age = age_of(&ages);
    let from = scenario.measure_from.nanos();
    let convergence = sight.finish(record, from, end.nanos(), &mut fleet);
    let findings = Findings {
        measured_from: scenario.measure_from,
        end,
        points: rows,
        fleet,
        agreement: accord.finish(
            &common,
            (scenario.window.nanos(), from.min(end.nanos()), end.nanos()),
            stirs,
        ),
        convergence,
        disturbances: healing.finish(end.nanos()),
        nodes: Vec::new(),
        links: Vec::new(),
    };
    Some((findings, relayed))
}

/// How often what a first member passes on is worked out, until it agrees with what it applies. Source: none, a guess; two
/// are enough where a refusal does not hang on how busy it is.
const ROUNDS: usize = 8;

/// What was found at one leaf.
struct Folded {
    leaf: usize,
    found: Found,
    /// What the other member of its pair told it.
    relayed: Option<Relayed>,
}

/// Folds one leaf that its hub tells, and the one that this tells. `None`: they were a pair too late.
fn fold_told(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    leaf: usize,
    heard: &[Heard],
) -> Option<Vec<Folded>> {
    let frame_of = |about: &Leaf| {
        let ready = ready.iter().find(|ready| ready.index == about.class);
        ready.expect("a hub's leaves are of its classes").frame()
    };
    let about = &cast.leaves[leaf];
    let frame = frame_of(about);
    let log = &record.logs[leaf];
    let Part::First { tells } = about.part else {
        let own = Own::new(frame.field, log, heard);
        let found = fold(&frame, about, &Told { heard, own: own.as_ref(), via: None });
        return Some(vec![Folded { leaf, found, relayed: None }]);
    };
    let other = &cast.leaves[tells];
    let Part::Second { sync, .. } = &other.part else { unreachable!("a first tells a second") };
    let first = heard.first().map_or(Instant::NEVER, |heard| heard.done);
    record.joined_at[tells].filter(|joined| *joined < first)?;
    // How much the first passes on, and so how busy it is, follows from what it applies, and that from how busy it is.
    let mut unlike = BTreeMap::new();
    for _ in 0..ROUNDS {
        let desk = Desk::new(frame.field, sync, (log, &record.logs[tells]), heard, &unlike)?;
        let own = Own::new(frame.field, log, &desk.heard);
        let mut found = fold(&frame, about, &Told { heard: &desk.heard, own: own.as_ref(), via: None });
        if found.unlike != unlike {
            unlike = found.unlike;
            continue;
        }
        let via = Via { node: about.node, field: frame.field, own: own.as_ref(), found: &found, desk: &desk };
        let heard = via.heard();
        let own = own.as_ref().map(|own| own.told_on(frame.field, &heard));
        let told = Told { heard: &heard, own: own.as_ref(), via: Some(&via) };
        let second = fold(&frame_of(other), other, &told);
        let ends = (about.node, other.node);
        let relayed = Some(Relayed { ends, served: desk.served, first: desk.first, second: desk.second });
        found.walked.clear();
        let second = Folded { leaf: tells, found: second, relayed };
        return Some(vec![second, Folded { leaf, found, relayed: None }]);
    }
    None
}

/// The sums of all rows of those who enforce.
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
) -> Option<Vec<Folded>> {
    let waiting = Mutex::new(batches);
    let done: Mutex<Option<Vec<Folded>>> = Mutex::new(Some(Vec::new()));
    let work = || {
        loop {
            let Some(batch) = waiting.lock().expect("no thread dies with the lock").pop() else { return };
            let mut found = Vec::new();
            let mut is_late = false;
            let is_whole = (batch.give)(&mut |position, heard: &[Heard]| match fold_told(
                (cast, record),
                ready,
                position,
                heard,
            ) {
                Some(all) => found.extend(all),
                None => is_late = true,
            });
            let mut done = done.lock().expect("no thread dies with the lock");
            match done.as_mut().filter(|_| is_whole && !is_late) {
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
