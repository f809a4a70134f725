//! Paper: what the topology file says of the network, its nodes and their sessions.
//!
//! From text to tree (`yaml`), from tree to draft (`layers`, `check`, `decode`), from draft to topology
//! (`resolve`), every problem with its place. Knows the settings of the cast and of the machine. Must not
//! know the engine's insides.

mod blocks;
mod cast;
mod check;
pub mod context;
mod decode;
pub mod draft;
pub mod draw;
mod engines;
mod expand;
mod graph;
mod joining;
mod layers;
mod ledgers;
pub mod names;
mod naming;
mod origins;
mod places;
pub mod profiles;
mod read;
mod resolve;
mod resolved;
mod schema;
mod settings;
mod speakers;
mod starter;
pub mod tree;
mod vsys;
pub mod yaml;

pub use context::{Context, ReadFile};
pub use draft::lint::Rule;
pub use engines::tag_timeout;
pub use graph::Graph;
pub use places::{NodePlaces, Places, WorkloadPlaces};
pub use read::{Drafts, read, relocated};
pub use resolve::resolve;
pub use resolved::{Kind, Link, Node, Pair, Place, Role, Site, Topology, kind_name};
pub use schema::schema;
pub use starter::starter;
