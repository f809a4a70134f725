//! Plans: everything that a world is made of.

use super::route::End;
use super::{LinkSettings, Processor};
use crate::ids::{LinkId, NodeId};
use crate::random::{Distribution, Seed};
use crate::units::{BitRate, Instant, Ratio, Span};

/// What a node of the world is made of.
pub struct HostPlan<N> {
    /// Its name, the key of its random streams.
    pub name: String,
    /// The node.
    pub node: N,
    /// The place where it stands; nodes of one place reach each other without a link.
    pub home: usize,
    /// Its processor.
    pub processor: Processor,
    /// Ports on which nothing reaches it.
    pub ports_blocked: Vec<u16>,
    /// From when on the volleys that reach it may be carried outside the agenda: its `on_frame` is not called for
    /// them. Nothing may break its connections after that. `None`: never. It never reads a frame with a label.
    pub scanned_from: Option<Instant>,
}

/// What a link of the world is made of.
pub struct LinkPlan {
    /// Its name, the key of its random streams.
    pub name: String,
    /// Its ends; direction 0 leads from the first to the second.
    pub ends: [End; 2],
    /// How it carries.
    pub settings: LinkSettings,
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A node stops, and starts again at the end.
    Crash {
        /// Which.
        node: NodeId,
        /// Whether what it had learnt survives.
        keeps_memory: bool,
    },
    /// A link carries otherwise.
    Degrade {
        /// Which.
        link: LinkId,
        /// How.
        to: Degrading,
    },
    /// Links carry nothing.
    LinksDown {
        /// Which.
        links: Vec<LinkId>,
    },
    /// Nodes cannot look up names.
    NamesDown {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// What a node dials and answers does not leave it. What stands is over: the node knows at once, its peers find out.
    RouteDown {
        /// Which.
        node: NodeId,
    },
    /// A node's connections to those that feed it are reset; over at once.
    Reset {
        /// Which.
        node: NodeId,
    },
    /// A node is suspended by an operator, and resumed at the end.
    Suspend {
        /// Which.
        node: NodeId,
    },
}

/// What a degraded link does instead; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Degrading {
    /// Propagation.
    pub latency: Option<Span>,
    /// Jitter.
    pub jitter: Option<Distribution>,
    /// Rate.
    pub bandwidth: Option<BitRate>,
    /// Loss per packet.
    pub loss: Option<Ratio>,
}

/// A fault and when.
#[derive(Clone, Debug, PartialEq)]
pub struct BookedFault {
    /// When it begins.
    pub at: Instant,
    /// When it ends; `None`: never.
    pub until: Option<Instant>,
    /// What it is.
    pub fault: Fault,
}

/// Everything a world is made of.
pub struct Plan<N> {
    /// In `NodeId` order.
    pub hosts: Vec<HostPlan<N>>,
    /// In `LinkId` order.
    pub links: Vec<LinkPlan>,
    /// What goes wrong.
    pub faults: Vec<BookedFault>,
    /// From when on things are counted.
    pub measure_from: Instant,
    /// The seed of all streams.
    pub seed: Seed,
}
