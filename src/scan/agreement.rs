//! Agreement: whether all leaves answered the same when windows ended.
//!
//! Knows when each leaf applied each frame. Must not know how a leaf's row is summed.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Field;
use super::fold::{Folding, Found};
use super::pattern::Pattern;
use super::station::NONE;
use super::tape::Tape;
use super::walk::walk;
use crate::ids::AddressId;
use crate::workload::Event;

/// What the leaves of one class answered when windows ended.
pub(super) struct Answers {
    /// Per window: how many frames each leaf had applied, and how many of these its timers had ended, each pair once.
    marks: Vec<BTreeSet<(u32, u32)>>,
    /// The same of leaves that were told every frame.
    plain: Vec<BTreeSet<(u32, u32)>>,
    /// Per window: the others' marks, leaf by leaf.
    own: Vec<Vec<(u32, u32)>>,
    /// Per window and address: the answers of those that do not follow from their marks: (leaf among them, user).
    odd: Vec<BTreeMap<AddressId, Vec<(u32, u32)>>>,
    /// Per wild address and window: what the leaves that were told every frame answered.
    wild: BTreeMap<AddressId, Vec<Said>>,
}

/// What several say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Nobody says anything.
    Nothing,
    /// All say this; `NONE`: nobody.
    One(u32),
    /// They differ.
    Several,
}

impl Said {
    fn and(self, user: u32) -> Self {
        match self {
            Self::Nothing => Self::One(user),
            Self::One(known) if known == user => self,
            Self::One(_) | Self::Several => Self::Several,
        }
    }
}

/// When windows end, each with whether what happens at that instant comes before.
pub(super) fn window_ends(window: u64, end: u64) -> Vec<(u64, bool)> {
    let mut ends: Vec<(u64, bool)> = (1..=end / window).map(|number| (number * window, false)).collect();
    if !end.is_multiple_of(window) {
        ends.push((end, true));
    }
    ends
}

/// The frames that a leaf had applied at an instant, and those of them whose entries its timers had ended.
fn mark(applied: &[u64], timeout: u64, (end, is_after): (u64, bool)) -> (u32, u32) {
    let before = |at: u64| at < end || is_after && at == end;
    let known = applied.partition_point(|at| before(*at));
    let ended = applied[..known].partition_point(|at| before(at.saturating_add(timeout)));
    (known as u32, ended as u32)
}

impl Answers {
    /// Of the leaves of one class.
    pub(super) fn new(field: &Field<'_>, pattern: &Pattern, found: &[Found]) -> Self {
        let ends = window_ends(field.window, field.end);
        let mut answers = Self {
            marks: vec![BTreeSet::new(); ends.len()],
            plain: vec![BTreeSet::new(); ends.len()],
            own: vec![Vec::new(); ends.len()],
            odd: vec![BTreeMap::new(); ends.len()],
            wild: BTreeMap::new(),
        };
        for found in found {
            for (window, end) in ends.iter().enumerate() {
                let mark = mark(&found.applied, field.law.timeout, *end);
                answers.marks[window].insert(mark);
                if found.is_own {
                    answers.own[window].push(mark);
                } else {
                    answers.plain[window].insert(mark);
                }
            }
        }
        for (leaf, found) in found.iter().filter(|found| found.is_own).enumerate() {
            for (window, address, user) in &found.answers {
                let odd = answers.odd[*window as usize].entry(*address).or_default();
                odd.push((leaf as u32, *user));
            }
        }
        for address in pattern.wild.iter().filter(|address| field.in_scope(**address)) {
            answers.wild.insert(*address, wild(field, *address, &ends, found));
        }
        answers
    }

    /// What all leaves answered to `address` when a window ended.
    fn of(&self, field: &Field<'_>, window: usize, address: AddressId) -> Said {
        let entries = field.told.entries.of(address);
        let answer = |(applied, ended): (u32, u32)| {
            let known = entries.partition_point(|(_, frame)| *frame < applied);
            let last = known.checked_sub(1).map(|last| entries[last]);
            last.filter(|(_, frame)| *frame >= ended).map_or(NONE, |(update, _)| answer_of(field, update))
        };
        let odd = self.odd[window].get(&address);
        let wild = self.wild.get(&address).map(|wild| wild[window]);
        if odd.is_none() && wild.is_none() {
            return self.marks[window].iter().fold(Said::Nothing, |said, mark| said.and(answer(*mark)));
        }
        let plain = || self.plain[window].iter().fold(Said::Nothing, |said, mark| said.and(answer(*mark)));
        let odd = odd.map_or(&[][..], Vec::as_slice);
        let own = self.own[window].iter().enumerate();
        own.fold(wild.unwrap_or_else(plain), |said, (leaf, mark)| {
            let alone = odd.iter().find(|(other, _)| *other as usize == leaf);
            said.and(alone.map_or_else(|| answer(*mark), |(_, user)| *user))
        })
    }
}

/// What the leaves that were told every frame answer to a wild address when windows end.
fn wild(field: &Field<'_>, address: AddressId, ends: &[(u64, bool)], found: &[Found]) -> Vec<Said> {
    let mut tape = Tape::default();
    let mut answers = vec![Said::Nothing; ends.len()];
    for found in found.iter().filter(|found| !found.is_own) {
        walk(&field.ground(address), |frame| found.applied[frame as usize], &mut tape);
        let told = timeline(field, &tape);
        for (answer, end) in answers.iter_mut().zip(ends) {
            *answer = answer.and(at_end(&told, *end));
        }
    }
    answers
}

/// From when on a leaf answered what.
fn timeline(field: &Field<'_>, tape: &Tape) -> Vec<(u64, u32)> {
    let steps = tape.steps.iter().filter(|step| step.entries.0 != step.entries.1);
    steps.map(|step| (step.at, answer_of(field, step.entries.1))).collect()
}

/// The answer when a window ends.
fn at_end(told: &[(u64, u32)], (end, is_after): (u64, bool)) -> u32 {
    let known = told.partition_point(|(at, _)| *at < end || is_after && *at == end);
    known.checked_sub(1).map_or(NONE, |last| told[last].1)
}

impl Folding<'_> {
    /// Notes all answers to an address whose mappings are not all applied.
    pub(super) fn answer_wild(&mut self, address: AddressId, tape: &Tape) {
        let field = self.frame.field;
        let told = timeline(field, tape);
        for (window, end) in window_ends(field.window, field.end).into_iter().enumerate() {
            self.answers.push((window as u32, address, at_end(&told, end)));
        }
    }

    /// Notes the answers to `address` that are not those of a leaf that applied skipped frames.
    pub(super) fn answer_odd(&mut self, address: AddressId, tape: &Tape) {
        let field = self.frame.field;
        if !field.in_scope(address) {
            return;
        }
        let told = timeline(field, tape);
        let mut supposed: Vec<(u64, u32)> = Vec::new();
        for (update, frame) in field.told.entries.of(address) {
            let at = self.applied[*frame as usize];
            if let Some((last, _)) = supposed.last().filter(|(last, _)| *last != u64::MAX) {
                let expires = last.saturating_add(field.law.timeout);
                if expires < at {
                    supposed.push((expires, NONE));
                }
            }
            supposed.push((at, answer_of(field, *update)));
        }
        if let Some((last, _)) = supposed.last().copied() {
            supposed.push((last.saturating_add(field.law.timeout), NONE));
        }
        let ends = window_ends(field.window, field.end);
        let mut turns: Vec<u64> = told.iter().chain(&supposed).map(|(at, _)| *at).collect();
        turns.push(u64::MAX);
        turns.sort_unstable();
        for turn in turns.windows(2).filter(|turn| turn[0] < turn[1] && turn[0] <= field.end) {
            let before = (turn[1].min(field.end + 1), false);
            let answer = at_end(&told, before);
            if answer == at_end(&supposed, before) {
                continue;
            }
            let is_inside = |(end, is_after): (u64, bool)| {
                let at = end + u64::from(is_after);
                turn[0] < at && at <= turn[1]
            };
            let first = ends.partition_point(|(end, is_after)| end + u64::from(*is_after) <= turn[0]);
            let inside = ends[first..].iter().enumerate().take_while(|(_, end)| is_inside(**end));
            self.answers.extend(inside.map(|(window, _)| ((first + window) as u32, address, answer)));
        }
    }
}

/// Whom an entry names; `NONE`: nobody.
fn answer_of(field: &Field<'_>, update: u32) -> u32 {
    if update == NONE {
        return NONE;
    }
    let item = field.above.update(update);
    let user = item.user.filter(|_| item.event != Event::LogOff);
    user.map_or(NONE, |user| user.index() as u32)
}

/// Per window: addresses on which all leaves agree, and addresses known to anybody, at its end. `stirs`: whether
/// anything happened at the very end of the run.
pub(super) fn agreement(classes: &[(Field<'_>, Answers)], stirs: bool) -> Vec<(u64, u64)> {
    let Some((first, _)) = classes.first() else { return Vec::new() };
    let ends = window_ends(first.window, first.end);
    let mut windows = Vec::with_capacity(ends.len());
    for (window, (end, is_after)) in ends.into_iter().enumerate() {
        if end <= first.from {
            windows.push((0, 0));
            continue;
        }
        let (mut agreed, mut known) = (0, 0);
        for address in (0..first.record.workload.addresses.len()).map(AddressId::new) {
            let changes = first.common.changes.of(address);
            let passed = |at: u64| at < end || is_after && stirs && at == end;
            let past = changes.iter().take_while(|change| change.at == 0 || passed(change.at)).last();
            let is_there = past.is_some_and(|change| change.user != NONE);
            let verdict = judge(classes, window, address, is_there);
            agreed += u64::from(verdict.0);
            known += u64::from(verdict.1);
        }
        windows.push((agreed, known));
    }
    windows
}

/// Whether all agree on `address`, and whether anybody knows it.
fn judge(
    classes: &[(Field<'_>, Answers)],
    window: usize,
    address: AddressId,
    is_there: bool,
) -> (bool, bool) {
    let mut only = Said::Nothing;
    for (field, answers) in classes.iter().filter(|(field, _)| field.in_scope(address)) {
        only = match answers.of(field, window, address) {
            Said::Nothing => only,
            Said::One(user) => only.and(user),
            Said::Several => Said::Several,
        };
        if only == Said::Several {
            return (false, true);
        }
    }
    let known = is_there || matches!(only, Said::One(user) if user != NONE);
    (known, known)
}
