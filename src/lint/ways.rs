//! Ways: over which links two nodes reach each other while all are up, by the rule that runs follow: a link of their
//! own, nothing inside a site, else least latency, then fewest links.
//!
//! Knows sites, nodes and links. Must not know what travels.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;

use crate::ids::{LinkId, NodeId};
use crate::topology::{Place, Topology};

/// A link, and the direction in which it is crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The link.
    pub(super) link: LinkId,
    /// 0 from its first end to its second, 1 back.
    pub(super) direction: usize,
}

/// Finds ways; of all nodes of a site that have no link of their own one search is made.
pub(super) struct Ways<'a> {
    topology: &'a Topology,
    graph: UnGraph<(), LinkId>,
    is_wired: Vec<bool>,
    wires: BTreeMap<[NodeId; 2], LinkId>,
    known: BTreeMap<[usize; 2], Rc<[Step]>>,
}

impl<'a> Ways<'a> {
    /// The ways of a topology.
    pub(super) fn new(topology: &'a Topology) -> Self {
        let places = topology.sites.len() + topology.nodes.len();
        let mut this = Self {
            topology,
            graph: UnGraph::with_capacity(places, topology.links.len()),
            is_wired: vec![false; topology.nodes.len()],
            wires: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        for _ in 0..places {
            this.graph.add_node(());
        }
        for (index, link) in topology.links.iter().enumerate() {
            let id = LinkId::new(index);
            let [a, b] = link.ends.map(|end| this.vertex(end));
            this.graph.add_edge(NodeIndex::new(a), NodeIndex::new(b), id);
            for end in link.ends {
                if let Place::Node(node) = end {
                    this.is_wired[node.index()] = true;
                }
            }
            if let [Place::Node(a), Place::Node(b)] = link.ends {
                this.wires.entry([a.min(b), a.max(b)]).or_insert(id);
            }
        }
        this
    }

    fn vertex(&self, place: Place) -> usize {
        match place {
            Place::Site(site) => site.index(),
            Place::Node(node) => self.topology.sites.len() + node.index(),
        }
    }

    fn home(&self, node: NodeId) -> usize {
        self.topology.nodes[node.index()].site.index()
    }

    /// The links from one node to another; none inside a site, and where there is no way.
    pub(super) fn way(&mut self, from: NodeId, to: NodeId) -> Rc<[Step]> {
        if let Some(own) = self.wires.get(&[from.min(to), from.max(to)]) {
            let is_forth = self.topology.links[own.index()].ends == [Place::Node(from), Place::Node(to)];
            return Rc::from([Step { link: *own, direction: usize::from(!is_forth) }]);
        }
        let key = [self.stand(from), self.stand(to)];
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let found: Rc<[Step]> = self.search(from, to).into();
        self.known.insert(key, found.clone());
        found
    }

    /// Where a node's ways begin and end, as far as they differ from its neighbours'.
    fn stand(&self, node: NodeId) -> usize {
        if self.is_wired[node.index()] { self.vertex(Place::Node(node)) } else { self.home(node) }
    }

    fn search(&self, from: NodeId, to: NodeId) -> Vec<Step> {
        if self.home(from) == self.home(to) {
            return Vec::new();
        }
        let ends = |node| [self.home(node), self.vertex(Place::Node(node))].map(NodeIndex::new);
        let (starts, goals) = (ends(from), ends(to));
        let mut best: BTreeMap<NodeIndex, (u128, NodeIndex, LinkId)> = BTreeMap::new();
        let mut open: BTreeSet<(u128, NodeIndex)> = starts.iter().map(|start| (0, *start)).collect();
        let mut done = BTreeSet::new();
        while let Some((cost, at)) = open.pop_first() {
            if goals.contains(&at) {
                return self.way_back(&best, at);
            }
            if !done.insert(at) {
                continue;
            }
            for edge in self.graph.edges(at) {
                let (next, link) = (edge.target(), *edge.weight());
                let latency = self.topology.links[link.index()].settings.latency.nanos();
                let step = (cost + (u128::from(latency) << 16) + 1, at, link);
                let better = best.get(&next).is_none_or(|known| step < *known);
                if better && !done.contains(&next) && !starts.contains(&next) {
                    best.insert(next, step);
                    open.insert((step.0, next));
                }
            }
        }
        Vec::new()
    }

    fn way_back(&self, best: &BTreeMap<NodeIndex, (u128, NodeIndex, LinkId)>, goal: NodeIndex) -> Vec<Step> {
        let mut way = Vec::new();
        let mut at = goal;
        while let Some((_, before, link)) = best.get(&at) {
            let begins = self.vertex(self.topology.links[link.index()].ends[0]);
            way.push(Step { link: *link, direction: usize::from(begins != before.index()) });
            at = *before;
        }
        way.reverse();
        way
    }
}
