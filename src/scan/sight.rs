//! Sight: when each update was visible to everyone who should see it.
//!
//! Knows when each leaf applied each frame, and which could be reached. Must not know how a leaf's row is summed.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::accord::Said;
use super::agreement::marks;
use super::class::Field;
use super::fold::{Folding, Found};
use super::freshness::Freshness;
use super::healing::{Healing, is_steady};
use super::latest::Latest;
use super::odd::Answer;
use super::pattern::Pattern;
use super::record::Recorder;
use super::station::End;
use super::timely::look_up;
use crate::ids::AddressId;
use crate::observe::{Convergence, PointFindings, SourceAges, add_whole};
use crate::units::Instant;

/// When an update was visible at one leaf. A leaf whose session broke has up to a million.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    /// `u64::MAX`: not by the end.
    pub(super) at: u64,
    pub(super) update: u32,
    /// Whether its fate there is `filtered`.
    pub(super) is_filtered: bool,
    /// Whether the leaf was reachable when it occurred.
    pub(super) is_due: bool,
}

impl Folding<'_> {
    /// The frames that tell nothing of when updates were visible here, because they never came, or brought something that
    /// occurred while the leaf was not reachable; all that is visible with those is noted one by one. And how many
    /// counted updates in scope occurred meanwhile.
    pub(super) fn sight_unreached(&mut self) -> (Vec<bool>, u64) {
        let Some(own) = self.own.filter(|_| self.via.is_none()) else { return (Vec::new(), 0) };
        let (field, fresh, is_wild) = (self.frame.field, self.frame.fresh, &self.frame.pattern.is_wild);
        let mut mute: Vec<bool> = (0..self.applied.len()).map(|frame| own.is_skipped(frame)).collect();
        let mut unreachable = 0;
        for update in own.unreached().iter().flat_map(|(from, until)| field.record.occurred_in(*from, *until))
        {
            let address = field.above.update(update).address;
            if !field.in_scope(address) {
                continue;
            }
            unreachable += u64::from(field.is_counted(update));
            if is_wild[address.index()] {
                continue;
            }
            if let Some(mute) = mute.get_mut(fresh.shown_by(field, address, update) as usize) {
                *mute = true;
            }
        }
        let judged: BTreeSet<u32> = self.sightings.iter().map(|sighting| sighting.update).collect();
        let muted = (0..mute.len()).filter(|frame| mute[*frame] && !own.is_skipped(*frame));
        for frame in muted {
            for update in fresh.shown(field, is_wild, frame as u32).filter(|update| !judged.contains(update))
            {
                let occurred = field.above.update(update).occurred.nanos();
                let (at, is_due) = (self.applied[frame], !own.is_unreached(occurred));
                let is_filtered = field.end_above(update) == Some(End::Filtered);
                self.sightings.push(Sighting { at, update, is_filtered, is_due });
            }
        }
        (mute, unreachable)
    }
}

/// When each update was visible everywhere, class by class.
pub(super) struct Sight {
    /// When the last of the audience saw each update.
    everyone: Latest,
    /// The same of those to whom it was not denied; `None`: it was denied to nobody so far.
    meant: Option<Latest>,
    unreachable: u64,
}

impl Sight {
    /// Of `updates` updates.
    pub(super) fn new(updates: usize) -> Self {
        Self { everyone: Latest::new(updates), meant: None, unreachable: 0 }
    }

    /// Adds the leaves of one class. Cost: some steps an update.
    pub(super) fn add(
        &mut self,
        field: &Field<'_>,
        pattern: &Pattern,
        fresh: &Freshness,
        found: &[Found],
        (leaves, together): (&[usize], &Together),
    ) {
        let others = found.iter().zip(leaves).filter(|(_, leaf)| !is_steady(field, **leaf));
        let latest = together.latest(pattern.sent.len(), others.map(|(found, _)| found));
        let filtered: BTreeSet<u32> = fresh.filtered.iter().copied().collect();
        let logs = || leaves.iter().map(|leaf| &field.record.logs[*leaf]);
        let may_be_alone = logs().all(|log| !log.unreached.is_empty());
        let is_filtered = |update: u32| !filtered.is_empty() && filtered.contains(&update);
        for (frame, seen) in latest.iter().enumerate() {
            for update in fresh.shown(field, &pattern.is_wild, frame as u32) {
                let occurred = field.above.update(update).occurred.nanos();
                self.see((update, occurred), *seen, is_filtered(update));
            }
        }
        for update in fresh.unseen.iter().copied() {
            let occurred = field.above.update(update).occurred.nanos();
            let is_alone = may_be_alone && logs().all(|log| log.is_unreached(occurred));
            self.see((update, occurred), if is_alone { 0 } else { u64::MAX }, is_filtered(update));
        }
        for (update, [meant, denied]) in &together.sighted {
            let occurred = field.above.update(*update).occurred.nanos();
            for (seen, is_filtered) in [(*meant, false), (*denied, true)].into_iter().filter(|one| one.0 > 0)
            {
                self.see((*update, occurred), seen, is_filtered);
            }
        }
        self.unreachable += found.iter().map(|found| found.unreachable).sum::<u64>();
    }

    /// `seen` is one more than the instant.
    fn see(&mut self, (update, occurred): (u32, u64), seen: u64, is_filtered: bool) {
        if is_filtered && self.meant.is_none() {
            self.meant = Some(self.everyone.clone());
        }
        self.everyone.see(update, occurred, seen);
        if let Some(meant) = self.meant.as_mut().filter(|_| !is_filtered) {
            meant.see(update, occurred, seen);
        }
    }

    /// How long updates took to reach everyone, and the fleet's visibility.
    pub(super) fn finish(
        &self,
        record: &Recorder<'_>,
        from: u64,
        end: u64,
        fleet: &mut PointFindings,
    ) -> Convergence {
        let mut convergence = Convergence { unreachable: self.unreachable, ..Convergence::default() };
        let meant = self.meant.as_ref().unwrap_or(&self.everyone);
        for update in 0..record.numbers.count() as u32 {
            let occurred = record.key(update).0;
            let [everyone, meant] = [&self.everyone, meant].map(|latest| latest.of(update, occurred.nanos()));
            if everyone == 0 || occurred.nanos() < from {
                continue;
            }
            match everyone - 1 {
                at if at <= end => convergence.samples.record(Instant::from_nanos(at).since(occurred)),
                _ => convergence.not_converged += 1,
            }
            if meant > 0 {
                look_up(&mut fleet.visibility, occurred.nanos(), meant - 1, end, true);
            }
        }
        convergence
    }
}

/// What the leaves of one class saw, taken together as they come.
#[derive(Default)]
pub(super) struct Together {
    /// Per frame: one more than the instant at which the last leaf that was always reachable applied it, of those to which
    /// it tells something; `u64::MAX`: not by the end; 0, or nothing: there is none.
    steady: Vec<u64>,
    /// Per disturbance: when updates that were there at its end were visible to all who were reachable, where that does not
    /// follow from frames and is not over.
    pub(super) open: BTreeMap<usize, Vec<(u32, u64)>>,
    /// Of updates whose visibility at some leaf does not follow from when it applied frames: one more than the instant at which
    /// the last of those saw it to whom it was meant, and to whom it was denied; 0: there are none. Never looked at in order.
    sighted: HashMap<u32, [u64; 2], FixedState>,
    /// Per wild address and window: what the leaves that were told every frame answered.
    pub(super) wild: BTreeMap<AddressId, Vec<Said>>,
    /// What they come to, windows among it.
    pub(super) whole: PointFindings,
    /// The sums of ages.
    pub(super) ages: SourceAges,
}

impl Together {
    /// Takes what one leaf saw, and leaves nothing there that is not asked for again.
    pub(super) fn take(&mut self, (field, healing): (&Field<'_>, &Healing), leaf: usize, found: &mut Found) {
        for (index, open) in healing.open(field, leaf, &found.sightings) {
            self.put_open(index, open);
        }
        let due = std::mem::take(&mut found.sightings).into_iter().filter(|sighting| sighting.is_due);
        due.for_each(|one| {
            self.put_sighted(one.update, usize::from(one.is_filtered), one.at.saturating_add(1))
        });
        found.answers.shrink_to_fit();
        found.marks = marks(field, &found.applied);
        if is_steady(field, leaf) {
            found.see(&mut self.steady);
            found.applied = Vec::new();
        }
        self.ages.add(&std::mem::take(&mut found.ages));
        for Answer { address, windows, user } in std::mem::take(&mut found.wild) {
            let said = self.wild.entry(address).or_insert_with(|| vec![Said::NOTHING; field.ends.len()]);
            said[windows.start as usize..windows.end as usize]
                .iter_mut()
                .for_each(|said| *said = said.and(user));
        }
    }

    /// Adds what others saw.
    pub(super) fn join(&mut self, other: Self) {
        for (index, open) in other.open {
            self.put_open(index, open);
        }
        for (update, seen) in other.sighted {
            seen.into_iter().enumerate().for_each(|(kind, seen)| self.put_sighted(update, kind, seen));
        }
        see(&mut self.steady, other.steady.into_iter());
        self.sum(&other.whole);
        self.ages.add(&other.ages);
        for (address, others) in other.wild {
            let said = self.wild.entry(address).or_insert_with(|| vec![Said::NOTHING; others.len()]);
            said.iter_mut().zip(others).for_each(|(said, other)| *said = said.with(other));
        }
    }

    /// Adds the findings of a leaf, or of several.
    pub(super) fn sum(&mut self, findings: &PointFindings) {
        add_whole(&mut self.whole, findings);
    }

    fn put_sighted(&mut self, update: u32, kind: usize, seen: u64) {
        let latest = &mut self.sighted.entry(update).or_default()[kind];
        *latest = seen.max(*latest);
    }

    fn put_open(&mut self, index: usize, open: Vec<(u32, u64)>) {
        let all = self.open.entry(index).or_default();
        all.extend(open);
        // Of lists in order.
        all.sort();
        all.dedup_by(|next, one| {
            let same = next.0 == one.0;
            if same {
                one.1 = next.1;
            }
            same
        });
    }

    /// Per frame what `steady` tells, of these leaves too.
    pub(super) fn latest<'b>(&self, frames: usize, others: impl Iterator<Item = &'b Found>) -> Vec<u64> {
        let mut latest = self.steady.clone();
        latest.resize(frames, 0);
        others.for_each(|found| found.see(&mut latest));
        latest
    }
}

impl Found {
    fn see(&self, latest: &mut Vec<u64>) {
        let is_mute = |frame: usize| self.mute.get(frame).is_some_and(|mute| *mute);
        let all = self.applied.iter().enumerate();
        see(latest, all.map(|(frame, at)| if is_mute(frame) { 0 } else { at.saturating_add(1) }));
    }
}

fn see(latest: &mut Vec<u64>, seen: impl ExactSizeIterator<Item = u64>) {
    latest.resize(latest.len().max(seen.len()), 0);
    latest.iter_mut().zip(seen).for_each(|(most, at)| *most = at.max(*most));
}
