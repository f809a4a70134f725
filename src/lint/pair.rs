//! `ha1-without-backup`: pairs whose members lose each other with one link (bridges of the graph of links, petgraph's).

use petgraph::algo::bridges::bridges;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;

use super::view::{Sayings, View};
use super::ways::Ways;
use crate::ids::NodeId;
use crate::ports;
use crate::topology::{Link, Place, Rule, Topology};

/// Looks at pairs whose members stand at two sites.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let topology = view.topology();
    let home = |id: NodeId| topology.nodes[id.index()].site.index();
    let apart: Vec<_> =
        topology.pairs.iter().filter(|pair| home(pair.members[0]) != home(pair.members[1])).collect();
    if apart.is_empty() {
        return;
    }
    let (whole, mut ways) = (whole(topology), Ways::new(topology, &view.feeds));
    for pair in apart {
        let [a, b] = pair.members;
        if whole.equiv(home(a), home(b)) {
            continue;
        }
        let Some(step) = ways.way(a, b).first().copied() else { continue };
        let link = &topology.links[step.link.index()].name;
        let fact = format!(
            "HA1 between `{}` and `{}` runs over link `{link}`, and no other way is left without it",
            view.name(a),
            view.name(b)
        );
        sayings.say(Rule::Ha1WithoutBackup, view.places(a).key, &pair.name, fact);
    }
}

/// Sites, and nodes after them, that stay together whichever single link is down. Links are vertices of their own, so
/// that two between the same places count as two; a node and its site are joined twice.
fn whole(topology: &Topology) -> UnionFind<usize> {
    let sites = topology.sites.len();
    let places = sites + topology.nodes.len();
    let mut graph: UnGraph<(), ()> = UnGraph::default();
    for _ in 0..places {
        graph.add_node(());
    }
    let mut join = |a: usize, b: usize| {
        let between = graph.add_node(());
        graph.add_edge(NodeIndex::new(a), between, ());
        graph.add_edge(between, NodeIndex::new(b), ());
    };
    let carries = |link: &&Link| !link.settings.ports_blocked.iter().any(|block| block.port == ports::HA1);
    for link in topology.links.iter().filter(carries) {
        let [a, b] = link.ends.map(|end| match end {
            Place::Site(site) => site.index(),
            Place::Node(node) => sites + node.index(),
        });
        join(a, b);
        for end in link.ends {
            if let Place::Node(node) = end {
                let site = topology.nodes[node.index()].site.index();
                join(sites + node.index(), site);
                join(sites + node.index(), site);
            }
        }
    }
    let mut weak = vec![false; graph.edge_count()];
    for edge in bridges(&graph) {
        weak[edge.id().index()] = true;
    }
    let mut whole = UnionFind::new(graph.node_count());
    for edge in graph.edge_references().filter(|edge| !weak[edge.id().index()]) {
        whole.union(edge.source().index(), edge.target().index());
    }
    whole
}
