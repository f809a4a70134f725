//! Tables: what every node answers, rebuilt from what it notes.
//!
//! Knows slots and their timeouts. Must not know the merge law: the nodes say what they applied.

use super::book::UpdateId;
use crate::ids::{AddressId, NodeId, UserId};
use crate::mapping::{Lifetimes, Mapping};
use crate::topology::{Node, Role, Topology};
use crate::units::Instant;

/// What a node remembers of one address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// The update applied last.
    pub(super) update: UpdateId,
    /// Its user; `None` for a log-off.
    pub(super) user: Option<UserId>,
    /// What the source's clock wrote.
    pub(super) timestamp: i64,
    /// The node that learned it first.
    pub(super) origin: NodeId,
    /// Its running number.
    pub(super) sequence: u64,
    /// When a log-off is forgotten; users' ends are noted by the node.
    pub(super) expires: Instant,
}

impl Held {
    /// Whether this is a log-off that the node had forgotten before `now` began.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        self.user.is_none() && self.expires < now
    }
}

#[derive(Debug)]
struct Shelf {
    lifetimes: Lifetimes,
    restarts: bool,
    slots: Vec<Option<Held>>,
    users: u64,
}

/// Every node's table.
#[derive(Debug)]
pub(super) struct Tables {
    shelves: Vec<Option<Shelf>>,
}

impl Tables {
    /// Empty tables over `addresses` addresses.
    pub(super) fn new(topology: &Topology, addresses: usize) -> Self {
        let shelf = |(index, node): (usize, &Node)| match &node.role {
            Role::Engine(_) | Role::Log(_) | Role::Push(_) => None,
            Role::Point(point) => Some(Shelf {
                lifetimes: Lifetimes::new(NodeId::new(index), point.timeout, &point.lifetimes),
                restarts: point.resync_restarts_timer,
                slots: vec![None; addresses],
                users: 0,
            }),
        };
        Self { shelves: topology.nodes.iter().enumerate().map(shelf).collect() }
    }

    /// What `node` remembers of `address`.
    pub(super) fn held(&self, node: NodeId, address: AddressId) -> Option<&Held> {
        self.shelves[node.index()].as_ref().and_then(|shelf| shelf.slots[address.index()].as_ref())
    }

    /// The user that `node` answers for `address`.
    pub(super) fn answer(&self, node: NodeId, address: AddressId) -> Option<UserId> {
        self.held(node, address).and_then(|held| held.user)
    }

    /// The live entry of `node` for `address`: an update that names a user.
    pub(super) fn live(&self, node: NodeId, address: AddressId) -> Option<UpdateId> {
        self.held(node, address).filter(|held| held.user.is_some()).map(|held| held.update)
    }

    /// How many addresses have a user at `node`.
    pub(super) fn users(&self, node: NodeId) -> u64 {
        self.shelves[node.index()].as_ref().map_or(0, |shelf| shelf.users)
    }

    /// `node` applied `mapping`, which is `update`; what it replaced.
    pub(super) fn apply(
        &mut self,
        now: Instant,
        node: NodeId,
        update: UpdateId,
        mapping: &Mapping,
    ) -> Option<Held> {
        let shelf = self.shelf(node);
        let held = Held {
            update,
            user: if mapping.log_off { None } else { mapping.user },
            timestamp: mapping.timestamp,
            origin: mapping.origin,
            sequence: mapping.sequence,
            expires: shelf
                .lifetimes
                .of_mapping(mapping)
                .map_or(Instant::NEVER, |lifetime| now.later(lifetime)),
        };
        let old = shelf.slots[mapping.address.index()].replace(held);
        shelf.users += u64::from(held.user.is_some());
        shelf.users -= u64::from(old.is_some_and(|old| old.user.is_some()));
        old
    }

    /// `node` was given what it holds once more; when the slot ends now, if that moved.
    pub(super) fn repeat(
        &mut self,
        now: Instant,
        node: NodeId,
        update: UpdateId,
        mapping: &Mapping,
    ) -> Option<Instant> {
        let Shelf { lifetimes, restarts, slots, .. } = self.shelf(node);
        let held =
            slots[mapping.address.index()].as_mut().filter(|held| *restarts && held.update == update)?;
        let lifetime = lifetimes.of(held.origin, mapping.source, held.user.is_none())?;
        held.expires = now.later(lifetime);
        Some(held.expires)
    }

    /// Forgets `address` at `node`; what was there.
    pub(super) fn forget(&mut self, node: NodeId, address: AddressId) -> Option<Held> {
        let shelf = self.shelf(node);
        let old = shelf.slots[address.index()].take();
        shelf.users -= u64::from(old.is_some_and(|old| old.user.is_some()));
        old
    }

    fn shelf(&mut self, node: NodeId) -> &mut Shelf {
        self.shelves[node.index()].as_mut().expect("only nodes with a table merge")
    }
}
