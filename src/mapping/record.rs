//! Record: one mapping as every hop carries it.

use crate::ids::{AddressId, NodeId, UserId};

/// Hops that a mapping may cross. Source: vendor documentation, "User-ID redistribution", 7.1 and later:
/// "IP-user data may cross 10 hops at most" (documented, high).
pub const ROUTE_MAX: usize = 10;

/// The nodes that redistributed a mapping, the learner first. Length = sessions crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    nodes: [NodeId; ROUTE_MAX + 1],
    len: u8,
}

impl Route {
    /// The route of a mapping that no session has carried yet.
    #[must_use]
    pub fn new() -> Self {
        Self { nodes: [NodeId::new(0); ROUTE_MAX + 1], len: 0 }
    }

    /// The route with `node` at its end; `None` when it already holds one hop more than may be crossed.
    #[must_use]
    pub fn with(mut self, node: NodeId) -> Option<Self> {
        self.push(node).then_some(self)
    }

    /// Adds `node` at the end; `false` when it already holds one hop more than may be crossed.
    pub fn push(&mut self, node: NodeId) -> bool {
        let Some(slot) = self.nodes.get_mut(usize::from(self.len)) else { return false };
        *slot = node;
        self.len += 1;
        true
    }

    /// The nodes in order.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes[..usize::from(self.len)]
    }
}

impl Default for Route {
    fn default() -> Self {
        Self::new()
    }
}

/// What is known of one address, as it travels: the identity `(source, sequence)`, the source's own
/// timestamp, the origin and the route stay with it through every hop and every resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The address.
    pub address: AddressId,
    /// The user; a log-off may name none.
    pub user: Option<UserId>,
    /// Whether the user left. Otherwise the user is there (log-on, refresh and service log-on look alike).
    pub log_off: bool,
    /// What the source's own clock wrote, nanoseconds relative to virtual zero; the only time nodes compare.
    pub timestamp: i64,
    /// The source that noticed it.
    pub source: NodeId,
    /// The source's running number; with `source` the identity.
    pub sequence: u64,
    /// The node that first learned it (PAN-OS's word).
    pub origin: NodeId,
    /// The nodes that redistributed it.
    pub route: Route,
}

impl Mapping {
    /// Whether both are copies of one update.
    #[must_use]
    pub fn is_same_update(&self, other: &Self) -> bool {
        (self.source, self.sequence) == (other.source, other.sequence)
    }
}
