//! The machine: virtual time, agenda, nodes, links, connections, processors and faults.
//!
//! Knows sizes, times and numbers. Must not know what a frame means, nor any word of the domain.

mod frame;
mod moment;
mod node;
mod settings;

pub use frame::Frame;
pub use moment::{Cause, FlightId, Moment, Observer, Way};
pub use node::{Change, Command, Dial, Node, Order, Outbox, Why};
pub use settings::{Keepalive, LinkSettings, Processor, Transport};
