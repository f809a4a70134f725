//! Find: from the record and the frames' arrivals to the findings of the whole fleet.
//!
//! Knows in which order the parts are made, and which of them at once. Must not know how.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::age::Raises;
use super::agreement::window_ends;
use super::cast::Cast;
use super::class::Field;
use super::fold::Frame;
use super::freshness::Freshness;
use super::healing::Healing;
use super::leaf::Batch;
use super::pattern::Pattern;
use super::record::Recorder;
use super::relay::Relayed;
use super::spread::Spread;
use super::story::Common;
use super::sums::Sums;
use super::team::fold_all;
use super::voice::{Told, Voice};
use crate::ids::NodeId;
use crate::observe::Findings;
use crate::scenario::Scenario;
use crate::units::{Instant, Span};
use crate::workload::Stay;

/// How it is found, and how much.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// By up to so many threads.
    pub threads: usize,
    /// Up to so many samples each is recorded.
    pub recorded_max: u64,
    /// Whether all of each point is kept, and not only what a report without series says.
    pub keeps_all: bool,
    /// Staleness in the course of the run is kept in bins of this length, or not (zero).
    pub each: Span,
    /// Only staleness, how updates ended, and the final tables; what else is found is not whole.
    pub is_brief: bool,
}

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
    (told, voices): (&mut Option<Arc<Told>>, &mut BTreeMap<NodeId, Arc<Voice>>),
    (end, asked): (Instant, Asked),
) -> Vec<Ready<'a>> {
    let mine = cast.classes.iter().enumerate().filter(|(_, class)| class.hub == hub);
    let mut fields: Vec<(usize, Field<'a>)> = mine
        .map(|(index, class)| (index, Field::new(record, common, scenario, class, end, (&mut *told, voices))))
        .collect();
    // Second members after those who tell them.
    fields.sort_by_key(|(_, field)| field.class.relay.is_some());
    let mut all: Vec<Ready<'a>> = Vec::with_capacity(fields.len());
    while !fields.is_empty() {
        let (index, field) = fields.remove(0);
        let is_second = |other: &Field<'_>| other.class.relay.is_some() && other.class.merges_as(field.class);
        let second = fields.iter().position(|(_, other)| field.class.relay.is_none() && is_second(other));
        let second = second.map(|place| fields.remove(place));
        let second_field = second.as_ref().map(|(_, field)| field);
        let (pattern, of_second, fresh) = Pattern::new(&field, second_field, asked.threads);
        let raises = Raises::new(&field, &BTreeSet::new());
        let spread = Spread::new(&pattern, &fresh, cast.leaves.len(), asked.recorded_max);
        let brings = Arc::new(Brings { index, fresh, raises, spread });
        if let (Some((index, field)), Some(pattern)) = (second, of_second) {
            all.push(Ready { index, field, pattern, brings: brings.clone(), each: asked.each });
        }
        all.push(Ready { index, field, pattern, brings, each: asked.each });
    }
    all
}

/// What was found at all leaves, up to `end`; nodes and links are left empty. Also what members of pairs told each other.
/// `batches` tell when the frames of each hub reached its leaves, every leaf in one of them. `common`: what all classes share,
/// if it was made before it was over; `stays`: the truth, which is let go once that is made.
///
/// Cost: some steps an update and class, some a frame and leaf. `None`: some batch could not be carried exactly.
#[must_use]
pub fn find(
    scenario: &Scenario,
    cast: &Cast,
    (record, common, stays): (&Recorder<'_>, Option<Common>, Vec<Stay>),
    mut batches: Vec<Batch<'_>>,
    end: Instant,
    asked: Asked,
) -> Option<(Findings, Vec<Relayed>)> {
    let (mut told, mut voices) = (None, BTreeMap::new());
    let common = common.filter(|_| record.has_noticed_all()).unwrap_or_else(|| Common::of(record, &stays));
    drop(stays);
    let updates = record.numbers.count();
    let windows = window_ends(scenario.window.nanos(), end.nanos()).len();
    let healing = Healing::new(scenario, record, end);
    let threads = asked.threads;
    let mut sums = Sums::new((updates, windows), &healing, asked.is_brief);
    let hubs: BTreeSet<NodeId> = cast.classes.iter().map(|class| class.hub).collect();
    let mut hubs = hubs.into_iter();
    // Of the first hub, and after the last one, no other thread has anything to do.
    let mut prepare = |hub, threads| {
        let asked = Asked { threads, ..asked };
        (hub, ready(scenario, (cast, record, &common), hub, (&mut told, &mut voices), (end, asked)))
    };
    let mut next = hubs.next().map(|hub| prepare(hub, threads));
    let mut last = None;
    let mut add = |last: &mut Option<_>, threads| {
        if let Some((ready, all)) = last.take() {
            sums.add(cast, &healing, (ready, all), threads);
        }
    };
    while let Some((hub, ready)) = next.take() {
        let given: Vec<Batch<'_>> = batches.extract_if(.., |batch| batch.hub == hub).collect();
        let mut turn = || {
            add(&mut last, 1);
            next = hubs.next().map(|hub| prepare(hub, 1));
        };
        // One thread alone does this later, which takes less memory.
        let all = fold_all((cast, record, &healing), &ready, given, asked, &mut turn)?;
        last = Some((ready, all));
        if threads == 1 {
            add(&mut last, 1);
            next = hubs.next().map(|hub| prepare(hub, 1));
        }
    }
    add(&mut last, threads);
    drop((told, voices));
    Some(sums.finish(scenario, (record, &common), healing, end))
}
