//! Cutting off: a node whose route for services is down neither dials nor answers.
//!
//! Knows connections and who has a route. Must not know what they carry.

use super::world::Eyes;
use super::{Cause, Node, Why, World};
use crate::ids::{ConnId, NodeId};
use crate::units::Instant;

impl<N: Node> World<N> {
    /// Whether nothing is dialled or answered over this connection, because one of the two has no route.
    pub(super) fn is_unrouted(&self, conn: ConnId) -> bool {
        let entry = &self.conns[conn.index()];
        let has_none = |node: NodeId| self.hosts[node.index()].unrouted > 0;
        entry.is_tcp() && entry.dial.is_routed && entry.sides.iter().any(|side| has_none(side.node))
    }

    /// A node's route goes down: its routed connections are over. It knows at once; the others get no sign of life
    /// from it any more.
    pub(super) fn cut_off(&mut self, now: Instant, node: NodeId, eyes: &mut Eyes<'_, '_, N>) {
        let routed: Vec<ConnId> =
            self.open.iter().copied().filter(|conn| self.is_routed_by(*conn, node)).collect();
        for conn in &routed {
            let mine = self.conns[conn.index()].side_of(node);
            self.settle_heartbeats(now, *conn, 1 - mine);
        }
        self.hosts[node.index()].unrouted += 1;
        for conn in routed {
            let mine = self.conns[conn.index()].side_of(node);
            if self.conns[conn.index()].sides[mine].open {
                self.end_side(now, conn, mine, Cause::Loss, eyes);
                self.watch_for_death(now, conn, 1 - mine);
                self.tell_closed(now, conn, mine, Why::NoRoute, eyes);
            }
        }
    }

    fn is_routed_by(&self, conn: ConnId, node: NodeId) -> bool {
        let entry = &self.conns[conn.index()];
        let ends_there = entry.sides.iter().any(|side| side.node == node);
        ends_there && entry.is_tcp() && entry.dial.is_routed
    }
}
