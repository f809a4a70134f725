//! All that has happened, as plain maps: the state of the world as its moments tell it.

use std::collections::{BTreeMap, BTreeSet};

use uidsim::engine::{FlightId, Way};
use uidsim::ids::{AddressId, NodeId, UserId};
use uidsim::observe::{Hop, Parts};
use uidsim::roles::EdgeState;
use uidsim::units::{Instant, Span};

use super::facts::{Edge, Facts, Id, Key};
use super::law::{Slot, Table};
use super::wire::Copy;

/// Why a copy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Filtered,
    Full,
    LostCrash,
    LostHops,
    LostKey,
    LostLoss,
    LostPort,
    LostQueue,
    /// By the merge law.
    Refused,
    Superseded,
}

/// The end of one copy.
#[derive(Clone, Debug)]
pub(crate) struct Death {
    pub(crate) id: Id,
    pub(crate) place: NodeId,
    pub(crate) kind: Kind,
}

/// How the answer that an application gave came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Expired,
    MemoryLost,
    Replaced,
}

/// An update became the newest of its address at a node.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) at: Instant,
    pub(crate) id: Id,
    pub(crate) address: AddressId,
    pub(crate) ending: Option<Ending>,
    /// The way of this very copy.
    pub(crate) journey: Journey,
}

/// Where a copy spent its time until a node applied it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journey {
    pub(crate) observe: u128,
    pub(crate) hops: Vec<(Hop, Parts)>,
}

/// A frame on its way.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) edge: Edge,
    pub(crate) sent: Instant,
    pub(crate) copies: Vec<Copy>,
    /// Position by position, the way until now at the feeding node: the wait there included.
    pub(crate) journeys: Vec<Journey>,
}

/// A frame whose delivery is happening.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) flight: Flight,
    pub(crate) way: Way,
    pub(crate) served: Way,
}

/// Age of information of one source at one point.
#[derive(Clone, Debug)]
pub(crate) struct Knowledge {
    pub(crate) newest: Instant,
    pub(crate) area_twice: u128,
    pub(crate) time: u128,
    pub(crate) peaks: Vec<Span>,
}

/// Who is really there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    /// The present stay, by its index.
    pub(crate) stay: Option<usize>,
    /// The last change.
    pub(crate) changed: Instant,
    /// The user of the stay that ended last.
    pub(crate) last_user: Option<UserId>,
}

/// The state.
pub(crate) struct State {
    pub(crate) facts: Facts,
    pub(crate) now: Instant,
    pub(crate) up: Vec<bool>,
    pub(crate) link_up: Vec<bool>,
    /// Never `Idle`; see `idle`.
    pub(crate) edge_states: BTreeMap<Edge, EdgeState>,
    /// Edges whose fed end is on standby, whatever their state.
    pub(crate) idle: BTreeSet<Edge>,
    /// Members of pairs only.
    pub(crate) enforcing: BTreeSet<NodeId>,
    pub(crate) tables: BTreeMap<NodeId, Table>,
    pub(crate) truth: BTreeMap<AddressId, Truth>,
    pub(crate) noticed: BTreeMap<Id, Instant>,
    /// Applied at the feeding end, to be sent at its tick.
    pub(crate) waiting: BTreeMap<Edge, BTreeSet<Id>>,
    /// Where the next query of a log begins.
    pub(crate) positions: BTreeMap<Edge, u64>,
    /// Sent or withheld by a pushing source, to whomever.
    pub(crate) pushed: BTreeSet<Id>,
    pub(crate) flights: BTreeMap<FlightId, Flight>,
    pub(crate) arrival: Option<Arrival>,
    pub(crate) deaths: Vec<Death>,
    /// Per node, in the order in which they happened.
    pub(crate) applications: BTreeMap<NodeId, Vec<Application>>,
    /// The largest key a node ever applied at an address.
    pub(crate) marks: BTreeMap<(NodeId, AddressId), Key>,
    /// The same since it last lost its memory.
    pub(crate) held: BTreeMap<(NodeId, AddressId), Key>,
    /// What was given to a point after it had applied it.
    pub(crate) duplicates: Vec<(NodeId, Id)>,
    pub(crate) knowledge: BTreeMap<(NodeId, NodeId), Knowledge>,
    /// Keys of the versions of a point's authority.
    pub(crate) versions: BTreeMap<(NodeId, AddressId), Vec<Key>>,
    /// Updates that changed the answer of a point's authority.
    pub(crate) changes: BTreeSet<(NodeId, Id)>,
    /// When a node's timers last ended something while it ran.
    pub(crate) expired_at: BTreeMap<NodeId, Instant>,
    pub(crate) restarted_at: BTreeMap<NodeId, Instant>,
    /// Per node, from `measure_from` on: messages in, messages out, mappings in, mappings out.
    pub(crate) counts: Vec<[u64; 4]>,
    pub(crate) table_peaks: BTreeMap<NodeId, u64>,
    pub(crate) refused_full: BTreeMap<NodeId, u64>,
}

impl State {
    pub(crate) fn new(facts: Facts) -> Self {
        let nodes = facts.scenario.topology.nodes.len();
        let links = facts.scenario.topology.links.len();
        let edge_states = facts.edges.keys().map(|edge| (*edge, EdgeState::Down)).collect();
        let mut truth: BTreeMap<AddressId, Truth> =
            facts.addresses().map(|address| (address, Truth::default())).collect();
        for (index, stay) in facts.workload.stays.iter().enumerate() {
            if stay.start == Instant::ZERO && stay.end > Instant::ZERO {
                truth.insert(stay.address, Truth { stay: Some(index), ..Truth::default() });
            }
        }
        Self {
            facts,
            now: Instant::ZERO,
            up: vec![true; nodes],
            link_up: vec![true; links],
            edge_states,
            idle: BTreeSet::new(),
            enforcing: BTreeSet::new(),
            tables: BTreeMap::new(),
            truth,
            noticed: BTreeMap::new(),
            waiting: BTreeMap::new(),
            positions: BTreeMap::new(),
            pushed: BTreeSet::new(),
            flights: BTreeMap::new(),
            arrival: None,
            deaths: Vec::new(),
            applications: BTreeMap::new(),
            marks: BTreeMap::new(),
            held: BTreeMap::new(),
            duplicates: Vec::new(),
            knowledge: BTreeMap::new(),
            versions: BTreeMap::new(),
            changes: BTreeSet::new(),
            expired_at: BTreeMap::new(),
            restarted_at: BTreeMap::new(),
            counts: vec![[0; 4]; nodes],
            table_peaks: BTreeMap::new(),
            refused_full: BTreeMap::new(),
        }
    }

    pub(crate) fn is_up(&self, node: NodeId) -> bool {
        self.up[node.index()]
    }

    /// What an edge is.
    pub(crate) fn edge(&self, edge: Edge) -> EdgeState {
        if self.idle.contains(&edge) { EdgeState::Idle } else { self.edge_states[&edge] }
    }

    pub(crate) fn slot(&self, node: NodeId, address: AddressId) -> Option<&Slot> {
        self.tables.get(&node)?.get(&address)
    }

    /// A node's answer for an address.
    pub(crate) fn answer(&self, node: NodeId, address: AddressId) -> Option<UserId> {
        self.slot(node, address)?.user
    }

    /// The update behind a node's answer.
    pub(crate) fn live(&self, node: NodeId, address: AddressId) -> Option<Id> {
        self.slot(node, address).filter(|slot| slot.user.is_some()).map(|slot| slot.id)
    }

    /// The user who is really there.
    pub(crate) fn present(&self, address: AddressId) -> Option<UserId> {
        self.truth[&address].stay.map(|index| self.facts.workload.stays[index].user)
    }

    /// The slot that a point's authorities agree on, and whose it is.
    pub(crate) fn authority_slot(&self, point: NodeId, address: AddressId) -> Option<(NodeId, &Slot)> {
        let mut best: Option<(NodeId, &Slot)> = None;
        for authority in &self.facts.authorities[&point] {
            if let Some(slot) = self.slot(*authority, address)
                && best.is_none_or(|(_, other)| slot.rank() > other.rank())
            {
                best = Some((*authority, slot));
            }
        }
        best
    }

    /// The answer of a point's (merged) authority.
    pub(crate) fn authority_answer(&self, point: NodeId, address: AddressId) -> Option<UserId> {
        self.authority_slot(point, address)?.1.user
    }

    /// The largest key that any of a point's authorities ever applied.
    pub(crate) fn authority_mark(&self, point: NodeId, address: AddressId) -> Option<Key> {
        self.facts.authorities[&point].iter().filter_map(|a| self.marks.get(&(*a, address)).copied()).max()
    }

    pub(crate) fn mark(&self, point: NodeId, address: AddressId) -> Option<Key> {
        self.marks.get(&(point, address)).copied()
    }

    pub(crate) fn enforces(&self, point: NodeId) -> bool {
        self.is_up(point) && (self.facts.pair_of(point).is_none() || self.enforcing.contains(&point))
    }

    /// Whether a way over live nodes and links leads from one of its authorities to the point.
    pub(crate) fn is_reachable(&self, point: NodeId) -> bool {
        let mut reached: BTreeSet<NodeId> =
            self.facts.authorities[&point].iter().copied().filter(|node| self.is_up(*node)).collect();
        loop {
            let before = reached.len();
            for ((from, to), kind) in &self.facts.edges {
                if matches!(kind, super::facts::EdgeKind::Session | super::facts::EdgeKind::Ha)
                    && reached.contains(from)
                    && self.is_up(*to)
                    && self.facts.connected(*from, *to, &self.link_up)
                {
                    reached.insert(*to);
                }
            }
            if reached.len() == before {
                return reached.contains(&point);
            }
        }
    }

    /// Whether the point enforces and can be reached.
    pub(crate) fn serves(&self, point: NodeId) -> bool {
        self.enforces(point) && self.is_reachable(point)
    }

    pub(crate) fn has_applied(&self, node: NodeId, id: Id) -> bool {
        self.applications.get(&node).is_some_and(|all| all.iter().any(|one| one.id == id))
    }

    /// The edges on which a copy of `id` is alive, and whether it moves there (in transit) or waits for a session.
    pub(crate) fn alive(&self, id: Id) -> Vec<(Edge, bool)> {
        let mut alive = Vec::new();
        for (edge, kind) in &self.facts.edges {
            let state = self.edge(*edge);
            let is_broken = matches!(state, EdgeState::Down | EdgeState::Resyncing);
            let is_flying = self
                .flights
                .values()
                .any(|flight| flight.edge == *edge && flight.copies.iter().any(|copy| copy.id == id));
            if is_flying {
                alive.push((*edge, true));
            } else if self.stays_at(*edge, *kind, id) {
                alive.push((*edge, !is_broken));
            }
        }
        alive
    }

    /// Whether a copy of `id` waits at the feeding end of `edge`.
    fn stays_at(&self, edge: Edge, kind: super::facts::EdgeKind, id: Id) -> bool {
        use super::facts::{EdgeKind, INITIAL};
        let state = self.edge(edge);
        let is_noticed_here = edge.0 == id.0 && id.1 < INITIAL && self.noticed.contains_key(&id);
        match kind {
            EdgeKind::Log => {
                let position = self.positions.get(&edge).copied().unwrap_or(0);
                state != EdgeState::Idle && is_noticed_here && id.1 >= position
            }
            EdgeKind::Push => state != EdgeState::Idle && is_noticed_here && !self.pushed.contains(&id),
            EdgeKind::Session | EdgeKind::Ha => match state {
                EdgeState::Up => self.waiting.get(&edge).is_some_and(|waiting| waiting.contains(&id)),
                EdgeState::Down | EdgeState::Resyncing => {
                    let table = self.tables.get(&edge.0);
                    let is_live =
                        table.is_some_and(|table| table.values().any(|s| s.id == id && s.user.is_some()));
                    self.is_up(edge.0) && is_live
                }
                EdgeState::Barred(_) | EdgeState::Idle => false,
            },
        }
    }
}
