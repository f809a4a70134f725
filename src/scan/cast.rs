//! Cast: which enforcement points can be scanned, and over which tree they are fed.
//!
//! Knows the configured feeds. Must not know what happens on them.

use ipnet::IpNet;

use super::reach::{Joined, Reach};
use super::web::{Web, authority};
use crate::assemble::links_out_of;
use crate::engine::Processor;
use crate::ids::{LinkId, NodeId, SiteId};
use crate::mapping::{Conflict, ROUTE_MAX};
use crate::random::Distribution;
use crate::roles::{Joining, PointSettings};
use crate::scenario::{Fault, FaultKind, Scenario};
use crate::topology::{Link, Pair, Place, Role};
use crate::units::{Instant, Span};

/// One enforcement point that is scanned.
#[derive(Clone, Debug)]
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
    /// When its session is reset. Units: nanoseconds.
    pub(super) resets: Vec<u64>,
    /// Its part in a pair.
    pub(super) part: Part,
}

/// What part a leaf has in an HA pair.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// It is in none.
    Alone,
    /// It is told by the hub, and tells the leaf of this position.
    First { tells: usize },
    /// It is told by the leaf of this position.
    Second { told_by: usize, sync: Sync },
}

impl Part {
    /// Whether it is the member of a pair that its hub tells.
    pub(super) fn is_first(&self) -> bool {
        matches!(self, Self::First { .. })
    }
}

/// How a member of a pair tells the other.
#[derive(Clone, Debug)]
pub(super) struct Sync {
    lag: Span,
    interval: Span,
    pub(super) mappings_per_message: u32,
    /// Of the first and of the second member, always the same for the same work.
    pub(super) processors: [Processor; 2],
}

impl Sync {
    /// When what was applied at `at` is sent to the other member.
    pub(super) fn due(&self, at: Instant) -> Instant {
        let gathered = if self.interval.is_zero() { at } else { at.next_on_grid(Span::ZERO, self.interval) };
        gathered.later(self.lag)
    }
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
    /// Of second members of pairs: the place among `edges` of the edge from the hub to the first, which stands there as
    /// from the hub to itself.
    pub(super) relay: Option<usize>,
}

impl Class {
    /// The position of an edge among `edges`.
    pub(super) fn edge(&self, from: NodeId, to: NodeId) -> usize {
        self.edges.iter().position(|edge| *edge == (from, to)).expect("a path runs over the tree's edges")
    }

    /// The hop on which a copy is that the hub has sent to those whom it tells itself.
    pub(super) fn last_hop(&self) -> usize {
        self.relay.map_or(0, |place| place + 1)
    }

    /// Whether its leaves make the same of the hub's frames as those of another class.
    pub(super) fn merges_as(&self, other: &Self) -> bool {
        let settings = |class: &Self| (class.hub, class.timeout, class.conflict, class.restarts);
        settings(self) == settings(other) && self.scope == other.scope
    }

    fn takes_alike(&self, hub: NodeId, point: &PointSettings, is_second: bool) -> bool {
        self.hub == hub
            && self.relay.is_some() == is_second
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
        if scenario.enforces_more_than_mappings() {
            return Err("policy, tags or a dataplane's capacity are looked at".to_owned());
        }
        let stops = |kind: &FaultKind| matches!(kind, FaultKind::Crash { .. } | FaultKind::Suspend { .. });
        let cuts =
            |kind: &FaultKind| matches!(kind, FaultKind::DnsDown { .. } | FaultKind::ServiceRouteDown { .. });
        if let Some(fault) = scenario.faults.iter().find(|fault| cuts(&fault.kind)) {
            return Err(format!("the fault {} keeps nodes from dialling", fault.name));
        }
        let is_plain = |joining: &Joining| {
            joining.mismatch.is_none() && joining.valid_until.is_none() && joining.backup_of.is_none()
        };
        if let Some(session) = topology.sessions.iter().find(|session| !is_plain(&session.joining)) {
            return Err(format!("a session of {} may be refused, or is a backup", name(session.client)));
        }
        if let Some(fault) = scenario.faults.iter().find(|fault| stops(&fault.kind)) {
            return Err(format!("the fault {} stops a node", fault.name));
        }
        let web = Web::new(scenario);
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
            let is_second = point.ha.as_ref().is_some_and(|ha| !ha.preferred);
            let class = cast.class(scenario, &web, hub, (point, is_second))?;
            cast.leaf_of[index] = Some(cast.leaves.len());
            let through = scenario.flows.through.contains(&id);
            let settled = settled(scenario, id);
            let is_reset = |fault: &&Fault| fault.kind == FaultKind::Reset { node: id };
            let resets = scenario.faults.iter().filter(is_reset).map(|fault| fault.at.nanos()).collect();
            let (site, part) = (node.site, Part::Alone);
            cast.leaves.push(Leaf { node: id, class, site, through, settled, resets, part });
        }
        for pair in &topology.pairs {
            cast.join(scenario, pair).map_err(|why| format!("the pair {} {why}", pair.name))?;
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
        let from = |leaf: &Leaf| (!matches!(leaf.part, Part::Second { .. })).then_some(leaf.settled);
        self.leaf_of.iter().map(|leaf| leaf.and_then(|leaf| from(&self.leaves[leaf]))).collect()
    }

    /// How many enforcement points have a session that a fault may break.
    #[must_use]
    pub fn breakable(&self) -> usize {
        self.leaves.iter().filter(|leaf| leaf.settled > Instant::ZERO).count()
    }

    /// How many enforcement points are scanned.
    #[must_use]
    pub fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// Each leaf that a hub tells by its position, with that hub.
    pub fn hubs(&self) -> impl Iterator<Item = (usize, NodeId)> + '_ {
        let leaves = self.leaves.iter().enumerate();
        let told = leaves.filter(|(_, leaf)| !matches!(leaf.part, Part::Second { .. }));
        told.map(|(leaf, about)| (leaf, self.classes[about.class].hub))
    }

    /// The position of a leaf. Panics when `node` is none.
    #[must_use]
    pub fn leaf(&self, node: NodeId) -> usize {
        self.leaf_of[node.index()].expect("lanes lead to leaves")
    }

    /// Whether a chain of links leads from its authority to a leaf, from node to node of those that feed each other.
    pub(super) fn is_reached(&self, leaf: usize, joined: &Joined) -> bool {
        let about = &self.leaves[leaf];
        let class = &self.classes[about.class];
        let above = class.paths.iter().flatten().find_map(|path| {
            let first = path.iter().position(|node| *node == class.authority)?;
            Some(&path[first..])
        });
        let above = above.unwrap_or_default();
        let direct = joined.joins(class.hub, about.node);
        let around = match about.part {
            Part::Alone => false,
            Part::First { tells: other } | Part::Second { told_by: other, .. } => {
                let other = self.leaves[other].node;
                joined.joins(class.hub, other) && joined.joins(other, about.node)
            }
        };
        above.windows(2).all(|ends| joined.joins(ends[0], ends[1])) && (direct || around)
    }

    /// Both members of a pair must do nothing but tell the hub's frames on: then the second has them a lag later.
    fn join(&mut self, scenario: &Scenario, pair: &Pair) -> Result<(), &'static str> {
        let nodes = pair.members.map(|member| &scenario.topology.nodes[member.index()]);
        let leaves = pair.members.map(|member| self.leaf_of[member.index()]);
        let ([Role::Point(point), _], [Some(first), Some(second)]) = (nodes.map(|node| &node.role), leaves)
        else {
            return Err("enforces nothing");
        };
        let Some(ha) = &point.ha else { return Err("has no feed between its members") };
        if ha.tentative_hold.is_some() {
            return Err("has two members that enforce");
        }
        let is_wired =
            |link: &Link| pair.members.iter().all(|member| link.ends.contains(&Place::Node(*member)));
        if nodes[0].site != nodes[1].site || scenario.topology.links.iter().any(is_wired) {
            return Err("has a link between its members");
        }
        let class = |leaf: usize| &self.classes[self.leaves[leaf].class];
        if class(first).hub != class(second).hub || class(first).scope != class(second).scope {
            return Err("has members with different hubs or scopes");
        }
        let is_steady = |processor: &Processor| {
            let costs = [&processor.per_message, &processor.per_mapping, &processor.per_send];
            costs.into_iter().all(|cost| matches!(cost, Distribution::Constant(_)))
        };
        if !nodes.iter().all(|node| is_steady(&node.processor) && node.ports_blocked.is_empty()) {
            return Err("has members with blocked ports, or processors that take another time each time");
        }
        let sync = Sync {
            lag: ha.sync_lag,
            interval: ha.sync_interval,
            mappings_per_message: point.announce.mappings_per_message,
            processors: nodes.map(|node| node.processor.clone()),
        };
        self.leaves[first].part = Part::First { tells: second };
        self.leaves[second].part = Part::Second { told_by: first, sync };
        Ok(())
    }

    fn class(
        &mut self,
        scenario: &Scenario,
        web: &Web<'_>,
        hub: NodeId,
        (point, is_second): (&PointSettings, bool),
    ) -> Result<usize, String> {
        let alike = |class: &Class| class.takes_alike(hub, point, is_second);
        if let Some(known) = self.classes.iter().position(alike) {
            return Ok(known);
        }
        let mut tree = web.tree(hub)?;
        let authority = authority(scenario, &tree)?;
        if tree.paths.iter().flatten().any(|path| path.len() > ROUTE_MAX) {
            return Err("some leaves are too many hops away".to_owned());
        }
        for node in tree.paths.iter().enumerate().filter_map(|(source, path)| Some((source, path.as_ref()?)))
        {
            self.is_core[node.0] = true;
            node.1.iter().for_each(|node| self.is_core[node.index()] = true);
        }
        self.is_core[hub.index()] = true;
        // Edges into the hub and the one out of it to a first member are as far from a second.
        let relay = is_second.then(|| tree.edges.partition_point(|(from, to)| *to == hub && *from < hub));
        if let Some(place) = relay {
            tree.edges.insert(place, (hub, hub));
        }
        self.classes.push(Class {
            hub,
            authority,
            timeout: point.timeout,
            conflict: point.conflict,
            restarts: point.resync_restarts_timer,
            scope: point.scope.clone(),
            paths: tree.paths,
            edges: tree.edges,
            relay,
        });
        Ok(self.classes.len() - 1)
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
        FaultKind::Crash { .. }
        | FaultKind::Degraded { .. }
        | FaultKind::DnsDown { .. }
        | FaultKind::ServiceRouteDown { .. }
        | FaultKind::Suspend { .. } => false,
    };
    let over = |fault: &Fault| fault.until.unwrap_or(Instant::NEVER);
    let faults = scenario.faults.iter().filter(|fault| touches(&fault.kind));
    faults.map(over).max().unwrap_or(Instant::ZERO)
}
