//! Numbers: every update of a run has one: sources in order, and of each source in the order of sequences.
//!
//! Knows how many updates each source has. Must not know what became of any.

use crate::ids::NodeId;
use crate::units::Instant;
use crate::workload::Workload;

/// In the place of a number: no update, no delivery, no user.
pub(super) const NONE: u32 = u32::MAX;

/// The numbers of all updates.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// Per source: the number of its first update; at last, how many there are.
    first_of: Vec<u32>,
    /// The same of those that have updates.
    sources: Vec<(u32, NodeId)>,
}

impl Numbers {
    /// Of the updates of a workload.
    pub(super) fn new(workload: &Workload) -> Self {
        let mut first_of = Vec::with_capacity(workload.updates.len() + 1);
        let mut next = 0_u32;
        let mut sources = Vec::new();
        for (source, updates) in workload.updates.iter().enumerate() {
            first_of.push(next);
            sources.extend((!updates.is_empty()).then_some((next, NodeId::new(source))));
            next += u32::try_from(updates.len()).expect("limits on input keep updates within 32 bits");
        }
        first_of.push(next);
        Self { first_of, sources }
    }

    /// How many updates there are.
    pub(super) fn count(&self) -> usize {
        *self.first_of.last().expect("a closing number") as usize
    }

    /// The number of an update.
    pub(super) fn of(&self, source: NodeId, sequence: u64) -> u32 {
        let position = u32::try_from(sequence).expect("limits on input keep updates within 32 bits");
        self.first_of[source.index()] + position
    }

    /// Whose update it is, and its position there. Cost: a search among the sources.
    pub(super) fn identity(&self, update: u32) -> (NodeId, usize) {
        let place = self.sources.partition_point(|(first, _)| *first <= update) - 1;
        let (first, source) = self.sources[place];
        (source, (update - first) as usize)
    }

    /// What makes an update newer than others: numbers go by source, then by sequence.
    pub(super) fn key(&self, workload: &Workload, update: u32) -> (Instant, u32) {
        let (source, position) = self.identity(update);
        (workload.updates[source.index()][position].occurred, update)
    }
}
