//! The witnesses: folds over moments, one question per file, into findings.
//!
//! Knows moments, the truth and the configured paths. Must not know a node's insides. The exact
//! definitions stand in `docs/semantics.md`.

mod age;
mod agreement;
#[cfg(test)]
mod answers;
mod authority;
mod blame;
mod book;
mod breakdown;
mod buckets;
mod capture;
mod cells;
mod classes;
mod clock;
mod dataplane;
mod disturbances;
mod enforced;
mod fates;
mod feeds;
mod findings;
mod fleet;
mod freshness;
mod gauges;
mod guard;
mod lately;
mod ledgers;
mod meant;
mod merges;
mod past;
mod paths;
#[cfg(test)]
mod plan;
mod presence;
mod reach;
mod resyncs;
mod rolls;
mod rulebook;
mod samples;
#[cfg(test)]
mod script;
mod sentry;
mod standing;
mod tables;
mod timelines;
mod truth;
#[cfg(test)]
mod ways;
mod windows;
mod witness;

pub use age::{SourceAges, age_of};
pub use buckets::{Buckets, QUANTILES};
pub use capture::{Capture, Captured};
pub use classes::Classes;
pub use enforced::{DataUse, DataplaneUse, PolicyUse, QuarantineUse};
pub use fates::entry_hash;
pub use findings::{
    Age, Blame, Breakdown, Convergence, Disturbance, DisturbanceKind, Exposure, Fates, Findings, Hop,
    LinkUse, NodeUse, Parts, PointFindings, TableUse, VISIBILITY_SPANS,
};
pub use fleet::{add_fates, add_whole};
pub use gauges::{Class, Reason};
pub use guard::Guard;
pub use lately::{Late, Lately};
pub use ledgers::{LedgerFindings, Ledgers};
pub use past::{Deed, Held, Past, Told};
pub use resyncs::Resyncs;
pub use samples::Samples;
pub use standing::{Missing, Standing};
pub use timelines::{Duty, Timeline, Timelines};
pub use windows::ClassWindows;
pub use witness::{Judgement, Witness};
