//! Cases in which every enforcement point only follows one stream, and nothing breaks: those that can be scanned.

use uidsim::engine::Processor;
use uidsim::ids::NodeId;
use uidsim::random::{Distribution, Seed};
use uidsim::roles::{Feed, Joining, Mode, SessionSettings};
use uidsim::scenario::{Fault, FaultKind, Flows, Margin, Scenario};
use uidsim::topology::tree::Tree;
use uidsim::topology::{Kind, Role, Topology};
use uidsim::units::{Instant, Span};

use super::cast::SESSION_PORT;
use super::{Case, Grower};

const ZERO: Distribution = Distribution::ZERO;

impl Case {
    /// The calm case of this number.
    pub(crate) fn calm(number: u64) -> Self {
        Grower::new(number).calm(Seed(number))
    }
}

impl Grower {
    fn calm(mut self, seed: Seed) -> Case {
        self.sites();
        self.calm_cast();
        self.calm_sessions();
        self.calm_pairs();
        self.links();
        for link in &mut self.topology.links {
            link.settings.ports_blocked.clear();
        }
        let workload = self.workload();
        let mut faults = self.degradations();
        faults.extend(self.breaks());
        let firewalls = self.firewalls.clone();
        let through = self.some_of(&firewalls, 20);
        let scenario = Scenario {
            name: format!("calm-{}", seed.0),
            topology: Topology { nodes: std::mem::take(&mut self.nodes), ..self.topology.clone() },
            workload,
            faults,
            expectations: Vec::new(),
            entries_expected: Vec::new(),
            tolerances: Vec::new(),
            typed: Tree::nothing(),
            flows: Flows { per_second: 1.0, through },
            start: self.day_start(),
            duration: self.duration,
            measure_from: self.measure_from(),
            window: Span::from_seconds(5 + self.stream.below(40)),
            warm: false,
            seed,
            events_max: 3_000_000,
            hash: "0000000000000000".to_owned(),
            enforcement: Default::default(),
            margin: Margin::default(),
        };
        Case { seed, scenario, file: self.file }
    }

    fn calm_cast(&mut self) {
        let sources = 1 + self.below(3);
        self.sources = (0..sources).map(|i| self.node(Kind::Source, format!("source-{i}"))).collect();
        let has_panorama = self.chance(60);
        let agents = if has_panorama { 1 + self.below(2) } else { 1 };
        self.learners = (0..agents).map(|i| self.node(Kind::Agent, format!("agent-{i}"))).collect();
        if has_panorama {
            self.panorama = Some(self.node(Kind::Panorama, "panorama".to_owned()));
        }
        let hubs = self.below(3);
        self.hubs = (0..hubs).map(|i| self.node(Kind::Hub, format!("hub-{i}"))).collect();
        let firewalls = 1 + self.below(5);
        self.firewalls = (0..firewalls).map(|i| self.node(Kind::Firewall, format!("fw-{i}"))).collect();
        let is_alike = self.chance(60);
        let all: Vec<NodeId> = (0..self.nodes.len()).map(NodeId::new).collect();
        let mut last = None;
        for id in all {
            self.nodes[id.index()].ports_blocked.clear();
            if self.sources.contains(&id) {
                let learner = self.pick(&self.learners.clone());
                self.calm_source(id, learner);
            } else {
                let kind = self.nodes[id.index()].kind;
                let mut point = self.point(id);
                point.reads.clear();
                point.announce.coalesce = false;
                point.announce.backlog_messages_max = 10_000;
                point.capacity = 1_000;
                if kind == Kind::Firewall && is_alike {
                    point = last.get_or_insert(point).clone();
                }
                self.nodes[id.index()].role = Role::Point(point);
            }
        }
        self.calm_reads();
    }

    fn calm_source(&mut self, id: NodeId, learner: NodeId) {
        self.nodes[id.index()].role = match self.source() {
            Role::Push(push) => {
                Role::Push(uidsim::roles::PushSettings { learners: vec![learner], manner: None, ..push })
            }
            other => other,
        };
    }

    /// Each log is read by one agent.
    fn calm_reads(&mut self) {
        for source in self.sources.clone() {
            if !matches!(self.nodes[source.index()].role, Role::Log(_)) {
                continue;
            }
            let learner = self.pick(&self.learners.clone());
            let read = uidsim::roles::Read {
                source,
                interval: self.span(200, 5_000),
                phase: self.phase(),
                history_records_max: 50_000,
                standby_after: Vec::new(),
                takes: None,
            };
            if let Role::Point(point) = &mut self.nodes[learner.index()].role {
                point.reads.push(read);
            }
        }
    }

    fn calm_sessions(&mut self) {
        let top = self.panorama.unwrap_or(self.learners[0]);
        let mut pairs: Vec<(NodeId, NodeId)> = Vec::new();
        if let Some(panorama) = self.panorama {
            pairs.extend(self.learners.iter().map(|learner| (panorama, *learner)));
        }
        let mut upstreams = vec![top];
        for hub in self.hubs.clone() {
            pairs.push((hub, self.pick(&upstreams.clone())));
            upstreams.push(hub);
        }
        for firewall in self.firewalls.clone() {
            pairs.push((firewall, self.pick(&upstreams.clone())));
        }
        for (client, upstream) in pairs {
            let is_leaf = self.firewalls.contains(&client);
            let mode = if is_leaf || self.chance(80) {
                Mode::Push
            } else {
                Mode::Poll { interval: self.span(500, 3_000) }
            };
            let phase = if is_leaf || self.chance(80) { None } else { Some(self.phase()) };
            let tls_round_trips = if self.chance(20) { 1 + self.stream.below(2) as u32 } else { 0 };
            self.topology.sessions.push(SessionSettings {
                client,
                upstream,
                feed: Feed::Redistribution,
                port: SESSION_PORT,
                mode,
                phase,
                include: Vec::new(),
                exclude: Vec::new(),
                standby_after: Vec::new(),
                joining: Joining { tls_round_trips, ..Joining::default() },
            });
        }
    }

    /// One that takes no time, or always the same for the same work.
    fn steady_processor(&mut self) -> Processor {
        if self.chance(30) {
            return Processor { per_message: ZERO, per_mapping: ZERO, per_send: ZERO };
        }
        let mut cost = |most: u64| Distribution::Constant(Span::from_micros(self.stream.below(most)));
        Processor { per_message: cost(50_000), per_mapping: cost(20_000), per_send: cost(300_000) }
    }

    /// Some firewalls become members of pairs that stand at one place.
    fn calm_pairs(&mut self) {
        let count = if self.chance(50) { 0 } else { 1 + self.below(2) };
        for pair in 0..count {
            let first = self.pick(&self.firewalls.clone());
            let Role::Point(point) = self.nodes[first.index()].role.clone() else { continue };
            if point.ha.is_some() {
                continue;
            }
            self.nodes[first.index()].processor = self.steady_processor();
            let second = NodeId::new(self.nodes.len());
            self.nodes.push(self.nodes[first.index()].clone());
            self.nodes[second.index()].name = format!("second-{pair}");
            self.nodes[second.index()].processor = self.steady_processor();
            if self.chance(30) {
                let Role::Point(mut other) = Role::Point(self.point(first)) else { continue };
                (other.capacity, other.reads, other.scope) = (1_000, Vec::new(), point.scope.clone());
                self.nodes[second.index()].role = Role::Point(other);
            }
            let mut session = self
                .topology
                .sessions
                .iter()
                .find(|session| session.client == first)
                .expect("it is fed")
                .clone();
            session.client = second;
            self.topology.sessions.push(session);
            self.join(pair, [first, second], true);
        }
    }

    /// What breaks the sessions of some leaves, for a while or for good.
    fn breaks(&mut self) -> Vec<Fault> {
        if self.chance(35) {
            return Vec::new();
        }
        let count = 1 + self.below(4);
        (0..count).map(|index| self.one_break(index)).collect()
    }

    fn one_break(&mut self, index: usize) -> Fault {
        let length = self.duration.seconds() as u64 * 1_000;
        let at = Instant::after_start(self.span(0, length * 3 / 4));
        let name = format!("break-{index}");
        let links = self.topology.links.len();
        if links == 0 || self.chance(50) {
            let node = self.pick(&self.firewalls.clone());
            return Fault { name, at, until: Some(at), kind: FaultKind::Reset { node } };
        }
        let until = self.chance(85).then(|| at.later(self.span(100, length / 3)));
        let kind = if self.chance(50) {
            FaultKind::LinkDown { link: uidsim::ids::LinkId::new(self.below(links)) }
        } else {
            let node = self.pick(&self.firewalls.clone());
            FaultKind::Partition { site: self.nodes[node.index()].site }
        };
        Fault { name, at, until, kind }
    }

    fn degradations(&mut self) -> Vec<Fault> {
        if self.topology.links.is_empty() || self.chance(60) {
            return Vec::new();
        }
        let link = uidsim::ids::LinkId::new(self.below(self.topology.links.len()));
        let length = self.duration.seconds() as u64 * 1_000;
        let at = Instant::after_start(self.span(0, length * 3 / 4));
        let until = self.chance(80).then(|| at.later(self.span(100, length / 3)));
        let to = self.degraded();
        vec![Fault { name: "slow".to_owned(), at, until, kind: FaultKind::Degraded { link, to } }]
    }
}
