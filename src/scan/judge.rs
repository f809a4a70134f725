//! Judge: what became of each update of an address that a leaf does not simply apply frame by frame.
//!
//! Knows one address at one leaf. Must not know the pattern's sums.

use super::bunch::Sample;
use super::cell::Fate;
use super::class::Field;
use super::fold::Folding;
use super::freshness::Seen;
use super::hop::Here;
use super::leaf::{Stamp, TABLE};
use super::numbers::NONE;
use super::sight::Sighting;
use super::station::End;
use super::stretch::Stretch;
use super::tape::Tape;
use super::timely::look_up;
use crate::ids::AddressId;
use crate::units::Instant;

/// What one update came to at the leaf.
pub(super) struct Outcome {
    /// With what it was applied first.
    first: Option<u32>,
    /// With what it or a newer one was applied first, and which.
    shown: Option<(u32, u32)>,
    /// When it was refused last, and in favour of what.
    refusal: Option<(u64, u32)>,
    /// How often it was given to the leaf after that had applied it.
    again: u64,
}

impl Outcome {
    /// Of an update that a full table brought, and nothing else.
    pub(super) fn of_one(update: u32, table: u32) -> Self {
        Self { first: Some(table), shown: Some((table, update)), refusal: None, again: 0 }
    }

    /// Whether something newer was applied without it.
    fn is_passed(&self, update: u32) -> bool {
        self.shown.is_some_and(|(_, other)| other != update)
    }
}

impl Folding<'_> {
    /// Everything about an address whose mappings are not all applied, or not everywhere.
    pub(super) fn walk_wild(&mut self, address: AddressId) {
        let field = self.frame.field;
        let mut tape = Tape::default();
        // It is not in the pattern.
        let hop = self.walk_alone(address, &Stretch::default(), (&Tape::default(), &mut tape));
        self.note_fates(address, &tape);
        if !field.in_scope(address) {
            return;
        }
        self.forget_again(address, &Stretch::default());
        for update in field.common.updates.of(address).iter().copied() {
            let outcome = self.outcome(&tape, update);
            let mut is_filtered = false;
            if field.is_counted(update) {
                self.found.fates.duplicates += outcome.again;
                is_filtered = self.enter(update, &outcome, field.told.voice.is_change(update), hop.as_ref());
                if !is_filtered {
                    self.see(update, &outcome, true);
                }
            }
            self.sight(update, &outcome, is_filtered);
        }
        if self.via.is_none() {
            self.answer_wild(address, &tape);
        }
    }

    /// Notes what was refused, and what full tables brought first.
    fn note_fates(&mut self, address: AddressId, tape: &Tape) {
        for (place, (frame, update, fate)) in tape.fates.iter().enumerate() {
            let is_again = |(_, other, fate): &(u32, u32, Fate)| other == update && *fate == Fate::Applied;
            match fate {
                Fate::Applied if *frame >= TABLE && !tape.fates[..place].iter().any(is_again) => {
                    self.news.push((*frame, address, *update));
                }
                Fate::Refused { .. } if *frame < TABLE => {
                    self.refused.insert((*frame, *update));
                }
                Fate::Applied | Fate::Duplicate | Fate::Refused { .. } => {}
            }
        }
    }

    /// What full tables told again of an address that is judged by itself is counted there.
    fn forget_again(&mut self, address: AddressId, stretch: &Stretch) {
        if let Some(own) = self.own.filter(|_| self.via.is_none()) {
            self.found.fates.duplicates -= own.again(self.frame.field, address, stretch);
        }
    }

    pub(super) fn sight(&mut self, update: u32, outcome: &Outcome, is_filtered: bool) {
        if self.via.is_some() {
            return;
        }
        let at = outcome.shown.map_or(u64::MAX, |(frame, _)| self.done(frame));
        let occurred = self.frame.field.above.update(update).occurred.nanos();
        let is_due = self.own.is_none_or(|own| !own.is_unreached(occurred));
        self.sightings.push(Sighting { at, update, is_filtered, is_due });
    }

    /// Everything about an address of which the leaf was told otherwise, where that differs from what frames brought.
    pub(super) fn judge_odd(&mut self, address: AddressId, stretch: &Stretch, tape: &Tape, hop: &Here<'_>) {
        let field = self.frame.field;
        self.note_fates(address, tape);
        if !field.in_scope(address) {
            return;
        }
        self.forget_again(address, stretch);
        if let Some(rest) = stretch.begin.filter(|rest| field.is_counted(rest.update)) {
            self.found.fates.duplicates += self.outcome(tape, rest.update).again;
        }
        for (update, frame, shown_by) in Seen::new(field, address, stretch).all {
            let outcome = self.outcome(tape, update);
            let changes = field.told.voice.is_change(update);
            let is_counted = field.is_counted(update);
            if is_counted {
                self.found.fates.duplicates += outcome.again;
                self.judge_fate(update, (frame, shown_by), &outcome, changes, hop);
            }
            let is_filtered = frame == NONE && field.end_above(update) == Some(End::Filtered);
            if self.is_seen_alike(shown_by, &outcome) {
                continue;
            }
            self.sight(update, &outcome, is_filtered);
            if is_counted && !is_filtered {
                if shown_by != NONE && self.brings(shown_by) {
                    let occurred = field.above.update(update).occurred.nanos();
                    self.except.unseen.entry(shown_by).or_default().push(occurred);
                }
                self.see(update, &outcome, false);
            }
        }
    }

    /// Whether the leaf applied a frame by the end.
    fn brings(&self, frame: u32) -> bool {
        let is_skipped = self.own.is_some_and(|own| own.is_skipped(frame as usize));
        (frame as usize) < self.count && !is_skipped
    }

    fn is_seen_alike(&self, shown_by: u32, outcome: &Outcome) -> bool {
        let shown = outcome.shown.map_or(NONE, |(frame, _)| frame);
        if shown_by == NONE || self.brings(shown_by) {
            return shown == shown_by;
        }
        shown == NONE && !self.own.is_some_and(|own| own.is_skipped(shown_by as usize))
    }

    /// Judges an update by itself if it did not come with its frame.
    fn judge_fate(
        &mut self,
        update: u32,
        (frame, shown_by): (u32, u32),
        outcome: &Outcome,
        changes: bool,
        hop: &Here<'_>,
    ) {
        let field = self.frame.field;
        let is_skipped = |frame: u32| self.own.is_some_and(|own| own.is_skipped(frame as usize));
        if frame != NONE && is_skipped(frame) {
            self.enter(update, outcome, changes, Some(hop));
            return;
        }
        if frame != NONE && self.brings(frame) {
            if outcome.first != Some(frame) {
                let occurred = field.above.update(update).occurred.nanos();
                let samples = self.except.samples.entry(frame).or_default();
                samples.push(Sample::new(occurred, changes));
                self.except.updates.push((update, frame));
                self.enter(update, outcome, changes, Some(hop));
            }
            return;
        }
        if frame == NONE && field.end_above(update).is_some() {
            return;
        }
        // It is on its way.
        let counts_passed = shown_by != NONE && (shown_by as usize) < self.count && shown_by != frame;
        *(if counts_passed { &mut self.except.superseded } else { &mut self.except.pending }) += 1;
        self.enter(update, outcome, changes, Some(hop));
    }

    fn outcome(&self, tape: &Tape, update: u32) -> Outcome {
        let record = self.frame.field.record;
        let key = record.key(update);
        let mine = |(_, other, _): &&(u32, u32, Fate)| *other == update;
        let first = tape.fates.iter().find(|one| mine(one) && one.2 == Fate::Applied);
        let newer =
            |(_, other, fate): &&(u32, u32, Fate)| *fate == Fate::Applied && record.key(*other) >= key;
        let again = tape.fates.iter().filter(mine).skip_while(|one| one.2 != Fate::Applied).skip(1);
        let mut refusals = tape.fates.iter().filter(mine).filter_map(|(frame, _, fate)| match fate {
            Fate::Refused { holder } => Some((self.done(*frame), *holder)),
            Fate::Applied | Fate::Duplicate => None,
        });
        Outcome {
            first: first.map(|(frame, ..)| *frame),
            shown: tape.fates.iter().find(newer).map(|(frame, other, _)| (*frame, *other)),
            refusal: refusals.next_back(),
            again: again.count() as u64,
        }
    }

    /// Enters the fate of an update. Whether that is `filtered`.
    pub(super) fn enter(
        &mut self,
        update: u32,
        outcome: &Outcome,
        changes: bool,
        hop: Option<&Here<'_>>,
    ) -> bool {
        if let Some(frame) = outcome.first {
            self.found.fates.applied += 1;
            self.sample(update, frame, changes);
            return false;
        }
        let end = self.end(update, outcome, hop);
        let fates = &mut self.found.fates;
        let count = match end {
            Some(End::Filtered) => &mut fates.filtered,
            Some(End::Lost) => &mut fates.lost_loss,
            Some(End::Refused) => &mut fates.refused,
            Some(End::Superseded) => &mut fates.superseded,
            None => &mut fates.pending,
        };
        *count += 1;
        end == Some(End::Filtered)
    }

    /// How an update ended that was not applied; `None`: it is under way.
    fn end(&self, update: u32, outcome: &Outcome, hop: Option<&Here<'_>>) -> Option<End> {
        let field = self.frame.field;
        let newer = |holder: u32| field.record.key(holder) > field.record.key(update);
        let by_law = |holder: u32| if newer(holder) { End::Superseded } else { End::Refused };
        let refusal = outcome.refusal.map(|(at, holder)| (Stamp { at, order: u32::MAX }, by_law(holder)));
        let passed = Some(End::Superseded).filter(|_| outcome.is_passed(update));
        let Some(hop) = hop.filter(|_| is_at_hub(field, update)) else {
            let above = if hop.is_some() { field.end_in_core(update) } else { field.end_above(update) };
            return refusal.map(|(_, end)| end).or(above).or(passed);
        };
        if !hop.is_own() {
            // Nobody sends it again.
            let end = refusal.map(|(_, end)| end).or_else(|| field.end_above(update));
            if end.is_some() {
                return end;
            }
        }
        let (death, lives) = hop.end(update);
        if lives {
            return passed;
        }
        let last = death.into_iter().chain(refusal).max_by_key(|(when, _)| *when);
        last.map(|(_, end)| end).or(passed).or(Some(End::Lost))
    }

    pub(super) fn see(&mut self, update: u32, outcome: &Outcome, counts_chance: bool) {
        let field = self.frame.field;
        let occurred = field.above.update(update).occurred.nanos();
        let visible = outcome.shown.map_or(u64::MAX, |(frame, _)| self.done(frame));
        look_up(&mut self.found.visibility, occurred, visible, field.end, counts_chance);
    }

    fn sample(&mut self, update: u32, frame: u32, changed: bool) {
        let field = self.frame.field;
        let done = Instant::from_nanos(self.done(frame));
        let staleness = done.since(field.above.update(update).occurred);
        self.found.staleness.record(staleness);
        self.found.lately.enter(done, 1, staleness.nanos().into());
        if changed {
            self.found.change_staleness.record(staleness);
        }
        if self.is_brief {
            return;
        }
        let sent = self.sent(frame);
        self.judged.enter(field, (update, frame >= TABLE || field.is_full(frame)), sent);
        if let Some(lag) = self.lag(frame, 1) {
            self.relayed.add(&lag);
        }
        let parts = self.parts(frame);
        for (sum, part) in self.times.iter_mut().zip(parts) {
            *sum += u128::from(part);
        }
    }
}

/// Whether the hub has applied an update.
fn is_at_hub(field: &Field<'_>, update: u32) -> bool {
    let (source, position) = field.record.identity(update);
    field.above.feeds(update) && field.above.applied_at(field.class.hub, source, position) != u64::MAX
}
