//! Standing: which feeds are wanted and do not stand at the end, and why.
//!
//! Knows states of feeds and dials that came to nothing. Must not know what feeds carry.

use std::collections::BTreeMap;

use crate::engine::{Moment, Node, Observer};
use crate::ids::NodeId;
use crate::roles::{EdgeState, Hindrance, Note};
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::units::Instant;

/// A feed that is wanted at the end and does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The feeding end.
    pub from: NodeId,
    /// The fed end.
    pub to: NodeId,
    /// When it first stood; `None`: never.
    pub stood: Option<Instant>,
    /// How many dials came to nothing.
    pub dials_failed: u64,
    /// Why the last of them did.
    pub why: Hindrance,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    stands: bool,
    is_idle: bool,
    stood: Option<Instant>,
    dials_failed: u64,
    why: Option<Hindrance>,
}

/// What every feed has come to.
#[derive(Clone, Debug)]
pub struct Standing {
    feeds: BTreeMap<(NodeId, NodeId), Known>,
    /// Per node, whether it pushes, so that it knows more of its feeds than their fed ends.
    pushes: Vec<bool>,
}

impl Standing {
    /// No feed has come to anything yet.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let pushes = scenario.topology.nodes.iter().map(|node| matches!(node.role, Role::Push(_)));
        Self { feeds: BTreeMap::new(), pushes: pushes.collect() }
    }

    /// The feeds that a configuration, a name or a route keeps from standing, and those that never stood, by their ends.
    /// One that stood and whose upstream is silent now is an outage, and none of them.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let told = |(ends, known): (&(NodeId, NodeId), &Known)| {
            let why = known.why.filter(|_| !known.stands && !known.is_idle)?;
            let is_outage = why == Hindrance::Unanswered && known.stood.is_some();
            let Known { stood, dials_failed, .. } = *known;
            (!is_outage).then_some(Missing { from: ends.0, to: ends.1, stood, dials_failed, why })
        };
        self.feeds.iter().filter_map(told).collect()
    }

    fn note(&mut self, at: Instant, node: NodeId, note: &Note) {
        match note {
            Note::Edge { from, to, state } => {
                let known = self.feeds.entry((*from, *to)).or_default();
                match state {
                    EdgeState::Idle => known.is_idle = true,
                    _ if node == *to || self.pushes[from.index()] => known.is_idle = false,
                    _ => {}
                }
                known.stands = *state == EdgeState::Up;
                if known.stands {
                    known.stood.get_or_insert(at);
                    known.why = None;
                }
            }
            Note::Hindered { from, to, why } => {
                let known = self.feeds.entry((*from, *to)).or_default();
                known.dials_failed += 1;
                known.why = Some(*why);
            }
            _ => {}
        }
    }
}

impl<N: Node<Note = Note>> Observer<N> for Standing {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        if let Moment::Note { node, note } = moment {
            self.note(at, *node, note);
        }
    }
}
