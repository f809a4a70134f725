//! Brought: what each frame brought to one leaf, less what is judged by itself there.
//!
//! Knows samples of frames. Must not know why something is judged by itself.

use std::collections::BTreeMap;

use super::bunch::{Bunch, Sample};
use super::freshness::{Freshness, Lot};
use super::own::Own;

/// What is judged by itself at a leaf, and must not count with its frame.
#[derive(Debug, Default)]
pub(super) struct Except {
    /// Per frame: updates that did not first come with it, or do not count with it.
    pub(super) samples: BTreeMap<u32, Vec<Sample>>,
    /// The same updates, with their frames.
    pub(super) updates: Vec<(u32, u32)>,
    /// Per frame: when updates occurred that were not visible with it.
    pub(super) unseen: BTreeMap<u32, Vec<u64>>,
    /// Updates that are not under way, though neither applied with a frame.
    pub(super) pending: u64,
    /// Updates that are not superseded on their way.
    pub(super) superseded: u64,
}

/// What each frame brought.
pub(super) struct Brought<'a> {
    fresh: &'a Freshness,
    own: Option<&'a Own<'a>>,
    count: usize,
    changed: BTreeMap<u32, (Vec<Sample>, [Lot; 2])>,
    visible: BTreeMap<u32, Vec<u64>>,
}

impl<'a> Brought<'a> {
    /// Of the first `count` frames, and of those after them.
    pub(super) fn new(
        fresh: &'a Freshness,
        own: Option<&'a Own<'a>>,
        count: usize,
        sent: &[u64],
        except: &Except,
    ) -> Self {
        let changed = except.samples.iter().map(|(frame, gone)| {
            let mut left: Vec<Sample> = fresh.samples(*frame as usize).iter().collect();
            remove_all(&mut left, gone);
            (*frame, (left.clone(), Lot::of(&left, sent[*frame as usize])))
        });
        let visible = except.unseen.iter().map(|(frame, gone)| {
            let mut left = match fresh.visible.get(frame) {
                Some(list) => list.clone(),
                None => fresh.samples(*frame as usize).iter().map(|sample| sample.occurred()).collect(),
            };
            remove_all(&mut left, gone);
            (*frame, left)
        });
        let (changed, visible) = (changed.collect(), visible.collect());
        Self { fresh, own, count, changed, visible }
    }

    fn is_skipped(&self, frame: usize) -> bool {
        self.own.is_some_and(|own| own.is_skipped(frame))
    }

    /// Whether the leaf applied a frame.
    pub(super) fn is_applied(&self, frame: usize) -> bool {
        frame < self.count && !self.is_skipped(frame)
    }

    /// The frames that the leaf applied.
    pub(super) fn applied(&self) -> impl Iterator<Item = usize> {
        (0..self.count).filter(|frame| !self.is_skipped(*frame))
    }

    /// All updates that a frame brought, and those that changed the authority's answer.
    pub(super) fn lots(&self, frame: usize) -> &[Lot; 2] {
        self.changed.get(&(frame as u32)).map_or(&self.fresh.lots[frame], |(_, lots)| lots)
    }

    /// The updates that a frame brought, the oldest first.
    pub(super) fn samples(&self, frame: usize) -> Bunch<'_> {
        let changed = self.changed.get(&(frame as u32));
        changed.map_or_else(|| self.fresh.samples(frame), |(samples, _)| Bunch::of(samples))
    }

    /// Whether a frame brought something else here than elsewhere.
    pub(super) fn is_changed(&self, frame: usize) -> bool {
        self.changed.contains_key(&(frame as u32))
    }

    /// When the updates occurred, in order, that were visible with a frame, where these are others than it brought.
    pub(super) fn visible(&self, frame: usize) -> Option<&[u64]> {
        let frame = frame as u32;
        let all = || self.visible.get(&frame).or_else(|| self.fresh.visible.get(&frame));
        // What it no longer brings here was, or was not, visible with it all the same.
        all().map(Vec::as_slice)
    }

    /// How many updates frames hold that were on their way at the end.
    pub(super) fn tail(&self) -> u64 {
        let frames = self.count..self.fresh.lots.len();
        frames.filter(|frame| !self.is_skipped(*frame)).map(|frame| self.lots(frame)[0].count).sum()
    }
}

/// Takes each of `gone` out of a sorted list once.
fn remove_all<T: Ord>(list: &mut Vec<T>, gone: &[T]) {
    for one in gone {
        let place = list.binary_search(one).expect("what is taken out was there");
        list.remove(place);
    }
}
