//! The machine: virtual time, agenda, nodes, links, connections, processors and faults.
//!
//! Knows sizes, times and numbers. Must not know what a frame means, nor any word of the domain.
//!
//! Total order: events go by (time, rank, booking); booked faults first at an instant. A node is handed one
//! thing, then its outbox is drained whole before another node is touched.

mod agenda;
mod carry;
mod conn;
mod connect;
mod cutoff;
mod disturb;
mod frame;
mod host;
mod ladder;
mod lane;
mod line;
mod load;
mod moment;
mod node;
mod outside;
mod pipe;
mod plan;
mod rerun;
mod route;
mod settings;
mod tally;
mod volley;
mod world;

pub use frame::Frame;
pub use host::{HostUse, Workbench};
pub use lane::{Heard, Lane};
pub use load::Load;
pub use moment::{Cause, FlightId, Moment, Observer, Way};
pub use node::{Change, Command, Dial, Node, Order, Outbox, Why};
pub use pipe::PipeUse;
pub use plan::{BookedFault, Degrading, Fault, HostPlan, LinkPlan, Plan};
pub use route::End;
pub use settings::{Keepalive, LinkSettings, PortBlock, Processor, Transport};
pub use tally::Holdings;
pub use world::{Ending, World};
