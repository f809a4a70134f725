//! `dual-feed`: a node that is fed by another, and by one that is itself fed by that other.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::feeds::By;
use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::topology::Rule;

/// Looks at every node with two feeds in use.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let ancestors = Ancestors::new(view);
    let mut known: BTreeMap<Vec<NodeId>, Option<(NodeId, NodeId)>> = BTreeMap::new();
    for (id, node, _) in view.tables() {
        // Who is in a circle with it has everything from it; the circle has a rule of its own.
        let in_circle = |from: &NodeId| ancestors.circle[from.index()] == ancestors.circle[id.index()];
        let feeders: BTreeSet<NodeId> =
            used(view, id).map(|(from, _)| from).filter(|from| !in_circle(from)).collect();
        if feeders.len() < 2 {
            continue;
        }
        let feeders: Vec<NodeId> = feeders.into_iter().collect();
        let found = known.entry(feeders).or_insert_with_key(|feeders| ancestors.twice(feeders));
        let Some((above, below)) = *found else { continue };
        if is_divided(view, id, above, below) {
            continue;
        }
        let fact = format!(
            "`{}` feeds it, and so does `{}`, which is fed by `{0}` as well",
            view.name(above),
            view.name(below)
        );
        let place = used(view, id).find(|(from, _)| *from == above).map(|(_, by)| match by {
            By::Session(session) => view.session_place(session),
            By::Read(position) => view.places(id).partners.get(position).copied().unwrap_or_default(),
            By::Pair | By::Push(_) => view.places(id).key,
        });
        sayings.say(Rule::DualFeed, place.unwrap_or_default(), &node.name, fact);
    }
}

/// Who feeds a node while nobody is dead.
fn used<'v>(view: &'v View<'_>, id: NodeId) -> impl Iterator<Item = (NodeId, By)> + 'v {
    view.feeds
        .leading_to(id)
        .filter(|feed| feed.by != By::Pair && !feed.is_standby)
        .map(|feed| (feed.from, feed.by))
}

/// Whether lists let nothing arrive over both.
fn is_divided(view: &View<'_>, id: NodeId, above: NodeId, below: NodeId) -> bool {
    let Some(crowds) = &view.crowds else { return false };
    let position = |from: NodeId| {
        let mut feeds = view.feeds.into[id.index()].iter();
        feeds.find(|position| view.feeds.all[**position].from == from).copied()
    };
    match (position(above), position(below)) {
        (Some(one), Some(other)) => !crowds.share(one, other),
        _ => false,
    }
}

/// Which nodes stand above which, circles taken as one.
struct Ancestors {
    /// Per node, its circle.
    circle: Vec<usize>,
    /// Per circle, the circles that feed it.
    above: Vec<BTreeSet<usize>>,
}

impl Ancestors {
    fn new(view: &View<'_>) -> Self {
        let nodes = view.topology().nodes.len();
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(nodes, view.feeds.all.len());
        for _ in 0..nodes {
            graph.add_node(());
        }
        for feed in view.feeds.all.iter().filter(|feed| feed.by != By::Pair && !feed.is_standby) {
            graph.add_edge(NodeIndex::new(feed.from.index()), NodeIndex::new(feed.to.index()), ());
        }
        let circles = kosaraju_scc(&graph);
        let mut circle = vec![0; nodes];
        for (number, members) in circles.iter().enumerate() {
            members.iter().for_each(|member| circle[member.index()] = number);
        }
        let mut above = vec![BTreeSet::new(); circles.len()];
        for edge in graph.raw_edges() {
            let (from, to) = (circle[edge.source().index()], circle[edge.target().index()]);
            if from != to {
                above[to].insert(from);
            }
        }
        Self { circle, above }
    }

    /// Of some nodes one that stands above another, and that other.
    fn twice(&self, nodes: &[NodeId]) -> Option<(NodeId, NodeId)> {
        let circle = |node: &NodeId| self.circle[node.index()];
        let all = self.above(nodes.iter().map(circle));
        let above = nodes.iter().find(|node| all.contains(&circle(node)))?;
        let is_below = |node: &&NodeId| self.above([circle(node)].into_iter()).contains(&circle(above));
        let below = nodes.iter().filter(|node| circle(node) != circle(above)).find(is_below)?;
        Some((*above, *below))
    }

    /// All circles above some.
    fn above(&self, circles: impl Iterator<Item = usize>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut open: Vec<usize> = circles.collect();
        while let Some(circle) = open.pop() {
            open.extend(self.above[circle].iter().filter(|more| all.insert(**more)));
        }
        all
    }
}
