//! Tape: what a walk through one address finds: steps, times of wrong answers, and what makes them hard to move.
//!
//! Knows shapes. Must not know how they come about.

use std::cell::Cell;

use super::cell::{Fate, Hold, Key, Shown};
use super::numbers::NONE;
use crate::observe::Reason;

/// Who caused a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The leaf applied this frame.
    Apply(u32),
    /// The leaf's timer ended what it applied last with this frame.
    Expire(u32),
    /// Something that is the same for all leaves.
    Shared,
}

/// A change of what is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) at: u64,
    pub(super) cause: Cause,
    pub(super) before: Shown,
    pub(super) after: Shown,
    /// The live entry before and after; `NONE`: none.
    pub(super) entries: (u32, u32),
    /// Whether what was applied says what is true.
    pub(super) tells_truth: bool,
}

impl Step {
    /// Whether with it something came that was in transit.
    pub(super) fn is_relayed(&self) -> bool {
        self.tells_truth && self.before.reason == Some(Reason::InTransit)
    }
}

/// A time in which answer and truth differed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrong {
    pub(super) begin: u64,
    pub(super) began: Cause,
    pub(super) end: u64,
    pub(super) ended: Cause,
}

/// Something that must be looked at before steps are moved.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hazard {
    /// A leaf whose step of this cause comes at or after `at` sees something else.
    Late { cause: Cause, at: u64 },
    /// What a leaf applied with the first frame may live, or not, until it applies the second.
    Close { first: u32, second: u32 },
}

/// Everything that a walk finds.
#[derive(Debug, Default)]
pub(super) struct Tape {
    pub(super) steps: Vec<Step>,
    pub(super) wrongs: Vec<Wrong>,
    pub(super) hazards: Vec<Hazard>,
    /// What became of each mapping: (frame, update, fate).
    pub(super) fates: Vec<(u32, u32, Fate)>,
    /// Whether some fate is not, or depends on timers not to be, an application.
    pub(super) is_wild: bool,
    /// Whether each mapping, and each of the authority's, is newer than all before it.
    pub(super) is_orderly: bool,
    /// Whether what says the truth was on two hops at once.
    pub(super) is_double: Cell<bool>,
    /// The live entry at the end; `NONE`: none.
    pub(super) last: u32,
    /// When the leaf applied something, with which frame, and whether that says what is true; and when its timers ended entries.
    pub(super) acts: Vec<(u64, u32, bool)>,
    /// The leaf's own steps that may still come later at others.
    pub(super) pending: Vec<Pending>,
    /// While it walks: what was noticed since the truth changed last, and says it.
    pub(super) said_by: Vec<u32>,
    /// While it walks: what changed the authority's answer, in key order.
    pub(super) versions: Vec<Key>,
}

impl Tape {
    /// The nearer of two hops on which there are copies of what says the truth; that there are two is noted.
    pub(super) fn nearer(&self, known: Option<u16>, hop: u16) -> u16 {
        if known.is_some_and(|known| known != hop) {
            self.is_double.set(true);
        }
        known.map_or(hop, |known| known.min(hop))
    }

    /// Makes it blank again.
    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.wrongs.clear();
        self.hazards.clear();
        self.fates.clear();
        self.acts.clear();
        self.pending.clear();
        self.said_by.clear();
        self.versions.clear();
        self.is_wild = false;
        self.is_orderly = true;
        self.is_double.set(false);
        self.last = NONE;
    }
}

/// A step of the leaf's own that may come later at another leaf.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) cause: Cause,
    pub(super) until: u64,
    pub(super) before: Hold,
    pub(super) after: Hold,
    pub(super) jump: (Shown, Shown),
    pub(super) next: u64,
}
