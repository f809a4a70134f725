//! The machine: virtual time, agenda, nodes, links, connections, processors and faults.
//!
//! Knows sizes, times and numbers. Must not know what a frame means, nor any word of the domain.

mod settings;

pub use settings::{Keepalive, LinkSettings, Processor, Transport};
