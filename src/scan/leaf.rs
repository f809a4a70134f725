//! Leaf: when the frames of its hub reached one enforcement point, and what its session did.
//!
//! Knows instants. Must not know what a frame holds.

use super::cast::Leaf;
use super::fare::{Fares, Over};
use super::hearing::Hearing;
use super::track::Track;
use crate::engine::Way;
use crate::ids::NodeId;
use crate::roles::EdgeState;
use crate::units::Instant;

/// Added to the number of a full table among those of its hub, so that it is no number of a frame for all leaves.
pub(super) const TABLE: u32 = 1 << 31;

/// One frame at one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its number among the frames that the hub sends its leaves; past 2^31, among the full tables of the hub.
    pub number: u32,
    /// When it was sent.
    pub sent: Instant,
    /// When its service ended; `NEVER`: not by the end of the run.
    pub done: Instant,
    /// Its way until it arrived, and from then on.
    pub way: Way,
    /// Its way from then on.
    pub served: Way,
}

/// When frames reached some leaves, named by their positions in the cast.
#[derive(Debug, Default)]
pub struct Arrivals {
    /// The frames that reached each or are on their way, in order.
    pub heard: Vec<(usize, Hearing)>,
    /// The same of those who only follow; without ways where only what is brief is asked for.
    pub tracks: Vec<(usize, Track)>,
}

/// Leaves of one hub whose frames' arrivals are told together.
pub struct Batch<'a> {
    /// Who feeds them.
    pub hub: NodeId,
    /// Calls with all of the leaves. Whether all could be carried exactly.
    #[expect(clippy::type_complexity, reason = "a name for it would hide what is called with what")]
    pub give: Box<dyn FnOnce(&mut dyn FnMut(Arrivals)) -> bool + Send + 'a>,
}

/// An instant, and the place of what happened then among all moments of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) at: u64,
    pub(super) order: u32,
}

impl Stamp {
    pub(super) fn new(at: Instant, order: u32) -> Self {
        Self { at: at.nanos(), order }
    }
}

/// A session changed its state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) when: Stamp,
    pub(super) state: EdgeState,
}

/// What a leaf was sent through the agenda, and what its session did.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) fares: Fares,
    /// Down before the first.
    pub(super) turns: Vec<Turn>,
    /// When no chain of links led to the leaf. Units: nanoseconds.
    pub(super) unreached: Vec<(u64, u64)>,
    /// When the processor of a member of a pair dealt with frames that hold no mappings, and when
    /// its session is reset. Units: nanoseconds.
    pub(super) asides: Vec<(u64, u64)>,
}

impl Log {
    /// Nothing has happened to `leaf` yet.
    pub(super) fn new(leaf: &Leaf) -> Self {
        Self { asides: leaf.resets.iter().map(|at| (*at, *at)).collect(), ..Self::default() }
    }

    /// Whether its session came to stand once and for all, and everything that it was sent arrived or is on its way.
    pub(super) fn is_plain(&self) -> bool {
        let ups = self.turns.iter().filter(|turn| turn.state == EdgeState::Up).count();
        ups == 1
            && self.turns.last().is_some_and(|turn| turn.state == EdgeState::Up)
            && self
                .fares
                .iter()
                .all(|fare| fare.heard.number < TABLE && !matches!(fare.over, Over::Dropped(_)))
    }

    /// Whether no chain of links led to the leaf at `at`, before anything of that instant but faults.
    pub(super) fn is_unreached(&self, at: u64) -> bool {
        self.unreached.iter().any(|(from, until)| *from <= at && at < *until)
    }
}
