//! `redistribution-loop`: nodes that feed each other in a circle.

use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::feeds::By;
use super::view::{Sayings, View};
use crate::ids::{NodeId, SessionId};
use crate::topology::Rule;

/// Nodes of a circle that are printed.
const SHOWN_MAX: usize = 12;

/// Looks for nodes that reach themselves.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let mut graph: DiGraph<(), SessionId> = DiGraph::new();
    for _ in 0..view.topology().nodes.len() {
        graph.add_node(());
    }
    for feed in &view.feeds.all {
        if let By::Session(session) = feed.by {
            graph.add_edge(NodeIndex::new(feed.from.index()), NodeIndex::new(feed.to.index()), session);
        }
    }
    let mut circles: Vec<Vec<NodeIndex>> = kosaraju_scc(&graph);
    circles.retain(|circle| circle.len() > 1);
    for members in &mut circles {
        members.sort_unstable();
        let Some((way, closing)) = shortest(&graph, members) else { continue };
        let name = |index: &NodeIndex| format!("`{}`", view.name(NodeId::new(index.index())));
        let mut names: Vec<String> = way.iter().take(SHOWN_MAX).map(name).collect();
        if way.len() > SHOWN_MAX {
            names.push("…".to_owned());
        }
        names.extend(way.first().map(name));
        let others = members.len() - way.len();
        let more = if others > 0 {
            format!("; {others} more nodes are in circles with them")
        } else {
            String::new()
        };
        let fact = format!("what it tells comes back to it: {}{more}", names.join(" → "));
        let first = NodeId::new(way[0].index());
        sayings.say(Rule::RedistributionLoop, view.session_place(closing), view.name(first), fact);
    }
}

/// A shortest circle through the first member, and the session that closes it.
fn shortest(graph: &DiGraph<(), SessionId>, members: &[NodeIndex]) -> Option<(Vec<NodeIndex>, SessionId)> {
    let first = *members.first()?;
    let mut before: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut open = VecDeque::from([first]);
    while let Some(at) = open.pop_front() {
        if let Some(edge) = graph.find_edge(at, first) {
            let mut way = vec![at];
            while let Some(earlier) = before.get(way.last()?) {
                way.push(*earlier);
            }
            way.reverse();
            return Some((way, graph[edge]));
        }
        for next in graph.neighbors(at) {
            if next != first && members.binary_search(&next).is_ok() && !before.contains_key(&next) {
                before.insert(next, at);
                open.push_back(next);
            }
        }
    }
    None
}
