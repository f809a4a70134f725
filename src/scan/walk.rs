//! Walk: one address through a run, as one leaf sees it, on a tape of steps.
//!
//! Knows what happens at an instant in which order: truth, what is noticed and applied above, the leaf's frames, its
//! timers. Must not know what the steps are summed to.

mod calm;
mod late;

use super::cell::{Fate, Given, Hold, Key, Own, Shown, class};
use super::ground::Ground;
use super::numbers::NONE;
use super::story::{Change, Place, says};
use super::stretch::Rest;
use super::tape::{Cause, Hazard, Step, Tape, Wrong};
use crate::observe::{Class, Reason};
use crate::workload::Event;

/// What is the same for all leaves, at one instant.
#[derive(Default)]
struct World {
    epoch: u32,
    change: Change,
    voice: u32,
    voice_mark: Option<Key>,
}

struct Walker<'a, 'b, C> {
    ground: &'a Ground<'a>,
    clock: C,
    tape: &'b mut Tape,
    world: World,
    hold: Hold,
    /// The frame with which the live entry was last applied or confirmed.
    frame: u32,
    shown: Shown,
    /// Whether what was applied last says what is true.
    tells_truth: bool,
    equal: bool,
    wrong_since: (u64, Cause),
    /// When the place of what is in transit changes.
    next_place: u64,
    at_change: usize,
    at_update: usize,
    at_entry: usize,
    at_authority: usize,
}

/// Walks through `ground` for a leaf that applies frame `f` at `clock(f)`, `u64::MAX` where it does not.
pub(super) fn walk(ground: &Ground<'_>, clock: impl Fn(u32) -> u64, tape: &mut Tape) {
    tape.clear();
    let world = World { change: Change::NOTHING, voice: NONE, ..World::default() };
    let mut walker = Walker {
        ground,
        clock,
        tape,
        world,
        hold: Hold::default(),
        frame: NONE,
        shown: Shown::default(),
        tells_truth: false,
        equal: false,
        wrong_since: (0, Cause::Shared),
        next_place: u64::MAX,
        at_change: 0,
        at_update: 0,
        at_entry: 0,
        at_authority: 0,
    };
    walker.run();
}

impl<C: Fn(u32) -> u64> Walker<'_, '_, C> {
    fn run(&mut self) {
        self.begin();
        loop {
            self.pass_refreshes();
            let at = self.next();
            if at > self.ground.end {
                break;
            }
            let moves = self.next_place <= at || self.tape.pending.iter().any(|one| one.next <= at);
            if self.share(at) || moves {
                self.show(at, Cause::Shared, NONE);
                self.look_at_pending(at);
            }
            while let Some((_, frame)) = self.next_entry().filter(|(due, _)| *due == at) {
                self.apply(at, frame);
            }
            if self.hold.expires() == at {
                self.expire(at);
            }
        }
        if !self.equal && self.ground.in_scope {
            let (begin, began) = self.wrong_since;
            self.tape.wrongs.push(Wrong { begin, began, end: self.ground.end, ended: Cause::Shared });
        }
        self.tape.last = self.live();
    }

    /// Virtual zero: who is there from the start is there without a change.
    fn begin(&mut self) {
        if let Some(rest) = self.ground.rest {
            return self.resume(&rest);
        }
        if let Some(change) = self.ground.changes.first().filter(|change| change.at == 0) {
            self.world.change = *change;
            self.at_change = 1;
        }
        self.equal = self.world.change.user() == NONE;
        self.show(0, Cause::Shared, NONE);
    }

    /// Everything is at rest: nobody differs, and nothing that was before matters.
    fn resume(&mut self, rest: &Rest) {
        self.world.change = rest.change;
        self.tape.said_by.push(rest.update);
        self.speak(rest.update);
        self.tape.versions.clear();
        let given = self.given(rest.update);
        let fate = self.hold.merge(&self.ground.law, (self.clock)(rest.frame), self.world.epoch, &given);
        (self.frame, self.equal) = (rest.frame, true);
        (self.shown, self.next_place) = self.look(&self.hold, rest.at);
        self.tape.fates.push((rest.frame, rest.update, fate));
    }

    fn next_entry(&self) -> Option<(u64, u32)> {
        let frame = self.ground.entries.number(self.at_entry)?;
        Some(((self.clock)(frame), frame))
    }

    /// The next entry that comes with `frame`, which is applied at `at`.
    fn next_with(&self, at: u64, frame: u32) -> Option<(u32, u32)> {
        let (update, now) = self.ground.entries.get(self.at_entry)?;
        (now == frame || self.ground.merges && (self.clock)(now) == at).then_some((update, now))
    }

    fn next(&self) -> u64 {
        let ground = self.ground;
        let change = ground.changes.get(self.at_change).map_or(u64::MAX, |change| change.at);
        let noticed = ground.updates.get(self.at_update);
        let noticed = noticed.map_or(u64::MAX, |update| ground.above.update(*update).occurred.nanos());
        let authority = ground.authority.get(self.at_authority).map_or(u64::MAX, |(at, _)| at);
        let entry = self.next_entry().map_or(u64::MAX, |(at, _)| at);
        let pending = self.tape.pending.iter().map(|pending| pending.next).min().unwrap_or(u64::MAX);
        let own = change.min(noticed).min(authority).min(entry).min(pending);
        own.min(self.hold.expires()).min(self.next_place)
    }

    /// What happens at `at` to all leaves alike; whether anything does.
    fn share(&mut self, at: u64) -> bool {
        let ground = self.ground;
        let mut any = false;
        while let Some(change) = ground.changes.get(self.at_change).filter(|change| change.at == at) {
            self.at_change += 1;
            self.world.change = *change;
            self.world.epoch += 1;
            self.tape.said_by.clear();
            self.compare(at, Cause::Shared);
            self.break_pending(at);
            any = true;
        }
        self.hear_until(at) || any
    }

    /// Takes what is noticed, and what the authority does, up to an instant; whether anything is.
    fn hear_until(&mut self, at: u64) -> bool {
        let (ground, before) = (self.ground, (self.at_update, self.at_authority));
        while let Some(update) = ground.updates.get(self.at_update) {
            let item = ground.above.update(*update);
            if item.occurred.nanos() > at {
                break;
            }
            self.at_update += 1;
            if says(item, &self.world.change) {
                self.tape.said_by.push(*update);
            }
        }
        while let Some((_, update)) = ground.authority.get(self.at_authority).filter(|(when, _)| *when <= at)
        {
            self.at_authority += 1;
            self.speak(update);
        }
        before != (self.at_update, self.at_authority)
    }

    fn speak(&mut self, update: u32) {
        let before = self.world.voice;
        if update == NONE {
            self.world.voice = NONE;
            return;
        }
        let item = self.ground.above.update(update);
        let user = item.user().filter(|_| item.event() != Event::LogOff);
        self.world.voice = user.map_or(NONE, |user| user.index() as u32);
        let key = (item.occurred, update);
        self.tape.is_orderly &= Some(key) > self.world.voice_mark;
        self.world.voice_mark = self.world.voice_mark.max(Some(key));
        if self.world.voice != before {
            let position = self.tape.versions.partition_point(|version| *version <= key);
            self.tape.versions.insert(position, key);
        }
    }

    fn given(&self, update: u32) -> Given {
        let above = self.ground.above;
        let item = above.update(update);
        let log_off = item.event() == Event::LogOff;
        Given {
            update,
            names: item.user().map_or(NONE, |user| user.index() as u32),
            log_off,
            rank: above.rank(update),
            key: (item.occurred, update),
            is_true: self.tape.said_by.contains(&update),
        }
    }

    /// The leaf applies all that `frame` holds of the address.
    fn apply(&mut self, at: u64, frame: u32) {
        let before = self.ground.reach.map(|_| self.hold.clone());
        let live = self.live();
        let previous = self.frame;
        self.tells_truth = false;
        let mut frame = frame;
        while let Some((update, now)) = self.next_with(at, frame) {
            frame = now;
            self.at_entry += 1;
            let given = self.given(update);
            self.tells_truth |= given.is_true;
            self.heed_timers(at, frame, previous, &given);
            self.tape.is_orderly &=
                Some(given.key) > self.hold.mark && self.hold.slot.is_none_or(|slot| given.rank > slot.rank);
            let fate = self.hold.merge(&self.ground.law, at, self.world.epoch, &given);
            self.tape.is_wild |= fate != Fate::Applied;
            self.tape.fates.push((frame, update, fate));
            if fate == Fate::Applied || fate == Fate::Duplicate && self.ground.law.restarts {
                self.frame = frame;
            }
        }
        self.tape.acts.push((at, frame, self.tells_truth));
        self.compare(at, Cause::Apply(frame));
        let cause = Cause::Apply(frame);
        self.show(at, cause, live);
        self.await_others(at, cause, before);
    }

    /// Notes where a leaf that applies frames a little earlier or later finds the entry expired, or not.
    fn heed_timers(&mut self, at: u64, frame: u32, previous: u32, given: &Given) {
        let (Some(reach), true) = (self.ground.reach, previous != NONE && previous != frame) else { return };
        let expires = (self.clock)(previous).saturating_add(self.ground.law.timeout);
        if expires == u64::MAX || expires.abs_diff(at) > reach {
            return;
        }
        self.tape.hazards.push(Hazard::Close { first: previous, second: frame });
        // The slot that a timer just ended would have met the mapping.
        let met = self.tape.fates.last().map(|(_, update, _)| self.given(*update));
        if let Some(met) = met {
            let user = if met.log_off { NONE } else { met.names };
            let slot = super::cell::Slot { update: met.update, user, rank: met.rank, expires: u64::MAX };
            let alive = Hold { slot: Some(slot), ..Hold::default() };
            self.tape.is_wild |= alive.verdict(&self.ground.law, given) != Fate::Applied;
        }
    }

    fn expire(&mut self, at: u64) {
        let before = self.ground.reach.map(|_| self.hold.clone());
        let live = self.live();
        self.hold.expire(self.world.epoch);
        self.tape.acts.push((at, self.frame, false));
        let cause = Cause::Expire(self.frame);
        self.compare(at, cause);
        self.show(at, cause, live);
        self.await_others(at, cause, before);
    }

    fn live(&self) -> u32 {
        self.hold.slot.filter(|slot| slot.user != NONE).map_or(NONE, |slot| slot.update)
    }

    /// Answer or truth may have changed.
    fn compare(&mut self, at: u64, cause: Cause) {
        let equal = self.hold.answer() == self.world.change.user();
        if equal && !self.equal && self.ground.in_scope {
            let (begin, began) = self.wrong_since;
            self.tape.wrongs.push(Wrong { begin, began, end: at, ended: cause });
        }
        if !equal && self.equal {
            self.wrong_since = (at, cause);
        }
        self.equal = equal;
    }

    fn show(&mut self, at: u64, cause: Cause, live: u32) {
        let (shown, next) = self.look(&self.hold, at);
        self.next_place = next;
        let now = if cause == Cause::Shared { live } else { self.live() };
        if shown != self.shown || now != live {
            let before = std::mem::replace(&mut self.shown, shown);
            let tells_truth = self.tells_truth && matches!(cause, Cause::Apply(_));
            let entries = (live, now);
            self.tape.steps.push(Step { at, cause, before, after: shown, entries, tells_truth });
        }
    }

    /// What `hold` looks like at the end of the instant `at`, and when that changes by itself.
    fn look(&self, hold: &Hold, at: u64) -> (Shown, u64) {
        let answer = hold.answer();
        let mut shown = Shown { has_user: answer != NONE, ..Shown::default() };
        if !self.ground.in_scope {
            return (shown, u64::MAX);
        }
        let world = &self.world;
        let mut next = u64::MAX;
        shown.class = class(world.change.user(), answer);
        if shown.class.is_some_and(|class| class != Class::Current) {
            let (reason, hop, change) = self.reason(hold, at);
            (shown.reason, shown.hop, next) = (Some(reason), hop, change);
        }
        let ahead = hold.mark.is_some() && hold.mark > world.voice_mark;
        shown.replica = class(world.voice, answer).map(|class| if ahead { Class::Current } else { class });
        let newer = self.tape.versions.iter().rev().take_while(|version| Some(**version) > hold.mark);
        shown.behind = newer.count() as u32;
        shown.site = world.change.site();
        (shown, next)
    }

    fn reason(&self, hold: &Hold, at: u64) -> (Reason, u16, u64) {
        if self.tape.said_by.is_empty() {
            return (Reason::Unobserved, 0, u64::MAX);
        }
        match hold.own.filter(|(epoch, _)| *epoch == self.world.epoch) {
            Some((_, Own::Expired)) => return (Reason::Expired, 0, u64::MAX),
            Some((_, Own::Held | Own::Replaced)) => return (Reason::Conflict, 0, u64::MAX),
            None => {}
        }
        let (mut nearest, mut waits, mut death, mut next) = (None, false, None, u64::MAX);
        for update in &self.tape.said_by {
            let refusal = hold.refused.iter().rev().find(|(refused, _)| refused == update);
            let (mut place, mut change) = (Place::Nowhere, u64::MAX);
            if refusal.is_none() || self.ground.hop.is_some_and(|hop| hop.is_own()) {
                (place, change) = self.ground.above.place(*update, at, self.ground.hop.map(|hop| &**hop));
            }
            next = next.min(change);
            if let Some((_, at)) = refusal {
                death = death.max(Some(((*at, u32::MAX), true)));
            }
            match place {
                Place::Dead { order, by_law } => death = death.max(Some((order, by_law))),
                Place::Moving(hop) => nearest = Some(self.tape.nearer(nearest, hop)),
                Place::Nowhere => {}
                Place::Waiting => waits = true,
            }
        }
        let reason = match (nearest, waits, death) {
            (Some(_), ..) => Reason::InTransit,
            (None, true, _) => Reason::Disconnected,
            (None, false, Some((_, true))) => Reason::Conflict,
            (None, false, _) => Reason::Lost,
        };
        (reason, nearest.unwrap_or(0), next)
    }
}
