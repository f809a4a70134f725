//! Ways: over which links two nodes reach each other while all are up, by the rule that runs follow: a link of their
//! own, nothing inside a site, else least latency, then fewest links.
//!
//! Knows sites, nodes and links. Must not know what travels.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;

use super::feeds::Feeds;
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

/// The vertex before another on the way from a root, and the link between the two.
#[derive(Clone, Copy)]
struct Before {
    cost: u128,
    vertex: usize,
    link: LinkId,
}

/// Vertices that trees may hold in all before they are made anew. Source: a choice, about a gigabyte.
const HELD_MAX: usize = 20_000_000;

/// Finds ways; of all nodes of a site that have no link of their own one search is made, for all ends.
pub(super) struct Ways<'a> {
    topology: &'a Topology,
    graph: UnGraph<(), LinkId>,
    is_wired: Vec<bool>,
    wires: BTreeMap<[NodeId; 2], LinkId>,
    /// Per vertex, how many feeds begin or end there: a tree is grown from the end with more.
    feeds: Vec<usize>,
    trees: BTreeMap<usize, BTreeMap<usize, Before>>,
    held: usize,
}

impl<'a> Ways<'a> {
    /// The ways of a topology with these feeds.
    pub(super) fn new(topology: &'a Topology, feeds: &Feeds) -> Self {
        let places = topology.sites.len() + topology.nodes.len();
        let mut this = Self {
            topology,
            graph: UnGraph::with_capacity(places, topology.links.len()),
            is_wired: vec![false; topology.nodes.len()],
            wires: BTreeMap::new(),
            feeds: vec![0; places],
            trees: BTreeMap::new(),
            held: 0,
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
        for feed in &feeds.all {
            for end in [feed.from, feed.to] {
                let stand = this.stand(end);
                this.feeds[stand] += 1;
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

    /// Where a node's ways begin and end, as far as they differ from its neighbours'.
    fn stand(&self, node: NodeId) -> usize {
        if self.is_wired[node.index()] { self.vertex(Place::Node(node)) } else { self.home(node) }
    }

    /// The links from one node to another; none inside a site, and where there is no way.
    pub(super) fn way(&mut self, from: NodeId, to: NodeId) -> Vec<Step> {
        if let Some(own) = self.wires.get(&[from.min(to), from.max(to)]) {
            let is_forth = self.topology.links[own.index()].ends == [Place::Node(from), Place::Node(to)];
            return vec![Step { link: *own, direction: usize::from(!is_forth) }];
        }
        if self.home(from) == self.home(to) {
            return Vec::new();
        }
        let backwards = self.feeds[self.stand(to)] > self.feeds[self.stand(from)];
        let (root, goal) = if backwards { (to, from) } else { (from, to) };
        let stand = self.stand(root);
        if !self.trees.contains_key(&stand) {
            let tree = self.grow(root);
            self.held += tree.len();
            if self.held > HELD_MAX {
                self.trees.clear();
                self.held = tree.len();
            }
            self.trees.insert(stand, tree);
        }
        let mut way = self.way_back(&self.trees[&stand], goal);
        if backwards {
            way.reverse();
            way.iter_mut().for_each(|step| step.direction = 1 - step.direction);
        }
        way
    }

    /// The two vertices where a node's ways may begin: its home, which is free, and itself.
    fn ends(&self, node: NodeId) -> [usize; 2] {
        [self.home(node), self.vertex(Place::Node(node))]
    }

    fn grow(&self, root: NodeId) -> BTreeMap<usize, Before> {
        let starts = self.ends(root);
        let mut best: BTreeMap<usize, Before> = BTreeMap::new();
        let mut open: BTreeSet<(u128, usize)> = starts.iter().map(|start| (0, *start)).collect();
        let mut done = BTreeSet::new();
        while let Some((cost, at)) = open.pop_first() {
            if !done.insert(at) {
                continue;
            }
            for edge in self.graph.edges(NodeIndex::new(at)) {
                let (next, link) = (edge.target().index(), *edge.weight());
                let latency = self.topology.links[link.index()].settings.latency.nanos();
                let step = Before { cost: cost + (u128::from(latency) << 16) + 1, vertex: at, link };
                let key = |before: &Before| (before.cost, before.vertex, before.link);
                let better = best.get(&next).is_none_or(|known| key(&step) < key(known));
                if better && !done.contains(&next) && !starts.contains(&next) {
                    best.insert(next, step);
                    open.insert((step.cost, next));
                }
            }
        }
        best
    }

    fn way_back(&self, tree: &BTreeMap<usize, Before>, goal: NodeId) -> Vec<Step> {
        let reached = self.ends(goal).into_iter().filter_map(|end| Some((tree.get(&end)?.cost, end)));
        let Some((_, mut at)) = reached.min() else { return Vec::new() };
        let mut way = Vec::new();
        while let Some(before) = tree.get(&at) {
            let begins = self.vertex(self.topology.links[before.link.index()].ends[0]);
            way.push(Step { link: before.link, direction: usize::from(begins != before.vertex) });
            at = before.vertex;
        }
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    /// Three sites in a line of fast links with a slow one across, two nodes with a wire, and one with a line of its own.
    const TEXT: &str = "
sites: {a: {}, b: {}, c: {}}
links:
  a-b: {between: [a, b], latency: 10ms}
  c-b: {between: [c, b], latency: 10ms}
  a-c: {between: [a, c], latency: 50ms}
  wire: {between: [agent, fw-wired], latency: 1s}
  own: {between: [fw-own, a], latency: 1ms}
domain_controllers: {dc: {site: a}}
agents: {agent: {site: a, reads: [dc]}}
firewalls:
  fw: {site: c, upstreams: [agent]}
  fw-wired: {site: c, upstreams: [agent]}
  fw-own: {site: c, upstreams: [agent]}
workload: {arrivals: {gap: 1s, source: dc}}
";

    #[test]
    fn ways_are_those_that_runs_take() {
        let scenario = scenario::load("ways", TEXT, &[], &|_| Err(String::new())).expect("a topology");
        let mut ways = Ways::new(&scenario.topology, &Feeds::new(&scenario));
        let id = |name: &str| {
            NodeId::new(scenario.topology.nodes.iter().position(|node| node.name == name).expect("declared"))
        };
        let mut names = |from: &str, to: &str| {
            let way = ways.way(id(from), id(to));
            let name = |step: &Step| scenario.topology.links[step.link.index()].name.clone();
            way.iter().map(|step| (name(step), step.direction)).collect::<Vec<_>>()
        };
        let named = |way: &[(&str, usize)]| {
            way.iter().map(|(name, direction)| ((*name).to_owned(), *direction)).collect::<Vec<_>>()
        };
        assert_eq!(names("dc", "agent"), []);
        assert_eq!(names("agent", "fw"), named(&[("a-b", 0), ("c-b", 1)]));
        assert_eq!(names("fw", "agent"), named(&[("c-b", 0), ("a-b", 1)]));
        assert_eq!(names("fw-wired", "agent"), named(&[("wire", 1)]));
        assert_eq!(names("agent", "fw-own"), named(&[("own", 1)]));
        assert_eq!(names("fw-own", "agent"), named(&[("own", 0)]));
    }
}
