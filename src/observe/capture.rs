//! Capture: the frames that reached their receivers over chosen links, as bytes.
//!
//! Knows frames and the ways between nodes while every link is up. Must not know what frames mean, nor a file format.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::findings::Hop;
use crate::engine::{Moment, Node, Observer};
use crate::ids::{ConnId, LinkId};
use crate::topology::{Graph, Topology};
use crate::units::Instant;

/// Bytes that are kept; what comes later is counted. Source: none, a choice: it is held in memory.
const BYTES_MAX: usize = 256 << 20;
/// What a frame costs beside its bytes. Units: bytes.
const FRAME_COST: usize = 64;

/// A frame that arrived.
#[derive(Clone, Debug)]
pub struct Captured {
    /// When it reached its receiver's processor.
    pub at: Instant,
    /// Over which connection.
    pub conn: ConnId,
    /// From whom to whom.
    pub hop: Hop,
    /// What.
    pub bytes: Bytes,
}

/// Frames over chosen links, by when they arrived.
pub struct Capture {
    graph: Graph,
    links: BTreeSet<LinkId>,
    wanted: BTreeMap<Hop, bool>,
    frames: Vec<Captured>,
    room: usize,
    left_out: u64,
}

impl Capture {
    /// Nothing has crossed `links` yet.
    #[must_use]
    pub fn new(topology: &Topology, links: BTreeSet<LinkId>) -> Self {
        Self {
            graph: Graph::new(topology.sites.len(), &topology.nodes, &topology.links),
            links,
            wanted: BTreeMap::new(),
            frames: Vec::new(),
            room: BYTES_MAX,
            left_out: 0,
        }
    }

    /// The frames, by when they arrived, and how many more there were than are kept.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Captured>, u64) {
        self.frames.sort_by_key(|frame| frame.at);
        (self.frames, self.left_out)
    }

    fn is_wanted(&mut self, hop: Hop) -> bool {
        let Self { graph, links, wanted, .. } = self;
        let crosses =
            || graph.path(hop.0, hop.1).is_some_and(|way| way.iter().any(|link| links.contains(link)));
        *wanted.entry(hop).or_insert_with(crosses)
    }
}

impl<N: Node> Observer<N> for Capture {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        let Moment::Delivered { conn, from, to, frame, served, .. } = moment else { return };
        let hop = (*from, *to);
        if !self.is_wanted(hop) {
            return;
        }
        let cost = frame.bytes().len() + FRAME_COST;
        if self.left_out > 0 || cost > self.room {
            self.left_out += 1;
            return;
        }
        self.room -= cost;
        let at = Instant::after_start(at.since_start().less(served.total()));
        self.frames.push(Captured { at, conn: *conn, hop, bytes: frame.bytes().clone() });
    }
}
