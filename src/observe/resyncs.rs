//! How many full tables each node was given.
//!
//! Knows frames as they are delivered. Must not know what a node makes of them.

use crate::engine::{Moment, Node, Observer};
use crate::roles::Note;
use crate::units::Instant;
use crate::wire::{Decoded, is_full_table};

/// Full tables delivered, per node.
#[derive(Clone, Debug)]
pub struct Resyncs {
    counts: Vec<u64>,
    measured_from: Instant,
}

impl Resyncs {
    /// No full table yet at any of `nodes` nodes.
    #[must_use]
    pub fn new(nodes: usize, measured_from: Instant) -> Self {
        Self { counts: vec![0; nodes], measured_from }
    }

    /// Per node, in `NodeId` order; those delivered from the begin of measuring on.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}

impl<N: Node<Memo = Decoded, Note = Note>> Observer<N> for Resyncs {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        if let Moment::Delivered { to, frame, .. } = moment {
            self.counts[to.index()] += u64::from(at >= self.measured_from && is_full_table(frame));
        }
    }
}
