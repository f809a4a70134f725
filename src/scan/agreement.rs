//! Agreement: what the leaves of one class answered when windows ended.
//!
//! Knows when each leaf applied each frame. Must not know how a leaf's row is summed, nor
//! other classes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::accord::{Runs, Said};
use super::class::Field;
use super::fold::{Folding, Found};
use super::numbers::NONE;
use super::odd::{Answer, Odd};
use super::pattern::Pattern;
use super::stretch::Stretch;
use super::tape::Tape;
use crate::ids::AddressId;

/// What the leaves of one class answered when windows ended.
pub(super) struct Answers {
    /// Per window: how many frames each leaf had applied, and how many of these its timers had ended, each pair once.
    marks: Vec<BTreeSet<(u32, u32)>>,
    /// The same of leaves that were told every frame.
    plain: Vec<BTreeSet<(u32, u32)>>,
    /// Per window: the others' marks, leaf by leaf.
    own: Vec<Vec<(u32, u32)>>,
    /// What does not follow from the others' marks, by their numbers among these.
    odd: Odd,
    /// Per wild address and window: what the leaves that were told every frame answered.
    wild: BTreeMap<AddressId, Vec<Said>>,
    /// Per frame: the first window at whose end some leaves, and all, had applied it; and their timers had ended it.
    firsts: Vec<[(u32, u32); 2]>,
}

/// When windows end: what happens then comes after it. One that is cut off at `end` has seen everything of that instant.
pub(super) fn window_ends(window: u64, end: u64) -> Vec<u64> {
    let whole = (1..=end / window).map(|number| number * window);
    whole.chain((!end.is_multiple_of(window)).then_some(end + 1)).collect()
}

/// Per window: the frames that a leaf had applied at its end, and those of them whose entries its timers had ended.
pub(super) fn marks(field: &Field<'_>, applied: &[u64]) -> Vec<(u32, u32)> {
    field.ends.iter().map(|end| mark(applied, field.law.timeout, *end)).collect()
}

/// The frames that a leaf had applied before an instant, and those of them whose entries its timers had ended.
fn mark(applied: &[u64], timeout: u64, end: u64) -> (u32, u32) {
    let known = applied.partition_point(|at| *at < end);
    let ended = applied[..known].partition_point(|at| at.saturating_add(timeout) < end);
    (known as u32, ended as u32)
}

impl Answers {
    /// Of the leaves of one class; `wild` is what those that were told every frame answered to wild addresses, taken together.
    pub(super) fn new(
        field: &Field<'_>,
        pattern: &Pattern,
        found: &[Found],
        mut wild: BTreeMap<AddressId, Vec<Said>>,
    ) -> Self {
        let ends = &field.ends;
        let mut answers = Self {
            marks: vec![BTreeSet::new(); ends.len()],
            plain: vec![BTreeSet::new(); ends.len()],
            own: vec![Vec::new(); ends.len()],
            odd: Odd::new(pattern.is_wild.len(), found.iter().filter(|found| found.is_own)),
            wild: BTreeMap::new(),
            firsts: Vec::new(),
        };
        for found in found {
            for (window, mark) in found.marks.iter().copied().enumerate() {
                answers.marks[window].insert(mark);
                if found.is_own {
                    answers.own[window].push(mark);
                } else {
                    answers.plain[window].insert(mark);
                }
            }
        }
        answers.firsts = firsts(pattern.sent.len(), &answers.marks);
        for address in pattern.wild.iter().filter(|address| field.in_scope(**address)) {
            wild.entry(*address).or_insert_with(|| vec![Said::NOTHING; ends.len()]);
        }
        answers.wild = wild;
        answers
    }

    /// What all leaves answered to `address` when windows ended.
    /// Cost: some steps an entry, and for each window at whose end some leaves had applied a frame of the address and
    /// others not, or which is odd.
    pub(super) fn runs(&self, field: &Field<'_>, address: AddressId, runs: &mut Runs) {
        let windows = self.marks.len() as u32;
        runs.clear();
        if self.wild.contains_key(&address) {
            return self.look(field, address, 0..windows, runs);
        }
        let is_anybody = self.marks.first().is_some_and(|marks| !marks.is_empty());
        runs.put(0, if is_anybody { Said::NOBODY } else { Said::NOTHING });
        let entries = field.entries(address);
        field.record.warm(entries.iter().map(|(update, _)| update));
        let mut next = 0;
        for (place, (update, frame)) in entries.iter().enumerate() {
            let follower = entries.number(place + 1);
            if follower == Some(frame) {
                continue;
            }
            let [(some_have, all_have), (some_ended, all_ended)] = self.firsts[frame as usize];
            let until = follower.map_or(windows, |frame| self.firsts[frame as usize][0].0);
            self.look(field, address, some_have.max(next)..all_have, runs);
            let known = all_have.max(next);
            if known < until.min(some_ended) {
                runs.put(known, Said::one(field.above.answer(update)));
            }
            self.look(field, address, some_ended.max(known)..all_ended.min(until), runs);
            let ended = all_ended.max(known);
            if ended < until {
                runs.put(ended, Said::NOBODY);
            }
            next = known.max(until);
        }
        let odd = self.odd.windows(address);
        if !odd.is_empty() {
            let even = std::mem::take(runs);
            let mut odd = odd.into_iter().peekable();
            for window in 0..windows {
                let said = match odd.next_if_eq(&window) {
                    Some(_) => self.of(field, window as usize, address),
                    None => even.at(window),
                };
                runs.put(window, said);
            }
        }
    }

    /// Asks all leaves for some windows.
    fn look(&self, field: &Field<'_>, address: AddressId, windows: Range<u32>, runs: &mut Runs) {
        for window in windows {
            runs.put(window, self.of(field, window as usize, address));
        }
    }

    /// What all leaves answered to `address` when a window ended.
    fn of(&self, field: &Field<'_>, window: usize, address: AddressId) -> Said {
        let entries = field.entries(address);
        let answer = |(applied, ended): (u32, u32)| {
            let known = entries.until(|frame| frame < applied);
            let last = known.checked_sub(1).map(|last| entries.at(last));
            last.filter(|(_, frame)| *frame >= ended).map_or(NONE, |(update, _)| field.above.answer(update))
        };
        let mut odd = self.odd.at(window, address).peekable();
        let wild = self.wild.get(&address).map(|wild| wild[window]);
        if odd.peek().is_none() && wild.is_none() {
            return self.marks[window].iter().fold(Said::NOTHING, |said, mark| said.and(answer(*mark)));
        }
        let plain = || self.plain[window].iter().fold(Said::NOTHING, |said, mark| said.and(answer(*mark)));
        let mut said = wild.unwrap_or_else(plain);
        for (leaf, mark) in self.own[window].iter().enumerate() {
            if said == Said::SEVERAL {
                break;
            }
            let alone = odd.next_if(|(other, _)| *other == leaf);
            said = said.and(alone.map_or_else(|| answer(*mark), |(_, user)| user));
        }
        said
    }
}

/// Per frame: the first window in whose marks some leaves, and all, had applied it, and had ended it.
fn firsts(frames: usize, marks: &[BTreeSet<(u32, u32)>]) -> Vec<[(u32, u32); 2]> {
    let never = marks.len() as u32;
    let mut firsts = vec![[(never, never); 2]; frames];
    let mut known = [(0, 0); 2];
    for (window, marks) in marks.iter().enumerate() {
        let sides = [0, 1].map(|side| {
            let each = marks.iter().map(|mark| if side == 0 { mark.0 } else { mark.1 } as usize);
            (each.clone().max().unwrap_or(0), each.min().unwrap_or(0))
        });
        for side in 0..2 {
            firsts[known[side].0..sides[side].0].iter_mut().for_each(|first| first[side].0 = window as u32);
            firsts[known[side].1..sides[side].1].iter_mut().for_each(|first| first[side].1 = window as u32);
        }
        known = sides;
    }
    firsts
}

/// From when on a leaf answered what.
fn timeline(field: &Field<'_>, tape: &Tape) -> Vec<(u64, u32)> {
    let steps = tape.steps.iter().filter(|step| step.entries.0 != step.entries.1);
    steps.map(|step| (step.at, field.above.answer(step.entries.1))).collect()
}

/// The answer when a window ends.
fn at_end(told: &[(u64, u32)], end: u64) -> u32 {
    let known = told.partition_point(|(at, _)| *at < end);
    known.checked_sub(1).map_or(NONE, |last| told[last].1)
}

impl Folding<'_> {
    /// Notes all answers to an address whose mappings are not all applied.
    pub(super) fn answer_wild(&mut self, address: AddressId, tape: &Tape) {
        let field = self.frame.field;
        let told = timeline(field, tape);
        let answers = if self.own.is_some() { &mut self.answers } else { &mut self.wild };
        for (window, end) in (0..).zip(&field.ends) {
            let user = at_end(&told, *end);
            match answers.last_mut() {
                Some(Answer { address: same, windows, user: before })
                    if (*same, windows.end, *before) == (address, window, user) =>
                {
                    windows.end = window + 1;
                }
                _ => answers.push(Answer { address, windows: window..window + 1, user }),
            }
        }
    }

    /// Notes the answers to `address` that are not those of a leaf that applied skipped frames.
    pub(super) fn answer_odd(&mut self, address: AddressId, stretch: &Stretch, tape: &Tape) {
        let field = self.frame.field;
        if !field.in_scope(address) {
            return;
        }
        let mut told = timeline(field, tape);
        let mut supposed: Vec<(u64, u32)> = Vec::new();
        if let Some(rest) = stretch.begin {
            supposed.push((self.applied[rest.frame as usize], field.above.answer(rest.update)));
            told.insert(0, supposed[0]);
        }
        for (update, frame) in stretch.entries(field.entries(address)).iter() {
            let at = self.applied[frame as usize];
            if let Some((last, _)) = supposed.last().filter(|(last, _)| *last != u64::MAX) {
                let expires = last.saturating_add(field.law.timeout);
                if expires < at {
                    supposed.push((expires, NONE));
                }
            }
            supposed.push((at, field.above.answer(update)));
        }
        if let Some((last, _)) = supposed.last().copied() {
            supposed.push((last.saturating_add(field.law.timeout), NONE));
        }
        let ends = &field.ends;
        let mut turns: Vec<u64> = told.iter().chain(&supposed).map(|(at, _)| *at).collect();
        let end = stretch.end.map_or(u64::MAX, |rest| rest.at);
        turns.retain(|at| *at <= end);
        turns.push(end);
        turns.sort_unstable();
        for turn in turns.windows(2).filter(|turn| turn[0] < turn[1] && turn[0] <= field.end) {
            let before = turn[1].min(field.end + 1);
            let answer = at_end(&told, before);
            if answer == at_end(&supposed, before) {
                continue;
            }
            let place = |turn: u64| ends.partition_point(|end| *end <= turn) as u32;
            let windows = place(turn[0])..place(turn[1]);
            if !windows.is_empty() {
                self.answers.push(Answer { address, windows, user: answer });
            }
        }
    }
}
