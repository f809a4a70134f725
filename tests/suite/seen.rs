//! What happened in a run, as far as the coverage of the random cases asks.

use std::collections::BTreeSet;

use uidsim::engine::{Cause, Moment, Node, Observer};
use uidsim::ids::NodeId;
use uidsim::mapping::Outcome;
use uidsim::roles::{EdgeState, Note, Withholding};
use uidsim::units::Instant;

/// One of the things that must not be missing from the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    Barred,
    Conflict,
    Expiry,
    Failover,
    Filter,
    Loss,
    Overflow,
    Resync,
    TwoFeeds,
}

/// All of them.
pub(crate) const HAPPENINGS: [Happening; 9] = [
    Happening::Barred,
    Happening::Conflict,
    Happening::Expiry,
    Happening::Failover,
    Happening::Filter,
    Happening::Loss,
    Happening::Overflow,
    Happening::Resync,
    Happening::TwoFeeds,
];

/// Looks out for them.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) happenings: BTreeSet<Happening>,
    /// Updates that their sources noticed.
    pub(crate) noticed: BTreeSet<(NodeId, u64)>,
    was_up: BTreeSet<(NodeId, NodeId)>,
    fed_by: BTreeSet<(NodeId, NodeId)>,
}

impl Seen {
    fn note(&mut self, node: NodeId, note: &Note) {
        match note {
            Note::Edge { state: EdgeState::Barred(_), .. } => {
                self.happenings.insert(Happening::Barred);
            }
            Note::Edge { from, to, state: EdgeState::Up } => {
                self.was_up.insert((*from, *to));
            }
            Note::Edge { from, to, state: EdgeState::Resyncing } if self.was_up.contains(&(*from, *to)) => {
                self.happenings.insert(Happening::Resync);
            }
            Note::Expired(addresses) if !addresses.is_empty() => {
                self.happenings.insert(Happening::Expiry);
            }
            Note::Merged { from: Some(from), outcomes, segment } => {
                let is_held = |outcome: &Outcome| matches!(outcome, Outcome::Applied | Outcome::Duplicate);
                // Over sessions only: of records the learner is the origin.
                if segment.iter().zip(outcomes).any(|(m, outcome)| m.origin != node && is_held(outcome)) {
                    self.fed_by.insert((node, *from));
                }
                if self.fed_by.range((node, NodeId::new(0))..).take_while(|(n, _)| *n == node).count() > 1 {
                    self.happenings.insert(Happening::TwoFeeds);
                }
                for outcome in outcomes {
                    match outcome {
                        Outcome::Refused { .. } => self.happenings.insert(Happening::Conflict),
                        Outcome::Filtered => self.happenings.insert(Happening::Filter),
                        Outcome::Full => self.happenings.insert(Happening::Overflow),
                        Outcome::Applied | Outcome::Duplicate | Outcome::Hops => false,
                    };
                }
            }
            Note::Noticed { sequence } => {
                self.noticed.insert((node, *sequence));
            }
            Note::Withheld { why: Withholding::Filtered, .. } => {
                self.happenings.insert(Happening::Filter);
            }
            Note::Withheld { why: Withholding::Overflow, .. } => {
                self.happenings.insert(Happening::Overflow);
            }
            _ => {}
        }
    }
}

impl<N: Node<Note = Note>> Observer<N> for Seen {
    fn on_moment(&mut self, _: Instant, moment: &Moment<'_, N>) {
        match moment {
            Moment::Dropped { cause: Cause::Loss, .. } => {
                self.happenings.insert(Happening::Loss);
            }
            Moment::Dropped { cause: Cause::Queue, .. } => {
                self.happenings.insert(Happening::Overflow);
            }
            Moment::Note { node, note } => self.note(*node, note),
            _ => {}
        }
    }
}
