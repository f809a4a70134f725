//! Fold: from when the frames reached one leaf to what was found there.
//!
//! Knows the pattern, and walks alone what moving its steps does not give. Must not know other leaves.

use std::collections::BTreeSet;

use super::age::Raises;
use super::cast::Leaf;
use super::class::Field;
use super::freshness::{Freshness, hop_ends};
use super::incorrect::Square;
use super::leaf::Heard;
use super::meter::Meter;
use super::pattern::{
    BEHIND, Jump, KINDS, LAST_HOP, Moves, Pattern, REASONS, USERS, counts, hash_jump, hop_jumps, jump,
    site_jumps,
};
use super::spread::Spread;
use super::tape::{Cause, Step, Tape};
use super::walk::walk;
use crate::ids::AddressId;
use crate::observe::{Blame, Exposure, PointFindings, Reason, SourceAges, TableUse, age_of};

/// What a class's leaves are folded with.
pub(super) struct Frame<'a> {
    pub(super) field: &'a Field<'a>,
    pub(super) pattern: &'a Pattern,
    pub(super) fresh: &'a Freshness,
    pub(super) raises: &'a Raises,
    pub(super) spread: Option<&'a Spread>,
}

/// What was found at one leaf, and what the fleet needs of it.
pub(super) struct Found {
    pub(super) findings: PointFindings,
    pub(super) ages: SourceAges,
    /// When it applied each frame, `u64::MAX`: not by the end.
    pub(super) applied: Vec<u64>,
    /// Whether anything happened here at the very end of the run.
    pub(super) stirs_at_end: bool,
    /// Of updates at wild addresses: when each was visible, `u64::MAX`: never; and whether its fate is `filtered`.
    pub(super) wild: Vec<(u32, u64, bool)>,
}

/// One leaf, while it is folded.
pub(super) struct Folding<'a> {
    pub(super) frame: &'a Frame<'a>,
    pub(super) leaf: &'a Leaf,
    pub(super) applied: Vec<u64>,
    /// How many frames were applied by the end.
    pub(super) count: usize,
    pub(super) meter: Meter,
    pub(super) sums: [i128; KINDS],
    pub(super) hops: Vec<i128>,
    pub(super) exposure: [i128; 3],
    pub(super) incorrect: i128,
    /// (when, whether by a timer, frame, by how much): users in the table.
    pub(super) users: Vec<(u64, bool, u32, i64)>,
    pub(super) hash: u64,
    pub(super) found: PointFindings,
    pub(super) refused: BTreeSet<(u32, u32)>,
    pub(super) wild: Vec<(u32, u64, bool)>,
    /// The frames that brought counted updates of wild addresses first.
    pub(super) wild_frames: Vec<u32>,
}

/// Folds one leaf. Cost: some steps a frame; a walk for each address that the pattern does not fit.
pub(super) fn fold(frame: &Frame<'_>, leaf: &Leaf, heard: &[Heard]) -> Found {
    let pattern = frame.pattern;
    let mut applied = vec![u64::MAX; pattern.sent.len()];
    for heard in heard {
        applied[heard.number as usize] = heard.done.nanos();
    }
    let count = applied.iter().take_while(|at| **at <= frame.field.end).count();
    let site = if leaf.through { pattern.crossed.len() - 1 } else { leaf.site.index() };
    let crossed = pattern.crossed[site];
    let mut folding = Folding {
        frame,
        leaf,
        count,
        meter: pattern.meter.clone(),
        sums: pattern.sums,
        hops: pattern.hops.clone(),
        exposure: [crossed.stays, crossed.wrong, crossed.unknown],
        incorrect: pattern.incorrect,
        users: Vec::with_capacity(2 * applied.len()),
        hash: 0,
        found: PointFindings::default(),
        refused: BTreeSet::new(),
        wild: Vec::new(),
        wild_frames: Vec::new(),
        applied,
    };
    folding.move_steps();
    for address in folding.odd() {
        folding.walk_again(address);
    }
    for address in &pattern.wild {
        folding.walk_wild(*address);
    }
    folding.freshen(heard);
    folding.finish()
}

impl Folding<'_> {
    /// When a step of this cause comes here; `u64::MAX`: not.
    fn moved(&self, cause: Cause, at: u64) -> u64 {
        match cause {
            Cause::Apply(frame) => self.applied[frame as usize],
            Cause::Expire(frame) => self.applied[frame as usize].saturating_add(self.frame.field.law.timeout),
            Cause::Shared => at,
        }
    }

    /// How much later a begin and an end of this cause, which the pattern has at `at`, come here.
    fn delays(&self, cause: Cause, at: u64) -> (i128, i128) {
        if cause == Cause::Shared {
            return (0, 0);
        }
        let moved = self.moved(cause, at);
        let begin = i128::from(moved.min(self.frame.field.end)) - i128::from(at);
        let end = i128::from(self.meter.clip(moved)) - i128::from(self.meter.clip(at));
        (begin, end)
    }

    /// Moves every step of the pattern to where it comes here.
    fn move_steps(&mut self) {
        let pattern = self.frame.pattern;
        let timeout = self.frame.field.law.timeout;
        for frame in 0..self.applied.len() {
            let sent = pattern.sent[frame];
            self.move_frame(&pattern.applies, frame, sent, Cause::Apply(frame as u32));
            if timeout != u64::MAX {
                let at = sent.saturating_add(timeout);
                self.move_frame(&pattern.expires, frame, at, Cause::Expire(frame as u32));
            }
        }
        for (began, ended) in &pattern.pairs {
            let (begin, _) = self.delays(*began, self.at(*began));
            let (_, end) = self.delays(*ended, self.at(*ended));
            self.incorrect -= 2 * begin * end;
        }
        for hop in 1..self.hops.len() {
            for aside in &pattern.hop_steps[hop] {
                let (_, delay) = self.delays(aside.cause, self.at(aside.cause));
                self.hops[hop] -= delay * i128::from(aside.one);
            }
        }
        let sites = pattern.site_steps.iter().enumerate();
        let crosses = |site: usize| self.leaf.through || site == self.leaf.site.index();
        for aside in sites.filter(|(site, _)| crosses(*site)).flat_map(|(_, asides)| asides) {
            let (_, delay) = self.delays(aside.cause, self.at(aside.cause));
            self.exposure[1] -= delay * i128::from(aside.one);
            self.exposure[2] -= delay * i128::from(aside.other);
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

    fn move_frame(&mut self, moves: &Moves, frame: usize, at: u64, cause: Cause) {
        let jump = &moves.jumps[frame];
        let moved = self.moved(cause, at);
        let (begin, end) = self.delays(cause, at);
        self.meter.delay(at, moved, counts(jump));
        for (sum, by) in self.sums.iter_mut().zip(jump) {
            *sum -= end * i128::from(*by);
        }
        let (begins, ends) = (moves.begins[frame], moves.ends[frame]);
        self.incorrect += begin * (begins.0 + begin * begins.1) + end * (ends.0 + end * ends.1);
        if moved <= self.frame.field.end {
            self.hash = self.hash.wrapping_add(moves.hashes[frame]);
            if jump[USERS] != 0 {
                let by_timer = matches!(cause, Cause::Expire(_));
                self.users.push((moved, by_timer, frame as u32, i64::from(jump[USERS])));
            }
        }
    }

    /// The addresses whose steps cannot simply be moved.
    fn odd(&self) -> BTreeSet<AddressId> {
        let (pattern, field) = (self.frame.pattern, self.frame.field);
        let mut odd = BTreeSet::new();
        let hub = &field.record.stations[field.class.hub.index()];
        for frame in 0..self.applied.len() {
            let (at, sent) = (self.applied[frame], pattern.sent[frame]);
            if at.min(field.end) - sent > field.reach() {
                odd.extend(hub.contents(frame).iter().map(|update| field.above.update(*update).address));
            } else if at >= pattern.calm_until[frame] {
                let first = pattern.late.partition_point(|(other, ..)| (*other as usize) < frame);
                let here = pattern.late[first..].iter().take_while(|(other, ..)| *other as usize == frame);
                odd.extend(here.filter(|(_, from, _)| *from <= at).map(|(_, _, address)| *address));
            }
        }
        for (first, second, address) in &pattern.close {
            let lives = |times: &[u64]| {
                times[*second as usize] <= times[*first as usize].saturating_add(field.law.timeout)
            };
            if lives(&self.applied) != lives(&pattern.sent) {
                odd.insert(*address);
            }
        }
        odd.retain(|address| !pattern.is_wild[address.index()]);
        odd
    }

    /// Takes out what moving gave for `address`, and puts in what really happened.
    fn walk_again(&mut self, address: AddressId) {
        let field = self.frame.field;
        let mut tape = Tape::default();
        walk(&field.ground(address), |frame| self.frame.pattern.sent[frame as usize], &mut tape);
        for step in &tape.steps {
            let at = self.moved(step.cause, step.at);
            self.put(address, step, at, -1);
        }
        for wrong in &tape.wrongs {
            let begin = self.delays(wrong.began, wrong.begin).0;
            let end = self.delays(wrong.ended, wrong.end).1;
            self.incorrect -= Square::new(wrong, field.from).moved(begin, end);
        }
        self.walk_alone(address, &mut tape);
    }

    /// Puts in what really happened to `address`.
    pub(super) fn walk_alone(&mut self, address: AddressId, tape: &mut Tape) {
        let field = self.frame.field;
        walk(&field.ground(address), |frame| self.applied[frame as usize], tape);
        for step in &tape.steps {
            self.put(address, step, step.at, 1);
        }
        for wrong in &tape.wrongs {
            self.incorrect += Square::new(wrong, field.from).value;
        }
    }

    fn put(&mut self, address: AddressId, step: &Step, at: u64, sign: i32) {
        let field = self.frame.field;
        let jump: Jump = jump(step).map(|by| by * sign);
        self.meter.jump(at, counts(&jump));
        let rest = i128::from(field.end - self.meter.clip(at));
        for (sum, by) in self.sums.iter_mut().zip(jump) {
            *sum += rest * i128::from(by);
        }
        let rest = rest * i128::from(sign);
        for (hop, by) in hop_jumps(step) {
            self.hops[hop] += rest * i128::from(by);
        }
        for (site, by) in site_jumps(step) {
            if self.leaf.through || site == self.leaf.site.index() {
                for (sum, by) in self.exposure.iter_mut().zip(by) {
                    *sum += rest * i128::from(by);
                }
            }
        }
        if at <= field.end && step.entries.0 != step.entries.1 {
            let by = hash_jump(field, address, step);
            self.hash = self.hash.wrapping_add(if sign > 0 { by } else { by.wrapping_neg() });
        }
        if at <= field.end && jump[USERS] != 0 {
            let (by_timer, frame) = match step.cause {
                Cause::Apply(frame) => (false, frame),
                Cause::Expire(frame) => (true, frame),
                Cause::Shared => unreachable!("tables change by a leaf's own steps"),
            };
            self.users.push((at, by_timer, frame, i64::from(jump[USERS])));
        }
    }

    fn finish(mut self) -> Found {
        let field = self.frame.field;
        let (windows, replica_windows) = self.meter.windows();
        let found = &mut self.found;
        windows.iter().for_each(|window| found.classes.add(window));
        replica_windows.iter().for_each(|window| found.replica.add(window));
        (found.windows, found.replica_windows) = (windows, replica_windows);
        let whole = |sum: i128| u128::try_from(sum).expect("nothing is counted less than never");
        found.incorrect_area_twice = whole(self.incorrect);
        found.behind_area = whole(self.sums[BEHIND]);
        let [stays, wrong, unknown] = self.exposure.map(whole);
        found.exposure = Exposure { stays, wrong, unknown };
        let reason = |reason: Reason| whole(self.sums[REASONS + reason as usize]);
        self.hops[0] = self.sums[LAST_HOP];
        let hops = self.hops.iter().enumerate().filter(|(_, sum)| **sum > 0);
        found.blame = Blame {
            unobserved: reason(Reason::Unobserved),
            in_transit: reason(Reason::InTransit),
            lost: reason(Reason::Lost),
            expired: reason(Reason::Expired),
            conflict: reason(Reason::Conflict),
            disconnected: reason(Reason::Disconnected),
            hops: hops.map(|(hop, sum)| (hop_ends(field, hop, self.leaf.node), whole(*sum))).collect(),
        };
        let timer_rings = self.users.iter().any(|event| event.0 == field.end);
        let stirs_at_end = timer_rings || self.applied.contains(&field.end);
        let (peak, last) = peak(&mut self.users, field.from);
        found.table = TableUse { area: whole(self.sums[USERS]), peak, last, refused: 0 };
        found.table_hash = self.hash;
        let own;
        let raises = if self.refused.is_empty() {
            self.frame.raises
        } else {
            own = Raises::new(field, &self.refused);
            &own
        };
        let ages = raises.of(field, &self.applied[..self.count]);
        found.age = age_of(&ages);
        Found { findings: self.found, ages, stirs_at_end, applied: self.applied, wild: self.wild }
    }
}

/// The most users at once from `from` on, and those at the end. What happens with one frame is one moment; so is
/// what timers end at one instant.
fn peak(users: &mut [(u64, bool, u32, i64)], from: u64) -> (u64, u64) {
    for event in users.iter_mut() {
        if event.1 {
            event.2 = 0;
        }
    }
    users.sort_unstable();
    let (mut now, mut peak) = (0_i64, 0_i64);
    let mut index = 0;
    while index < users.len() {
        let (at, by_timer, frame, _) = users[index];
        if at >= from {
            peak = peak.max(now);
        }
        while users.get(index).is_some_and(|other| (other.0, other.1, other.2) == (at, by_timer, frame)) {
            now += users[index].3;
            index += 1;
        }
        if at >= from {
            peak = peak.max(now);
        }
    }
    let whole = |count: i64| u64::try_from(count).expect("a table never has fewer than no users");
    (whole(peak.max(now)), whole(now))
}
