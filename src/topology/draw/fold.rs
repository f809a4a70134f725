//! Fold: what a picture shows: boxes, each one node or many alike, and the arrows between them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{NodeId, SiteId};
use crate::roles::Feed;
use crate::topology::{Kind, Role, Topology};

/// Nodes alike (same kind, site, sources and upstreams) above this number become one box.
const ALIKE_MAX: usize = 40;

/// One node, or many alike.
pub(super) struct Shape {
    /// What is written in it.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub site: SiteId,
}

/// What an arrow means; it points the way that mappings go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// An HA1 feed.
    HighAvailability,
    /// A source pushes to a learner.
    Push,
    /// A learner polls a log.
    Read,
    /// A redistribution session.
    Redistribution,
    /// A session that waits for the members of a group before it.
    Standby,
}

/// What a picture shows.
pub(super) struct Picture {
    /// In the order of their first node.
    pub shapes: Vec<Shape>,
    /// From, to, meaning; sorted.
    pub arrows: Vec<(usize, usize, Way)>,
}

/// What makes two enforcement points look alike in a picture.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likeness<'a> {
    site: SiteId,
    fed_by: &'a [(NodeId, Way)],
}

/// The boxes and arrows of a topology.
pub(super) fn fold(topology: &Topology) -> Picture {
    let arrows = arrows(topology);
    let mut into: BTreeMap<NodeId, Vec<(NodeId, Way)>> = BTreeMap::new();
    let mut feeds_others: BTreeSet<NodeId> = BTreeSet::new();
    for (from, to, way) in &arrows {
        into.entry(*to).or_default().push((*from, *way));
        feeds_others.insert(*from);
    }
    let nobody = Vec::new();
    let mut alike: BTreeMap<Likeness<'_>, Vec<NodeId>> = BTreeMap::new();
    for (index, node) in topology.nodes.iter().enumerate() {
        let id = NodeId::new(index);
        if node.kind == Kind::Firewall && !feeds_others.contains(&id) {
            let key = Likeness { site: node.site, fed_by: into.get(&id).unwrap_or(&nobody) };
            alike.entry(key).or_default().push(id);
        }
    }
    let folded: BTreeMap<NodeId, &Vec<NodeId>> = alike
        .values()
        .filter(|group| group.len() > ALIKE_MAX)
        .flat_map(|group| group.iter().map(move |id| (*id, group)))
        .collect();
    let mut shapes = Vec::new();
    let mut shape_of: Vec<usize> = Vec::new();
    for (index, node) in topology.nodes.iter().enumerate() {
        let id = NodeId::new(index);
        if let Some(group) = folded.get(&id) {
            if group[0] != id {
                shape_of.push(shape_of[group[0].index()]);
                continue;
            }
            let last = &topology.nodes[group[group.len() - 1].index()].name;
            let label = format!("{} … {last} ×{}", node.name, group.len());
            shapes.push(Shape { label, kind: node.kind, site: node.site });
        } else {
            shapes.push(Shape { label: node.name.clone(), kind: node.kind, site: node.site });
        }
        shape_of.push(shapes.len() - 1);
    }
    let folded_arrows: BTreeSet<(usize, usize, Way)> =
        arrows.iter().map(|(from, to, way)| (shape_of[from.index()], shape_of[to.index()], *way)).collect();
    Picture { shapes, arrows: folded_arrows.into_iter().collect() }
}

/// Every feed, from the feeding node to the fed one.
#[must_use]
pub fn arrows(topology: &Topology) -> Vec<(NodeId, NodeId, Way)> {
    let mut arrows = Vec::new();
    for (index, node) in topology.nodes.iter().enumerate() {
        let id = NodeId::new(index);
        match &node.role {
            Role::Engine(engine) => arrows.extend(engine.to.iter().map(|to| (id, *to, Way::Push))),
            Role::Log(_) => {}
            Role::Point(point) => {
                for read in &point.reads {
                    let way = if read.standby_after.is_empty() { Way::Read } else { Way::Standby };
                    arrows.push((read.source, id, way));
                }
            }
            Role::Push(push) => arrows.extend(push.learners.iter().map(|learner| (id, *learner, Way::Push))),
        }
    }
    for session in &topology.sessions {
        let way = match session.feed {
            Feed::HighAvailability => Way::HighAvailability,
            Feed::Redistribution | Feed::Typed(_) if session.standby_after.is_empty() => Way::Redistribution,
            Feed::Redistribution | Feed::Typed(_) => Way::Standby,
        };
        arrows.push((session.upstream, session.client, way));
    }
    arrows
}

/// The word beside an arrow.
pub(super) fn word(way: Way) -> &'static str {
    match way {
        Way::HighAvailability => "HA1",
        Way::Push => "push",
        Way::Read => "poll",
        Way::Redistribution => "",
        Way::Standby => "standby",
    }
}

/// Links between sites, as (site, site, text), links of single nodes standing for their site's.
pub(super) fn site_links(topology: &Topology) -> Vec<(SiteId, SiteId, String)> {
    let site_of = |place: crate::topology::Place| match place {
        crate::topology::Place::Node(id) => topology.nodes[id.index()].site,
        crate::topology::Place::Site(id) => id,
    };
    let mut links = Vec::new();
    for link in &topology.links {
        let rate = link.settings.bandwidth.map_or_else(String::new, |rate| format!(", {rate}"));
        let text = format!("{} {}{rate}", link.name, link.settings.latency);
        links.push((site_of(link.ends[0]), site_of(link.ends[1]), text));
    }
    links
}
