//! Freshness: what each frame's updates add to staleness, visibility and breakdown, as a function of when it is
//! applied; and how updates end that never come into a frame.
//!
//! Knows updates and frames. Must not know answers, nor any leaf.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::bunch::{Bunch, Bunches, Sample};
use super::class::Field;
use super::numbers::NONE;
use super::pattern::Pattern;
use super::station::End;
use super::stretch::Stretch;
use super::ways::Ways;
use crate::ids::AddressId;
use crate::observe::{Fates, VISIBILITY_SPANS, add_fates};

/// Some of a frame's updates together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lot {
    /// How many.
    pub(super) count: u64,
    /// For how long they have been under way when the frame is sent, summed. Units: nanoseconds.
    pub(super) age_sum: u128,
    /// The same of the oldest. Units: nanoseconds.
    pub(super) age_max: u64,
}

impl Lot {
    const NONE: Self = Self { count: 0, age_sum: 0, age_max: 0 };

    /// All of these samples, and those that changed the authority's answer, of a frame that was sent at `sent`.
    pub(super) fn of(samples: &[Sample], sent: u64) -> [Self; 2] {
        let mut lots = [Self::NONE; 2];
        for sample in samples {
            for lot in lots.iter_mut().take(1 + usize::from(sample.changed())) {
                lot.add(sent - sample.occurred());
            }
        }
        lots
    }

    fn add(&mut self, age: u64) {
        self.count += 1;
        self.age_sum += u128::from(age);
        self.age_max = self.age_max.max(age);
    }
}

/// Everything about counted updates in scope, wild addresses left out.
pub(super) struct Freshness {
    /// The updates that frames bring.
    bunches: Bunches,
    /// Per frame: all of them, and those that changed the authority's answer.
    pub(super) lots: Vec<[Lot; 2]>,
    /// When the updates occurred that are visible with a frame, in order, where these are others than it brings.
    pub(super) visible: BTreeMap<u32, Vec<u64>>,
    /// The ways of the updates of all frames before each, and of all.
    pub(super) ways: Vec<Ways>,
    /// Updates that had the chance to be visible within each span.
    pub(super) chances: [u64; VISIBILITY_SPANS.len()],
    /// Of what came into no frame: what ended above, or never was on a path.
    pub(super) ended: Fates,
    /// Updates that were under way above the leaves at the end, or in a frame, and are visible earlier than that:
    /// (frame or `NONE`, the frame that shows them).
    pub(super) overtaken: Vec<(u32, u32)>,
    /// Updates under way above the leaves at the end.
    pub(super) above: u64,
    /// Updates that are visible with no frame, as neither they nor newer ones of their addresses come with one.
    pub(super) unseen: Vec<u32>,
    /// Counted updates whose fate is `filtered`.
    pub(super) filtered: Vec<u32>,
    /// Per frame: the updates that are visible with it and come with another, or with none.
    elsewhere: BTreeMap<u32, Vec<u32>>,
    /// The same by update: the first frame with which a newer one of its address comes, where it does not come with it.
    moved: HashMap<u32, u32, FixedState>,
    /// Of the address taken last.
    seen: Seen,
    /// Updates (frame or `NONE`, the frame that shows it, when it occurred) where these frames differ.
    odd: Vec<(u32, u32, u64)>,
}

/// What is known of the updates of one address: those in key order, the frame of each, the frame that shows it.
pub(super) struct Seen {
    /// (update, its frame, the frame that shows it)
    pub(super) all: Vec<(u32, u32, u32)>,
}

impl Seen {
    /// Of a stretch of `address`, as long as everything is applied.
    pub(super) fn new(field: &Field<'_>, address: AddressId, stretch: &Stretch) -> Self {
        let mut seen = Self { all: Vec::new() };
        seen.look(field, address, stretch);
        seen
    }

    fn look(&mut self, field: &Field<'_>, address: AddressId, stretch: &Stretch) {
        let all = &mut self.all;
        all.clear();
        let updates = stretch.updates(field.common.updates.of(address));
        all.extend(updates.iter().map(|update| (*update, NONE, NONE)));
        let mut seen = 0;
        let mut mark = None;
        for (update, frame) in stretch.entries(field.entries(address)).iter() {
            let key = field.record.key(update);
            let near = seen.min(all.len().saturating_sub(1));
            let position = if all[near].0 == update {
                near
            } else {
                all.partition_point(|(other, ..)| field.record.key(*other) < key)
            };
            all[position].1 = frame;
            mark = mark.max(Some(key));
            while all
                .get(seen)
                .is_some_and(|(other, ..)| *other == update || Some(field.record.key(*other)) <= mark)
            {
                all[seen].2 = frame;
                seen += 1;
            }
        }
    }
}

impl Freshness {
    /// Of a class, of whose addresses none is taken yet.
    pub(super) fn new() -> Self {
        Self {
            bunches: Bunches::default(),
            lots: Vec::new(),
            visible: BTreeMap::new(),
            ways: Vec::new(),
            chances: [0; VISIBILITY_SPANS.len()],
            ended: Fates::default(),
            overtaken: Vec::new(),
            above: 0,
            unseen: Vec::new(),
            filtered: Vec::new(),
            elsewhere: BTreeMap::new(),
            moved: HashMap::default(),
            seen: Seen { all: Vec::new() },
            odd: Vec::new(),
        }
    }

    /// When all addresses have been taken. Cost: some steps an update, whatever the number of leaves.
    pub(super) fn finish(&mut self, field: &Field<'_>, pattern: &Pattern) {
        self.take_frames(field, pattern);
        let odd = std::mem::take(&mut self.odd);
        self.sort_visible(&odd);
    }

    /// The updates that a frame brings, the oldest first.
    pub(super) fn samples(&self, frame: usize) -> Bunch<'_> {
        self.bunches.of(frame)
    }

    /// Frame by frame, in the order in which the updates came, which spares a search for each of them.
    fn take_frames(&mut self, field: &Field<'_>, pattern: &Pattern) {
        let hub = &field.record.stations[field.class.hub.index()];
        let mut ways = Ways::none(field.class.edges.len() + 1);
        let is_taken = is_taken(field, &pattern.is_wild);
        let mut samples = Vec::new();
        for (frame, sent) in pattern.sent.iter().copied().enumerate() {
            let is_full = field.is_full(frame as u32);
            self.ways.push(ways.clone());
            samples.clear();
            for update in hub.contents(frame).iter().copied() {
                let item = field.above.update(update);
                if is_taken(item.address) && field.is_counted(update) {
                    let changed = field.told.voice.is_change(update);
                    samples.push(Sample::new(item.occurred.nanos(), changed));
                    ways.enter(field, (update, is_full), sent);
                }
            }
            samples.sort_unstable();
            self.lots.push(Lot::of(&samples, sent));
            self.bunches.push(&samples);
        }
        self.ways.push(ways);
    }

    /// The updates that are visible with a frame.
    pub(super) fn shown<'b>(
        &'b self,
        field: &'b Field<'_>,
        is_wild: &'b [bool],
        frame: u32,
    ) -> impl Iterator<Item = u32> + 'b {
        let hub = &field.record.stations[field.class.hub.index()];
        let is_taken = is_taken(field, is_wild);
        let is_here = move |update: &&u32| {
            is_taken(field.above.update(**update).address) && self.is_shown_by_its_own(**update)
        };
        let here = hub.contents(frame as usize).iter().filter(is_here);
        here.chain(self.elsewhere.get(&frame).into_iter().flatten()).copied()
    }

    /// The first frame with which an update of an address, which was taken, or a newer one comes; `NONE`: none. Cost: a look at
    /// what frames bring of the address.
    pub(super) fn shown_by(&self, field: &Field<'_>, address: AddressId, update: u32) -> u32 {
        let own =
            || field.entries(address).iter().find(|(other, _)| *other == update).map(|(_, frame)| frame);
        self.moved.get(&update).copied().or_else(own).unwrap_or(NONE)
    }

    /// Whether an update that a frame brings is visible with it.
    pub(super) fn is_shown_by_its_own(&self, update: u32) -> bool {
        !self.moved.contains_key(&update)
    }

    fn sort_visible(&mut self, odd: &[(u32, u32, u64)]) {
        let mut visible: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        let list_of =
            |frame: u32| self.samples(frame as usize).iter().map(|sample| sample.occurred()).collect();
        for (frame, shown_by, occurred) in odd {
            if *frame != NONE {
                let list: &mut Vec<u64> = visible.entry(*frame).or_insert_with(|| list_of(*frame));
                let position = list.iter().position(|other| other == occurred);
                let position = position.expect("a frame's updates are in its list");
                list.swap_remove(position);
            }
            if *shown_by != NONE {
                visible.entry(*shown_by).or_insert_with(|| list_of(*shown_by)).push(*occurred);
            }
        }
        visible.values_mut().for_each(|list| list.sort_unstable());
        self.visible = visible;
    }

    /// Takes an address whose mappings are all applied.
    pub(super) fn take(&mut self, field: &Field<'_>, address: AddressId) {
        if !field.in_scope(address) {
            return;
        }
        let mut seen = std::mem::replace(&mut self.seen, Seen { all: Vec::new() });
        seen.look(field, address, &Stretch::default());
        let longest = VISIBILITY_SPANS.last().map_or(0, |span| span.nanos());
        let mut counted = 0;
        for (update, frame, shown_by) in seen.all.iter().copied() {
            if shown_by == NONE {
                self.unseen.push(update);
            } else if shown_by != frame {
                self.elsewhere.entry(shown_by).or_default().push(update);
                self.moved.insert(update, shown_by);
            }
            let occurred = field.above.update(update).occurred.nanos();
            if !field.is_measured(occurred) {
                continue;
            }
            let end = if frame == NONE { self.end(field, update) } else { None };
            if end.is_none() && shown_by != frame {
                self.overtaken.push((frame, shown_by));
            }
            if end == Some(End::Filtered) {
                self.filtered.push(update);
                continue;
            }
            if occurred.saturating_add(longest) <= field.end {
                counted += 1;
            } else {
                for (chances, span) in self.chances.iter_mut().zip(VISIBILITY_SPANS) {
                    *chances += u64::from(occurred.saturating_add(span.nanos()) <= field.end);
                }
            }
            if shown_by != frame {
                self.odd.push((frame, shown_by, occurred));
            }
        }
        self.chances.iter_mut().for_each(|chances| *chances += counted);
        self.seen = seen;
    }

    /// Adds what was taken of other addresses, which come after all of these.
    pub(super) fn join(&mut self, other: Self) {
        self.unseen.extend(other.unseen);
        self.moved.extend(other.moved);
        for (frame, updates) in other.elsewhere {
            self.elsewhere.entry(frame).or_default().extend(updates);
        }
        self.chances.iter_mut().zip(other.chances).for_each(|(chances, more)| *chances += more);
        add_fates(&mut self.ended, &other.ended);
        self.overtaken.extend(other.overtaken);
        self.above += other.above;
        self.filtered.extend(other.filtered);
        self.odd.extend(other.odd);
    }

    /// How an update ended that came into no frame; `None`: it is under way.
    fn end(&mut self, field: &Field<'_>, update: u32) -> Option<End> {
        let end = field.end_above(update);
        match end {
            None => self.above += 1,
            Some(End::Filtered) => self.ended.filtered += 1,
            Some(End::Lost) => self.ended.lost_loss += 1,
            Some(End::Refused) => self.ended.refused += 1,
            Some(End::Superseded) => self.ended.superseded += 1,
        }
        end
    }
}

/// Whether an address is taken: it is in scope, and not wild.
fn is_taken<'b>(field: &'b Field<'_>, is_wild: &'b [bool]) -> impl Fn(AddressId) -> bool + Copy + 'b {
    let is_all = field.class.scope.is_empty();
    move |address| !is_wild[address.index()] && (is_all || field.in_scope(address))
}
