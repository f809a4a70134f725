//! Past: one node's table and sessions, and the story of one address, as they stood at an instant.
//!
//! Knows moments and the configured feeds. Must not know what is consistent: the witness judges that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::findings::Hop;
use super::paths::Paths;
use crate::engine::{Cause, Frame, Moment, Node, Observer, Way};
use crate::ids::{AddressId, NodeId};
use crate::mapping::{Mapping, Outcome};
use crate::roles::{EdgeState, Note, Withholding};
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::units::Instant;
use crate::wire::{Decoded, Message};
use crate::workload::Workload;

/// Deeds that a story keeps; older ones are counted only.
const STORY_MAX: usize = 10_000;

/// An entry of the node's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it says.
    pub mapping: Mapping,
    /// Who fed it; `None`: loaded at the start.
    pub from: Option<NodeId>,
    /// Since when it is there.
    pub applied: Instant,
    /// When its timer was last started.
    pub restarted: Instant,
}

/// Something that happened to an update of the address, or to a feed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A frame with it was served at the far end.
    Delivered {
        /// Where the time since it was sent went, at the receiver's processor included.
        way: Way,
    },
    /// A frame with it will not arrive.
    Dropped {
        /// Why.
        cause: Cause,
    },
    /// The feed changed its state.
    Edge {
        /// What it is now.
        state: EdgeState,
    },
    /// The timer at the fed end ended the entry.
    Expired,
    /// The fed end stopped and lost its table.
    Forgotten,
    /// What became of it at the fed end.
    Merged {
        /// The mapping.
        mapping: Mapping,
        /// What became of it.
        outcome: Outcome,
    },
    /// The source noticed it.
    Noticed,
    /// A frame with it was sent.
    Sent {
        /// Inside a full table.
        full: bool,
    },
    /// It was to be sent and will not.
    Withheld {
        /// Why.
        why: Withholding,
    },
}

/// A deed, with its time and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Instant,
    /// The feeding end; `None` where only one node takes part.
    pub from: Option<NodeId>,
    /// The fed end, or the node itself.
    pub to: NodeId,
    /// The identity `(source, sequence)`, of a deed that concerns one update.
    pub update: Option<(NodeId, u64)>,
    /// What.
    pub deed: Deed,
}

/// Watches a run for one node and perhaps one address.
#[derive(Debug)]
pub struct Past {
    /// The node.
    pub node: NodeId,
    /// Whether it runs.
    pub up: bool,
    /// Whether it enforces policy.
    pub enforcing: bool,
    /// Its live entries.
    pub table: BTreeMap<AddressId, Held>,
    /// The state of every feed that has told one, and since when.
    pub edges: BTreeMap<Hop, (EdgeState, Instant)>,
    /// The latest deeds, oldest first.
    pub story: VecDeque<Told>,
    /// Older deeds that the story no longer holds.
    pub forgotten: u64,
    address: Option<AddressId>,
    /// Feeds that lead to the node.
    leading: BTreeSet<Hop>,
    /// The address's updates.
    updates: BTreeSet<(NodeId, u64)>,
    /// Nodes with an entry for the address.
    holders: BTreeSet<NodeId>,
    duplicate_restarts_timer: bool,
    /// Whether it is a firewall outside a pair, which enforces as soon as it is up.
    enforces_alone: bool,
}

impl Past {
    /// Nothing has happened yet. With an `address`, its story is kept.
    #[must_use]
    pub fn new(scenario: &Scenario, workload: &Workload, node: NodeId, address: Option<AddressId>) -> Self {
        let settings = match &scenario.topology.nodes[node.index()].role {
            Role::Point(settings) => Some(settings),
            Role::Engine(_) | Role::Log(_) | Role::Push(_) => None,
        };
        let enforces_alone = settings.is_some_and(|settings| settings.enforces && settings.ha.is_none());
        let of_address = |(source, updates): (usize, &Vec<crate::workload::Update>)| {
            let own = updates.iter().enumerate().filter(|(_, update)| Some(update.address) == address);
            own.map(|(sequence, _)| (NodeId::new(source), sequence as u64)).collect::<Vec<_>>()
        };
        Self {
            node,
            up: true,
            enforcing: enforces_alone,
            enforces_alone,
            table: BTreeMap::new(),
            edges: BTreeMap::new(),
            story: VecDeque::new(),
            forgotten: 0,
            address,
            leading: leading(&Paths::new(&scenario.topology), node),
            updates: workload.updates.iter().enumerate().flat_map(of_address).collect(),
            holders: BTreeSet::new(),
            duplicate_restarts_timer: settings.is_some_and(|settings| settings.resync_restarts_timer),
        }
    }

    fn tell(&mut self, told: Told) {
        let leads = match told.from {
            Some(from) => self.leading.contains(&(from, told.to)),
            None => told.to == self.node || self.leading.iter().any(|(from, _)| *from == told.to),
        };
        if self.address.is_none() || !leads {
            return;
        }
        if self.story.len() == STORY_MAX {
            self.story.pop_front();
            self.forgotten += 1;
        }
        self.story.push_back(told);
    }

    /// Tells `deed` of every update of the address in `frame`.
    fn tell_frame(&mut self, at: Instant, hop: Hop, frame: &Frame<Decoded>, deed: impl Fn(bool) -> Deed) {
        if self.address.is_none() || !self.leading.contains(&hop) {
            return;
        }
        let decoded = frame.memo();
        let mut fulls = decoded.messages.iter().flat_map(|message| match message {
            Message::Mappings { full, count } => std::iter::repeat_n(*full, *count as usize),
            Message::Records { count, .. } => std::iter::repeat_n(false, *count as usize),
            _ => std::iter::repeat_n(false, 0),
        });
        for mapping in decoded.mappings.iter() {
            let full = fulls.next().unwrap_or(false);
            if Some(mapping.address) == self.address {
                let update = Some((mapping.source, mapping.sequence));
                self.tell(Told { at, from: Some(hop.0), to: hop.1, update, deed: deed(full) });
            }
        }
    }

    fn on_note(&mut self, at: Instant, node: NodeId, note: &Note) {
        let alone = |deed| Told { at, from: None, to: node, update: None, deed };
        match note {
            Note::Data(_) => {}
            Note::Edge { from, to, state: state @ EdgeState::Barred(_) }
                if self.edges.get(&(*from, *to)).is_some_and(|(known, _)| known == state) => {}
            Note::Edge { from, to, state } => {
                self.edges.insert((*from, *to), (*state, at));
                let deed = Deed::Edge { state: *state };
                self.tell(Told { at, from: Some(*from), to: *to, update: None, deed });
            }
            Note::Enforcing(enforcing) if node == self.node => self.enforcing = *enforcing,
            Note::Enforcing(_) => {}
            Note::Expired(addresses) => {
                for address in addresses {
                    if node == self.node {
                        self.table.remove(address);
                    }
                    if Some(*address) == self.address {
                        self.holders.remove(&node);
                        self.tell(alone(Deed::Expired));
                    }
                }
            }
            Note::Hindered { .. } => {}
            Note::Merged { from, segment, outcomes } => {
                for (mapping, outcome) in segment.iter().zip(outcomes) {
                    self.merged(at, node, *from, mapping, *outcome);
                }
            }
            Note::Followed { .. } => {}
            Note::Noticed { sequence } => {
                if self.updates.contains(&(node, *sequence)) {
                    self.tell(Told { update: Some((node, *sequence)), ..alone(Deed::Noticed) });
                }
            }
            Note::Withheld { to, updates, why } => {
                for update in
                    updates.iter().filter(|update| self.updates.contains(update)).copied().collect::<Vec<_>>()
                {
                    let deed = Deed::Withheld { why: *why };
                    self.tell(Told { at, from: Some(node), to: *to, update: Some(update), deed });
                }
            }
        }
    }

    fn merged(
        &mut self,
        at: Instant,
        node: NodeId,
        from: Option<NodeId>,
        mapping: &Mapping,
        outcome: Outcome,
    ) {
        if node == self.node {
            match outcome {
                Outcome::Applied if mapping.log_off => {
                    self.table.remove(&mapping.address);
                }
                Outcome::Applied => {
                    let held = Held { mapping: *mapping, from, applied: at, restarted: at };
                    self.table.insert(mapping.address, held);
                }
                Outcome::Duplicate if self.duplicate_restarts_timer => {
                    if let Some(held) = self.table.get_mut(&mapping.address) {
                        held.restarted = at;
                    }
                }
                _ => {}
            }
        }
        if Some(mapping.address) != self.address {
            return;
        }
        if outcome == Outcome::Applied && mapping.log_off {
            self.holders.remove(&node);
        } else if outcome == Outcome::Applied {
            self.holders.insert(node);
        }
        let update = Some((mapping.source, mapping.sequence));
        self.tell(Told { at, from, to: node, update, deed: Deed::Merged { mapping: *mapping, outcome } });
    }

    fn on_node_down(&mut self, at: Instant, node: NodeId, keeps_memory: bool) {
        if node == self.node {
            self.up = false;
            self.enforcing = false;
            if !keeps_memory {
                self.table.clear();
            }
        }
        if !keeps_memory && self.holders.remove(&node) {
            self.tell(Told { at, from: None, to: node, update: None, deed: Deed::Forgotten });
        }
    }

    fn on_node_up(&mut self, node: NodeId) {
        if node == self.node {
            self.up = true;
            self.enforcing = self.enforces_alone;
        }
    }
}

impl<N: Node<Memo = Decoded, Note = Note>> Observer<N> for Past {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        match *moment {
            Moment::Delivered { from, to, frame, way, served, .. } => {
                let way = both(way, served);
                self.tell_frame(at, (from, to), frame, |_| Deed::Delivered { way });
            }
            Moment::Dropped { from, to, frame, cause, .. } => {
                self.tell_frame(at, (from, to), frame, |_| Deed::Dropped { cause });
            }
            Moment::NodeDown { node, keeps_memory } => self.on_node_down(at, node, keeps_memory),
            Moment::NodeUp { node } => self.on_node_up(node),
            Moment::Note { node, note } => self.on_note(at, node, note),
            Moment::Sent { from, to, frame, .. } => {
                self.tell_frame(at, (from, to), frame, |full| Deed::Sent { full });
            }
            Moment::FaultBegins { .. }
            | Moment::FaultEnds { .. }
            | Moment::LinkChanged { .. }
            | Moment::Volley { .. } => {}
        }
    }
}

fn both(way: Way, served: Way) -> Way {
    Way {
        queue: way.queue + served.queue,
        process: way.process + served.process,
        transmit: way.transmit + served.transmit,
        propagate: way.propagate + served.propagate,
        recover: way.recover + served.recover,
    }
}

/// The feeds over which something can reach `node`.
fn leading(paths: &Paths, node: NodeId) -> BTreeSet<Hop> {
    let mut leading = BTreeSet::new();
    let mut ahead = vec![node];
    while let Some(to) = ahead.pop() {
        for edge in paths.edges.iter().filter(|edge| edge.to == to) {
            if leading.insert((edge.from, edge.to)) {
                ahead.push(edge.from);
            }
        }
    }
    leading
}
