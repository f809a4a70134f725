//! Relay: the second member of a pair, which has from the first what that applied, a lag later.
//!
//! Knows the first member's walks. Must not know what is summed of them.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::Fate;
use super::class::Field;
use super::desk::Desk;
use super::fold::{Folding, Found};
use super::ground::Ground;
use super::hop::{Here, Hop, here};
use super::leaf::{Heard, TABLE};
use super::notes::Noted;
use super::own::Own;
use super::pattern::Pattern;
use super::station::End;
use super::stretch::{Spots, Stretch};
use super::tape::{Cause, Step, Tape};
use super::walk::walk;
use crate::engine::{HostUse, Load};
use crate::ids::{AddressId, NodeId};
use crate::observe::Parts;
use crate::units::Instant;

/// How the second member is told.
pub(super) struct Via<'a> {
    /// The first member, and its class.
    pub(super) node: NodeId,
    pub(super) field: &'a Field<'a>,
    pub(super) own: Option<&'a Own<'a>>,
    pub(super) found: &'a Found,
    pub(super) desk: &'a Desk,
}

/// What the members of a pair told each other, as the machine counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// Who told whom.
    pub ends: (NodeId, NodeId),
    /// By how much more frames and mappings were served.
    pub served: (i64, i64),
    /// What the first spent, and what it would have spent had it passed nothing on.
    pub first: [HostUse; 2],
    /// What the second spent on it.
    pub second: HostUse,
    /// The same bin by bin: of the first, of the first had it passed nothing on, of the second.
    pub loads: [Load; 3],
}

impl Via<'_> {
    /// When the second member merged what the first applied with a frame or full table; `u64::MAX`: not by the end.
    fn due(&self, number: u32) -> u64 {
        self.desk.legs.get(&number).map_or(u64::MAX, |leg| leg.done)
    }

    /// When the first member applied a frame or full table.
    pub(super) fn done(&self, frame: u32) -> u64 {
        self.own.map_or_else(|| self.found.applied[frame as usize], |own| own.done(frame))
    }

    /// What the second member hears, from what the first does.
    pub(super) fn heard(&self) -> Vec<Heard> {
        let mut before = Instant::ZERO;
        let on = self.desk.heard.iter().map(|one| {
            // Of what was not passed on nothing is asked but the order.
            let leg = self.desk.legs.get(&one.number).map(|leg| Instant::from_nanos(leg.done));
            before = leg.unwrap_or_else(|| before.max(one.done));
            Heard { done: before, ..*one }
        });
        on.collect()
    }

    /// The addresses of which the second member may know something else than if it applied every frame.
    pub(super) fn touched(&self, pattern: &Pattern) -> Vec<(AddressId, u32, u32)> {
        let mut touched = Spots::default();
        touched.extend(&self.found.walked);
        pattern.close_relays.iter().for_each(|(address, frame)| touched.add(*address, *frame, *frame));
        let hub = &self.field.record.stations[self.field.class.hub.index()];
        let mut seen: BTreeMap<AddressId, u32> = BTreeMap::new();
        let dues: Vec<u64> = (0..self.found.applied.len()).map(|frame| self.due(frame as u32)).collect();
        for (frame, due) in dues.iter().enumerate() {
            if frame.checked_sub(1).is_none_or(|before| dues[before] != *due) {
                seen.clear();
            }
            let is_last = dues.get(frame + 1) != Some(due);
            if *due == u64::MAX || seen.is_empty() && is_last {
                continue;
            }
            for address in hub.contents(frame).iter().map(|update| self.field.above.update(*update).address) {
                if let Some(before) = seen.insert(address, frame as u32) {
                    touched.add(address, before, frame as u32);
                }
            }
        }
        touched.merged()
    }

    /// What the second member is told of a stretch of `address`, and where copies are before it has them. Notes what the first
    /// refused.
    pub(super) fn story<'b>(
        &'b self,
        field: &'b Field<'_>,
        address: AddressId,
        stretch: Stretch,
        refused: &mut BTreeSet<(u32, u32)>,
    ) -> (Vec<(u32, u32)>, Here<'b>) {
        let mut tape = Tape::default();
        let entries;
        let mut ground = self.field.ground(address, &stretch);
        if let Some(own) = self.own {
            entries = own.entries(self.field, address, &stretch);
            ground = Ground { entries: Noted::Wide(&entries), ..ground };
        }
        walk(&ground, |frame| self.done(frame), &mut tape);
        let (mut told, mut ends) = (Vec::new(), Vec::new());
        // With a rest it begins that is nobody's news.
        for (frame, update, fate) in tape.fates.iter().skip(usize::from(stretch.begin.is_some())) {
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
        let applied = told.clone();
        let hop = move || {
            let to_first = self.own.map_or_else(Hop::default, |own| Hop::new(field, own, address, &stretch));
            let applied =
                applied.iter().map(|(update, frame)| (*update, self.done(*frame), self.due(*frame)));
            to_first.relay(field, applied, ends.into_iter())
        };
        (told, here(hop))
    }
}

impl Folding<'_> {
    /// Where the time went of what came with a frame, for so many updates, between the members of the pair; `None`: nowhere.
    pub(super) fn lag(&self, frame: u32, updates: u128) -> Option<Parts> {
        let via = self.via?;
        let leg = via.desk.legs.get(&frame)?;
        let all = self.done(frame) - via.done(frame);
        let times = |part: u64| u128::from(part) * updates;
        Some(Parts {
            batch: times(all - leg.way.total().nanos()),
            queue: times(leg.way.queue.nanos()),
            process: times(leg.way.process.nanos()),
            ..Parts::default()
        })
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
