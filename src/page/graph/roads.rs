//! Roads: the directions of links that feeds go over, while every link is up.

use std::collections::BTreeMap;

use crate::ids::{LinkId, NodeId, SiteId};
use crate::topology::{Graph, Place, Topology};

/// A link, and which of its directions: 0 from its first end to its second.
pub(super) type Lane = (LinkId, usize);

/// Ways between nodes, each found once for all that stand alike.
pub(super) struct Roads<'a> {
    topology: &'a Topology,
    graph: Graph,
    /// Whether a node has links of its own, so that its ways are not those of its site.
    is_end: Vec<bool>,
    known: BTreeMap<(SiteId, SiteId), Vec<Lane>>,
}

impl<'a> Roads<'a> {
    /// Of a topology.
    pub(super) fn new(topology: &'a Topology) -> Self {
        let mut is_end = vec![false; topology.nodes.len()];
        let ends = topology.links.iter().flat_map(|link| link.ends);
        for place in ends {
            if let Place::Node(node) = place {
                is_end[node.index()] = true;
            }
        }
        let graph = Graph::new(topology.sites.len(), &topology.nodes, &topology.links);
        Self { topology, graph, is_end, known: BTreeMap::new() }
    }

    /// What a feed goes over; nothing inside a site, and where no way leads.
    pub(super) fn of(&mut self, from: NodeId, to: NodeId) -> Vec<Lane> {
        if self.is_end[from.index()] || self.is_end[to.index()] {
            return self.found(from, to);
        }
        let sites = [from, to].map(|node| self.topology.nodes[node.index()].site);
        if sites[0] == sites[1] {
            return Vec::new();
        }
        if let Some(known) = self.known.get(&(sites[0], sites[1])) {
            return known.clone();
        }
        let found = self.found(from, to);
        self.known.insert((sites[0], sites[1]), found.clone());
        found
    }

    fn found(&self, from: NodeId, to: NodeId) -> Vec<Lane> {
        let site = |place: Place| match place {
            Place::Node(node) => self.topology.nodes[node.index()].site,
            Place::Site(site) => site,
        };
        let mut at = Place::Node(from);
        let mut lanes = Vec::new();
        for link in self.graph.path(from, to).unwrap_or_default() {
            let ends = self.topology.links[link.index()].ends;
            // A node steps onto a link of its own, or of its site.
            let own = ends.iter().position(|end| *end == at);
            let direction = own.unwrap_or_else(|| usize::from(site(ends[0]) != site(at)));
            at = ends[1 - direction];
            lanes.push((link, direction));
        }
        lanes
    }
}
