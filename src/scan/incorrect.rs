//! Incorrect: what a time in which answer and truth differed adds to the age of incorrect information, and how that
//! changes when its ends move.
//!
//! Knows squares. Must not know tables.

use super::tape::{Cause, Wrong};

/// Twice the integral of one time's age, as a function of how much later its ends come. Units: ns², ns, count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Square {
    /// Where nothing moves.
    pub(super) value: i128,
    /// For each nanosecond by which the begin moves, and for its square.
    pub(super) begin: (i128, i128),
    /// For each nanosecond by which the end moves, and for its square.
    pub(super) end: (i128, i128),
    /// For the product of both.
    pub(super) both: i128,
}

impl Square {
    /// Of one time, measured from `from` on. An end that comes before that counts as moving from there; a begin
    /// before it may move up to there.
    pub(super) fn new(wrong: &Wrong, from: u64) -> Self {
        let (begin, from) = (i128::from(wrong.begin), i128::from(from));
        let end = i128::from(wrong.end).max(from);
        let length = end - begin;
        let early = (from - begin).max(0);
        let moves = |cause: Cause| i128::from(cause != Cause::Shared);
        let (begins, ends) = (moves(wrong.began), moves(wrong.ended));
        Self {
            value: length * length - early * early,
            begin: (-2 * (length - early) * begins, i128::from(early == 0) * begins),
            end: (2 * length * ends, ends),
            both: -2 * begins * ends,
        }
    }

    /// Its value when the begin comes `begin` and the end `end` later.
    pub(super) fn moved(&self, begin: i128, end: i128) -> i128 {
        self.value
            + begin * (self.begin.0 + begin * self.begin.1)
            + end * (self.end.0 + end * self.end.1)
            + begin * end * self.both
    }
}

/// Times whose both ends move: the steps, by number, with which they begin and end.
#[derive(Clone, Debug, Default)]
pub(super) struct Both {
    /// As they were added: (began, ended).
    added: Vec<(u32, u32)>,
    /// Those with which any end, in order, each with where its `begins` end.
    ends: Vec<(u32, usize)>,
    begins: Vec<u32>,
}

impl Both {
    pub(super) fn add(&mut self, began: u32, ended: u32) {
        self.added.push((began, ended));
    }

    /// Adds what was added elsewhere.
    pub(super) fn join(&mut self, other: Self) {
        self.added.extend(other.added);
    }

    /// Puts together what ends with the same step.
    pub(super) fn finish(&mut self) {
        let mut added = std::mem::take(&mut self.added);
        added.sort_unstable_by_key(|(began, ended)| (*ended, *began));
        for of_one in added.chunk_by(|(_, one), (_, other)| one == other) {
            self.begins.extend(of_one.iter().map(|(began, _)| *began));
            self.ends.push((of_one[0].1, self.begins.len()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The steps with which any end, each with those with which these began.
    pub(super) fn each(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let firsts = std::iter::once(0).chain(self.ends.iter().map(|(_, last)| *last));
        firsts.zip(&self.ends).map(|(first, (ended, last))| (*ended, &self.begins[first..*last]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(begin: u64, end: u64) -> Wrong {
        Wrong { begin, began: Cause::Apply(0), end, ended: Cause::Apply(1) }
    }

    /// Twice the integral of (t - begin) over [max(begin, from), end].
    fn plain(begin: i128, end: i128, from: i128) -> i128 {
        let first = begin.max(from);
        if end <= first { 0 } else { (end - begin).pow(2) - (first - begin).pow(2) }
    }

    #[test]
    fn a_moved_square_is_the_square_of_what_moved() {
        for (begin, end, from) in [(10, 25, 0), (10, 25, 18), (10, 12, 15), (10, 10, 0), (3, 30, 3)] {
            let square = Square::new(&wrong(begin, end), from);
            let (begin, end, from) = (i128::from(begin), i128::from(end), i128::from(from));
            for later in 0..6 {
                for much in later..9 {
                    let (b, e) = (begin + later, (end + much).max(from));
                    if begin < from && b > from {
                        continue;
                    }
                    assert_eq!(
                        square.moved(later, e - end.max(from)),
                        plain(b, e, from),
                        "{begin} {end} {from}"
                    );
                }
            }
        }
    }
}
