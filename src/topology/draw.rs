//! Draw: the topology as DOT, Mermaid or SVG text. Sites are clusters, sessions are arrows.
//!
//! Large fleets are folded: enforcement points of one site that are fed alike become one box when there are
//! more than a few dozen of them. Deterministic. Must not know colours of a terminal or files.

mod dot;
mod fold;
mod mermaid;
mod svg;

use super::Topology;

pub use fold::{Way, arrows};

/// The topology in Graphviz' language.
#[must_use]
pub fn dot(topology: &Topology) -> String {
    dot::draw(topology, &fold::fold(topology))
}

/// The topology in Mermaid's language.
#[must_use]
pub fn mermaid(topology: &Topology) -> String {
    mermaid::draw(topology, &fold::fold(topology))
}

/// The topology as a picture.
#[must_use]
pub fn svg(topology: &Topology) -> String {
    svg::draw(topology, &fold::fold(topology))
}
