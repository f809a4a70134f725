//! Cautions before a run: what would not fit in memory, and what the reader of a report must be told first.
//!
//! Knows the configured feeds. Must not run anything.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Means;
use crate::ids::NodeId;
use crate::problem::Problem;
use crate::scan::Cast;
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::units::Span;
use crate::workload::Workload;

/// The code of a run that was interrupted before there was anything to report.
pub const INTERRUPTED: &str = "interrupted";

/// What one run may take that is followed, by the estimate below. A day of thousands of users and hundreds of firewalls takes far
/// less. Source: a choice. Units: bytes.
const MEMORY_MAX: u64 = 12 << 30;
/// What one run may take whose enforcement points are scanned. Source: a choice; the whole day of `global-100k.yaml` is below.
/// Units: bytes.
const SCANNED_MEMORY_MAX: u64 = 20 << 30;
/// Measured on idle firewalls: histograms and counters of one enforcement point, windows apart. Units: bytes.
const POINT_BYTES: u64 = 170_000;
/// A window at one point, against the truth and against its authority (`ClassWindows`). Units: bytes.
const WINDOW_BYTES: u64 = 64;
/// What one update costs at each enforcement point, and one address at each node with a table. Measured by the peaks of 50
/// and of 100 firewalls as in `topologies/bench/polled-1k.yaml`, over 20 and over 40 minutes: 72 bytes an address with one
/// update and 77 with two, so 5 an update and 67 an address; with 1,000 firewalls 72 again. An update that a newer one
/// overtakes costs 4 more, and a table's deadlines may take twice their 4. Units: bytes.
const CELL_BYTES: u64 = 8;
const SLOT_BYTES: u64 = 72;
/// The near histograms of one enforcement point that is scanned, where all of it is kept. By reckoning. Units: bytes.
const NEAR_BYTES: u64 = 8_000;
/// What one update costs where enforcement points are scanned, in the workload, the record and the sums of classes, with two
/// threads; what an enforcement point costs there, but for what is kept of it for more than the report; and what one costs whose
/// session a fault may break, for each frame of its hub. Fitted to the runs of the test below. Units: bytes.
const SCANNED_UPDATE_BYTES: u64 = 110;
const SCANNED_POINT_BYTES: u64 = 20_000;
const BREAKABLE_FRAME_BYTES: u64 = 140;
/// Names that a remark lists before it says how many more there are.
const NAMES_MAX: usize = 3;

/// Why `scenario` with this workload is refused, if it is.
pub(super) fn too_large(scenario: &Scenario, workload: &Workload) -> Option<Problem> {
    let tables = scenario.topology.nodes.iter().filter_map(|node| match &node.role {
        Role::Point(settings) => Some(settings.enforces),
        Role::Engine(_) | Role::Log(_) | Role::Push(_) => None,
    });
    let (nodes, points) = tables.fold((0_u64, 0_u64), |(n, p), enforces| (n + 1, p + u64::from(enforces)));
    let updates = workload.updates.iter().map(|list| list.len() as u64).sum::<u64>();
    let windows = scenario.duration.nanos() / scenario.window.nanos().max(1) + 1;
    let per_point = POINT_BYTES + updates * CELL_BYTES + windows * WINDOW_BYTES;
    let slots = nodes.saturating_mul(workload.addresses.len() as u64 * SLOT_BYTES);
    let estimate = points.saturating_mul(per_point).saturating_add(slots);
    (estimate > MEMORY_MAX).then(|| Problem {
        code: "too-large",
        fact: format!(
            "{points} enforcement points, {updates} updates and {} addresses would take about {} GiB; a run may take {}",
            workload.addresses.len(),
            estimate >> 30,
            MEMORY_MAX >> 30,
        ),
        hint: "simulate fewer firewalls of each kind, fewer users, or a shorter time (`--duration`)".to_owned(),
        place: None,
    })
}

/// Why a run ends without a report that was interrupted so early that it could only have been followed, which would not fit.
pub(super) fn interrupted() -> Problem {
    Problem {
        code: INTERRUPTED,
        fact: "interrupted before all sessions stood, so there is nothing to report".to_owned(),
        hint: "let it run for a moment longer".to_owned(),
        place: None,
    }
}

/// Why a scanned run with this workload is refused, if it is. One that is brief, or not asked for more than a report without
/// series says, keeps no windows and no near histograms.
pub(super) fn too_many(
    scenario: &Scenario,
    workload: &Workload,
    cast: &Cast,
    means: Means,
) -> Option<Problem> {
    let is_brief = means.is_brief;
    let updates = workload.updates.iter().map(|list| list.len() as u64).sum::<u64>();
    let windows = scenario.duration.nanos() / scenario.window.nanos().max(1) + 1;
    let size = Size {
        points: cast.leaf_count() as u64,
        breakable: cast.breakable() as u64,
        kept: if is_brief || !means.keeps_all { 0 } else { windows * WINDOW_BYTES + NEAR_BYTES },
        frames: frames(scenario, updates),
        updates,
    };
    let Size { points, breakable, .. } = size;
    (size.bytes() > SCANNED_MEMORY_MAX).then(|| Problem {
        code: "too-large",
        fact: format!(
            "{points} enforcement points, {breakable} of them with sessions that faults may break, and {updates} updates would \
             take about {} GiB; a run may take {}",
            size.bytes() >> 30,
            SCANNED_MEMORY_MAX >> 30
        ),
        hint: "simulate fewer firewalls or users, longer refresh gaps, or a shorter time (`--duration`)"
            .to_owned()
            + if is_brief { "" } else { "; `run --brief` takes less" },
        place: None,
    })
}

/// What the memory of a scanned run goes by.
#[derive(Clone, Copy)]
struct Size {
    points: u64,
    /// Those with a session that a fault may break.
    breakable: u64,
    /// What is kept of each for more than the report. Units: bytes.
    kept: u64,
    /// Of one hub.
    frames: u64,
    updates: u64,
}

impl Size {
    fn bytes(&self) -> u64 {
        let of_points = self.points.saturating_mul(SCANNED_POINT_BYTES + self.kept);
        of_points
            .saturating_add(self.updates.saturating_mul(SCANNED_UPDATE_BYTES))
            .saturating_add(self.breakable.saturating_mul(self.frames * BREAKABLE_FRAME_BYTES))
    }
}

/// How many frames a hub sends at most, as it may with each tick, or with each update.
fn frames(scenario: &Scenario, updates: u64) -> u64 {
    let intervals = scenario.topology.nodes.iter().filter_map(|node| match &node.role {
        Role::Point(settings) if !settings.enforces => Some(settings.announce.interval),
        Role::Engine(_) | Role::Log(_) | Role::Point(_) | Role::Push(_) => None,
    });
    let shortest = intervals.min().map_or(0, Span::nanos);
    scenario.duration.nanos().checked_div(shortest).map_or(updates, |ticks| ticks.min(updates))
}

/// What the reader must know before believing a number.
pub(super) fn remarks(scenario: &Scenario) -> Vec<String> {
    let feeds = feeds(scenario);
    unfed(scenario, &feeds).into_iter().chain(loops(scenario, &feeds)).collect()
}

/// Who feeds whom: logs, pushes and redistribution sessions. An edge's weight is nothing.
fn feeds(scenario: &Scenario) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in &scenario.topology.nodes {
        graph.add_node(());
    }
    let mut feed = |from: NodeId, to: NodeId| {
        graph.add_edge(NodeIndex::new(from.index()), NodeIndex::new(to.index()), ());
    };
    for session in scenario.topology.sessions.iter().filter(|s| s.feed.redistributes_mappings()) {
        feed(session.upstream, session.client);
    }
    for (index, node) in scenario.topology.nodes.iter().enumerate() {
        match &node.role {
            Role::Engine(_) | Role::Log(_) => {}
            Role::Point(settings) => {
                settings.reads.iter().for_each(|read| feed(read.source, NodeId::new(index)));
            }
            Role::Push(settings) => {
                settings.learners.iter().for_each(|learner| feed(NodeId::new(index), *learner));
            }
        }
    }
    graph
}

fn listed(scenario: &Scenario, nodes: &[usize], separator: &str) -> String {
    let names = nodes.iter().take(NAMES_MAX).map(|index| scenario.topology.nodes[*index].name.as_str());
    let mut text = names.collect::<Vec<_>>().join(separator);
    if nodes.len() > NAMES_MAX {
        text += &format!("{separator}and {} more", nodes.len() - NAMES_MAX);
    }
    text
}

/// Enforcement points that no source reaches over any configured feed.
fn unfed(scenario: &Scenario, feeds: &DiGraph<(), ()>) -> Option<String> {
    let nodes = &scenario.topology.nodes;
    let mut fed: Vec<bool> = nodes.iter().map(|node| !matches!(node.role, Role::Point(_))).collect();
    let mut open: Vec<usize> = (0..nodes.len()).filter(|index| fed[*index]).collect();
    while let Some(index) = open.pop() {
        for next in feeds.neighbors(NodeIndex::new(index)).map(NodeIndex::index) {
            if !std::mem::replace(&mut fed[next], true) {
                open.push(next);
            }
        }
    }
    let enforces = |index: &usize| matches!(&nodes[*index].role, Role::Point(settings) if settings.enforces);
    let unfed: Vec<usize> = (0..nodes.len()).filter(|index| !fed[*index]).filter(enforces).collect();
    let names = listed(scenario, &unfed, ", ");
    (!unfed.is_empty()).then(|| {
        format!(
            "no source reaches, over any `reads` or `upstreams`, {} of the enforcement points: {names}",
            unfed.len()
        )
    })
}

/// Nodes that redistribute in a circle; what returns is dropped by the route check, and counted.
fn loops(scenario: &Scenario, feeds: &DiGraph<(), ()>) -> Vec<String> {
    let circles = tarjan_scc(feeds).into_iter().filter(|nodes| nodes.len() > 1);
    let told = |nodes: Vec<NodeIndex>| {
        let mut nodes: Vec<usize> = nodes.into_iter().map(NodeIndex::index).collect();
        nodes.sort_unstable();
        format!("these nodes redistribute in a circle: {}", listed(scenario, &nodes, ", "))
    };
    let mut all: Vec<String> = circles.map(told).collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanned_runs_take_what_is_estimated() {
        let day = Size { points: 10_500, breakable: 102, kept: 0, frames: 28_800, updates: 20_100_626 };
        let small = Size { points: 1_050, updates: 2_012_086, ..day };
        let large = Size { points: 105_000, breakable: 575, ..day };
        // Peaks with two threads, 28 November 2026: the global files as shipped, of points what a report says.
        for (size, peak) in [(small, 622_u64 << 20), (day, 2_745 << 20), (large, 6_568 << 20)] {
            let estimate = size.bytes();
            assert!(
                estimate.abs_diff(peak) < peak / 5,
                "{} GB for {} GB",
                estimate as f64 / 1e9,
                peak as f64 / 1e9
            );
            assert!(estimate < SCANNED_MEMORY_MAX, "all of these may run");
        }
        let whole = Size { kept: 480 * WINDOW_BYTES + NEAR_BYTES, ..day };
        assert_eq!(whole.bytes() - day.bytes(), 10_500 * whole.kept);
        let thrice = Size { points: 315_000, breakable: 1_725, ..whole };
        assert!(thrice.bytes() > SCANNED_MEMORY_MAX);
    }
}
