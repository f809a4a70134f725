//! Timelines: when each member of an HA pair enforced policy, stood by or was down.
//!
//! Knows what members note of themselves and what stops them. Must not know why.

use crate::engine::{Moment, Node, Observer};
use crate::ids::NodeId;
use crate::roles::Note;
use crate::topology::Topology;
use crate::units::Instant;

/// Changes that are kept of one member; whoever changes more often flaps, and the first ones show it.
/// Source: none, a choice.
const CHANGES_MAX: usize = 1_000;

/// What a member of a pair does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// It is down.
    Down,
    /// It enforces policy.
    Enforces,
    /// It is up and leaves policy to the other.
    StandsBy,
}

/// What one member did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Since when what; in order, the first at virtual zero.
    pub changes: Vec<(Instant, Duty)>,
    /// Whether there were more.
    pub is_cut: bool,
}

impl Timeline {
    fn turn(&mut self, at: Instant, duty: Duty) {
        let has_room = self.changes.len() < CHANGES_MAX;
        match self.changes.last_mut() {
            Some((_, last)) if *last == duty => {}
            // What lasts no time is not shown.
            Some((since, last)) if *since == at => *last = duty,
            _ if has_room => self.changes.push((at, duty)),
            _ => self.is_cut = true,
        }
    }
}

/// What the members of all pairs did.
#[derive(Clone, Debug)]
pub struct Timelines {
    of: Vec<Option<Timeline>>,
}

impl Timelines {
    /// Every member of a pair is up, and none enforces yet.
    #[must_use]
    pub fn new(topology: &Topology) -> Self {
        let mut of = vec![None; topology.nodes.len()];
        for member in topology.pairs.iter().flat_map(|pair| pair.members) {
            let changes = vec![(Instant::ZERO, Duty::StandsBy)];
            of[member.index()] = Some(Timeline { changes, is_cut: false });
        }
        Self { of }
    }

    /// What `node` did; `None`: it is in no pair.
    #[must_use]
    pub fn of(&self, node: NodeId) -> Option<&Timeline> {
        self.of[node.index()].as_ref()
    }

    fn turn(&mut self, at: Instant, node: NodeId, duty: Duty) {
        if let Some(timeline) = &mut self.of[node.index()] {
            timeline.turn(at, duty);
        }
    }
}

impl<N: Node<Note = Note>> Observer<N> for Timelines {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        match moment {
            Moment::NodeDown { node, .. } => self.turn(at, *node, Duty::Down),
            Moment::NodeUp { node } => self.turn(at, *node, Duty::StandsBy),
            Moment::Note { node, note: Note::Enforcing(true) } => self.turn(at, *node, Duty::Enforces),
            Moment::Note { node, note: Note::Enforcing(false) } => self.turn(at, *node, Duty::StandsBy),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    fn at(second: u64) -> Instant {
        Instant::after_start(Span::from_seconds(second))
    }

    #[test]
    fn what_lasts_is_kept_once() {
        let mut timeline = Timeline { changes: vec![(at(0), Duty::StandsBy)], is_cut: false };
        timeline.turn(at(0), Duty::Enforces);
        timeline.turn(at(5), Duty::Enforces);
        timeline.turn(at(9), Duty::Down);
        assert_eq!(timeline.changes, [(at(0), Duty::Enforces), (at(9), Duty::Down)]);
        for second in 10..2_000 {
            timeline.turn(at(second), if second % 2 == 0 { Duty::StandsBy } else { Duty::Enforces });
        }
        assert_eq!((timeline.changes.len(), timeline.is_cut), (CHANGES_MAX, true));
    }
}
