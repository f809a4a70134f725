//! Calm cases: sources, a learner, perhaps a Panorama and hubs, firewalls that only follow.

use std::net::IpAddr;

use uidsim::engine::{Keepalive, LinkSettings, Processor, Transport};
use uidsim::ids::{AddressId, LinkId, NodeId, SiteId, UserId};
use uidsim::random::{Distribution, Seed, Stream};
use uidsim::roles::{
    Announce, Feed, Joining, Mode, Phase, PushMore, PushSettings, Reconnect, SessionSettings,
};
use uidsim::scenario::{Degraded, Fault, FaultKind, Scenario};
use uidsim::topology::{Kind, Link, Node, Place, Role, Site};
use uidsim::units::{BitRate, Instant, Ratio, Span};
use uidsim::workload::{Event, Update, Workload};

use super::super::tiny::{Tiny, log, point, read};

struct Grower {
    random: Stream,
    /// Whether all times are whole tens of milliseconds, so that much happens at once.
    is_round: bool,
    seconds: u64,
    scenario: Scenario,
    workload: Workload,
}

/// The calm case of this number.
pub(super) fn calm(number: u64) -> (Scenario, Workload) {
    let mut random = Seed(number).stream("calm", "case");
    let is_round = random.below(4) == 0;
    let seconds = 20 + random.below(50);
    let Tiny { scenario, workload } = Tiny::new(seconds);
    let mut grower = Grower { random, is_round, seconds, scenario, workload };
    grower.grow();
    (grower.scenario, grower.workload)
}

impl Grower {
    fn grow(&mut self) {
        let sites = 1 + self.below(4);
        self.scenario.topology.sites = (0..sites).map(|i| Site { name: format!("site-{i}") }).collect();
        let pushes = self.chance(50);
        let role = if pushes { self.push_source() } else { log() };
        let source = self.node(Kind::Source, role, 0);
        let agent = self.learner(source, pushes);
        let mut hubs = Vec::new();
        let mut upstream = agent;
        if self.chance(50) {
            upstream = self.hub(Kind::Panorama);
            self.session(agent, upstream);
        }
        for _ in 0..self.below(4) {
            let hub = self.hub(Kind::Hub);
            self.session(upstream, hub);
            hubs.push(hub);
        }
        if hubs.is_empty() || self.chance(20) {
            hubs.push(upstream);
        }
        for hub in hubs {
            for _ in 0..1 + self.below(6) {
                let site = self.site();
                let role = self.role(Vec::new());
                let firewall = self.node(Kind::Firewall, role, site);
                self.session(hub, firewall);
            }
        }
        self.links();
        self.degradings();
        self.updates(source);
        if self.chance(40) {
            self.scenario.measure_from = Instant::after_start(self.span(0, self.seconds * 500));
        }
        self.scenario.warm = false;
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound as u64) as usize
    }

    fn site(&mut self) -> usize {
        let sites = self.scenario.topology.sites.len();
        self.below(sites)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn span(&mut self, low: u64, high: u64) -> Span {
        let millis = low + self.random.below(high - low + 1);
        if self.is_round {
            Span::from_millis(millis.div_ceil(10) * 10)
        } else {
            Span::from_nanos(millis * 1_000_000 + self.random.below(1_000_000))
        }
    }

    fn cost(&mut self, millis: u64) -> Distribution {
        if self.chance(35) {
            return Distribution::ZERO;
        }
        let mean = if self.is_round { self.span(10, 10) } else { self.span(0, millis) };
        if self.chance(if self.is_round { 70 } else { 50 }) {
            return Distribution::Constant(mean);
        }
        match self.below(3) {
            0 => Distribution::Exponential { mean },
            // Much of it is cut at zero.
            1 => Distribution::Normal { mean, deviation: mean.times(2) },
            _ => Distribution::Uniform { low: Span::ZERO, high: mean },
        }
    }

    fn node(&mut self, kind: Kind, role: Role, site: usize) -> NodeId {
        let id = NodeId::new(self.scenario.topology.nodes.len());
        let processor =
            Processor { per_message: self.cost(8), per_mapping: self.cost(3), per_send: self.cost(30) };
        let (name, site) = (format!("node-{}", id.index()), SiteId::new(site));
        let node = Node { key: name.clone(), name, kind, site, ports_blocked: Vec::new(), processor, role };
        self.scenario.topology.nodes.push(node);
        std::sync::Arc::make_mut(&mut self.workload.updates).push(Vec::new());
        id
    }

    fn push_source(&mut self) -> Role {
        Role::Push(PushSettings {
            transport: if self.chance(50) { Transport::Tcp } else { Transport::Udp },
            learners: vec![NodeId::new(1)],
            port: 514,
            clock_offset_nanos: 0,
            buffer_records_max: 10,
            reconnect: self.reconnect(),
            keepalive: self.keepalive(),
            manner: None,
            more: PushMore::default(),
        })
    }

    fn learner(&mut self, source: NodeId, pushes: bool) -> NodeId {
        let interval = self.span(300, 2_000);
        let reads = if pushes { Vec::new() } else { vec![read(source.index(), interval)] };
        let role = self.role(reads);
        let site = self.site();
        self.node(Kind::Agent, role, site)
    }

    fn hub(&mut self, kind: Kind) -> NodeId {
        let role = self.role(Vec::new());
        let site = self.site();
        self.node(kind, role, site)
    }

    fn role(&mut self, reads: Vec<uidsim::roles::Read>) -> Role {
        let interval = if self.chance(35) { Span::ZERO } else { self.span(100, 3_000) };
        let phase = if self.chance(50) { Phase::Drawn } else { Phase::At(self.span(0, 100)) };
        let announce = Announce {
            interval,
            phase,
            coalesce: self.chance(10),
            mappings_per_message: if self.chance(50) { 45 } else { 1 + self.below(3) as u32 },
            backlog_messages_max: if self.chance(80) { 10_000 } else { 1 + self.below(12) as u32 },
        };
        let (keepalive, reconnect) = (self.keepalive(), self.reconnect());
        Role::Point(uidsim::roles::PointSettings { reads, announce, keepalive, reconnect, ..point() })
    }

    fn reconnect(&mut self) -> Reconnect {
        let first = self.span(200, 1_000);
        Reconnect { first, max: first, jitter_percent: 10, connect_timeout: Span::from_seconds(3) }
    }

    fn keepalive(&mut self) -> Keepalive {
        Keepalive { interval: self.span(100, 4_000), misses: 1 + self.below(3) as u32 }
    }

    fn session(&mut self, upstream: NodeId, client: NodeId) {
        let polls = self.chance(12);
        let networks = ["10.0.0.0/29", "10.0.0.0/28", "10.0.0.8/29"].map(|n| n.parse().expect("a network"));
        let include = if self.chance(15) { vec![self.pick(&networks)] } else { Vec::new() };
        let session = SessionSettings {
            client,
            upstream,
            feed: Feed::Redistribution,
            port: 5007,
            mode: if polls { Mode::Poll { interval: self.span(300, 2_000) } } else { Mode::Push },
            phase: self.chance(5).then_some(Phase::At(Span::ZERO)),
            include,
            exclude: Vec::new(),
            standby_after: Vec::new(),
            joining: Joining::default(),
        };
        self.scenario.topology.sessions.push(session);
    }

    /// A star of sites; some nodes have a line of their own to their upstream.
    fn links(&mut self) {
        for site in 1..self.scenario.topology.sites.len() {
            let hub = if self.chance(80) { 0 } else { site - 1 };
            self.link([hub, site].map(|site| Place::Site(SiteId::new(site))));
        }
        for session in self.scenario.topology.sessions.clone() {
            if self.chance(20) {
                self.link([session.upstream, session.client].map(Place::Node));
            }
        }
    }

    fn link(&mut self, ends: [Place; 2]) {
        let settings = LinkSettings {
            latency: self.span(0, 80),
            jitter: if self.chance(60) { self.cost(40) } else { Distribution::ZERO },
            bandwidth: self.rate(),
            loss: self.loss(),
            retransmission_timeout: self.span(50, 400),
            queue_frames_max: self.chance(30).then(|| 1 + self.below(4) as u32),
            ports_blocked: Vec::new(),
        };
        let name = format!("link-{}", self.scenario.topology.links.len());
        self.scenario.topology.links.push(Link { key: name.clone(), name, ends, settings });
    }

    fn rate(&mut self) -> Option<BitRate> {
        if self.chance(40) {
            return None;
        }
        BitRate::new(self.pick(&[16_000, 64_000, 1_000_000, 10_000_000]))
    }

    fn loss(&mut self) -> Ratio {
        let percent = self.pick(&[0, 0, 1, 10, 30]);
        Ratio::from_parts_per_billion(percent * (Ratio::WHOLE / 100)).expect("at most the whole")
    }

    fn degradings(&mut self) {
        if self.scenario.topology.links.is_empty() {
            return;
        }
        for index in 0..self.below(4) {
            let links = self.scenario.topology.links.len();
            let link = LinkId::new(self.below(links));
            let to = Degraded {
                latency: self.chance(60).then(|| self.span(0, 900)),
                jitter: self.chance(40).then(|| self.cost(50)),
                bandwidth: if self.chance(40) { self.rate() } else { None },
                loss: self.chance(40).then(|| self.loss()),
            };
            let at = Instant::after_start(self.span(0, self.seconds * 1_000));
            let until = self.chance(70).then(|| at + self.span(100, 20_000));
            let kind = FaultKind::Degraded { link, to };
            self.scenario.faults.push(Fault { name: format!("fault-{index}"), at, until, kind });
        }
    }

    fn updates(&mut self, source: NodeId) {
        for user in 0..16_u8 {
            self.workload.users.push(format!("user-{user}"));
            self.workload.addresses.push(IpAddr::from([10, 0, 0, user]));
        }
        let mean = self.pick(&[150, 600, 2_500]);
        let mut occurred = Instant::after_start(self.span(0, 3_000));
        let mut left = 0;
        while occurred < Instant::after_start(Span::from_seconds(self.seconds)) {
            let (address, user) = (AddressId::new(self.below(16)), UserId::new(self.below(16)));
            let event = if self.chance(80) { Event::LogOn } else { Event::LogOff };
            let update = Update::new(occurred, address, Some(user), event);
            std::sync::Arc::make_mut(&mut self.workload.updates)[source.index()].push(update);
            // Calm for a while, then much within a moment.
            left = if left > 0 { left - 1 } else { self.burst() };
            let gap = if left > 0 { self.span(0, 20) } else { self.span(0, 2 * mean) };
            occurred = occurred.later(gap);
        }
    }

    /// How many updates follow each other closely from now on.
    fn burst(&mut self) -> usize {
        if self.chance(6) { 5 + self.below(40) } else { 0 }
    }
}
