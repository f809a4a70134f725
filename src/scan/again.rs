//! Again: addresses whose steps cannot simply be moved are walked again, for one leaf alone.
//!
//! Knows what the pattern gave for an address, and takes it out. Must not know other leaves.

use super::cell::Fate;
use super::fold::Folding;
use super::ground::Ground;
use super::hop::{Here, Hop, here};
use super::incorrect::Square;
use super::jump::{hop_jumps, jumps, site_jumps};
use super::leaf::TABLE;
use super::moving::Turn;
use super::notes::Noted;
use super::stretch::{Spots, Stretch};
use super::tape::{Cause, Step, Tape, Wrong};
use super::walk::walk;
use crate::ids::AddressId;

impl<'a> Folding<'a> {
    /// The addresses whose steps cannot simply be moved; and those of frames that come so late that it is not known whether
    /// they can.
    pub(super) fn odd(&self) -> (Spots, Spots) {
        let (pattern, field) = (self.frame.pattern, self.frame.field);
        let (mut odd, mut late) = (Spots::default(), Spots::default());
        let hub = &field.record.stations[field.class.hub.index()];
        for frame in 0..self.applied.len() {
            if self.own.is_some_and(|own| own.is_skipped(frame)) {
                continue;
            }
            let number = frame as u32;
            let (at, sent) = (self.applied[frame], pattern.sent[frame]);
            if at.min(field.end) - sent > field.reach() {
                let addresses = hub.contents(frame).iter().map(|update| field.above.update(*update).address);
                addresses.for_each(|address| late.add(address, number, number));
            } else if at >= pattern.calm_until[frame] {
                let first = pattern.late.partition_point(|(other, ..)| (*other as usize) < frame);
                let here = pattern.late[first..].iter().take_while(|(other, ..)| *other as usize == frame);
                let here = here.filter(|(_, from, _)| *from <= at);
                here.for_each(|(_, _, address)| odd.add(*address, number, number));
            }
        }
        for (first, second, address) in &pattern.close {
            let lives = |times: &[u64]| {
                times[*second as usize] <= times[*first as usize].saturating_add(field.law.timeout)
            };
            if lives(&self.applied) != lives(&pattern.sent) {
                odd.add(*address, *first, *second);
            }
        }
        (odd, late)
    }

    /// Puts what really happened to a stretch of `address` in the place of what moving gave, of which the pattern has
    /// `supposed`. Where its copies were on the last hop, if the leaf was told something of its own.
    pub(super) fn walk_alone(
        &mut self,
        address: AddressId,
        stretch: &Stretch,
        (supposed, tape): (&Tape, &mut Tape),
    ) -> Option<Here<'a>> {
        let field = self.frame.field;
        let ground = field.ground(address, stretch);
        let mut hop = None;
        if let Some(via) = self.via {
            let (entries, here) = via.story(field, address, *stretch, &mut self.refused);
            let ground = Ground { entries: Noted::Wide(&entries), hop: Some(&here), merges: true, ..ground };
            walk(&ground, |frame| self.done(frame), tape);
            hop = Some(here);
        } else if let Some(own) = self.own {
            let entries = own.entries(field, address, stretch);
            let is_told =
                own.is_told_all(field, address, stretch) && !self.frame.pattern.is_wild[address.index()];
            let mut walk_with = |here: &Here<'_>| {
                let ground = Ground {
                    entries: Noted::Wide(&entries),
                    hop: Some(here),
                    ..field.ground(address, stretch)
                };
                walk(&ground, |frame| own.done(frame), tape);
                tape.fates.iter().any(|(.., fate)| matches!(fate, Fate::Refused { .. }))
            };
            let stretch = *stretch;
            let own_hop = || here(move || Hop::new(field, own, address, &stretch));
            let mut here = if is_told { here(Hop::default) } else { own_hop() };
            // What the leaf refuses alone is still the hub's, who would tell it again.
            if walk_with(&here) && is_told {
                here = own_hop();
                walk_with(&here);
            }
            hop = Some(here);
        } else {
            walk(&ground, |frame| self.applied[frame as usize], tape);
        }
        for (frame, _, fate) in &tape.fates {
            if (*fate == Fate::Applied) == (*frame >= TABLE) {
                *self.unlike.entry(*frame).or_insert(0) += if *frame >= TABLE { 1 } else { -1 };
            }
        }
        self.exchange(address, supposed, tape);
        hop
    }

    /// Takes out what moving gave for `supposed` and puts in `tape`, but for what is the same in both.
    fn exchange(&mut self, address: AddressId, supposed: &Tape, tape: &Tape) {
        let from = self.frame.field.from;
        let is_same = |one: &Step, other: &Step| {
            let shows_alike = one.before == other.before && one.after == other.after;
            shows_alike
                && (one.cause, one.entries) == (other.cause, other.entries)
                && self.moved(one.cause, one.at) == other.at
        };
        let (less, more) = differing(&supposed.steps, &tape.steps, is_same);
        // `relay_steps` goes by the pattern, also where a step is the same; a walk says on which hop copies were.
        supposed.steps.iter().for_each(|step| self.unrelay(step));
        less.iter().for_each(|step| self.put(address, step, self.moved(step.cause, step.at), -1));
        more.iter().for_each(|step| self.put(address, step, step.at, 1));
        let is_same = |one: &Wrong, other: &Wrong| {
            let (begin, end) = (self.moved(one.began, one.begin), self.moved(one.ended, one.end));
            // What begins before it is measured does not simply move.
            one.begin >= from
                && (one.began, one.ended) == (other.began, other.ended)
                && (begin, end) == (other.begin, other.end)
        };
        let (less, more) = differing(&supposed.wrongs, &tape.wrongs, is_same);
        for wrong in less {
            let begin = self.delays(wrong.began, wrong.begin).0;
            let end = self.delays(wrong.ended, wrong.end).1;
            self.incorrect -= Square::new(wrong, from).moved(begin, end);
        }
        self.incorrect += more.iter().map(|wrong| Square::new(wrong, from).value).sum::<i128>();
    }

    fn put(&mut self, address: AddressId, step: &Step, at: u64, sign: i32) {
        let field = self.frame.field;
        if at <= field.end && step.entries.0 != step.entries.1 {
            let by = field.hash_jump(address, step.entries);
            self.hash = self.hash.wrapping_add(if sign > 0 { by } else { by.wrapping_neg() });
        }
        if step.before == step.after {
            return;
        }
        let last = field.class.last_hop();
        let (place, rest) =
            (self.meter.place(at), i128::from(field.end - self.meter.clip(at)) * i128::from(sign));
        let Self { meter, sums, .. } = self;
        jumps(step, last, |kind, by| {
            meter.jump_one(place, kind, by * sign);
            sums[kind] += rest * i128::from(by);
        });
        for (hop, by) in hop_jumps(step, last) {
            self.hops[hop] += rest * i128::from(by);
        }
        for (site, by) in site_jumps(step) {
            if self.leaf.through || site == self.leaf.site.index() {
                for (sum, by) in self.exposure.iter_mut().zip(by) {
                    *sum += rest * i128::from(by);
                }
            }
        }
        let users = i64::from(step.after.has_user) - i64::from(step.before.has_user);
        if at <= field.end && users != 0 {
            let (by_timer, rank) = match step.cause {
                Cause::Apply(frame) => (false, self.rank(frame)),
                Cause::Expire(_) => (true, 0),
                Cause::Shared => unreachable!("tables change by a leaf's own steps"),
            };
            self.users.push(Turn { at, by_timer, rank, by: users * i64::from(sign) });
        }
    }
}

/// What is left of two lists without what is the same at their beginnings, and at their ends.
fn differing<'b, T>(one: &'b [T], other: &'b [T], is_same: impl Fn(&T, &T) -> bool) -> (&'b [T], &'b [T]) {
    let begin = one.iter().zip(other).take_while(|(one, other)| is_same(one, other)).count();
    let (one, other) = (&one[begin..], &other[begin..]);
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| is_same(one, other)).count();
    (&one[..one.len() - end], &other[..other.len() - end])
}
