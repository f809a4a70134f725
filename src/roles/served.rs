//! Served: one client of a node that redistributes, and how far it is.
//!
//! Knows its session and its filters. Must not know what there is to tell it.

use ipnet::IpNet;

use super::SessionSettings;
use crate::ids::ConnId;
use crate::mapping::Mapping;
use crate::wire::Codec;

/// How far a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not connected, or has not asked for anything.
    Away,
    /// Has its table; wants the journal from this position on.
    Following(u64),
    /// Follows the journal from where all of these are.
    InStep,
    /// Waits for a full table.
    Waiting,
}

/// One client of this node.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) session: SessionSettings,
    pub(super) conn: Option<ConnId>,
    pub(super) stage: Stage,
    pub(super) include: Vec<IpNet>,
    pub(super) exclude: Vec<IpNet>,
    pub(super) own_tick_armed: bool,
}

impl Client {
    pub(super) fn wants(&self, codec: &Codec, mapping: &Mapping) -> bool {
        if self.include.is_empty() && self.exclude.is_empty() {
            return true;
        }
        let address = codec.address(mapping.address);
        let included = self.include.is_empty() || self.include.iter().any(|net| net.contains(&address));
        included && !self.exclude.iter().any(|net| net.contains(&address))
    }
}
