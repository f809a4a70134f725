//! Lifetimes: how long a slot lives at one node, by who told it.
//!
//! Knows ids and spans. Must not know clocks.

use super::Mapping;
use crate::ids::NodeId;
use crate::units::Span;

/// A node's own timeout, and the sources whose entries live otherwise where this node is their learner. Entries that
/// other nodes learned and log-offs always have the node's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    learner: NodeId,
    timeout: Option<Span>,
    /// In any order, each source once.
    told: Vec<(NodeId, Option<Span>)>,
}

impl Lifetimes {
    /// The lifetimes at `learner`; `None`: for ever.
    #[must_use]
    pub fn new(learner: NodeId, timeout: Option<Span>, told: &[(NodeId, Option<Span>)]) -> Self {
        Self { learner, timeout, told: told.to_vec() }
    }

    /// How long an update lives that `source` noticed and `origin` learned; `None`: for ever.
    #[must_use]
    pub fn of(&self, origin: NodeId, source: NodeId, log_off: bool) -> Option<Span> {
        if self.told.is_empty() || log_off || origin != self.learner {
            return self.timeout;
        }
        let own = self.told.iter().find(|(known, _)| *known == source);
        own.map_or(self.timeout, |(_, lifetime)| *lifetime)
    }

    /// The same of a mapping.
    #[must_use]
    pub fn of_mapping(&self, mapping: &Mapping) -> Option<Span> {
        self.of(mapping.origin, mapping.source, mapping.log_off)
    }
}
