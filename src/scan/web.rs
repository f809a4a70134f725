//! Web: every configured feed, and what a hub's leaves are fed over.
//!
//! Knows sessions, logs and pushes. Must not know what happens on them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::NodeId;
use crate::roles::{Mode, PointSettings, SessionSettings};
use crate::scenario::Scenario;
use crate::topology::{Kind, Role};

/// Everything above one hub.
pub(super) struct Tree {
    pub(super) paths: Vec<Option<Vec<NodeId>>>,
    pub(super) edges: Vec<(NodeId, NodeId)>,
    /// Table nodes, and whether each learns from a source itself.
    nodes: BTreeMap<NodeId, bool>,
}

/// Every configured feed.
pub(super) struct Web<'a> {
    scenario: &'a Scenario,
    pub(super) edges: Vec<(NodeId, NodeId)>,
    /// Per node: who feeds it.
    above: Vec<Vec<NodeId>>,
    is_fed_upon: Vec<bool>,
    /// Who reads a directory or a terminal server.
    readers: BTreeSet<NodeId>,
    sessions: Vec<Vec<&'a SessionSettings>>,
}

impl<'a> Web<'a> {
    /// All feeds of `scenario` but those between members of pairs.
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        let topology = &scenario.topology;
        let nodes = topology.nodes.len();
        let mut web = Self {
            scenario,
            edges: Vec::new(),
            above: vec![Vec::new(); nodes],
            is_fed_upon: vec![false; nodes],
            readers: topology.ledgers().flat_map(|(_, _, f)| f.readers.iter().map(|r| r.0)).collect(),
            sessions: vec![Vec::new(); nodes],
        };
        let redistribution = |session: &&SessionSettings| session.feed.redistributes_mappings();
        for session in topology.sessions.iter().filter(redistribution) {
            web.edges.push((session.upstream, session.client));
            web.sessions[session.client.index()].push(session);
        }
        for (index, node) in topology.nodes.iter().enumerate() {
            let here = NodeId::new(index);
            match &node.role {
                Role::Engine(_) | Role::Log(_) => {}
                Role::Point(point) => web.edges.extend(point.reads.iter().map(|read| (read.source, here))),
                Role::Push(push) => web.edges.extend(push.learners.iter().map(|to| (here, *to))),
            }
        }
        for (from, to) in &web.edges {
            web.above[to.index()].push(*from);
            web.is_fed_upon[from.index()] = true;
        }
        web
    }

    /// The one hub that feeds an enforcement point which is nothing but a leaf. Cost: as many steps as it has feeds.
    pub(super) fn hub_of(
        &self,
        id: NodeId,
        point: &PointSettings,
        addresses: usize,
    ) -> Result<NodeId, String> {
        let [session] = self.sessions[id.index()][..] else {
            return Err("does not follow exactly one upstream".to_owned());
        };
        let is_plain = session.mode == Mode::Push
            && session.phase.is_none()
            && session.include.is_empty()
            && session.exclude.is_empty()
            && session.standby_after.is_empty();
        if self.readers.contains(&id) {
            return Err("reads a directory or a terminal server".to_owned());
        }
        if self.above[id.index()].len() > 1 || self.is_fed_upon[id.index()] {
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
    pub(super) fn tree(&self, hub: NodeId) -> Result<Tree, String> {
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
            Role::Push(push) => push.learners.len() == 1 && push.more.probed.is_none(),
            Role::Engine(_) | Role::Log(_) | Role::Point(_) => true,
        };
        let is_plain = |source: &NodeId| match &self.scenario.topology.nodes[source.index()].role {
            Role::Push(push) => push.manner.is_none(),
            Role::Engine(_) | Role::Log(_) | Role::Point(_) => true,
        };
        if !self.above[id.index()].iter().all(is_plain) {
            return Err(format!("{} learns from a source that speaks a text of its own", node.name));
        }
        if !self.above[id.index()].iter().all(single) {
            return Err(format!("{} shares a pushing source, or probes", node.name));
        }
        Ok(())
    }
}

/// The Panorama above, else the only learner.
pub(super) fn authority(scenario: &Scenario, tree: &Tree) -> Result<NodeId, String> {
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
