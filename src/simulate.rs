//! The stage: the one meeting of paper and cast. A scenario and a seed become findings.
//!
//! Knows scenario, engine, roles and witnesses. Must not know formats, files or terminals.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::observe::Findings;
use crate::problem::Problem;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::units::Instant;
use crate::workload::Workload;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Virtual time.
    pub now: Instant,
    /// Where it ends.
    pub end: Instant,
    /// Events handled so far.
    pub events: u64,
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It was asked to.
    Cancelled,
    /// It came to its end.
    Completed,
    /// It used up its event budget: the topology does not come to rest.
    EventsUsedUp,
}

/// How a run is watched from outside.
pub struct Watch<'a> {
    /// Set to stop the run; what was finished is reported.
    pub cancelled: &'a AtomicBool,
    /// Called every 2^16 events.
    pub progress: &'a dyn Fn(Progress),
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was measured, up to where the run stopped.
    pub findings: Findings,
    /// The workload that the seed made; gives addresses and users their names.
    pub workload: Workload,
    /// Events handled.
    pub events: u64,
    /// Frames delivered, each receiver counted.
    pub frame_deliveries: u64,
    /// Mappings delivered, each receiver counted.
    pub mapping_deliveries: u64,
    /// Why it stopped.
    pub stop: Stop,
}

/// Runs `scenario` with `seed`. `read` gives the text of a file that the workload names.
///
/// Errors: what the workload cannot be made from. Panics when an invariant breaks, with the seed in it.
pub fn simulate(
    scenario: &Scenario,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
    watch: &Watch<'_>,
) -> Result<Outcome, Vec<Problem>> {
    let _ = (scenario, seed, read, watch);
    unimplemented!("the stage is being built")
}
