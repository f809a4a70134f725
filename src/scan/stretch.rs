//! Stretch: the part of an address's story in which one leaf may differ from the pattern. It lies between two *rests*: entries
//! that everybody has applied, that say what is true, and after which nothing happens for a while.
//!
//! Knows entries, truth and what the authority did. Must not know what is summed.

use super::class::Field;
use super::fold::Folding;
use super::notes::Noted;
use super::numbers::NONE;
use super::story::{Change, says};
use crate::ids::AddressId;

/// An entry at which an address comes to rest: before it and after it nothing of an address matters to one another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// Its place among what the hub's frames hold of the address.
    place: usize,
    pub(super) update: u32,
    pub(super) frame: u32,
    /// When everybody has applied it. Units: nanoseconds.
    pub(super) at: u64,
    /// Who is there.
    pub(super) change: Change,
    /// The places of what comes next: of changes of the truth, updates, and the authority's deeds.
    pub(super) next: [usize; 3],
}

/// From one rest to another; `None`: from the start, or to the end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stretch {
    pub(super) begin: Option<Rest>,
    pub(super) end: Option<Rest>,
}

impl Stretch {
    /// The items among those of an address's entries that lie within; the last rest is part of it.
    pub(super) fn entries<'b>(&self, all: Noted<'b>) -> Noted<'b> {
        let begin = self.begin.map_or(0, |rest| rest.place + 1);
        all.range(begin..self.end.map_or(all.len(), |rest| rest.place + 1))
    }

    /// The same of its updates, in key order.
    pub(super) fn updates<'b>(&self, all: &'b [u32]) -> &'b [u32] {
        let place = |rest: Rest| rest.next[1];
        &all[self.begin.map_or(0, place)..self.end.map_or(all.len(), place)]
    }

    /// Whether a full table comes within, after which the frame `next` comes.
    pub(super) fn holds_table(&self, next: u32) -> bool {
        self.begin.is_none_or(|rest| rest.frame < next) && self.end.is_none_or(|rest| next <= rest.frame)
    }
}

impl Field<'_> {
    /// The rest at a place among the entries of an orderly address, which everybody has applied at `at`, if it is one.
    fn rest(&self, address: AddressId, place: usize, at: u64) -> Option<Rest> {
        let (update, frame) = self.entries(address).at(place);
        let deeds = self.told.voice.deeds(self.common, address);
        let spoken = deeds.known(at);
        if deeds.get(spoken.checked_sub(1)?)?.1 != update {
            return None;
        }
        let changes = self.common.changes.of(address);
        let known = changes.partition_point(|change| change.at <= at);
        let change = *changes.get(known.checked_sub(1)?)?;
        let item = self.above.update(update);
        if change.at > item.occurred.nanos() || change.user() == NONE || !says(item, &change) {
            return None;
        }
        let updates = self.common.updates.of(address);
        let noticed = self.common.place(address, update) + 1;
        let follower = updates.get(noticed);
        if follower.is_some_and(|next| self.above.update(*next).occurred.nanos() <= at) {
            return None;
        }
        Some(Rest { place, update, frame, at, change, next: [known, noticed, spoken] })
    }
}

impl Folding<'_> {
    /// When it has applied a frame, and it was sent; `u64::MAX`: it never came.
    fn settled(&self, frame: u32) -> u64 {
        if self.own.is_some_and(|own| own.is_skipped(frame as usize)) {
            return u64::MAX;
        }
        let told = self.via.map_or(0, |via| via.done(frame));
        self.applied[frame as usize].max(self.frame.pattern.sent[frame as usize]).max(told)
    }
}

/// When each frame has been applied by all leaves of one class that are folded together.
pub(super) struct Settled {
    /// Of one leaf alone it is not written down.
    all: Vec<u64>,
}

impl Settled {
    pub(super) fn new(leaves: &[Folding<'_>]) -> Self {
        let [first, _, ..] = leaves else { return Self { all: Vec::new() } };
        let frames = 0..first.applied.len() as u32;
        let latest = |frame| leaves.iter().map(|leaf| leaf.settled(frame)).max().expect("there are leaves");
        Self { all: frames.map(latest).collect() }
    }

    fn at(&self, leaf: &Folding<'_>, frame: u32) -> u64 {
        self.all.get(frame as usize).copied().unwrap_or_else(|| leaf.settled(frame))
    }

    /// The stretch around the entries of `address` that came with these frames and all between. `leaf` is any of them.
    pub(super) fn stretch(&self, leaf: &Folding<'_>, address: AddressId, first: u32, last: u32) -> Stretch {
        if !leaf.frame.pattern.is_orderly[address.index()] {
            return Stretch::default();
        }
        let entries = leaf.frame.field.entries(address);
        let before = entries.until(|frame| frame < first);
        let after = entries.until(|frame| frame <= last);
        let begin = (0..before).rev().find_map(|place| self.rest(leaf, address, place));
        let end = (after..entries.len()).find_map(|place| self.rest(leaf, address, place));
        Stretch { begin, end }
    }

    fn rest(&self, leaf: &Folding<'_>, address: AddressId, place: usize) -> Option<Rest> {
        let field = leaf.frame.field;
        let entries = field.entries(address);
        let frame = entries.at(place).1;
        let is_last = entries.number(place + 1) != Some(frame);
        let at = self.at(leaf, frame);
        let expires = leaf.frame.pattern.sent[frame as usize].saturating_add(field.law.timeout);
        let is_live = at <= field.end && at < expires;
        if !is_last || !is_live {
            return None;
        }
        field.rest(address, place, at)
    }
}

/// Addresses at which a leaf may differ from the pattern, each with the first and the last frame of which that is so.
#[derive(Debug, Default)]
pub(super) struct Spots(Vec<(AddressId, u32, u32)>);

impl Spots {
    pub(super) fn add(&mut self, address: AddressId, first: u32, last: u32) {
        self.0.push((address, first, last));
    }

    pub(super) fn extend(&mut self, other: &[(AddressId, u32, u32)]) {
        self.0.extend_from_slice(other);
    }

    /// Each address once, in order.
    pub(super) fn merged(mut self) -> Vec<(AddressId, u32, u32)> {
        self.0.sort_unstable();
        self.0.dedup_by(|next, one| {
            let same = next.0 == one.0;
            if same {
                one.2 = one.2.max(next.2);
            }
            same
        });
        self.0
    }
}
