//! Timelines of HA pairs: who enforced policy when.
//!
//! The rule of what is kept: the pairs with the most changes first, at most `PAIRS_MAX`, of those in which nothing happened
//! only as many as make `QUIET_MAX` in all; the rest is counted.

use serde::Serialize;

use super::number;
use crate::ids::NodeId;
use crate::observe::{Duty, Timelines};
use crate::scenario::Scenario;
use crate::topology::Pair;

/// Pairs that are drawn. Source: none, a choice: more are not compared by eye.
const PAIRS_MAX: usize = 100;
/// Up to how many there are, pairs are drawn in which nothing happened. Source: none, a choice: they look alike.
const QUIET_MAX: usize = 12;

/// The pairs of a run.
#[derive(Serialize)]
pub(super) struct Pairs {
    rows: Vec<PairRow>,
    left_out: usize,
}

#[derive(Serialize)]
struct PairRow {
    name: String,
    members: Vec<Member>,
}

#[derive(Serialize)]
struct Member {
    name: String,
    /// From when on (seconds) it did what.
    turns: Vec<(Option<f64>, &'static str)>,
    is_cut: bool,
}

/// The timelines of the pairs of `scenario`.
#[must_use]
pub(super) fn pairs(scenario: &Scenario, timelines: &Timelines) -> Pairs {
    let changes = |pair: &Pair| -> usize {
        pair.members.iter().filter_map(|member| timelines.of(*member)).map(|one| one.changes.len()).sum()
    };
    let mut order: Vec<&Pair> = scenario.topology.pairs.iter().collect();
    order.sort_by_key(|pair| std::cmp::Reverse(changes(pair)));
    // Each member begins with a duty.
    let is_quiet = |pair: &Pair| changes(pair) <= pair.members.len();
    let busy = order.iter().take_while(|pair| !is_quiet(pair)).count();
    let kept = busy.clamp(QUIET_MAX, PAIRS_MAX).min(order.len());
    let left_out = order.len() - kept;
    let member = |node: &NodeId| {
        let timeline = timelines.of(*node)?;
        let turns = timeline.changes.iter();
        Some(Member {
            name: scenario.topology.nodes[node.index()].name.clone(),
            turns: turns
                .map(|(at, duty)| (number::seconds(at.since_start().nanos().into()), word(*duty)))
                .collect(),
            is_cut: timeline.is_cut,
        })
    };
    let row = |pair: &&Pair| PairRow {
        name: pair.name.clone(),
        members: pair.members.iter().filter_map(member).collect(),
    };
    Pairs { rows: order.iter().take(kept).map(row).collect(), left_out }
}

fn word(duty: Duty) -> &'static str {
    match duty {
        Duty::Down => "down",
        Duty::Enforces => "enforces",
        Duty::StandsBy => "stands by",
    }
}
