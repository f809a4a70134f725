//! Cast: which enforcement points can be scanned, and over which tree they are fed.
//!
//! Knows the configured feeds. Must not know what happens on them.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::reach::Reach;
use crate::assemble::links_out_of;
use crate::ids::{LinkId, NodeId, SiteId};
use crate::mapping::Conflict;
use crate::roles::{Feed, Mode, PointSettings, SessionSettings};
use crate::scenario::{Fault, FaultKind, Scenario};
use crate::topology::{Kind, Place, Role};
use crate::units::{Instant, Span};

/// One enforcement point that is scanned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    /// The node.
    pub(super) node: NodeId,
    /// Its class.
    pub(super) class: usize,
    /// Where it stands.
    pub(super) site: SiteId,
    /// Whether all users' flows cross it.
    pub(super) through: bool,
    /// When the last fault is over that may break its session; `NEVER`: none is.
    settled: Instant,
}

/// Leaves that are fed by one hub and treat what they are told alike.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Who feeds them.
    pub(super) hub: NodeId,
    /// Whose answer theirs is compared with.
    pub(super) authority: NodeId,
    /// How long an entry lives without a refresh.
    pub(super) timeout: Option<Span>,
    /// Which of two mappings wins.
    pub(super) conflict: Conflict,
    /// Whether an identical version restarts the timer.
    pub(super) restarts: bool,
    /// The networks whose users cross them; empty: all.
    pub(super) scope: Vec<IpNet>,
    /// Per source: the nodes from its learner to the hub; `None`: it does not feed them.
    pub(super) paths: Vec<Option<Vec<NodeId>>>,
    /// The edges of the tree, the nearest to the leaves first (equals in order of their ends). The edge from the
    /// hub to the leaf is not among them.
    pub(super) edges: Vec<(NodeId, NodeId)>,
}

impl Class {
    /// The position of an edge among `edges`.
    pub(super) fn edge(&self, from: NodeId, to: NodeId) -> usize {
        self.edges.iter().position(|edge| *edge == (from, to)).expect("a path runs over the tree's edges")
    }

    fn takes_alike(&self, hub: NodeId, point: &PointSettings) -> bool {
        self.hub == hub
            && self.timeout == point.timeout
            && self.conflict == point.conflict
            && self.restarts == point.resync_restarts_timer
            && self.scope == point.scope
    }
}

/// All leaves of a scenario, and what feeds them.
#[derive(Clone, Debug)]
pub struct Cast {
    /// In `NodeId` order.
    pub(super) leaves: Vec<Leaf>,
    /// The leaf of each node.
    pub(super) leaf_of: Vec<Option<usize>>,
    pub(super) classes: Vec<Class>,
    /// Whether each node feeds a leaf, sources included.
    pub(super) is_core: Vec<bool>,
    /// Per node: the nodes that it feeds, leaves left out.
    pub(super) feeds: Vec<Vec<NodeId>>,
    pub(super) reach: Reach,
}

impl Cast {
    /// The cast of `scenario` with `addresses` addresses.
    ///
    /// Errors: why its enforcement points cannot be scanned, as half a sentence.
    pub fn new(scenario: &Scenario, addresses: usize) -> Result<Self, String> {
        let topology = &scenario.topology;
        let name = |node: NodeId| topology.nodes[node.index()].name.clone();
        if scenario.warm {
            return Err("tables are warm at the start".to_owned());
        }
        if !topology.pairs.is_empty() {
            return Err("there are HA pairs".to_owned());
        }
        let stops = |kind: &FaultKind| matches!(kind, FaultKind::Crash { .. } | FaultKind::Suspend { .. });
        if let Some(fault) = scenario.faults.iter().find(|fault| stops(&fault.kind)) {
            return Err(format!("the fault {} stops a node", fault.name));
        }
        let web = Web::new(scenario)?;
        let mut cast = Self {
            leaves: Vec::new(),
            leaf_of: vec![None; topology.nodes.len()],
            classes: Vec::new(),
            is_core: vec![false; topology.nodes.len()],
            feeds: vec![Vec::new(); topology.nodes.len()],
            reach: Reach::new(topology),
        };
        for (index, node) in topology.nodes.iter().enumerate() {
            let id = NodeId::new(index);
            let Role::Point(point) = &node.role else { continue };
            if !point.enforces {
                continue;
            }
            let hub = web.hub_of(id, point, addresses).map_err(|why| format!("{} {why}", name(id)))?;
            let class = cast.class(scenario, &web, hub, point)?;
            cast.leaf_of[index] = Some(cast.leaves.len());
            let through = scenario.flows.through.contains(&id);
            let settled = settled(scenario, id);
            cast.leaves.push(Leaf { node: id, class, site: node.site, through, settled });
        }
        if cast.leaves.is_empty() {
            return Err("there is no enforcement point".to_owned());
        }
        for (from, to) in web.edges.iter().copied() {
            if cast.is_core[to.index()] && cast.is_core[from.index()] {
                cast.feeds[from.index()].push(to);
            }
        }
        Ok(cast)
    }

    /// From when on each node may be carried outside the agenda, by `NodeId`.
    #[must_use]
    pub fn scanned_from(&self) -> Vec<Option<Instant>> {
        self.leaf_of.iter().map(|leaf| leaf.map(|leaf| self.leaves[leaf].settled)).collect()
    }

    /// How many enforcement points are scanned.
    #[must_use]
    pub fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// Each leaf by its position, with its hub.
    pub fn hubs(&self) -> impl Iterator<Item = (usize, NodeId)> + '_ {
        self.leaves.iter().enumerate().map(|(leaf, about)| (leaf, self.classes[about.class].hub))
    }

    /// The position of a leaf. Panics when `node` is none.
    #[must_use]
    pub fn leaf(&self, node: NodeId) -> usize {
        self.leaf_of[node.index()].expect("lanes lead to leaves")
    }

    /// The nodes from a leaf's authority to the leaf, each fed by the one before.
    pub(super) fn chain(&self, leaf: usize) -> Vec<NodeId> {
        let about = &self.leaves[leaf];
        let class = &self.classes[about.class];
        let above = class.paths.iter().flatten().find_map(|path| {
            let first = path.iter().position(|node| *node == class.authority)?;
            Some(&path[first..])
        });
        above.into_iter().flatten().copied().chain([about.node]).collect()
    }

    fn class(
        &mut self,
        scenario: &Scenario,
        web: &Web<'_>,
        hub: NodeId,
        point: &PointSettings,
    ) -> Result<usize, String> {
        if let Some(known) = self.classes.iter().position(|class| class.takes_alike(hub, point)) {
            return Ok(known);
        }
        let tree = web.tree(hub)?;
        let authority = authority(scenario, &tree)?;
        for node in tree.paths.iter().enumerate().filter_map(|(source, path)| Some((source, path.as_ref()?)))
        {
            self.is_core[node.0] = true;
            node.1.iter().for_each(|node| self.is_core[node.index()] = true);
        }
        self.is_core[hub.index()] = true;
        self.classes.push(Class {
            hub,
            authority,
            timeout: point.timeout,
            conflict: point.conflict,
            restarts: point.resync_restarts_timer,
            scope: point.scope.clone(),
            paths: tree.paths,
            edges: tree.edges,
        });
        Ok(self.classes.len() - 1)
    }
}

/// Everything above one hub.
struct Tree {
    paths: Vec<Option<Vec<NodeId>>>,
    edges: Vec<(NodeId, NodeId)>,
    /// Table nodes, and whether each learns from a source itself.
    nodes: BTreeMap<NodeId, bool>,
}

/// Every configured feed.
struct Web<'a> {
    scenario: &'a Scenario,
    edges: Vec<(NodeId, NodeId)>,
    /// Per node: who feeds it.
    above: Vec<Vec<NodeId>>,
    is_fed_upon: Vec<bool>,
    sessions: Vec<Vec<&'a SessionSettings>>,
}

impl<'a> Web<'a> {
    fn new(scenario: &'a Scenario) -> Result<Self, String> {
        let topology = &scenario.topology;
        let nodes = topology.nodes.len();
        let mut web = Self {
            scenario,
            edges: Vec::new(),
            above: vec![Vec::new(); nodes],
            is_fed_upon: vec![false; nodes],
            sessions: vec![Vec::new(); nodes],
        };
        for session in &topology.sessions {
            web.edges.push((session.upstream, session.client));
            web.sessions[session.client.index()].push(session);
        }
        for (index, node) in topology.nodes.iter().enumerate() {
            let here = NodeId::new(index);
            match &node.role {
                Role::Log(_) => {}
                Role::Point(point) => web.edges.extend(point.reads.iter().map(|read| (read.source, here))),
                Role::Push(push) => web.edges.extend(push.learners.iter().map(|to| (here, *to))),
            }
        }
        for (from, to) in &web.edges {
            web.above[to.index()].push(*from);
            web.is_fed_upon[from.index()] = true;
        }
        Ok(web)
    }

    /// The one hub that feeds an enforcement point which is nothing but a leaf.
    fn hub_of(&self, id: NodeId, point: &PointSettings, addresses: usize) -> Result<NodeId, String> {
        let [session] = self.sessions[id.index()][..] else {
            return Err("does not follow exactly one upstream".to_owned());
        };
        let is_plain = session.feed == Feed::Redistribution
            && session.mode == Mode::Push
            && session.phase.is_none()
            && session.include.is_empty()
            && session.exclude.is_empty()
            && session.standby_after.is_empty();
        if self.above[id.index()].len() > 1 || self.is_fed_upon[id.index()] || point.ha.is_some() {
            return Err("reads sources or feeds others".to_owned());
        }
        if !is_plain {
            return Err("polls, filters or has a tick of its own".to_owned());
        }
        if point.capacity < addresses as u64 {
            return Err("may find its table full".to_owned());
        }
        Ok(session.upstream)
    }

    /// What feeds `hub`, if each source does so over one path only.
    fn tree(&self, hub: NodeId) -> Result<Tree, String> {
        let nodes = &self.scenario.topology.nodes;
        let mut tree = Tree { paths: vec![None; nodes.len()], edges: Vec::new(), nodes: BTreeMap::new() };
        let mut ways: Vec<Option<Vec<NodeId>>> = vec![None; nodes.len()];
        ways[hub.index()] = Some(Vec::new());
        let mut level = vec![hub];
        while !level.is_empty() {
            level.sort_unstable();
            let mut next = Vec::new();
            let mut edges: Vec<(NodeId, NodeId)> = Vec::new();
            for to in level {
                let way = ways[to.index()].clone().expect("it has been reached");
                tree.nodes.entry(to).or_insert(false);
                self.check_core(to)?;
                for from in &self.above[to.index()] {
                    if ways[from.index()].is_some() {
                        return Err(format!("{} reaches its hub twice", nodes[from.index()].name));
                    }
                    edges.push((*from, to));
                    let longer: Vec<NodeId> = std::iter::once(to).chain(way.iter().copied()).collect();
                    if matches!(nodes[from.index()].role, Role::Point(_)) {
                        next.push(*from);
                    } else {
                        tree.paths[from.index()] = Some(longer.clone());
                        tree.nodes.insert(to, true);
                    }
                    ways[from.index()] = Some(longer);
                }
            }
            edges.sort_unstable();
            tree.edges.extend(edges);
            level = next;
        }
        Ok(tree)
    }

    /// What a node above the leaves must not do, because its copies would part ways.
    fn check_core(&self, id: NodeId) -> Result<(), String> {
        let node = &self.scenario.topology.nodes[id.index()];
        let Role::Point(point) = &node.role else { return Ok(()) };
        let plain = |session: &&SessionSettings| {
            session.include.is_empty() && session.exclude.is_empty() && session.standby_after.is_empty()
        };
        let standby = point.reads.iter().any(|read| !read.standby_after.is_empty());
        if point.enforces {
            return Err(format!("{} enforces and feeds others", node.name));
        }
        if point.announce.coalesce || point.ha.is_some() || standby {
            return Err(format!("{} coalesces or is one of several", node.name));
        }
        if !self.sessions[id.index()].iter().all(plain) {
            return Err(format!("{} filters or is on standby", node.name));
        }
        let single = |source: &NodeId| match &self.scenario.topology.nodes[source.index()].role {
            Role::Push(push) => push.learners.len() == 1,
            Role::Log(_) | Role::Point(_) => true,
        };
        if !self.above[id.index()].iter().all(single) {
            return Err(format!("{} shares a pushing source", node.name));
        }
        Ok(())
    }
}

/// When the last fault is over that may break the session of the leaf `id`: a reset of its own, or a link that is down
/// at its site.
fn settled(scenario: &Scenario, id: NodeId) -> Instant {
    let topology = &scenario.topology;
    let site = topology.nodes[id.index()].site;
    let is_near = |end: &Place| *end == Place::Site(site) || *end == Place::Node(id);
    let crosses = |link: LinkId| topology.links[link.index()].ends.iter().any(is_near);
    let touches = |kind: &FaultKind| match kind {
        FaultKind::LinkDown { link } => crosses(*link),
        FaultKind::Partition { site } => links_out_of(scenario, *site).into_iter().any(crosses),
        FaultKind::Reset { node } => *node == id,
        FaultKind::Crash { .. } | FaultKind::Degraded { .. } | FaultKind::Suspend { .. } => false,
    };
    let over = |fault: &Fault| fault.until.unwrap_or(Instant::NEVER);
    let faults = scenario.faults.iter().filter(|fault| touches(&fault.kind));
    faults.map(over).max().unwrap_or(Instant::ZERO)
}

/// The Panorama above, else the only learner.
fn authority(scenario: &Scenario, tree: &Tree) -> Result<NodeId, String> {
    let kind = |node: NodeId| scenario.topology.nodes[node.index()].kind;
    let all = || tree.nodes.iter();
    let panoramas: Vec<NodeId> =
        all().map(|(node, _)| *node).filter(|node| kind(*node) == Kind::Panorama).collect();
    let learners: Vec<NodeId> = all().filter(|(_, learns)| **learns).map(|(node, _)| *node).collect();
    let authorities = if panoramas.is_empty() { learners } else { panoramas };
    match authorities[..] {
        [one] => Ok(one),
        [] => Err("leaves have no authority".to_owned()),
        _ => Err("leaves have several authorities".to_owned()),
    }
}
