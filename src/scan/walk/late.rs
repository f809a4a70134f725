//! Late: whether what a leaf does looks the same at leaves that do it a little later.
//!
//! Knows what each step was. Must not know how much later another leaf is.

use super::{Cause, Hazard, Hold, Walker};
use crate::scan::cell::differs_alike;
use crate::scan::tape::Pending;

impl<C: Fn(u32) -> u64> Walker<'_, '_, C> {
    /// Remembers a step of the leaf's own for as long as it may come later at other leaves.
    pub(super) fn await_others(&mut self, at: u64, cause: Cause, before: Option<Hold>) {
        let (Some(before), Some(reach)) = (before, self.ground.reach) else { return };
        if !self.ground.in_scope {
            return;
        }
        let after = self.hold.clone();
        let ((was, first), (is, second)) = (self.look(&before, at), self.look(&after, at));
        let (next, until) = (first.min(second), at.saturating_add(reach));
        self.tape.pending.push(Pending { cause, until, before, after, jump: (was, is), next });
    }

    /// Something happened at `at` to all leaves alike: does it look the same to a leaf that is late?
    pub(super) fn look_at_pending(&mut self, at: u64) {
        let mut pending = std::mem::take(&mut self.tape.pending);
        pending.retain_mut(|one| {
            if one.until < at {
                return false;
            }
            let ((was, first), (is, second)) = (self.look(&one.before, at), self.look(&one.after, at));
            one.next = first.min(second);
            let same = differs_alike(&one.jump, &(was, is));
            if !same {
                self.tape.hazards.push(Hazard::Late { cause: one.cause, at });
            }
            same
        });
        self.tape.pending = pending;
    }

    /// The truth changed: whoever is late was wrong for another time.
    pub(super) fn break_pending(&mut self, at: u64) {
        for one in std::mem::take(&mut self.tape.pending) {
            if one.until >= at {
                self.tape.hazards.push(Hazard::Late { cause: one.cause, at });
            }
        }
    }
}
