//! Jump: which counts one step makes jump, and by how much.
//!
//! Knows what is shown before a step and after it. Must not know who takes it.

use super::cell::Shown;
use super::meter::COUNTS;
use super::tape::Step;
use crate::observe::{Class, Reason};

/// Counts that are kept: those in windows, six reasons, versions behind, users, and what is on its last hop.
pub(super) const KINDS: usize = COUNTS + 9;
pub(super) const REASONS: usize = COUNTS;
pub(super) const BEHIND: usize = COUNTS + 6;
pub(super) const USERS: usize = COUNTS + 7;
pub(super) const LAST_HOP: usize = COUNTS + 8;

/// By how much each count jumps.
pub(super) type Jump = [i32; KINDS];

/// Which counts one step makes jump, and by how much; `last` is the last hop.
pub(super) fn jumps(step: &Step, last: usize, mut each: impl FnMut(usize, i32)) {
    let (before, after) = (&step.before, &step.after);
    let mut swap = |from: Option<usize>, to: Option<usize>| {
        if from != to {
            from.into_iter().for_each(|kind| each(kind, -1));
            to.into_iter().for_each(|kind| each(kind, 1));
        }
    };
    let both = |kind: fn(&Shown) -> Option<usize>| (kind(before), kind(after));
    let pairs = [
        both(|shown| shown.class.map(|class| class as usize)),
        both(|shown| shown.replica.map(|class| 4 + class as usize)),
        both(|shown| shown.reason.map(|reason| REASONS + reason as usize)),
        both(|shown| shown.has_user.then_some(USERS)),
    ];
    pairs.into_iter().for_each(|(from, to)| swap(from, to));
    let is_last = |shown: &Shown| shown.reason == Some(Reason::InTransit) && usize::from(shown.hop) == last;
    swap(is_last(before).then_some(LAST_HOP), is_last(after).then_some(LAST_HOP));
    let behind = |shown: &Shown| i32::try_from(shown.behind).expect("fewer versions than updates");
    if before.behind != after.behind {
        each(BEHIND, behind(after) - behind(before));
    }
}

/// What one step does on other hops than the last one.
pub(super) fn hop_jumps(step: &Step, last: usize) -> impl Iterator<Item = (usize, i32)> {
    let sides = [(step.before, -1), (step.after, 1)];
    sides.into_iter().filter_map(move |(shown, sign)| {
        let on = shown.reason == Some(Reason::InTransit) && usize::from(shown.hop) != last;
        on.then_some((usize::from(shown.hop), sign))
    })
}

/// What one step does to sites' stays, each site once: site, stays, wrong, unknown.
pub(super) fn site_jumps(step: &Step) -> impl Iterator<Item = (usize, [i32; 3])> {
    let stays = |shown: &Shown, sign: i32| {
        let wrong = i32::from(shown.class == Some(Class::Outdated));
        let unknown = i32::from(shown.class == Some(Class::Missing));
        Some((shown.site? as usize, [sign, sign * wrong, sign * unknown]))
    };
    let sides = match (stays(&step.before, -1), stays(&step.after, 1)) {
        (Some((one, less)), Some((other, more))) if one == other => {
            [Some((one, [less[0] + more[0], less[1] + more[1], less[2] + more[2]])), None]
        }
        (left, come) => [left, come],
    };
    sides.into_iter().flatten()
}

/// The counts that windows have.
pub(super) fn counts(jump: &Jump) -> &[i32; COUNTS] {
    jump.first_chunk().expect("windows' counts come first")
}
