//! Moving: every step of the pattern to where it comes at each leaf of a team, and what that changes.
//!
//! Knows sums and instants. Must not know addresses.

use std::ops::Range;

use super::fold::{Folding, Frame};
use super::jump::{Jump, KINDS, counts};
use super::meter::COUNTS;
use super::pattern::Moves;
use super::tape::Cause;

/// A change of how many users a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub(super) at: u64,
    pub(super) by_timer: bool,
    /// A place in the order of frames.
    pub(super) rank: u32,
    pub(super) by: i64,
}

/// What steps that stay within one window change, before it is put where it belongs. Small numbers, so that it is quick.
struct Held {
    window: usize,
    /// Where the window ends; the first holds nothing.
    until: u64,
    sums: [i64; KINDS],
    /// No sum is larger than this, whatever its sign.
    bound: u64,
}

impl Held {
    const NOTHING: Self = Self { window: 0, until: 0, sums: [0; KINDS], bound: 0 };
}

/// What a held sum may be. Half of what fits.
const HELD_MAX: u64 = 1 << 62;

/// So many frames' steps are moved at each leaf before those of the next frames, so that what the pattern says of them is at
/// hand. Source: none, a guess; only time sees it.
const BLOCK: usize = 1 << 9;

/// Moves every step of the pattern to where it comes at each of these leaves, which are of one class.
pub(super) fn move_together(leaves: &mut [Folding<'_>]) {
    let Some(Frame { field, pattern, .. }) = leaves.first().map(|leaf| leaf.frame) else { return };
    let timer = Some(field.law.timeout).filter(|timeout| *timeout != u64::MAX);
    let kinds = [Some((&pattern.applies, 0)), timer.map(|timer| (&pattern.expires, timer))];
    for (moves, after) in kinds.into_iter().flatten() {
        let mut all: Vec<Held> = leaves.iter().map(|_| Held::NOTHING).collect();
        let frames = pattern.sent.len();
        for begin in (0..frames).step_by(BLOCK) {
            for (leaf, held) in leaves.iter_mut().zip(&mut all) {
                leaf.move_block((moves, after), begin..frames.min(begin + BLOCK), held);
            }
        }
        leaves.iter_mut().zip(&mut all).for_each(|(leaf, held)| leaf.put_held(held));
    }
    leaves.iter_mut().for_each(Folding::move_rest);
}

impl Folding<'_> {
    /// Moves what is not moved frame by frame.
    fn move_rest(&mut self) {
        let pattern = self.frame.pattern;
        self.move_both();
        for hop in 1..self.hops.len() {
            for aside in &pattern.hop_steps[hop] {
                let (_, delay) = self.delays(aside.cause(), self.at(aside.cause()));
                self.hops[hop] -= delay * aside.by()[0];
            }
        }
        let sites = pattern.site_steps.iter().enumerate();
        let crosses = |site: usize| self.leaf.through || site == self.leaf.site.index();
        for aside in sites.filter(|(site, _)| crosses(*site)).flat_map(|(_, asides)| asides) {
            let (_, delay) = self.delays(aside.cause(), self.at(aside.cause()));
            let [wrong, unknown] = aside.by();
            self.exposure[1] -= delay * wrong;
            self.exposure[2] -= delay * unknown;
        }
    }

    /// When the pattern has a step of its own.
    fn at(&self, cause: Cause) -> u64 {
        match cause {
            Cause::Apply(frame) => self.frame.pattern.sent[frame as usize],
            Cause::Expire(frame) => {
                self.frame.pattern.sent[frame as usize].saturating_add(self.frame.field.law.timeout)
            }
            Cause::Shared => unreachable!("only steps of a leaf's own are moved"),
        }
    }

    /// Moves some frames' steps of one kind, which come so long after these.
    fn move_block(&mut self, (moves, after): (&Moves, u64), frames: Range<usize>, held: &mut Held) {
        for frame in frames {
            let Some((at, moved)) = self.comes(frame, after) else { break };
            self.move_frame(moves, frame, (at, moved), held);
            if moved <= self.frame.field.end {
                self.hash = self.hash.wrapping_add(moves.hashes[frame]);
            }
        }
    }

    /// When the steps that come so long after a frame come at the pattern, and here; `None`: the pattern has none, of this frame
    /// or any after it.
    fn comes(&self, frame: usize, after: u64) -> Option<(u64, u64)> {
        let at = self.frame.pattern.sent[frame].saturating_add(after);
        (at <= self.frame.field.end).then(|| (at, self.applied[frame].saturating_add(after)))
    }

    /// The most users in the table at once, and those at the end.
    pub(super) fn peak_users(&mut self) -> (u64, u64) {
        self.users.sort_unstable();
        let Frame { field, pattern, .. } = self.frame;
        let frames = || 0..self.applied.len();
        let turn = |(users, after, by_timer): (&[i32], u64, bool), frame: usize| {
            let (_, at) = self.comes(frame, after)?;
            let rank = if by_timer { 0 } else { self.rank(frame as u32) };
            Some(Turn { at, by_timer, rank, by: i64::from(users[frame]) })
        };
        let is_turn = |turn: &Turn| turn.by != 0 && turn.at <= field.end;
        let (of_frames, of_timers) = (&pattern.applies.users[..], &pattern.expires.users[..]);
        let applies = frames().map_while(|frame| turn((of_frames, 0, false), frame));
        let expires = frames().map_while(|frame| turn((of_timers, field.law.timeout, true), frame));
        peak((applies.filter(is_turn), expires.filter(is_turn)), &self.users, field.from)
    }

    fn move_frame(&mut self, moves: &Moves, frame: usize, (at, moved): (u64, u64), held: &mut Held) {
        let (from, end) = (self.frame.field.from, self.frame.field.end);
        let (begins, ends) = (moves.begins[frame], moves.ends[frame]);
        if at < from || moved >= end {
            let begin = i128::from(moved.min(end)) - i128::from(at);
            let later = i128::from(self.meter.clip(moved)) - i128::from(self.meter.clip(at));
            self.incorrect += begin * (begins.0 + begin * begins.1) + later * (ends.0 + later * ends.1);
            self.move_far(&moves.jumps[frame], (at, moved), later);
            return;
        }
        let delay = moved - at;
        let by = i128::from(delay);
        self.incorrect += by * (begins.0 + ends.0 + by * (begins.1 + ends.1));
        if at >= held.until {
            self.put_held(held);
            (held.window, held.until) = self.meter.window_of(at);
        }
        let most = delay.saturating_mul(u64::from(moves.weights[frame]));
        if moved >= held.until || most >= HELD_MAX {
            self.move_far(&moves.jumps[frame], (at, moved), by);
            return;
        }
        if held.bound + most >= HELD_MAX {
            self.put_held(held);
        }
        held.bound += most;
        for (sum, by) in held.sums.iter_mut().zip(&moves.jumps[frame]) {
            *sum += delay as i64 * i64::from(*by);
        }
    }

    /// A step that moves to another window, or far.
    fn move_far(&mut self, jump: &Jump, (at, moved): (u64, u64), delay: i128) {
        self.meter.delay(at, moved, counts(jump));
        for (sum, by) in self.sums.iter_mut().zip(jump).skip(COUNTS) {
            *sum -= delay * i128::from(*by);
        }
    }

    fn put_held(&mut self, held: &mut Held) {
        if held.bound == 0 {
            return;
        }
        self.meter.shorten(held.window, held.sums.first_chunk().expect("windows' counts come first"));
        for (sum, by) in self.sums.iter_mut().zip(held.sums).skip(COUNTS) {
            *sum -= i128::from(by);
        }
        (held.sums, held.bound) = ([0; KINDS], 0);
    }

    /// What is added where both ends of a time move: their product.
    fn move_both(&mut self) {
        let (pattern, timeout) = (self.frame.pattern, self.frame.field.law.timeout);
        if pattern.both.is_empty() {
            return;
        }
        let steps = 2 * self.applied.len();
        let (mut begins, mut ends) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
        for (frame, sent) in (0..self.applied.len() as u32).zip(&pattern.sent) {
            let expires = sent.saturating_add(timeout);
            for (cause, at) in [(Cause::Apply(frame), *sent), (Cause::Expire(frame), expires)] {
                let (begin, end) = self.delays_within(cause, at);
                begins.push(begin);
                ends.push(end);
            }
        }
        for (ended, began) in pattern.both.each() {
            let begin: i128 = began.iter().map(|began| i128::from(begins[*began as usize])).sum();
            self.incorrect -= 2 * begin * i128::from(ends[ended as usize]);
        }
    }

    /// The same as `delays`; nothing past the end, where the pattern has no steps.
    fn delays_within(&self, cause: Cause, at: u64) -> (i64, i64) {
        if at > self.frame.field.end {
            return (0, 0);
        }
        let (begin, end) = self.delays(cause, at);
        let small = |delay: i128| i64::try_from(delay).expect("a run is shorter than 292 years");
        (small(begin), small(end))
    }
}

/// The most users at once from `from` on, and those at the end, of turns that come with frames, with timers and otherwise, each
/// in order. What happens with one frame is one moment; so is what timers end at one instant.
fn peak(
    (applies, expires): (impl Iterator<Item = Turn>, impl Iterator<Item = Turn>),
    others: &[Turn],
    from: u64,
) -> (u64, u64) {
    let (mut applies, mut expires, mut others) = (applies, expires, others.iter().copied());
    let mut heads = [head(applies.next()), head(expires.next()), head(others.next())];
    let (mut now, mut peak) = (0_i64, 0_i64);
    loop {
        let first = heads[0].0.min(heads[1].0).min(heads[2].0);
        if first == u128::MAX {
            break;
        }
        let is_measured = (first >> 64) as u64 >= from;
        if is_measured {
            peak = peak.max(now);
        }
        // Written out, as each list has a type of its own.
        while heads[0].0 == first {
            now += heads[0].1;
            heads[0] = head(applies.next());
        }
        while heads[1].0 == first {
            now += heads[1].1;
            heads[1] = head(expires.next());
        }
        while heads[2].0 == first {
            now += heads[2].1;
            heads[2] = head(others.next());
        }
        if is_measured {
            peak = peak.max(now);
        }
    }
    let whole = |count: i64| u64::try_from(count).expect("a table never has fewer than no users");
    (whole(peak.max(now)), whole(now))
}

/// When a turn comes and what is first of an instant, in one word, which is compared at once, and what it changes. Where there is
/// none, that comes after all.
fn head(turn: Option<Turn>) -> (u128, i64) {
    turn.map_or((u128::MAX, 0), |Turn { at, by_timer, rank, by }| {
        (u128::from(at) << 64 | u128::from(by_timer) << 32 | u128::from(rank), by)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(at: u64, by_timer: bool, rank: u32, by: i64) -> Turn {
        Turn { at, by_timer, rank, by }
    }

    #[test]
    fn turns_of_one_moment_count_together_and_timers_come_last() {
        let applies = [turn(5, false, 1, 3), turn(7, false, 3, 2), turn(9, false, 5, 1)];
        let expires = [turn(7, true, 0, -4)];
        let walked = [turn(5, false, 1, -1), turn(9, false, 5, -1)];
        let peak_of = |applies: &[Turn], expires: &[Turn], walked: &[Turn], from| {
            peak((applies.iter().copied(), expires.iter().copied()), walked, from)
        };
        assert_eq!(peak_of(&applies, &expires, &walked, 0), (4, 0));
        // Before anything of an instant from `from` on, what was there counts too.
        assert_eq!(peak_of(&applies, &expires, &walked, 8), (0, 0));
        assert_eq!(peak_of(&applies[..2], &[], &walked[..1], 7), (4, 4));
    }
}
