//! Relay: the second member of a pair, which has from the first what that applied, a lag later.
//!
//! Knows the first member's walks. Must not know what is summed of them.

use std::collections::{BTreeMap, BTreeSet};

use super::cast::Sync;
use super::cell::Fate;
use super::class::Field;
use super::fold::{Folding, Found};
use super::hop::Hop;
use super::leaf::{Heard, TABLE};
use super::own::Own;
use super::pattern::Pattern;
use super::station::End;
use super::tape::{Cause, Step, Tape};
use super::walk::{Ground, walk};
use crate::ids::{AddressId, NodeId};
use crate::units::Instant;

/// How the second member is told.
pub(super) struct Via<'a> {
    /// The first member, and its class.
    pub(super) node: NodeId,
    pub(super) field: &'a Field<'a>,
    pub(super) own: Option<&'a Own<'a>>,
    pub(super) found: &'a Found,
    pub(super) sync: Sync,
}

/// What the members of a pair told each other, as the machine counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// Who told whom.
    pub ends: (NodeId, NodeId),
    /// Frames, and their mappings.
    pub all: (u64, u64),
    /// Messages and mappings from the begin of measuring on.
    pub measured: (u64, u64),
}

impl Via<'_> {
    /// When the second member merges what the first applied at `at`; `u64::MAX`: not by the end.
    pub(super) fn due(&self, at: u64) -> u64 {
        let due = self.sync.due(at);
        if due > self.field.end { u64::MAX } else { due }
    }

    /// When the first member applied a frame or full table.
    fn done(&self, frame: u32) -> u64 {
        self.own.map_or_else(|| self.found.applied[frame as usize], |own| own.done(frame))
    }

    /// What the second member hears, from what the first does.
    pub(super) fn heard(&self, heard: &[Heard]) -> Vec<Heard> {
        let due = |one: &Heard| Heard { done: Instant::from_nanos(self.due(one.done.nanos())), ..*one };
        heard.iter().map(due).collect()
    }

    /// The addresses of which the second member may know something else than if it applied every frame.
    pub(super) fn touched(&self, pattern: &Pattern) -> BTreeSet<AddressId> {
        let mut touched = self.found.walked.clone();
        touched.extend(&pattern.close_relays);
        let hub = &self.field.record.stations[self.field.class.hub.index()];
        let mut seen: BTreeSet<AddressId> = BTreeSet::new();
        let mut before = None;
        for (frame, at) in self.found.applied.iter().enumerate() {
            let due = self.due(*at);
            if before != Some(due) {
                seen.clear();
                before = Some(due);
            }
            let is_last = self.found.applied.get(frame + 1).is_none_or(|next| self.due(*next) != due);
            if due == u64::MAX || seen.is_empty() && is_last {
                continue;
            }
            for address in hub.contents(frame).iter().map(|update| self.field.above.update(*update).address) {
                if !seen.insert(address) {
                    touched.insert(address);
                }
            }
        }
        touched
    }

    /// What the second member is told of `address`, and where copies are before it has them. Notes what the first
    /// refused.
    pub(super) fn story(
        &self,
        field: &Field<'_>,
        address: AddressId,
        refused: &mut BTreeSet<(u32, u32)>,
    ) -> (Vec<(u32, u32)>, Hop) {
        let mut tape = Tape::default();
        let mut hop = Hop::default();
        let entries;
        let mut ground = self.field.ground(address);
        if let Some(own) = self.own {
            entries = own.entries(self.field, address);
            ground = Ground { entries: &entries, ..ground };
            hop = Hop::new(field, own, address);
        }
        walk(&ground, |frame| self.done(frame), &mut tape);
        let (mut told, mut ends) = (Vec::new(), Vec::new());
        for (frame, update, fate) in &tape.fates {
            match fate {
                Fate::Applied => told.push((*update, *frame)),
                Fate::Duplicate => {}
                Fate::Refused { holder } => {
                    let newer = field.record.key(*holder) > field.record.key(*update);
                    let end = if newer { End::Superseded } else { End::Refused };
                    ends.push((*update, self.done(*frame), end));
                }
            }
            if *fate != Fate::Applied && *frame < TABLE {
                refused.insert((*frame, *update));
            }
        }
        let applied = told.iter().map(|(update, frame)| {
            let at = self.done(*frame);
            (*update, at, self.due(at))
        });
        let hop = hop.relay(field, applied, ends.into_iter());
        (told, hop)
    }

    /// What the first member told the second, as the machine counts it.
    pub(super) fn relayed(&self, second: NodeId) -> Relayed {
        let hub = &self.field.record.stations[self.field.class.hub.index()];
        let mut frames: BTreeMap<u64, u64> = BTreeMap::new();
        let unlike = |number: u32| self.found.unlike.get(&number).copied().unwrap_or(0);
        for (frame, at) in self.found.applied.iter().enumerate() {
            if !self.own.is_some_and(|own| own.is_skipped(frame)) {
                let count = hub.contents(frame).len() as i64 + unlike(frame as u32);
                *frames.entry(self.due(*at)).or_insert(0) += count.max(0) as u64;
            }
        }
        for table in self.own.iter().flat_map(|own| &own.tables) {
            *frames.entry(self.due(table.done)).or_insert(0) += unlike(TABLE + table.number).max(0) as u64;
        }
        let mut relayed = Relayed { ends: (self.node, second), all: (0, 0), measured: (0, 0) };
        for (at, mappings) in frames.into_iter().filter(|(at, mappings)| *at != u64::MAX && *mappings > 0) {
            relayed.all.0 += 1;
            relayed.all.1 += mappings;
            if at >= self.field.from {
                relayed.measured.0 += mappings.div_ceil(u64::from(self.sync.mappings_per_message));
                relayed.measured.1 += mappings;
            }
        }
        relayed
    }
}

impl Folding<'_> {
    /// How long what came with a frame was on its way between the members of the pair.
    pub(super) fn lag(&self, frame: u32) -> u64 {
        self.via.map_or(0, |via| self.done(frame) - via.done(frame))
    }

    /// How much of a frame's time in transit, as it is measured, is between the members of the pair.
    fn lag_measured(&self, frame: u32) -> i128 {
        let clip = |at: u64| i128::from(self.meter.clip(at));
        self.via.map_or(0, |via| clip(self.done(frame)) - clip(via.done(frame)))
    }

    /// What is in transit at the second member is on the first hop until the first member has it, and on the second
    /// from then on.
    pub(super) fn relay_steps(&mut self) {
        for (frame, hop, addresses) in &self.frame.pattern.relays {
            let time = self.lag_measured(*frame) * i128::from(*addresses);
            self.hops[0] += time;
            self.hops[usize::from(*hop)] -= time;
        }
    }

    /// Takes out what `relay_steps` gives for a step.
    pub(super) fn unrelay(&mut self, step: &Step) {
        if let (Cause::Apply(frame), Some(_), true) = (step.cause, self.via, step.is_relayed()) {
            let time = self.lag_measured(frame);
            self.hops[0] -= time;
            self.hops[usize::from(step.before.hop)] += time;
        }
    }
}
