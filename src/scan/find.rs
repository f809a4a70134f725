//! Find: from the record and the frames' arrivals to the findings of the whole fleet.
//!
//! Knows in which order the parts are made, and which of them at once. Must not know how.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::accord::Accord;
use super::age::Raises;
use super::agreement::{Answers, window_ends};
use super::cast::Cast;
use super::class::Field;
use super::fold::{Found, Frame};
use super::freshness::Freshness;
use super::healing::Healing;
use super::leaf::Batch;
use super::pattern::Pattern;
use super::record::Recorder;
use super::relay::Relayed;
use super::sight::Sight;
use super::spread::Spread;
use super::story::Common;
use super::team::{Folded, fold_all};
use super::voice::Voice;
use crate::ids::NodeId;
use crate::observe::{Classes, Findings, PointFindings, SourceAges, absorb, add_table, age_of};
use crate::scenario::Scenario;
use crate::units::{Instant, Span};

/// What a class is made of before its leaves are looked at.
pub(super) struct Ready<'a> {
    pub(super) index: usize,
    pub(super) field: Field<'a>,
    pub(super) pattern: Pattern,
    pub(super) brings: Arc<Brings>,
    /// How long the bins of staleness are.
    each: Span,
}

/// What frames bring, whoever tells it to the leaves.
pub(super) struct Brings {
    /// The class whose hops are meant.
    index: usize,
    pub(super) fresh: Freshness,
    raises: Raises,
    spread: Option<Spread>,
}

impl Ready<'_> {
    /// With all that its hub's classes are made of.
    pub(super) fn frame<'b>(&'b self, all: &'b [Self]) -> Frame<'b> {
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
    let mut prepare =
        |hub| (hub, ready(scenario, (cast, record, &common), hub, &mut voices, (end, recorded_max, each)));
    let mut hubs = hubs.into_iter();
    let mut next = hubs.next().map(&mut prepare);
    while let Some((hub, ready)) = next.take() {
        let given: Vec<Batch<'_>> = batches.extract_if(.., |batch| batch.hub == hub).collect();
        // One thread alone makes the next hub ready later, which takes less memory.
        let aside = || next = hubs.next().map(&mut prepare);
        let (mut found, mut together) = fold_all((cast, record, &healing), &ready, given, (threads, aside))?;
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
        if threads == 1 {
            next = hubs.next().map(&mut prepare);
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
