//! The witnesses: folds over moments, one question per file, into findings.
//!
//! Knows moments, the truth and the configured paths. Must not know a node's insides. The exact
//! definitions stand in `docs/semantics.md`.

mod findings;

pub use findings::{
    Age, Blame, Breakdown, Classes, Convergence, Disturbance, DisturbanceKind, Exposure, Fates, Findings,
    Hop, LinkUse, NodeUse, Parts, PointFindings, Samples, TableUse, VISIBILITY_SPANS,
};
