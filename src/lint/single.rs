//! `single-source`, `single-collector`, `single-hub`: nodes without which some enforcement point has no source
//! (dominators of the graph of feeds, petgraph's).

use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};

use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::topology::{Kind, Rule};

/// Counts, per node, the enforcement points behind it.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let behind = behind(view);
    let total = view.feeds.points.len();
    for (index, (count, first)) in behind.into_iter().enumerate() {
        let Some(first) = first.filter(|_| count > 0) else { continue };
        let id = NodeId::new(index);
        let rule = match view.node(id).kind {
            Kind::AutomationEngine => continue,
            Kind::Agent | Kind::Collector => Rule::SingleCollector,
            Kind::Firewall | Kind::Hub | Kind::Panorama => Rule::SingleHub,
            _ => Rule::SingleSource,
        };
        let which = if count == 1 { "" } else { " first" };
        let fact = format!(
            "without it {count} of {total} enforcement points have no source (`{}`{which})",
            view.name(first)
        );
        sayings.say(rule, view.places(id).key, view.name(id), fact);
    }
}

/// Per node, how many enforcement points have no source without it, itself not counted, and the first of them.
fn behind(view: &View<'_>) -> Vec<(usize, Option<NodeId>)> {
    let nodes = view.topology().nodes.len();
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(nodes + 1, view.feeds.all.len());
    for _ in 0..=nodes {
        graph.add_node(());
    }
    let root = NodeIndex::new(nodes);
    for source in view.feeds.sources() {
        graph.add_edge(root, NodeIndex::new(source.index()), ());
    }
    for feed in &view.feeds.all {
        graph.add_edge(NodeIndex::new(feed.from.index()), NodeIndex::new(feed.to.index()), ());
    }
    let dominators = simple_fast(&graph, root);
    let above = |index: usize| dominators.immediate_dominator(NodeIndex::new(index)).map(NodeIndex::index);
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); nodes + 1];
    for index in 0..nodes {
        if let Some(above) = above(index) {
            below[above].push(index);
        }
    }
    let mut order = vec![nodes];
    let mut next = 0;
    while let Some(index) = order.get(next).copied() {
        order.extend(&below[index]);
        next += 1;
    }
    let mut is_point = vec![false; nodes];
    for point in &view.feeds.points {
        is_point[point.index()] = true;
    }
    let mut behind = vec![(0, None); nodes + 1];
    for index in order.into_iter().rev() {
        let Some(above) = above(index).filter(|_| index < nodes) else { continue };
        let (mut count, mut first): (usize, Option<NodeId>) = behind[index];
        if is_point[index] {
            count += 1;
            first = first.into_iter().chain([NodeId::new(index)]).min();
        }
        behind[above].0 += count;
        behind[above].1 = behind[above].1.into_iter().chain(first).min();
    }
    behind.truncate(nodes);
    behind
}
