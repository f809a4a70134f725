//! What a world has spent and carried, to be asked after a run.
//!
//! Knows the counters of all parts. Must not know how they came about.

use super::pipe::Pipe;
use super::{HostUse, Load, Node, PipeUse, World};
use crate::ids::LinkId;
use crate::units::Instant;

/// Peak sizes of what the machine holds; none grows with the length of a run in a steady state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// Events pending at once.
    pub events: usize,
    /// Frames in the air at once.
    pub flights: usize,
}

impl<N: Node> World<N> {
    /// Accounts for what is still under way at `end`: jobs, lines, heartbeats.
    ///
    /// Panics while lanes are still out, or were never taken.
    pub fn finish(&mut self, end: Instant) {
        let is_whole = self.lanes.is_empty() && self.lanes_out == 0;
        assert!(is_whole, "lanes are scanned and given back before the end is accounted for");
        for conn in self.open.clone() {
            for side in 0..2 {
                self.settle_heartbeats(end, conn, side);
            }
        }
        for host in &mut self.hosts {
            host.bench.stop(end);
        }
        for pipe in self.pipes.iter_mut().flatten() {
            pipe.clear(end);
        }
    }

    /// What each node spent, in `NodeId` order.
    pub fn host_uses(&self) -> impl Iterator<Item = HostUse> {
        self.hosts.iter().map(|host| host.bench.spent)
    }

    /// What each direction of each link carried, in `LinkId` order.
    pub fn pipe_uses(&self) -> impl Iterator<Item = [PipeUse; 2]> {
        self.pipes.iter().map(|[there, back]| [there.spent, back.spent])
    }

    /// How busy each node was, bin by bin, in `NodeId` order.
    pub fn host_loads(&self) -> impl Iterator<Item = Load> {
        self.hosts.iter().map(|host| host.bench.load.clone())
    }

    /// How busy each direction of each link was, bin by bin, in `LinkId` order.
    pub fn pipe_loads(&self) -> impl Iterator<Item = [Load; 2]> {
        self.pipes.iter().map(|[there, back]| [there.load.clone(), back.load.clone()])
    }

    /// Frames inside each direction of a link or waiting for it to come back.
    #[must_use]
    pub fn in_flight(&self, link: LinkId) -> [u64; 2] {
        let inside = |pipe: &Pipe| pipe.inside.len() as u64 + pipe.lane_inside;
        let [there, back] = &self.pipes[link.index()];
        [inside(there), inside(back)]
    }

    /// Events handled, frames served and mappings served.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, u64) {
        (self.events, self.frame_deliveries, self.mapping_deliveries)
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.agenda.now()
    }

    /// Peak sizes of what the machine holds.
    #[must_use]
    pub fn holdings(&self) -> Holdings {
        Holdings { events: self.agenda.peak(), flights: self.flights.len() }
    }

    /// The nodes, to let go of what nobody asks for once nothing happens any more.
    pub fn nodes_mut(&mut self) -> impl Iterator<Item = &mut N> {
        self.hosts.iter_mut().map(|host| &mut host.node)
    }

    /// The nodes, to look at after a run.
    pub fn nodes(&self) -> impl Iterator<Item = &N> {
        self.hosts.iter().map(|host| &host.node)
    }
}
