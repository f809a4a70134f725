//! Graph: which places can reach which over links, and on what way.
//!
//! Knows sites, nodes and links by id (petgraph does the walking). Must not know what a session is.

use petgraph::algo::astar;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;

use super::resolved::{Link, Node, Place};
use crate::ids::{LinkId, NodeId, SiteId};

/// Sites first, then nodes; a node's edge to its own site costs nothing.
pub struct Graph {
    graph: UnGraph<(), Option<LinkId>>,
    latencies: Vec<u64>,
    sites: usize,
    components: UnionFind<usize>,
}

impl Graph {
    /// The graph of a topology's places.
    #[must_use]
    pub fn new(sites: usize, nodes: &[Node], links: &[Link]) -> Self {
        let node_sites: Vec<SiteId> = nodes.iter().map(|node| node.site).collect();
        let mut this = Self {
            graph: UnGraph::with_capacity(sites + nodes.len(), links.len() + nodes.len()),
            latencies: links.iter().map(|link| link.settings.latency.nanos()).collect(),
            sites,
            components: UnionFind::new(sites + nodes.len()),
        };
        for _ in 0..sites + nodes.len() {
            this.graph.add_node(());
        }
        for (index, site) in node_sites.iter().enumerate() {
            this.join(Place::Node(NodeId::new(index)), Place::Site(*site), None);
        }
        for (index, link) in links.iter().enumerate() {
            this.join(link.ends[0], link.ends[1], Some(LinkId::new(index)));
        }
        this
    }

    fn join(&mut self, from: Place, to: Place, link: Option<LinkId>) {
        let (from, to) = (self.index(from), self.index(to));
        self.graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), link);
        self.components.union(from, to);
    }

    fn index(&self, place: Place) -> usize {
        match place {
            Place::Node(id) => self.sites + id.index(),
            Place::Site(id) => id.index(),
        }
    }

    /// Whether any way leads from one node to another.
    #[must_use]
    pub fn connects(&self, from: NodeId, to: NodeId) -> bool {
        self.components.equiv(self.index(Place::Node(from)), self.index(Place::Node(to)))
    }

    /// The links on the way between two nodes: their own link if there is one, else nothing inside a site,
    /// else the way of least latency. `None`: no way.
    #[must_use]
    pub fn path(&self, from: NodeId, to: NodeId) -> Option<Vec<LinkId>> {
        let from = NodeIndex::new(self.index(Place::Node(from)));
        let to = NodeIndex::new(self.index(Place::Node(to)));
        let own = self.graph.edges_connecting(from, to).filter_map(|e| *e.weight()).min();
        if let Some(own) = own {
            return Some(vec![own]);
        }
        // One nanosecond more per link, so that of two ways as fast the one with fewer links is taken.
        let cost = |link: &Option<LinkId>| link.map_or(0, |id| self.latencies[id.index()].saturating_add(1));
        let (_, way) = astar(&self.graph, from, |n| n == to, |e| cost(e.weight()), |_| 0)?;
        let mut links = Vec::new();
        for step in way.windows(2) {
            let best = self.graph.edges(step[0]).filter(|e| e.target() == step[1] || e.source() == step[1]);
            let best = best.min_by_key(|e| cost(e.weight()))?;
            links.extend(*best.weight());
        }
        Some(links)
    }
}
