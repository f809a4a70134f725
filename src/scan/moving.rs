//! Moving: every step of the pattern to where it comes at one leaf, and what that changes.
//!
//! Knows sums and instants. Must not know addresses.

use super::fold::Folding;
use super::meter::COUNTS;
use super::pattern::{Jump, KINDS, Moves, USERS, counts};
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

/// What a held sum may be. Half of what fits.
const HELD_MAX: u64 = 1 << 62;

impl Folding<'_> {
    /// Moves every step of the pattern to where it comes here.
    pub(super) fn move_steps(&mut self) {
        let pattern = self.frame.pattern;
        self.move_all(&pattern.applies, None);
        let timeout = self.frame.field.law.timeout;
        if timeout != u64::MAX {
            self.move_all(&pattern.expires, Some(timeout));
        }
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

    /// Moves the steps of one kind, which come with frames, or when timers of this length end.
    fn move_all(&mut self, moves: &Moves, timer: Option<u64>) {
        let (by_timer, after) = (timer.is_some(), timer.unwrap_or(0));
        let (pattern, end) = (self.frame.pattern, self.frame.field.end);
        let mut held = Held { window: 0, until: 0, sums: [0; KINDS], bound: 0 };
        for frame in 0..self.applied.len() {
            let at = pattern.sent[frame].saturating_add(after);
            if at > end {
                // The pattern has no steps there.
                break;
            }
            let moved = self.applied[frame].saturating_add(after);
            self.move_frame(moves, frame, (at, moved), &mut held);
            if moved > end {
                continue;
            }
            self.hash = self.hash.wrapping_add(moves.hashes[frame]);
            let by = i64::from(moves.jumps[frame][USERS]);
            if by != 0 {
                let rank = if by_timer { 0 } else { self.rank(frame as u32) };
                self.moved_users[usize::from(by_timer)].push(Turn { at: moved, by_timer, rank, by });
            }
        }
        self.put_held(&mut held);
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

/// The most users at once from `from` on, and those at the end, of lists of turns that are each in order. What happens
/// with one frame is one moment; so is what timers end at one instant.
pub(super) fn peak(lists: [&[Turn]; 3], from: u64) -> (u64, u64) {
    let (mut now, mut peak) = (0_i64, 0_i64);
    let mut next = [0; 3];
    let moment = |turn: &Turn| (turn.at, turn.by_timer, turn.rank);
    loop {
        let heads = (0..3).filter_map(|list| lists[list].get(next[list]));
        let Some(first) = heads.map(moment).min() else { break };
        if first.0 >= from {
            peak = peak.max(now);
        }
        for list in 0..3 {
            while let Some(turn) = lists[list].get(next[list]).filter(|turn| moment(turn) == first) {
                now += turn.by;
                next[list] += 1;
            }
        }
        if first.0 >= from {
            peak = peak.max(now);
        }
    }
    let whole = |count: i64| u64::try_from(count).expect("a table never has fewer than no users");
    (whole(peak.max(now)), whole(now))
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
        assert_eq!(peak([&applies, &expires, &walked], 0), (4, 0));
        // Before anything of an instant from `from` on, what was there counts too.
        assert_eq!(peak([&applies, &expires, &walked], 8), (0, 0));
        assert_eq!(peak([&applies[..2], &[], &walked[..1]], 7), (4, 4));
    }
}
