//! Birth: what a node with a user table is made from. Must not know what becomes of it.

use std::sync::Arc;

use super::{Followed, PointSettings, Probed, SessionSettings};
use crate::ids::NodeId;
use crate::mapping::Mapping;
use crate::random::Seed;
use crate::wire::Codec;
use crate::workload::Threat;

/// What a node with a table is made from.
pub struct Birth<'a> {
    /// Its id.
    pub id: NodeId,
    /// The names of all nodes; the keys of their streams.
    pub names: &'a [String],
    /// Per node, the port on which its log is read; 0 where it keeps none.
    pub log_ports: &'a [u16],
    /// Its settings.
    pub settings: PointSettings,
    /// All sessions of the topology, in `SessionId` order.
    pub sessions: &'a [SessionSettings],
    /// The positions of the redistribution sessions that it dials.
    pub fed_by: &'a [usize],
    /// The positions of the redistribution sessions in which it is dialled.
    pub feeds: &'a [usize],
    /// The directories and terminal servers that it follows.
    pub followed: Vec<Followed>,
    /// The computers that it probes, how, and the number of addresses that there are.
    pub probed: Option<(NodeId, Probed, usize)>,
    /// Writes and reads frames.
    pub codec: Codec,
    /// What its table holds at the start.
    pub loaded: Arc<[Mapping]>,
    /// The threats of the run.
    pub threats: Arc<Vec<Threat>>,
    /// The engines that it tells of those it meets, and on which ports.
    pub engines: Vec<(NodeId, u16)>,
    /// The seed of its streams.
    pub seed: Seed,
    /// Whether it learns what it is told. One that does not talks to its upstreams all the same; what its table
    /// would hold is for somebody else to say.
    pub keeps_table: bool,
}
