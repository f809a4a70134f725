//! Settings of links, processors and connections. Every one is spelled by the caller.

use crate::ids::NodeId;
use crate::random::Distribution;
use crate::units::{BitRate, Ratio, Span};

/// One link: a pipe per direction, shared by all connections routed over it.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkSettings {
    /// Propagation.
    pub latency: Span,
    /// Added to the latency of each frame; order is kept all the same.
    pub jitter: Distribution,
    /// Transmission; `None`: takes no time.
    pub bandwidth: Option<BitRate>,
    /// Probability that a packet is lost; compounded over a frame's packets into one draw per frame.
    pub loss: Ratio,
    /// What a lost TCP packet costs.
    pub retransmission_timeout: Span,
    /// How many frames may wait or be under transmission in one direction before UDP frames are dropped;
    /// TCP holds its sender back instead. `None`: no bound.
    pub queue_frames_max: Option<u32>,
    /// Ports that do not pass.
    pub ports_blocked: Vec<PortBlock>,
}

impl LinkSettings {
    /// What keeps a dial to `port` in `direction` from passing, if anything does.
    #[must_use]
    pub fn blocks(&self, port: u16, direction: usize) -> Option<&PortBlock> {
        let stops = |block: &&PortBlock| {
            block.port == port && block.direction.is_none_or(|blocked| blocked == direction)
        };
        self.ports_blocked.iter().find(stops)
    }
}

/// A port on which nothing is dialled over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortBlock {
    /// The port.
    pub port: u16,
    /// The direction in which dials do not pass; `None`: both.
    pub direction: Option<usize>,
    /// The node on the way that stops them; `None`: the link itself.
    pub by: Option<NodeId>,
}

/// What a node's one processor (first come, first served) spends. Work that never costs anything does not
/// go through the processor: it neither waits for it nor behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Processor {
    /// For each message received.
    pub per_message: Distribution,
    /// For each mapping received.
    pub per_mapping: Distribution,
    /// For each message sent to each receiver.
    pub per_send: Distribution,
}

/// How a connection's end notices that the other is gone: a side that heard nothing for `interval` asks,
/// and again each `interval`; after `misses` questions without an answer the other is dead, that is
/// `interval * (misses + 1)` after it was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before a question, and time for its answer.
    pub interval: Span,
    /// Questions in a row without an answer.
    pub misses: u32,
}

/// How frames of a connection are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In order, retransmitted, held back by a full queue.
    Tcp,
    /// Lost when lost, dropped by a full queue.
    Udp,
}
