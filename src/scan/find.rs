//! Find: from the record and the frames' arrivals to the findings of the whole fleet.
//!
//! Knows in which order the parts are made, and which of them at once. Must not know how.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::accord::Accord;
use super::age::Raises;
use super::agreement::{Answers, window_ends};
use super::cast::{Cast, Leaf, Part};
use super::class::Field;
use super::crew::Crew;
use super::desk::Desk;
use super::fold::{Found, Frame, Told, fold};
use super::freshness::Freshness;
use super::glance::glances;
use super::healing::Healing;
use super::leaf::{Batch, Heard};
use super::own::{Own, is_whole};
use super::pattern::Pattern;
use super::record::Recorder;
use super::relay::{Relayed, Via};
use super::sight::{Sight, Together};
use super::spread::Spread;
use super::story::Common;
use super::voice::Voice;
use crate::ids::NodeId;
use crate::observe::{
    Classes, Findings, PointFindings, SourceAges, VISIBILITY_SPANS, absorb, add_table, age_of,
};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};

/// What a class is made of before its leaves are looked at.
struct Ready<'a> {
    index: usize,
    field: Field<'a>,
    pattern: Pattern,
    brings: Arc<Brings>,
    /// How long the bins of staleness are.
    each: Span,
}

/// What frames bring, whoever tells it to the leaves.
struct Brings {
    /// The class whose hops are meant.
    index: usize,
    fresh: Freshness,
    raises: Raises,
    spread: Option<Spread>,
}

impl Ready<'_> {
    /// With all that its hub's classes are made of.
    fn frame<'b>(&'b self, all: &'b [Self]) -> Frame<'b> {
        let of_ways = all.iter().find(|other| other.index == self.brings.index).unwrap_or(self);
        Frame {
            field: &self.field,
            of_ways: &of_ways.field,
            pattern: &self.pattern,
            fresh: &self.brings.fresh,
            raises: &self.brings.raises,
            spread: self.brings.spread.as_ref(),
            each: self.each,
        }
    }
}

/// What the classes of one hub are made of.
fn ready<'a>(
    scenario: &Scenario,
    (cast, record, common): (&'a Cast, &'a Recorder<'_>, &'a Common),
    hub: NodeId,
    voices: &mut BTreeMap<NodeId, Arc<Voice>>,
    (end, recorded_max, each): (Instant, u64, Span),
) -> Vec<Ready<'a>> {
    let mut told = None;
    let mine = cast.classes.iter().enumerate().filter(|(_, class)| class.hub == hub);
    let mut fields: Vec<(usize, Field<'a>)> = mine
        .map(|(index, class)| (index, Field::new(record, common, scenario, class, end, (&mut told, voices))))
        .collect();
    // Second members after those who tell them.
    fields.sort_by_key(|(_, field)| field.class.relay.is_some());
    let mut all: Vec<Ready<'a>> = Vec::with_capacity(fields.len());
    while !fields.is_empty() {
        let (index, field) = fields.remove(0);
        let is_second = |other: &Field<'_>| other.class.relay.is_some() && other.class.merges_as(field.class);
        let second = fields.iter().position(|(_, other)| field.class.relay.is_none() && is_second(other));
        let second = second.map(|place| fields.remove(place));
        let mut fresh = Freshness::new(&field);
        let second_field = second.as_ref().map(|(_, field)| field);
        let (pattern, of_second) =
            Pattern::new(&field, second_field, &mut |address| fresh.take(&field, address));
        fresh.finish(&field, &pattern);
        let raises = Raises::new(&field, &BTreeSet::new());
        let spread = Spread::new(&pattern, &fresh, cast.leaves.len(), recorded_max);
        let brings = Arc::new(Brings { index, fresh, raises, spread });
        if let (Some((index, field)), Some(pattern)) = (second, of_second) {
            all.push(Ready { index, field, pattern, brings: brings.clone(), each });
        }
        all.push(Ready { index, field, pattern, brings, each });
    }
    all
}

/// What was found at all leaves, up to `end`; nodes and links are left empty. Also what members
/// of pairs told each other. `batches` tell when the frames of each
/// hub reached its leaves, every leaf in one of them; they are taken by up to so many threads. Up to
/// `recorded_max` samples each is recorded; staleness in the course of the run is kept in bins of a length, or not (zero).
///
/// Cost: some steps an update and class, some a frame and leaf. `None`: some batch could not be carried exactly.
#[must_use]
pub fn find(
    scenario: &Scenario,
    cast: &Cast,
    record: &Recorder<'_>,
    mut batches: Vec<Batch<'_>>,
    end: Instant,
    (threads, recorded_max, each): (usize, u64, Span),
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
    let mut voices = BTreeMap::new();
    let mut stirs = record.last_at == end;
    let hubs: BTreeSet<NodeId> = cast.classes.iter().map(|class| class.hub).collect();
    for hub in hubs {
        let ready = ready(scenario, (cast, record, &common), hub, &mut voices, (end, recorded_max, each));
        let given: Vec<Batch<'_>> = batches.extract_if(.., |batch| batch.hub == hub).collect();
        let (mut found, mut together) = fold_all((cast, record, &healing), &ready, given, threads)?;
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
            let Ready { index, field, pattern, brings, each: _ } = ready;
            let fresh = &brings.fresh;
            let together = together.remove(&index).unwrap_or_default();
            sight.add(&field, &pattern, fresh, &all, (&leaves, &together));
            healing.add(&field, &pattern, fresh, &all, (&leaves, &together));
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
    (heard, glanced): (&[Heard], Option<[u64; VISIBILITY_SPANS.len()]>),
) -> Option<Vec<Folded>> {
    let frame_of = |about: &Leaf| {
        let mine = ready.iter().find(|ready| ready.index == about.class);
        mine.expect("a hub's leaves are of its classes").frame(ready)
    };
    let about = &cast.leaves[leaf];
    let frame = frame_of(about);
    let log = &record.logs[leaf];
    let Part::First { tells } = about.part else {
        let own = Own::new(frame.field, log, heard);
        let found = fold(&frame, about, &Told { heard, own: own.as_ref(), via: None, glanced });
        return Some(vec![Folded { leaf, found, relayed: None }]);
    };
    let other = &cast.leaves[tells];
    let Part::Second { sync, .. } = &other.part else { unreachable!("a first tells a second") };
    let first = heard.first().map_or(Instant::NEVER, |heard| heard.done);
    record.joined_at[tells].filter(|joined| *joined < first)?;
    // How much the first passes on, and so how busy it is, follows from what it applies, and that from how busy it is.
    let mut unlike = BTreeMap::new();
    for _ in 0..ROUNDS {
        let desk = Desk::new(frame.field, sync, (log, &record.logs[tells]), heard, &unlike, frame.each)?;
        let own = Own::new(frame.field, log, &desk.heard);
        let told = Told { heard: &desk.heard, own: own.as_ref(), via: None, glanced: None };
        let mut found = fold(&frame, about, &told);
        if found.unlike != unlike {
            unlike = found.unlike;
            continue;
        }
        let via = Via { node: about.node, field: frame.field, own: own.as_ref(), found: &found, desk: &desk };
        let heard = via.heard();
        let own = own.as_ref().map(|own| own.told_on(frame.field, &heard));
        let told = Told { heard: &heard, own: own.as_ref(), via: Some(&via), glanced: None };
        let second = fold(&frame_of(other), other, &told);
        let ends = (about.node, other.node);
        let relayed = Some(Relayed {
            ends,
            served: desk.served,
            first: desk.first,
            second: desk.second,
            loads: desk.loads.clone(),
        });
        found.walked = Vec::new();
        let second = Folded { leaf: tells, found: second, relayed };
        return Some(vec![second, Folded { leaf, found, relayed: None }]);
    }
    None
}

/// Takes together with others of its class what a leaf saw that its hub tells.
fn take(
    leaves: &[Leaf],
    (ready, healing): (&[Ready<'_>], &Healing),
    one: &mut Folded,
    seen: &mut BTreeMap<usize, Together>,
) {
    let class = leaves[one.leaf].class;
    let mine = ready.iter().find(|ready| ready.index == class).expect("a hub's leaves are of its classes");
    if mine.field.class.relay.is_some() {
        one.found.applied = Vec::new();
        one.found.walked = Vec::new();
        return;
    }
    let about = (&mine.field, &mine.pattern, healing);
    seen.entry(class).or_default().take(about, one.leaf, &mut one.found);
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

/// How soon the leaves saw what frames brought, of those that were simply told every frame.
fn glance_all(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    all: &[(usize, Vec<Heard>)],
) -> Vec<Option<[u64; VISIBILITY_SPANS.len()]>> {
    let mut glanced = vec![None; all.len()];
    for ready in ready {
        let frames = ready.pattern.sent.len();
        let is_plain = |(leaf, heard): &(usize, Vec<Heard>)| {
            let about = &cast.leaves[*leaf];
            about.class == ready.index
                && matches!(about.part, Part::Alone)
                && is_whole(&record.logs[*leaf], heard, frames)
        };
        let places: Vec<usize> = (0..all.len()).filter(|place| is_plain(&all[*place])).collect();
        let heard: Vec<&[Heard]> = places.iter().map(|place| all[*place].1.as_slice()).collect();
        let found = glances(&ready.brings.fresh, &heard, ready.field.end);
        for (place, one) in places.into_iter().zip(found) {
            glanced[place] = Some(one);
        }
    }
    glanced
}

/// Takes the batches, one a thread at a time, and the leaves of one by threads that have nothing else to do; also what the leaves
/// of each class saw. The order in which they are done does not matter.
fn fold_all(
    (cast, record, healing): (&Cast, &Recorder<'_>, &Healing),
    ready: &[Ready<'_>],
    batches: Vec<Batch<'_>>,
    threads: usize,
) -> Option<(Vec<Folded>, BTreeMap<usize, Together>)> {
    let waiting = Mutex::new(batches);
    let done: Mutex<Option<(Vec<Folded>, BTreeMap<usize, Together>)>> = Mutex::new(Some(Default::default()));
    let crew = Crew::default();
    let work = || {
        loop {
            let Some(batch) = waiting.lock().expect("no thread dies with the lock").pop() else { break };
            let mut found = Vec::new();
            let seen: Mutex<BTreeMap<usize, Together>> = Mutex::default();
            let mut is_late = false;
            let is_whole = (batch.give)(&mut |all: &[(usize, Vec<Heard>)]| {
                let glanced = glance_all((cast, record), ready, all);
                let folded = crew.share(all.len(), &|number| {
                    let (leaf, heard) = &all[number];
                    let mut folded = fold_told((cast, record), ready, *leaf, (heard, glanced[number]))?;
                    let mut seen = seen.lock().expect("no thread dies with the lock");
                    folded.iter_mut().for_each(|one| take(&cast.leaves, (ready, healing), one, &mut seen));
                    Some(folded)
                });
                is_late |= folded.iter().any(Option::is_none);
                found.extend(folded.into_iter().flatten().flatten());
            });
            let seen = seen.into_inner().expect("all threads are done");
            let mut done = done.lock().expect("no thread dies with the lock");
            match done.as_mut().filter(|_| is_whole && !is_late) {
                Some((all, together)) => {
                    all.extend(found);
                    for (class, seen) in seen {
                        together.entry(class).or_default().join(seen);
                    }
                }
                None => *done = None,
            }
        }
        crew.rest();
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    done.into_inner().expect("all threads are done")
}
