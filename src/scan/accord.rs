//! Accord: whether the leaves of all classes answered the same when windows ended.
//!
//! Knows what each class answered from which window on. Must not know how a class comes to its answers.

use std::ops::Range;

use super::agreement::{Answers, window_ends};
use super::class::Field;
use super::crew::in_ranges;
use super::numbers::NONE;
use super::story::Common;
use crate::ids::AddressId;

/// What several say: a user's number, `NOBODY`, or that they do not say one thing. Users have 30 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said(u32);

impl Said {
    /// Nobody says anything.
    pub(super) const NOTHING: Self = Self(NONE - 1);
    /// They differ.
    pub(super) const SEVERAL: Self = Self(NONE - 2);
    /// All say that there is nobody.
    pub(super) const NOBODY: Self = Self(NONE);

    /// All say this; `NONE`: nobody.
    pub(super) fn one(user: u32) -> Self {
        Self(user)
    }

    /// The same, with one more who answers `user`.
    pub(super) fn and(self, user: u32) -> Self {
        self.with(Self::one(user))
    }

    /// What both say together.
    pub(super) fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::NOTHING, said) | (said, Self::NOTHING) => said,
            (one, another) if one == another => one,
            _ => Self::SEVERAL,
        }
    }

    /// Whether all name the same user.
    fn is_somebody(self) -> bool {
        ![Self::NOTHING, Self::SEVERAL, Self::NOBODY].contains(&self)
    }
}

/// What is said from which window on, in order.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<(u32, Said)>);

impl Runs {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// From `window` on this is said; windows come in order.
    pub(super) fn put(&mut self, window: u32, said: Said) {
        match self.0.last_mut() {
            Some((_, last)) if *last == said => {}
            Some((since, last)) if *since == window => *last = said,
            _ => self.0.push((window, said)),
        }
    }

    /// What is said when `window` ends.
    pub(super) fn at(&self, window: u32) -> Said {
        let passed = self.0.partition_point(|(since, _)| *since <= window);
        passed.checked_sub(1).map_or(Said::NOTHING, |last| self.0[last].1)
    }
}

/// What all classes so far say, address by address. Kept small: most addresses have few users.
#[derive(Debug, Default)]
pub(super) struct Accord {
    /// Per address: where its runs end; none before the first class.
    ends: Vec<u32>,
    runs: Vec<(u32, Said)>,
}

impl Accord {
    /// Adds the leaves of one class, with so many threads. Cost: some steps an update.
    pub(super) fn add(&mut self, field: &Field<'_>, answers: &Answers, threads: usize) {
        let addresses = field.record.workload.addresses.len();
        let parts = in_ranges(addresses, threads, |range| self.with(field, answers, range));
        let joined = parts.into_iter().reduce(|mut all, part| {
            let begin = all.runs.len() as u32;
            all.ends.extend(part.ends.iter().map(|end| begin + end));
            all.runs.extend(part.runs);
            all
        });
        *self = joined.expect("there is a thread");
    }

    /// What all say of some addresses with the leaves of one class.
    fn with(&self, field: &Field<'_>, answers: &Answers, addresses: Range<usize>) -> Self {
        let mut all = Self::default();
        let (mut here, mut both) = (Runs::default(), Runs::default());
        for address in addresses.map(AddressId::new) {
            let known = self.of(address.index());
            if field.in_scope(address) {
                answers.runs(field, address, &mut here);
                join(known, &here.0, &mut both);
                all.runs.extend_from_slice(&both.0);
            } else {
                all.runs.extend_from_slice(known);
            }
            all.ends.push(u32::try_from(all.runs.len()).expect("fewer turns than updates"));
        }
        all
    }

    fn of(&self, address: usize) -> &[(u32, Said)] {
        let Some(end) = self.ends.get(address) else { return &[] };
        let begin = address.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.runs[begin as usize..*end as usize]
    }

    /// Per window: addresses on which all leaves agree, and addresses known to anybody, at its end.
    pub(super) fn finish(&self, common: &Common, (window, from, end): (u64, u64, u64)) -> Vec<(u64, u64)> {
        let ends = window_ends(window, end);
        let windows = ends.len() as u32;
        let mut turns = vec![(0_i64, 0_i64); ends.len() + 1];
        let mut truth = Runs::default();
        for address in 0..self.ends.len() {
            truth.clear();
            for change in common.changes.of(AddressId::new(address)) {
                let first = ends.partition_point(|end| change.at > 0 && *end <= change.at) as u32;
                truth.put(first, Said::one(change.user()));
            }
            let said = self.of(address);
            let mut since = 0;
            let (mut next_said, mut next_truth) = (0, 0);
            while since < windows {
                next_said += said[next_said..].iter().take_while(|(at, _)| *at <= since).count();
                next_truth += truth.0[next_truth..].iter().take_while(|(at, _)| *at <= since).count();
                let until = [said.get(next_said), truth.0.get(next_truth)];
                let until =
                    until.into_iter().flatten().map(|(at, _)| *at).min().unwrap_or(windows).min(windows);
                let last = |runs: &[(u32, Said)], next: usize| match next {
                    0 => Said::NOTHING,
                    next => runs[next - 1].1,
                };
                let is_there = last(&truth.0, next_truth).is_somebody();
                let (agreed, known) = judge(last(said, next_said), is_there);
                for (at, sign) in [(since, 1), (until, -1)] {
                    turns[at as usize].0 += sign * i64::from(agreed);
                    turns[at as usize].1 += sign * i64::from(known);
                }
                since = until;
            }
        }
        let (mut agreed, mut known) = (0, 0);
        let whole = |count: i64| u64::try_from(count).expect("nothing is counted less than never");
        let counts = ends.iter().zip(&turns).map(|(until, turn)| {
            agreed += turn.0;
            known += turn.1;
            if end.min(*until) <= from { (0, 0) } else { (whole(agreed), whole(known)) }
        });
        counts.collect()
    }
}

/// Whether all agree, and whether anybody knows the address.
fn judge(said: Said, is_there: bool) -> (bool, bool) {
    if said == Said::SEVERAL {
        return (false, true);
    }
    let known = is_there || said.is_somebody();
    (known, known)
}

/// What two say together.
fn join(one: &[(u32, Said)], other: &[(u32, Said)], both: &mut Runs) {
    both.clear();
    let (mut at_one, mut at_other) = (0, 0);
    let (mut first, mut second) = (Said::NOTHING, Said::NOTHING);
    loop {
        let next = [one.get(at_one), other.get(at_other)].into_iter().flatten().map(|(at, _)| *at).min();
        let Some(next) = next else { return };
        if let Some((_, said)) = one.get(at_one).filter(|(at, _)| *at == next) {
            first = *said;
            at_one += 1;
        }
        if let Some((_, said)) = other.get(at_other).filter(|(at, _)| *at == next) {
            second = *said;
            at_other += 1;
        }
        both.put(next, first.with(second));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(one: &[(u32, Said)], other: &[(u32, Said)]) -> Vec<(u32, Said)> {
        let mut both = Runs::default();
        join(one, other, &mut both);
        both.0
    }

    #[test]
    fn joined_runs_say_at_each_window_what_both_say() {
        let (a, b) = (Said::one(1), Said::one(2));
        let one = [(0, Said::NOTHING), (2, a), (5, b)];
        let other = [(1, a), (4, b), (6, a)];
        let both = joined(&one, &other);
        let at = |runs: &[(u32, Said)], window| Runs(runs.to_vec()).at(window);
        for window in 0..9 {
            assert_eq!(at(&both, window), at(&one, window).with(at(&other, window)), "{window}");
        }
        assert_eq!(both, [(0, Said::NOTHING), (1, a), (4, Said::SEVERAL), (5, b), (6, Said::SEVERAL)]);
    }
}
