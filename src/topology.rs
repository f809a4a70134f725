//! Paper: what the topology file says of the network, its nodes and their sessions.
//!
//! Knows the settings of the cast and of the machine. Must not know the engine's insides.

mod resolved;

pub use resolved::{Kind, Link, Node, Pair, Place, Role, Site, Topology};
