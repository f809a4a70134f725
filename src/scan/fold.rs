//! Fold: from when the frames reached one leaf to what was found there.
//!
//! Knows the pattern, and walks alone what moving its steps does not give. Must not know other leaves.

use std::collections::BTreeSet;

use super::age::Raises;
use super::cast::Leaf;
use super::cell::Fate;
use super::class::Field;
use super::freshness::{Freshness, changes, hop_ends, way};
use super::incorrect::Square;
use super::leaf::Heard;
use super::meter::Meter;
use super::pattern::{
    BEHIND, Jump, KINDS, LAST_HOP, Moves, Pattern, REASONS, USERS, counts, hash_jump, hop_jumps, jump,
    site_jumps,
};
use super::record::{End, NONE};
use super::spread::Spread;
use super::walk::{Cause, Step, Tape, walk};
use crate::engine::Way;
use crate::ids::AddressId;
use crate::observe::{
    Blame, Exposure, Fates, Parts, PointFindings, Reason, SourceAges, TableUse, VISIBILITY_SPANS,
    age_of,
};
use crate::units::Span;

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
struct Folding<'a> {
    frame: &'a Frame<'a>,
    leaf: &'a Leaf,
    applied: Vec<u64>,
    /// How many frames were applied by the end.
    count: usize,
    meter: Meter,
    sums: [i128; KINDS],
    hops: Vec<i128>,
    exposure: [i128; 3],
    incorrect: i128,
    /// (when, whether by a timer, frame, by how much): users in the table.
    users: Vec<(u64, bool, u32, i64)>,
    hash: u64,
    found: PointFindings,
    refused: BTreeSet<(u32, u32)>,
    wild: Vec<(u32, u64, bool)>,
    /// The frames that brought counted updates of wild addresses first.
    wild_frames: Vec<u32>,
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
            Cause::Expire(frame) => {
                self.applied[frame as usize].saturating_add(self.frame.field.law.timeout)
            }
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
    fn walk_alone(&mut self, address: AddressId, tape: &mut Tape) {
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

    /// Everything about an address whose mappings are not all applied, or not everywhere.
    fn walk_wild(&mut self, address: AddressId) {
        let field = self.frame.field;
        let mut tape = Tape::default();
        self.walk_alone(address, &mut tape);
        for (frame, update, fate) in &tape.fates {
            if *fate != Fate::Applied {
                self.refused.insert((*frame, *update));
            }
        }
        if field.in_scope(address) {
            self.judge_wild(address, &tape);
        }
    }

    fn judge_wild(&mut self, address: AddressId, tape: &Tape) {
        let field = self.frame.field;
        let changed = changes(field, address);
        let updates = field.common.updates.of(address);
        for update in updates.iter().copied() {
            let key = field.record.key(update);
            let occurred = field.above.update(update).occurred.nanos();
            let mine = |(_, other, _): &&(u32, u32, Fate)| *other == update;
            let first = tape.fates.iter().find(|one| mine(one) && one.2 == Fate::Applied);
            let newer = |(_, other, fate): &&(u32, u32, Fate)| {
                *fate == Fate::Applied && field.record.key(*other) >= key
            };
            let shown = tape.fates.iter().find(newer);
            let visible = shown.map_or(u64::MAX, |(frame, ..)| self.applied[*frame as usize]);
            let is_passed = shown.is_some_and(|(_, other, _)| *other != update);
            if !field.is_counted(update) {
                self.wild.push((update, visible, false));
                continue;
            }
            let again = tape.fates.iter().filter(mine).skip_while(|one| one.2 != Fate::Applied).skip(1);
            self.found.fates.duplicates += again.count() as u64;
            let refusal = tape.fates.iter().filter(mine).find_map(|(_, _, fate)| match fate {
                Fate::Refused { holder } => Some(*holder),
                Fate::Applied | Fate::Duplicate => None,
            });
            let fates = &mut self.found.fates;
            let mut is_filtered = false;
            if let Some((frame, ..)) = first {
                fates.applied += 1;
                let at = self.applied[*frame as usize];
                self.sample_wild(update, *frame, at, changed.contains(&update));
            } else if let Some(holder) = refusal {
                let newer = field.record.key(holder) > key;
                *(if newer { &mut fates.superseded } else { &mut fates.refused }) += 1;
            } else {
                match field.end_above(update) {
                    Some(End::Filtered) => {
                        fates.filtered += 1;
                        is_filtered = true;
                    }
                    Some(End::Lost) => fates.lost_loss += 1,
                    Some(End::Refused) => fates.refused += 1,
                    Some(End::Superseded) => fates.superseded += 1,
                    None if is_passed => fates.superseded += 1,
                    None => fates.pending += 1,
                }
            }
            if !is_filtered {
                see(&mut self.found.visibility, occurred, visible, field.end);
            }
            self.wild.push((update, visible, is_filtered));
        }
    }

    fn sample_wild(&mut self, update: u32, frame: u32, at: u64, changed: bool) {
        let field = self.frame.field;
        let staleness = Span::from_nanos(at - field.above.update(update).occurred.nanos());
        self.found.staleness.record(staleness);
        if changed {
            self.found.change_staleness.record(staleness);
        }
        let sent = self.frame.pattern.sent[frame as usize];
        let breakdown = &mut self.found.breakdown;
        let node = self.leaf.node;
        let (observe, batch) = way(field, update, sent, |hop, parts| {
            breakdown.parts.add(parts);
            breakdown.hops.entry(hop_ends(field, hop, node)).or_default().add(parts);
        });
        breakdown.observe += observe;
        let last = waited(batch, field.is_full(frame));
        breakdown.parts.add(&last);
        breakdown.hops.entry(hop_ends(field, 0, node)).or_default().add(&last);
        self.wild_frames.push(frame);
    }

    /// What the frames that were applied brought.
    fn freshen(&mut self, heard: &[Heard]) {
        let fresh = self.frame.fresh;
        self.record();
        let count = self.count;
        let mut times = [0_u128; 5];
        for heard in heard.iter().filter(|heard| (heard.number as usize) < count) {
            let frame = heard.number as usize;
            let wild = self.wild_frames.iter().filter(|other| **other as usize == frame).count() as u64;
            let updates = u128::from(fresh.lots[frame][0].count + wild);
            for (sum, part) in times.iter_mut().zip(parts_of(&heard.way, &heard.served)) {
                *sum += updates * u128::from(part);
            }
            self.glance(frame, heard.done.nanos());
        }
        self.break_down(times);
        for (counts, chances) in self.found.visibility.iter_mut().zip(fresh.chances) {
            counts.1 += chances;
        }
        let tail: u64 = fresh.lots[count..].iter().map(|[all, _]| all.count).sum();
        let is_here = |(frame, shown_by): &&(u32, u32)| {
            (*frame == NONE || *frame as usize >= count) && (*shown_by as usize) < count
        };
        let passed = fresh.overtaken.iter().filter(is_here).count() as u64;
        let fates = &mut self.found.fates;
        let Fates { filtered, refused, superseded, lost_loss, .. } = fresh.ended;
        fates.filtered += filtered;
        fates.refused += refused;
        fates.lost_loss += lost_loss;
        fates.superseded += superseded + passed;
        fates.pending += fresh.above + tail - passed;
    }

    /// Staleness of all that was applied: sums frame by frame, and histograms.
    fn record(&mut self) {
        let (fresh, pattern) = (self.frame.fresh, self.frame.pattern);
        let applied = &self.applied[..self.count];
        let found = &mut self.found;
        let samples = [&mut found.staleness, &mut found.change_staleness];
        for (kind, samples) in samples.into_iter().enumerate() {
            for ((lots, at), sent) in fresh.lots.iter().zip(applied).zip(&pattern.sent) {
                let (lot, delay) = (&lots[kind], at - sent);
                if lot.count > 0 {
                    samples.count += lot.count;
                    samples.sum += lot.age_sum + u128::from(lot.count) * u128::from(delay);
                    samples.max = samples.max.max(lot.age_max + delay);
                }
            }
        }
        found.fates.applied += fresh.lots[..self.count].iter().map(|[all, _]| all.count).sum::<u64>();
        if let Some(spread) = self.frame.spread {
            let into = [&mut found.staleness, &mut found.change_staleness];
            spread.enter(pattern, fresh, applied, into);
            return;
        }
        for (list, at) in fresh.samples.iter().zip(applied) {
            for sample in list {
                let micros = (at - sample.occurred()) / 1_000;
                let histogram = &mut found.staleness.histogram;
                histogram.record(micros).expect("an auto-resizing histogram takes any value");
                if sample.changed() {
                    let histogram = &mut found.change_staleness.histogram;
                    histogram.record(micros).expect("an auto-resizing histogram takes any value");
                }
            }
        }
    }

    /// Which updates a frame made visible in time.
    fn glance(&mut self, frame: usize, at: u64) {
        let end = self.frame.field.end;
        let fresh = self.frame.fresh;
        if let Some(list) = fresh.visible.get(&(frame as u32)) {
            look(&mut self.found.visibility, list.len(), |position| list[position], at, end);
        } else {
            let list = &fresh.samples[frame];
            look(&mut self.found.visibility, list.len(), |position| list[position].occurred(), at, end);
        }
    }

    fn break_down(&mut self, times: [u128; 5]) {
        let (field, node) = (self.frame.field, self.leaf.node);
        let ways = &self.frame.fresh.ways[self.count];
        let breakdown = &mut self.found.breakdown;
        let mut add = |hop: usize, parts: &Parts| {
            breakdown.parts.add(parts);
            breakdown.hops.entry(hop_ends(field, hop, node)).or_default().add(parts);
        };
        for (hop, (_, parts)) in ways.hops.iter().enumerate().filter(|(_, (updates, _))| *updates > 0) {
            add(hop, parts);
        }
        let [queue, process, transmit, propagate, recover] = times;
        let (batch, recover) = (ways.batch, recover + ways.recover);
        let parts = Parts { batch, queue, process, transmit, propagate, recover };
        if self.found.fates.applied > 0 {
            add(0, &parts);
        }
        breakdown.observe += ways.observe;
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

/// What was waited at the hub, as parts: for a tick, or for a full table.
fn waited(wait: u128, full: bool) -> Parts {
    if full { Parts { recover: wait, ..Parts::default() } } else { Parts { batch: wait, ..Parts::default() } }
}

/// A frame's way to the leaf, by parts. Units: nanoseconds.
fn parts_of(way: &Way, served: &Way) -> [u64; 5] {
    let sum = |one: Span, other: Span| (one + other).nanos();
    [
        sum(way.queue, served.queue),
        sum(way.process, served.process),
        sum(way.transmit, served.transmit),
        sum(way.propagate, served.propagate),
        sum(way.recover, served.recover),
    ]
}

/// Counts, of `len` updates in the order in which they occurred, those that are visible within each span when they
/// become visible at `at`. Cost: constant for a span that all of them keep, or none.
fn look(
    visibility: &mut [(u64, u64); 9],
    len: usize,
    occurred: impl Fn(usize) -> u64,
    at: u64,
    end: u64,
) {
    if len == 0 {
        return;
    }
    let (first, last) = (occurred(0), occurred(len - 1));
    for (counts, span) in visibility.iter_mut().zip(VISIBILITY_SPANS) {
        let span = span.nanos();
        let below = if first + span >= at {
            0
        } else if last + span < at {
            continue;
        } else {
            search(len, |position| occurred(position) + span < at)
        };
        let known = if last + span <= end { len } else { search(len, |position| occurred(position) + span <= end) };
        counts.0 += known.saturating_sub(below) as u64;
    }
}

/// How many positions from the first on satisfy `is_before`.
fn search(len: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = usize::midpoint(low, high);
        if is_before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// The most users at once from `from` on, and those at the end. What happens with one frame is one moment; so is
/// what timers end at one instant.
fn peak(users: &mut Vec<(u64, bool, u32, i64)>, from: u64) -> (u64, u64) {
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

/// Enters an update that was visible at `visible` (`u64::MAX`: not) into the table of visibility.
pub(super) fn see(visibility: &mut [(u64, u64); 9], occurred: u64, visible: u64, end: u64) {
    for (counts, span) in visibility.iter_mut().zip(VISIBILITY_SPANS) {
        let due = occurred.saturating_add(span.nanos());
        if due <= end {
            counts.0 += u64::from(visible <= due);
            counts.1 += 1;
        }
    }
}
