//! Reach: which enforcement points a chain of live nodes and links connects to an authority.
//!
//! Knows the state of nodes and links, and sites. Must not know connections, ports or frames.

use super::paths::{Feeder, Paths};
use crate::ids::{LinkId, NodeId};
use crate::topology::{Place, Topology};

/// The state of nodes and links, and what is reachable with it.
#[derive(Debug)]
pub(super) struct Reach {
    /// Places joined by each link: sites first, then nodes.
    links: Vec<[usize; 2]>,
    /// The place of each node's site.
    sites: Vec<usize>,
    site_count: usize,
    link_up: Vec<bool>,
    node_up: Vec<bool>,
    reached: Option<Vec<bool>>,
}

impl Reach {
    /// Everything is up.
    pub(super) fn new(topology: &Topology) -> Self {
        let site_count = topology.sites.len();
        let place = |end: &Place| match end {
            Place::Node(node) => site_count + node.index(),
            Place::Site(site) => site.index(),
        };
        Self {
            links: topology.links.iter().map(|link| [place(&link.ends[0]), place(&link.ends[1])]).collect(),
            sites: topology.nodes.iter().map(|node| node.site.index()).collect(),
            site_count,
            link_up: vec![true; topology.links.len()],
            node_up: vec![true; topology.nodes.len()],
            reached: None,
        }
    }

    /// Whether `node` is up.
    pub(super) fn is_up(&self, node: NodeId) -> bool {
        self.node_up[node.index()]
    }

    /// `link` went down or came up.
    pub(super) fn set_link(&mut self, link: LinkId, up: bool) {
        self.link_up[link.index()] = up;
        self.reached = None;
    }

    /// `node` went down or came up.
    pub(super) fn set_node(&mut self, node: NodeId, up: bool) {
        self.node_up[node.index()] = up;
        self.reached = None;
    }

    /// Whether each row is reachable now. Cost: the whole graph after a change, else nothing.
    pub(super) fn rows(&mut self, paths: &Paths) -> &[bool] {
        if self.reached.is_none() {
            self.reached = Some(self.explore(paths));
        }
        self.reached.as_deref().unwrap_or_default()
    }

    fn explore(&self, paths: &Paths) -> Vec<bool> {
        let place = self.places();
        let mut reached = vec![false; paths.rows.len()];
        for (group, authorities) in paths.groups.iter().enumerate() {
            let mut seen = vec![false; self.node_up.len()];
            let mut stack: Vec<NodeId> =
                authorities.iter().copied().filter(|node| self.is_up(*node)).collect();
            for node in &stack {
                seen[node.index()] = true;
            }
            while let Some(node) = stack.pop() {
                for edge in paths.leaving[node.index()].iter().map(|edge| paths.edges[*edge]) {
                    let to = edge.to.index();
                    let joined = place[node.index()].iter().any(|mine| place[to].contains(mine));
                    if edge.feeder == Feeder::Table && joined && self.node_up[to] && !seen[to] {
                        seen[to] = true;
                        stack.push(edge.to);
                    }
                }
            }
            for row in &paths.rows_in[group] {
                reached[*row] = seen[paths.rows[*row].index()];
            }
        }
        reached
    }

    /// The components of the links that each node stands in: its own and its site's.
    fn places(&self) -> Vec<[usize; 2]> {
        let mut parent: Vec<usize> = (0..self.site_count + self.sites.len()).collect();
        for (ends, up) in self.links.iter().zip(&self.link_up) {
            if *up {
                join(&mut parent, ends[0], ends[1]);
            }
        }
        let both = |(node, site): (usize, &usize)| {
            [self.site_count + node, *site].map(|place| root(&mut parent, place))
        };
        self.sites.iter().enumerate().map(both).collect()
    }
}

fn join(parent: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parent, one), root(parent, other));
    parent[one] = other;
}

fn root(parent: &mut [usize], place: usize) -> usize {
    let mut place = place;
    while parent[place] != place {
        parent[place] = parent[parent[place]];
        place = parent[place];
    }
    place
}
