//! Tables: what every node answers, rebuilt from what it notes.
//!
//! Knows slots and their timeouts. Must not know the merge law: the nodes say what they applied.

use super::book::UpdateId;
use super::clock::Clock;
use super::paths::Paths;
use crate::ids::{AddressId, NodeId, UserId};
use crate::mapping::Mapping;
use crate::topology::{Role, Topology};
use crate::units::{Instant, Span};

/// What a node remembers of one address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// The update applied last.
    pub(super) update: UpdateId,
    /// Its user; `None` for a log-off.
    pub(super) user: Option<UserId>,
    /// When a log-off is forgotten; users' ends are noted by the node.
    pub(super) expires: Instant,
}

impl Held {
    /// Whether this is a log-off that the node had forgotten before `now` began.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        self.user.is_none() && self.expires < now
    }
}

/// What the merge law ranks a mapping by: what the source's clock wrote, the node that learned it first, its running number.
pub(super) type Rank = (i64, NodeId, u64);

/// The mark of a log-off in a slot. Source: none; ids of users are below it.
const LOG_OFF: u32 = 1 << 31;

/// What is kept of an address at a node: 8 bytes, since there are as many as addresses times nodes.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    update: Option<UpdateId>,
    /// The user's index; of a log-off when its time began, as the clock's number, and its mark.
    user: u32,
}

impl Slot {
    fn user(self) -> Option<UserId> {
        (self.update.is_some() && self.user & LOG_OFF == 0).then(|| UserId::new(self.user as usize))
    }
}

#[derive(Debug)]
struct Shelf {
    /// How long the node remembers a log-off.
    timeout: Option<Span>,
    restarts: bool,
    users: u64,
    /// Per address, of authorities: the rank of what they hold.
    ranks: Vec<Rank>,
}

/// Every node's table.
#[derive(Debug)]
pub(super) struct Tables {
    shelves: Vec<Shelf>,
    /// The shelf of each node with a table.
    shelf_of: Vec<Option<usize>>,
    /// Per address: each shelf's slot.
    slots: Vec<Vec<Slot>>,
}

impl Tables {
    /// Empty tables over `addresses` addresses.
    pub(super) fn new(topology: &Topology, paths: &Paths, addresses: usize) -> Self {
        let (mut shelves, mut shelf_of) = (Vec::new(), Vec::new());
        for (index, node) in topology.nodes.iter().enumerate() {
            let Role::Point(point) = &node.role else {
                shelf_of.push(None);
                continue;
            };
            let ranked = if paths.groups_with[index].is_empty() { 0 } else { addresses };
            shelf_of.push(Some(shelves.len()));
            shelves.push(Shelf {
                timeout: point.timeout,
                restarts: point.resync_restarts_timer,
                users: 0,
                ranks: vec![(0, NodeId::new(index), 0); ranked],
            });
        }
        let slots = vec![vec![Slot::default(); shelves.len()]; addresses];
        Self { shelves, shelf_of, slots }
    }

    fn slot(&self, node: NodeId, address: AddressId) -> Option<Slot> {
        self.shelf_of[node.index()].map(|shelf| self.slots[address.index()][shelf])
    }

    /// What `node` remembers of `address`: the update applied last, and its user; `None`: it is a log-off.
    pub(super) fn held(&self, node: NodeId, address: AddressId) -> Option<(UpdateId, Option<UserId>)> {
        let slot = self.slot(node, address)?;
        Some((slot.update?, slot.user()))
    }

    /// The user that `node` answers for `address`.
    pub(super) fn answer(&self, node: NodeId, address: AddressId) -> Option<UserId> {
        self.slot(node, address).and_then(Slot::user)
    }

    /// The live entry of `node` for `address`: an update that names a user.
    pub(super) fn live(&self, node: NodeId, address: AddressId) -> Option<UpdateId> {
        self.slot(node, address).filter(|slot| slot.user().is_some()).and_then(|slot| slot.update)
    }

    /// When `node` forgets the log-off that it remembers of `address`, if it does remember one.
    pub(super) fn forgets(&self, clock: &Clock, node: NodeId, address: AddressId) -> Option<Instant> {
        let shelf = self.shelf_of[node.index()]?;
        let held = self.of(clock, shelf, address).filter(|held| held.user.is_none());
        held.map(|held| held.expires)
    }

    /// The rank of what `node`, an authority, remembers of `address`.
    pub(super) fn rank(&self, node: NodeId, address: AddressId) -> Rank {
        self.shelves[self.shelf(node)].ranks[address.index()]
    }

    /// How many addresses have a user at `node`.
    pub(super) fn users(&self, node: NodeId) -> u64 {
        self.shelf_of[node.index()].map_or(0, |shelf| self.shelves[shelf].users)
    }

    /// `node` applied `mapping`, which is `update`, at `now`; what it replaced.
    pub(super) fn apply(
        &mut self,
        (clock, now): (&mut Clock, Instant),
        node: NodeId,
        update: UpdateId,
        mapping: &Mapping,
    ) -> Option<Held> {
        let (shelf, address) = (self.shelf(node), mapping.address);
        let old = self.of(clock, shelf, address);
        let user = mapping.user.filter(|_| !mapping.log_off).map(|user| user.index() as u32);
        assert!(user.is_none_or(|user| user < LOG_OFF), "limits on input keep users within 31 bits");
        let user = user.unwrap_or_else(|| LOG_OFF | clock.stamp(now));
        self.slots[address.index()][shelf] = Slot { update: Some(update), user };
        let shelf = &mut self.shelves[shelf];
        if let Some(rank) = shelf.ranks.get_mut(address.index()) {
            *rank = (mapping.timestamp, mapping.origin, mapping.sequence);
        }
        shelf.users += u64::from(user & LOG_OFF == 0);
        shelf.users -= u64::from(old.is_some_and(|old| old.user.is_some()));
        old
    }

    /// `node` was given `update` once more at `now`; when it forgets that now, if it holds it, it is a log-off, and that moved.
    pub(super) fn repeat(
        &mut self,
        (clock, now): (&mut Clock, Instant),
        node: NodeId,
        update: UpdateId,
        address: AddressId,
    ) -> Option<Instant> {
        let shelf = self.shelf(node);
        let Shelf { timeout, restarts, .. } = self.shelves[shelf];
        let slot = &mut self.slots[address.index()][shelf];
        let is_held = restarts && slot.update == Some(update) && slot.user().is_none();
        let timeout = timeout.filter(|_| is_held)?;
        slot.user = LOG_OFF | clock.stamp(now);
        Some(now.later(timeout))
    }

    /// Forgets `address` at `node`; what was there.
    pub(super) fn forget(&mut self, clock: &Clock, node: NodeId, address: AddressId) -> Option<Held> {
        let shelf = self.shelf(node);
        let old = self.of(clock, shelf, address);
        self.slots[address.index()][shelf] = Slot::default();
        self.shelves[shelf].users -= u64::from(old.is_some_and(|old| old.user.is_some()));
        old
    }

    fn of(&self, clock: &Clock, shelf: usize, address: AddressId) -> Option<Held> {
        let slot = self.slots[address.index()][shelf];
        let (update, user) = (slot.update?, slot.user());
        let timeout = self.shelves[shelf].timeout.filter(|_| user.is_none());
        let expires = timeout.map_or(Instant::NEVER, |timeout| clock.at(slot.user & !LOG_OFF).later(timeout));
        Some(Held { update, user, expires })
    }

    fn shelf(&self, node: NodeId) -> usize {
        self.shelf_of[node.index()].expect("only nodes with a table merge")
    }
}
