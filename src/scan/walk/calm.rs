//! Calm: refreshes that come while truth, authority and leaf all say the same, which a walk goes past without looking at every
//! instant between them.
//!
//! Knows what would break the calm. Must not know what steps are summed to.

use super::{Cause, Key, NONE, Step, Walker, says};
use crate::observe::Class;

impl<C: Fn(u32) -> u64> Walker<'_, '_, C> {
    /// Goes past all refreshes that come next from which nothing follows, however late any leaf applies them; what the tape
    /// holds then is what it would hold had each instant been looked at.
    pub(super) fn pass_refreshes(&mut self) {
        if !self.is_calm() {
            return;
        }
        self.tape.pending.clear();
        while let Some((at, frame, update)) = self.next_refresh() {
            self.hear_until(at);
            self.refresh(at, frame, update);
        }
    }

    /// Whether all say the same, and whoever is late does so, too, before anything else happens.
    fn is_calm(&self) -> bool {
        let (world, shown) = (&self.world, &self.shown);
        let is_current = shown.class == Some(Class::Current) && shown.behind == 0;
        let is_agreed = is_current && world.voice == world.change.user();
        is_agreed && (self.tape.pending.is_empty() || self.are_all_in_time())
    }

    /// Whether nothing happens, nor moves, while a step may still come later at another leaf.
    fn are_all_in_time(&self) -> bool {
        let next = self.next();
        self.tape.pending.iter().all(|one| one.until < next)
    }

    /// The next entry, if it is the one refresh in its frame and nothing follows from it: when it comes, with what, and which.
    fn next_refresh(&self) -> Option<(u64, u32, u32)> {
        let ground = self.ground;
        let (update, frame) = ground.entries.get(self.at_entry)?;
        let at = (self.clock)(frame);
        let is_one = ground.entries.number(self.at_entry + 1) != Some(frame);
        let calm_until = at.saturating_add(ground.reach.unwrap_or(0));
        let change = ground.changes.get(self.at_change).map_or(u64::MAX, |change| change.at);
        if !is_one || at > ground.end || change <= calm_until {
            return None;
        }
        let (item, slot) = (ground.above.update(update), self.hold.slot?);
        let key: Key = (item.occurred, update);
        let is_newer = Some(key) > self.hold.mark && ground.above.rank(update) > slot.rank;
        let is_true = says(item, &self.world.change);
        (is_newer && is_true && slot.expires > calm_until && self.is_said_until(calm_until))
            .then_some((at, frame, update))
    }

    /// Whether all that the authority does up to an instant is to say again what it says.
    fn is_said_until(&self, until: u64) -> bool {
        let again = |update: u32| says(self.ground.above.update(update), &self.world.change);
        let deeds = self.ground.authority.from(self.at_authority).iter();
        deeds.take_while(|(at, _)| *at <= until).all(|(_, update)| update != NONE && again(update))
    }

    fn refresh(&mut self, at: u64, frame: u32, update: u32) {
        self.at_entry += 1;
        let (live, given) = (self.live(), self.given(update));
        let fate = self.hold.merge(&self.ground.law, at, self.world.epoch, &given);
        self.tape.fates.push((frame, update, fate));
        (self.frame, self.tells_truth) = (frame, given.is_true);
        self.tape.acts.push((at, frame, given.is_true));
        let (shown, tells_truth) = (self.shown, given.is_true);
        let (cause, entries) = (Cause::Apply(frame), (live, self.live()));
        self.tape.steps.push(Step { at, cause, before: shown, after: shown, entries, tells_truth });
    }
}
