//! What the reference knows before the run begins: paths, scopes, authorities and what every update is.

use std::collections::{BTreeMap, BTreeSet};

use uidsim::ids::{AddressId, NodeId};
use uidsim::mapping::DataType;
use uidsim::roles::{Feed, PointSettings};
use uidsim::scenario::Scenario;
use uidsim::topology::{Kind, Place, Role};
use uidsim::units::Instant;
use uidsim::workload::{Event, Update, Workload};

/// The identity of an update.
pub(crate) type Id = (NodeId, u64);
/// The order of updates: occurred, source, sequence.
pub(crate) type Key = (Instant, NodeId, u64);
/// A feed, from the feeding to the fed node.
pub(crate) type Edge = (NodeId, NodeId);

/// Sequences from here on are initial updates.
pub(crate) const INITIAL: u64 = 1 << 63;

/// What a feed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    /// From an upstream to its client.
    Session,
    /// Between the members of a pair.
    Ha,
    /// From a polled source.
    Log,
    /// From a pushing source.
    Push,
}

/// The configured scenario and the workload, with what follows from them alone.
pub(crate) struct Facts {
    pub(crate) scenario: Scenario,
    pub(crate) workload: Workload,
    pub(crate) edges: BTreeMap<Edge, EdgeKind>,
    /// The enforcement points.
    pub(crate) points: Vec<NodeId>,
    /// Of each node, everybody from whom edges lead to it.
    pub(crate) upstreams: BTreeMap<NodeId, BTreeSet<NodeId>>,
    /// Of each enforcement point, its authorities.
    pub(crate) authorities: BTreeMap<NodeId, Vec<NodeId>>,
}

impl Facts {
    pub(crate) fn new(scenario: &Scenario, workload: &Workload) -> Self {
        let mut facts = Self {
            scenario: scenario.clone(),
            workload: workload.clone(),
            edges: edges(scenario),
            points: Vec::new(),
            upstreams: BTreeMap::new(),
            authorities: BTreeMap::new(),
        };
        for node in facts.nodes() {
            let upstreams = facts.everybody_before(node);
            facts.upstreams.insert(node, upstreams);
        }
        facts.points =
            facts.nodes().filter(|node| facts.point(*node).is_some_and(|point| point.enforces)).collect();
        for point in facts.points.clone() {
            let authorities = facts.authorities_of(point);
            facts.authorities.insert(point, authorities);
        }
        facts
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.scenario.topology.nodes.len()).map(NodeId::new)
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = AddressId> + use<> {
        (0..self.workload.addresses.len()).map(AddressId::new)
    }

    pub(crate) fn end(&self) -> Instant {
        Instant::after_start(self.scenario.duration)
    }

    /// The settings of a node that has a table.
    pub(crate) fn point(&self, node: NodeId) -> Option<&PointSettings> {
        match &self.scenario.topology.nodes[node.index()].role {
            Role::Point(point) => Some(point),
            Role::Engine(_) | Role::Log(_) | Role::Push(_) => None,
        }
    }

    fn everybody_before(&self, node: NodeId) -> BTreeSet<NodeId> {
        let mut found = BTreeSet::new();
        loop {
            let before = found.len();
            for (from, to) in self.edges.keys() {
                if *to == node || found.contains(to) {
                    found.insert(*from);
                }
            }
            if found.len() == before {
                return found;
            }
        }
    }

    fn is_learner(&self, node: NodeId) -> bool {
        self.edges.iter().any(|((_, to), kind)| *to == node && matches!(kind, EdgeKind::Log | EdgeKind::Push))
    }

    fn authorities_of(&self, point: NodeId) -> Vec<NodeId> {
        let kind = |node: &NodeId| self.scenario.topology.nodes[node.index()].kind;
        let mut candidates = self.upstreams[&point].clone();
        candidates.retain(|node| self.point(*node).is_some());
        if candidates.iter().any(|node| kind(node) == Kind::Panorama) {
            return candidates.into_iter().filter(|node| kind(node) == Kind::Panorama).collect();
        }
        candidates.insert(point);
        candidates.into_iter().filter(|node| self.is_learner(*node)).collect()
    }

    /// Whether `edge` leads to `point` or to somebody before it.
    pub(crate) fn leads_to(&self, edge: Edge, point: NodeId) -> bool {
        self.is_on_the_way(edge.1, point)
    }

    /// Whether `place` is `point` or somebody before it.
    pub(crate) fn is_on_the_way(&self, place: NodeId, point: NodeId) -> bool {
        place == point || self.upstreams[&point].contains(&place)
    }

    /// The least number of edges from `from` to `to`.
    pub(crate) fn distance(&self, from: NodeId, to: NodeId) -> usize {
        let mut reached = BTreeSet::from([from]);
        let mut steps = 0;
        while !reached.contains(&to) {
            let next: Vec<NodeId> =
                self.edges.keys().filter(|edge| reached.contains(&edge.0)).map(|edge| edge.1).collect();
            reached.extend(next);
            steps += 1;
            assert!(steps <= self.edges.len(), "asked for the distance between strangers");
        }
        steps
    }

    pub(crate) fn in_scope(&self, point: NodeId, address: AddressId) -> bool {
        let scope = &self.point(point).expect("an enforcement point has a table").scope;
        let ip = self.workload.addresses[address.index()];
        scope.is_empty() || scope.iter().any(|net| net.contains(&ip))
    }

    /// The pair that `node` is a member of, preferred member first.
    pub(crate) fn pair_of(&self, node: NodeId) -> Option<[NodeId; 2]> {
        self.scenario.topology.pairs.iter().map(|pair| pair.members).find(|members| members.contains(&node))
    }

    /// Firewalls outside pairs and pairs, each as the list of its members among the enforcement points.
    pub(crate) fn units(&self) -> Vec<Vec<NodeId>> {
        let mut units: Vec<Vec<NodeId>> =
            self.points.iter().filter(|p| self.pair_of(**p).is_none()).map(|p| vec![*p]).collect();
        for pair in &self.scenario.topology.pairs {
            let members: Vec<NodeId> =
                pair.members.iter().copied().filter(|m| self.points.contains(m)).collect();
            if !members.is_empty() {
                units.push(members);
            }
        }
        units
    }

    /// What the workload says of an update; `None` for initial ones.
    pub(crate) fn update(&self, id: Id) -> Option<&Update> {
        (id.1 < INITIAL).then(|| &self.workload.updates[id.0.index()][id.1 as usize])
    }

    pub(crate) fn key(&self, id: Id) -> Key {
        (self.update(id).map_or(Instant::ZERO, |update| update.occurred), id.0, id.1)
    }

    pub(crate) fn is_counted(&self, id: Id) -> bool {
        self.update(id).is_some_and(|update| update.occurred >= self.scenario.measure_from)
    }

    /// Whether `event` says that the user is at the address.
    pub(crate) fn says_present(event: Event) -> bool {
        matches!(event, Event::LogOn | Event::Refresh)
    }

    /// Whether a way over up links leads from `a` to `b`; their own sites carry for free.
    pub(crate) fn connected(&self, a: NodeId, b: NodeId, link_up: &[bool]) -> bool {
        let site = |node: NodeId| Place::Site(self.scenario.topology.nodes[node.index()].site);
        let mut reached = vec![Place::Node(a), site(a)];
        loop {
            let before = reached.len();
            for (link, up) in self.scenario.topology.links.iter().zip(link_up) {
                let [one, other] = link.ends;
                if *up && reached.contains(&one) != reached.contains(&other) {
                    reached.push(if reached.contains(&one) { other } else { one });
                }
            }
            if reached.len() == before {
                return reached.contains(&Place::Node(b)) || reached.contains(&site(b));
            }
        }
    }
}

fn edges(scenario: &Scenario) -> BTreeMap<Edge, EdgeKind> {
    let mut edges = BTreeMap::new();
    for session in &scenario.topology.sessions {
        let kind = match session.feed {
            Feed::HighAvailability => EdgeKind::Ha,
            Feed::Redistribution => EdgeKind::Session,
            // What is told of other things than mappings is no feed of these.
            Feed::Typed(types) if !types.holds(DataType::IpUser) => continue,
            Feed::Typed(_) => EdgeKind::Session,
        };
        edges.insert((session.upstream, session.client), kind);
    }
    for (index, node) in scenario.topology.nodes.iter().enumerate() {
        let id = NodeId::new(index);
        match &node.role {
            Role::Engine(_) | Role::Log(_) => {}
            Role::Point(point) => {
                edges.extend(point.reads.iter().map(|read| ((read.source, id), EdgeKind::Log)));
            }
            Role::Push(push) => {
                edges.extend(push.learners.iter().map(|learner| ((id, *learner), EdgeKind::Push)));
            }
        }
    }
    edges
}
