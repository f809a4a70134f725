//! Timely: how soon a leaf had what its frames brought: staleness, visibility, breakdown, and the fates of the rest.
//!
//! Knows sums over frames. Must not know answers.

use std::collections::BTreeMap;

use super::brought::Brought;
use super::fold::Folding;
use super::freshness::Lot;
use super::glance::Glance;
use super::numbers::NONE;
use super::ways::Ways;
use crate::observe::{Buckets, Fates, Hop, Parts, VISIBILITY_SPANS};
use crate::units::{Instant, Span};

impl Folding<'_> {
    /// What the frames that were applied brought; `glanced` says how soon it was visible, where that is known.
    pub(super) fn freshen(&mut self, glanced: Option<Glance>) {
        let (fresh, pattern) = (self.frame.fresh, self.frame.pattern);
        let mut except = std::mem::take(&mut self.except);
        let brought = Brought::new(fresh, self.own, self.count, &pattern.sent, &except);
        for frame in brought.applied() {
            self.take_frame(&brought, frame);
            if glanced.is_none() && !self.is_brief {
                self.glance(&brought, frame, self.applied[frame]);
            }
        }
        self.record(&brought);
        if let Some(glanced) = glanced {
            self.count_glanced(glanced, &except.unseen);
        }
        if !self.is_brief {
            self.break_down(&brought, &except.updates);
        }
        for (counts, chances) in self.found.visibility.iter_mut().zip(fresh.chances) {
            counts.1 += chances;
        }
        let count = self.count;
        let is_skipped = |frame: u32| self.own.is_some_and(|own| own.is_skipped(frame as usize));
        let is_here = |(frame, shown_by): &&(u32, u32)| {
            (*frame == NONE || *frame as usize >= count && !is_skipped(*frame))
                && (*shown_by as usize) < count
        };
        let passed = fresh.overtaken.iter().filter(is_here).count() as u64;
        let fates = &mut self.found.fates;
        let Fates { filtered, refused, superseded, lost_loss, .. } = fresh.ended;
        fates.filtered += filtered;
        fates.refused += refused;
        fates.lost_loss += lost_loss;
        fates.superseded = fates.superseded + superseded + passed - except.superseded;
        except.pending += passed;
        fates.pending = fates.pending + fresh.above + brought.tail() - except.pending;
    }

    /// What a frame that was applied adds to sums: staleness, and where its time went on the last hop.
    fn take_frame(&mut self, brought: &Brought<'_>, frame: usize) {
        let lots = brought.lots(frame);
        let count = lots[0].count;
        if count == 0 {
            return;
        }
        let (at, found) = (self.applied[frame], &mut self.found);
        let delay = at - self.frame.pattern.sent[frame];
        let sum = |lot: &Lot| lot.age_sum + u128::from(lot.count) * u128::from(delay);
        for (lot, samples) in lots.iter().zip([&mut found.staleness, &mut found.change_staleness]) {
            if lot.count > 0 {
                samples.count += lot.count;
                samples.sum += sum(lot);
                samples.max = samples.max.max(lot.age_max + delay);
            }
        }
        found.lately.enter(Instant::after_start(Span::from_nanos(at)), count, sum(&lots[0]));
        found.fates.applied += count;
        if self.is_brief {
            return;
        }
        let parts = self.parts(frame as u32);
        for (sum, part) in self.times.iter_mut().zip(parts) {
            *sum += u128::from(count) * u128::from(part);
        }
        if let Some(lag) = self.lag(frame as u32, u128::from(count)) {
            self.relayed.add(&lag);
        }
    }

    /// The histograms of staleness of all that was applied.
    fn record(&mut self, brought: &Brought<'_>) {
        let (fresh, pattern) = (self.frame.fresh, self.frame.pattern);
        let found = &mut self.found;
        if let Some(spread) = self.frame.spread {
            let into = [&mut found.staleness, &mut found.change_staleness];
            spread.enter((pattern, fresh, brought), &self.applied, into);
            return;
        }
        // Each sample is recorded once.
        let mut changes = Buckets::new(1);
        for frame in brought.applied() {
            for sample in brought.samples(frame).iter() {
                let micros = (self.applied[frame] - sample.occurred()) / 1_000;
                let into = if sample.changed() { &mut changes } else { &mut found.staleness.histogram };
                into.record(micros, 1);
            }
        }
        found.staleness.histogram.add(&changes);
        found.change_staleness.histogram.add(&changes);
    }

    /// Which updates a frame made visible in time.
    fn glance(&mut self, brought: &Brought<'_>, frame: usize, at: u64) {
        let end = self.frame.field.end;
        if let Some(list) = brought.visible(frame) {
            look(&mut self.found.visibility, list.len(), |position| list[position], at, end);
        } else {
            let list = self.frame.fresh.samples(frame);
            look(&mut self.found.visibility, list.len(), |position| list.at(position).occurred(), at, end);
        }
    }

    /// Counts what frames made visible in time, where that is known, but for what was not visible with its frame here.
    fn count_glanced(&mut self, glanced: Glance, unseen: &BTreeMap<u32, Vec<u64>>) {
        let mut less = [(0, 0); VISIBILITY_SPANS.len()];
        for (frame, gone) in unseen {
            let mut gone = gone.clone();
            gone.sort_unstable();
            let (at, end) = (self.done(*frame), self.frame.field.end);
            look(&mut less, gone.len(), |position| gone[position], at, end);
        }
        for ((counts, glanced), (less, _)) in self.found.visibility.iter_mut().zip(glanced).zip(less) {
            counts.0 += glanced - less;
        }
    }

    fn break_down(&mut self, brought: &Brought<'_>, except: &[(u32, u32)]) {
        let (field, of_ways) = (self.frame.field, self.frame.of_ways);
        let ends = &self.ends;
        let relayed = self.relayed;
        let fresh = self.frame.fresh;
        let mut ways = fresh.ways[self.count].clone();
        for frame in (0..self.count).filter(|frame| !brought.is_applied(*frame)) {
            ways.put(&fresh.ways[frame]);
            ways.take(&fresh.ways[frame + 1]);
        }
        for (update, frame) in except {
            let mut one = Ways::none(ways.hops.len());
            one.enter(of_ways, (*update, of_ways.is_full(*frame)), self.frame.pattern.sent[*frame as usize]);
            ways.take(&one);
        }
        let breakdown = &mut self.found.breakdown;
        let mut add = |ends: Hop, parts: &Parts| {
            breakdown.parts.add(parts);
            breakdown.hops.entry(ends).or_default().add(parts);
        };
        // Of the last hop they hold nothing.
        for (hop, (_, parts)) in ways.hops.iter().enumerate().filter(|(_, (updates, _))| *updates > 0) {
            add(of_ways.class.edges[hop - 1], parts);
        }
        let judged = &self.judged;
        for (hop, (_, parts)) in judged.hops.iter().enumerate().filter(|(_, (updates, _))| *updates > 0) {
            add(ends[hop], parts);
        }
        let [queue, process, transmit, propagate, recover] = self.times;
        let (batch, recover) = (ways.batch + judged.batch, recover + ways.recover + judged.recover);
        let parts = Parts { batch, queue, process, transmit, propagate, recover };
        if self.found.fates.applied > 0 {
            add(ends[field.class.last_hop()], &parts);
            if field.class.relay.is_some() {
                add(ends[0], &relayed);
            }
        }
        breakdown.observe += ways.observe + judged.observe;
    }
}

/// Counts, of `len` updates in the order in which they occurred, those that are visible within each span when they
/// become visible at `at`. Cost: constant for a span that all of them keep, or none.
fn look(visibility: &mut [(u64, u64); 9], len: usize, occurred: impl Fn(usize) -> u64, at: u64, end: u64) {
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
        let known =
            if last + span <= end { len } else { search(len, |position| occurred(position) + span <= end) };
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

/// Enters an update that was visible at `visible` (`u64::MAX`: not) into the table of visibility; whether its chance
/// counts too.
pub(super) fn look_up(
    visibility: &mut [(u64, u64); 9],
    occurred: u64,
    visible: u64,
    end: u64,
    counts_chance: bool,
) {
    for (counts, span) in visibility.iter_mut().zip(VISIBILITY_SPANS) {
        let due = occurred.saturating_add(span.nanos());
        if due <= end {
            counts.0 += u64::from(visible <= due);
            counts.1 += u64::from(counts_chance);
        }
    }
}
