//! Capturing: a run watched for the frames that cross chosen links.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Stop, Watch, realise, run_with};
use crate::ids::LinkId;
use crate::observe::{Capture, Captured};
use crate::problem::Problem;
use crate::random::Seed;
use crate::scenario::Scenario;

/// What crossed the links.
#[derive(Clone, Debug)]
pub struct Caught {
    /// By when they arrived.
    pub frames: Vec<Captured>,
    /// How many more there were than can be kept.
    pub left_out: u64,
    /// Why the run stopped.
    pub stop: Stop,
}

/// Runs `scenario` with `seed` in the agenda, and keeps the frames that arrive over `links`.
///
/// Errors: what the workload cannot be made from. Panics when an invariant breaks.
pub fn capture(
    scenario: &Scenario,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
    watch: &Watch<'_>,
    links: BTreeSet<LinkId>,
) -> Result<Caught, Vec<Problem>> {
    let workload = realise(scenario, seed, read)?;
    let mut capture = Capture::new(&scenario.topology, links);
    let course = run_with(scenario, &workload, seed, watch, None, &mut [&mut capture]);
    let (frames, left_out) = capture.finish();
    Ok(Caught { frames, left_out, stop: course.stop })
}
