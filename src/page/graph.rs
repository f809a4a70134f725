//! The graph: boxes in layers from the sources to the firewalls, and the arrows that mappings take between them.
//!
//! The rule of what is one box: every node, while there are no more than `BOXES_MAX`; else nodes alike (same kind, site,
//! feeding and fed nodes, members of pairs included) become one; where these are still too many, of whatever site; at last
//! all of one kind in one layer.

mod layout;
mod roads;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use self::roads::{Lane, Roads};
use super::bins::{Axis, Bins};
use super::busy::{self, Measured};
use super::heat::{Planes, planes};
use super::number;
use crate::ids::{NodeId, SiteId};
use crate::observe::PointFindings;
use crate::report::Report;
use crate::scenario::Scenario;
use crate::simulate::Outcome;
use crate::topology::draw::{Way, arrows};
use crate::topology::{Topology, kind_name};

/// Boxes of one picture. Source: none, a choice: more cannot be told apart on a screen.
const BOXES_MAX: usize = 320;
/// Arrows whose links are told of, bin by bin. Source: as many as boxes, so that they take no more room.
const ROADS_MAX: usize = BOXES_MAX;
/// Nodes that are drawn one by one. Source: none, a choice.
const SINGLE_MAX: usize = 80;

/// A picture with what it is coloured by.
#[derive(Serialize)]
pub(super) struct Graph {
    width: usize,
    height: usize,
    boxes: Vec<Box>,
    /// From, to, kind of feed, and the row of `roads` that says how busy the links under it are.
    arrows: Vec<(usize, usize, &'static str, Option<usize>)>,
    axis: Axis,
    /// A row for each box that enforces, in order; see `heat`.
    planes: Planes,
    /// A row for each box of which any node was ever busy, in order; see `busy`.
    busy: String,
    /// Rows of the busiest link under arrows.
    roads: String,
}

/// One node, or many alike.
#[derive(Serialize)]
struct Box {
    label: String,
    kind: &'static str,
    site: String,
    nodes: usize,
    x: usize,
    y: usize,
    width: usize,
    /// The row of the planes that colours it.
    row: Option<usize>,
    /// The row of `busy`.
    busy_row: Option<usize>,
    /// The busiest of its nodes, over the whole run.
    busy: Option<f64>,
}

/// Why nodes are one box.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Alone(NodeId),
    InSite(&'static str, SiteId, BTreeSet<NodeId>, BTreeSet<NodeId>),
    Anywhere(&'static str, BTreeSet<NodeId>, BTreeSet<NodeId>),
    InLayer(&'static str, usize),
}

/// The picture of a run.
#[must_use]
pub(super) fn graph(
    scenario: &Scenario,
    outcome: &Outcome,
    report: &Report,
    (bins, measured): (&Bins, &Measured),
) -> Graph {
    let (topology, findings, loads) = (&scenario.topology, &outcome.findings, &outcome.course.loads);
    let feeds = arrows(topology);
    let box_of = folded(topology, &feeds);
    let count = box_of.iter().max().map_or(0, |last| last + 1);
    let mut members: Vec<Vec<NodeId>> = vec![Vec::new(); count];
    box_of.iter().enumerate().for_each(|(node, at)| members[*at].push(NodeId::new(node)));
    let drawn: BTreeSet<(usize, usize, Way)> = feeds
        .iter()
        .map(|(from, to, way)| (box_of[from.index()], box_of[to.index()], *way))
        .filter(|(from, to, _)| from != to)
        .collect();
    let layers = layout::layers(count, &drawn);
    let spots = layout::spots(&layers, &drawn);
    let points: BTreeMap<NodeId, &PointFindings> =
        findings.points.iter().map(|(node, point)| (*node, point)).collect();
    let mut rows: Vec<Vec<&PointFindings>> = Vec::new();
    let mut busy_rows: Vec<Vec<u8>> = Vec::new();
    let mut boxes = Vec::new();
    for (nodes, spot) in members.iter().zip(&spots.places) {
        let first = &topology.nodes[nodes[0].index()];
        let enforcing: Vec<&PointFindings> =
            nodes.iter().filter_map(|node| points.get(node).copied()).collect();
        let row = (!enforcing.is_empty()).then_some(rows.len());
        rows.extend(row.map(|_| enforcing));
        let own = nodes.iter().filter_map(|node| loads.hosts.get(node.index()));
        let is_busy = own.clone().any(|load| !load.bins().is_empty());
        let busy_row = is_busy.then_some(busy_rows.len());
        busy_rows.extend(busy_row.map(|_| measured.levels(own)));
        let sites: BTreeSet<SiteId> = nodes.iter().map(|node| topology.nodes[node.index()].site).collect();
        let site = topology.sites[first.site.index()].name.clone();
        boxes.push(Box {
            label: label(topology, nodes, sites.len(), &site),
            kind: kind_name(first.kind),
            site: if sites.len() == 1 { site } else { format!("{} sites", sites.len()) },
            nodes: nodes.len(),
            x: spot.0,
            y: spot.1,
            width: spot.2,
            row,
            busy_row,
            busy: nodes
                .iter()
                .filter_map(|node| report.nodes[node.index()].utilisation)
                .max()
                .and_then(number::of),
        });
    }
    let planes = planes(bins, &rows);
    let mut road_rows: Vec<Vec<u8>> = Vec::new();
    let mut under = under(topology, &feeds, &box_of);
    let mut arrow = |(from, to, way): &(usize, usize, Way)| {
        let lanes = under.remove(&(*from, *to, *way)).unwrap_or_default();
        let own = lanes.iter().filter_map(|(link, way)| Some(&loads.pipes.get(link.index())?[*way]));
        let is_busy = own.clone().any(|load| !load.bins().is_empty()) && road_rows.len() < ROADS_MAX;
        let row = is_busy.then_some(road_rows.len());
        road_rows.extend(row.map(|_| measured.levels(own)));
        (*from, *to, word(*way), row)
    };
    Graph {
        width: spots.width,
        height: spots.height,
        boxes,
        arrows: drawn.iter().map(&mut arrow).collect(),
        axis: bins.axis(),
        planes,
        busy: busy::plane(&busy_rows),
        roads: busy::plane(&road_rows),
    }
}

/// The directions of links under each arrow.
fn under(
    topology: &Topology,
    feeds: &[(NodeId, NodeId, Way)],
    box_of: &[usize],
) -> BTreeMap<(usize, usize, Way), BTreeSet<Lane>> {
    let mut roads = Roads::new(topology);
    let mut under: BTreeMap<(usize, usize, Way), BTreeSet<Lane>> = BTreeMap::new();
    for (from, to, way) in feeds {
        let arrow = (box_of[from.index()], box_of[to.index()], *way);
        under.entry(arrow).or_default().extend(roads.of(*from, *to));
    }
    under
}

fn label(topology: &Topology, nodes: &[NodeId], sites: usize, site: &str) -> String {
    let first = &topology.nodes[nodes[0].index()];
    match (nodes.len(), sites) {
        (1, _) => first.name.clone(),
        (count, 1) => format!("{site}: {count}"),
        (count, sites) => format!("{count} at {sites} sites"),
    }
}

fn word(way: Way) -> &'static str {
    match way {
        Way::HighAvailability => "HA1",
        Way::Push => "push",
        Way::Read => "poll",
        Way::Redistribution => "redistribution",
        Way::Standby => "standby",
    }
}

/// The box of every node.
fn folded(topology: &Topology, feeds: &[(NodeId, NodeId, Way)]) -> Vec<usize> {
    let mut into: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    let mut out: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    for (from, to, _) in feeds.iter().filter(|(_, _, way)| *way != Way::HighAvailability) {
        into.entry(*to).or_default().insert(*from);
        out.entry(*from).or_default().insert(*to);
    }
    let sets = |node: NodeId| {
        (into.get(&node).cloned().unwrap_or_default(), out.get(&node).cloned().unwrap_or_default())
    };
    let kind = |node: NodeId| kind_name(topology.nodes[node.index()].kind);
    let alone = |node: NodeId| Likeness::Alone(node);
    let in_site = |node: NodeId| {
        let (from, to) = sets(node);
        Likeness::InSite(kind(node), topology.nodes[node.index()].site, from, to)
    };
    let anywhere = |node: NodeId| {
        let (from, to) = sets(node);
        Likeness::Anywhere(kind(node), from, to)
    };
    if topology.nodes.len() <= SINGLE_MAX {
        return numbered(topology, &alone);
    }
    let ways: [&dyn Fn(NodeId) -> Likeness; 2] = [&in_site, &anywhere];
    for way in ways {
        let made = numbered(topology, way);
        if made.iter().max().is_none_or(|last| *last < BOXES_MAX) {
            return made;
        }
    }
    let single: BTreeSet<(usize, usize, Way)> =
        feeds.iter().map(|(from, to, way)| (from.index(), to.index(), *way)).collect();
    let layers = layout::layers(topology.nodes.len(), &single);
    numbered(topology, &|node| Likeness::InLayer(kind(node), layers[node.index()]))
}

/// Boxes in the order of their first node.
fn numbered(topology: &Topology, likeness: &dyn Fn(NodeId) -> Likeness) -> Vec<usize> {
    let mut known: BTreeMap<Likeness, usize> = BTreeMap::new();
    let mut boxes = Vec::with_capacity(topology.nodes.len());
    for node in (0..topology.nodes.len()).map(NodeId::new) {
        let next = known.len();
        boxes.push(*known.entry(likeness(node)).or_insert(next));
    }
    boxes
}
