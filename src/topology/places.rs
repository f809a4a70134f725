//! Places: where the file says what the resolved topology holds, for those who have something to say about it.
//!
//! Beside the topology, not in it: what a scenario means does not depend on where it is written.

use crate::ids::NodeId;
use crate::problem::Place;

/// Where the file says what; one entry for each of the topology's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Of the nodes, in `NodeId` order.
    pub nodes: Vec<NodePlaces>,
    /// Keys of the links, in `LinkId` order.
    pub links: Vec<Place>,
    /// The upstream's name in the client's entry, or the pair's key; in `SessionId` order.
    pub sessions: Vec<Place>,
    /// Of the workload.
    pub workload: WorkloadPlaces,
}

/// Where the file says what of a node. A setting that is not written is where its node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodePlaces {
    /// Its key, or its name as a member.
    pub key: Place,
    /// How long an entry lives.
    pub timeout: Place,
    /// How many addresses its table holds.
    pub capacity: Place,
    /// Whom it ignores.
    pub ignore_users: Place,
    /// How often it sends.
    pub interval: Place,
    /// Of a Panorama: its peer, and where the file says so.
    pub ha_peer: Option<(NodeId, Place)>,
    /// The sources that it reads, or the learners that it pushes to, each in order.
    pub partners: Vec<Place>,
}

/// Where the file says what of the workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadPlaces {
    /// How long an address rests.
    pub lease_rest: Place,
    /// How many log-offs are noticed.
    pub log_off_observed: Place,
}

impl NodePlaces {
    /// A node of which nothing but its key is written.
    #[must_use]
    pub fn at(key: Place) -> Self {
        Self {
            key,
            timeout: key,
            capacity: key,
            ignore_users: key,
            interval: key,
            ha_peer: None,
            partners: Vec::new(),
        }
    }
}

impl Places {
    /// The places in a file of `len` bytes. What a command line overrides lies past its end; it goes to its node, or
    /// to the beginning.
    #[must_use]
    pub fn within(mut self, len: usize) -> Self {
        let settle = |place: &mut Place, or: Place| {
            if place.offset > len {
                *place = or;
            }
        };
        for node in &mut self.nodes {
            settle(&mut node.key, Place::default());
            let key = node.key;
            let own = [&mut node.timeout, &mut node.capacity, &mut node.ignore_users, &mut node.interval];
            own.into_iter().chain(&mut node.partners).for_each(|place| settle(place, key));
        }
        let rest = self.links.iter_mut().chain(&mut self.sessions);
        rest.chain([&mut self.workload.lease_rest, &mut self.workload.log_off_observed])
            .for_each(|place| settle(place, Place::default()));
        self
    }
}
