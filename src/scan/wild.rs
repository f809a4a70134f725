//! Wild: addresses whose mappings a leaf does not simply apply, one after the other; every leaf judges them alone.
//!
//! Knows one address at one leaf. Must not know the pattern's sums.

use super::cell::Fate;
use super::fold::Folding;
use super::freshness::{changes, hop_ends, way};
use super::station::End;
use super::tape::Tape;
use super::timely::{see, waited};
use crate::ids::AddressId;
use crate::units::Span;

impl Folding<'_> {
    /// Everything about an address whose mappings are not all applied, or not everywhere.
    pub(super) fn walk_wild(&mut self, address: AddressId) {
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
}
