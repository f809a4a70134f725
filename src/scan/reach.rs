//! Reach: to which leaves a chain of links leads from their authority.
//!
//! Knows links and places. Must not know connections. Nodes are always up here.

use crate::ids::{LinkId, NodeId};
use crate::topology::{Place, Topology};

/// Which links are up, and what they join.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// Places joined by each link: sites first, then nodes.
    links: Vec<[usize; 2]>,
    link_up: Vec<bool>,
    /// The place of each node's site.
    sites: Vec<usize>,
    site_count: usize,
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
            link_up: vec![true; topology.links.len()],
            sites: topology.nodes.iter().map(|node| node.site.index()).collect(),
            site_count,
        }
    }

    /// `link` went down or came up.
    pub(super) fn set(&mut self, link: LinkId, up: bool) {
        self.link_up[link.index()] = up;
    }

    /// What is joined now.
    pub(super) fn joined(&self) -> Joined {
        let mut parent: Vec<usize> = (0..self.site_count + self.sites.len()).collect();
        for (ends, up) in self.links.iter().zip(&self.link_up) {
            if *up {
                let [one, other] = ends.map(|end| root(&mut parent, end));
                parent[one] = other;
            }
        }
        let stands = self
            .sites
            .iter()
            .enumerate()
            .map(|(node, site)| [self.site_count + node, *site].map(|place| root(&mut parent, place)));
        Joined(stands.collect())
    }
}

/// The component of the links in which each node stands by itself, and with its site.
pub(super) struct Joined(Vec<[usize; 2]>);

impl Joined {
    /// Whether two nodes are connected.
    pub(super) fn joins(&self, one: NodeId, other: NodeId) -> bool {
        self.0[one.index()].iter().any(|place| self.0[other.index()].contains(place))
    }
}

fn root(parent: &mut [usize], mut place: usize) -> usize {
    while parent[place] != place {
        parent[place] = parent[parent[place]];
        place = parent[place];
    }
    place
}
