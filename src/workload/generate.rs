//! From what a workload is asked to be to what it is.
//!
//! Knows the three kinds of workload and the limits on all of them. Reads files only through the
//! closure that it is given. Must not know clocks, nodes or sessions.

use std::path::Path;

use crate::ids::NodeId;
use crate::problem::Problem;
use crate::random::Seed;
use crate::units::{Instant, Span};

use super::{Spec, Update, Workload, arrivals, population, replay};

/// Updates and stays that one workload may hold: four times the day of the largest fleet that the project promises (a
/// million users, 2*10^7 updates); an update takes 16 bytes, so more would not fit into a usual machine's memory.
pub const EVENTS_MAX: usize = 100_000_000;

/// Makes `spec` real: the same spec, duration and seed give the same workload, byte for byte.
///
/// Shape: stays that begin, and updates that occur, within `duration` (its last instant included).
/// Errors: what the spec asks for cannot be had, or the log that it names cannot be used.
pub fn generate(
    spec: &Spec,
    duration: Span,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Workload, Vec<Problem>> {
    match spec {
        Spec::Arrivals(arrivals) => arrivals::generate(arrivals, duration, seed),
        Spec::Population(population) => population::generate(population, duration, seed),
        Spec::Replay(replays) => replay::generate(replays, duration, read),
    }
}

/// The updates of every source while they are being made.
pub(super) struct Noticed {
    lists: Vec<Vec<Update>>,
    end: Instant,
    left: usize,
}

impl Noticed {
    /// Nothing noticed yet; what occurs after `end` will be left out.
    pub(super) fn until(end: Instant) -> Self {
        Self { lists: Vec::new(), end, left: EVENTS_MAX }
    }

    /// Takes one event from the budget; `false` when none is left, and the loop that asks must stop.
    pub(super) fn spend(&mut self) -> bool {
        let has_some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        has_some
    }

    /// Whether `at` is within the run.
    pub(super) fn is_running(&self, at: Instant) -> bool {
        at <= self.end
    }

    /// Errors: the budget is spent.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.left == 0 { Err(too_much()) } else { Ok(()) }
    }

    /// Notes what `source` noticed.
    pub(super) fn add(&mut self, source: NodeId, update: Update) {
        if update.occurred > self.end {
            return;
        }
        if self.lists.len() <= source.index() {
            self.lists.resize_with(source.index() + 1, Vec::new);
        }
        self.lists[source.index()].push(update);
    }

    /// The lists in time order; what occurs at one instant stays in the order in which it was added.
    pub(super) fn finish(mut self) -> Result<Vec<Vec<Update>>, Problem> {
        self.check()?;
        for list in &mut self.lists {
            list.sort_by_key(|update| update.occurred);
        }
        Ok(self.lists)
    }
}

/// The workload would hold more than [`EVENTS_MAX`] events.
pub(super) fn too_much() -> Problem {
    Problem {
        code: "workload-too-large",
        fact: format!("the workload holds more than {EVENTS_MAX} events"),
        hint: "fewer users, longer gaps or a shorter duration".to_owned(),
        place: None,
    }
}
