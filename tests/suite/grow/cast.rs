//! Who is there, who feeds whom, and over what.

use std::sync::Arc;

use ipnet::IpNet;
use uidsim::engine::{Keepalive, LinkSettings, PortBlock, Processor, Transport};
use uidsim::ids::{NodeId, SessionId, SiteId};
use uidsim::mapping::Conflict;
use uidsim::roles::{
    Announce, Feed, HaSettings, Hindrance, Joining, LogMore, LogSettings, Manner, Mode, Phase, PointSettings,
    PushMore, PushSettings, Read, Reconnect, SessionSettings,
};
use uidsim::topology::{Kind, Link, Node, Pair, Place, Role};
use uidsim::units::{BitRate, Instant, Span};
use uidsim::wire::Speech;

use super::Grower;

const LOG_PORT: u16 = 5985;
const PUSH_PORT: u16 = 514;
pub(super) const SESSION_PORT: u16 = 5007;
const HA_PORT: u16 = 28_769;

impl Grower {
    pub(super) fn cast(&mut self) {
        let is_long_chain = self.chance(3);
        self.number_nodes(is_long_chain);
        let all: Vec<NodeId> = (0..self.nodes.len()).map(NodeId::new).collect();
        for node in &self.sources.clone() {
            self.nodes[node.index()].role = self.source();
        }
        for node in all {
            if !self.sources.contains(&node) {
                let role = self.point(node);
                self.nodes[node.index()].role = Role::Point(role);
            }
        }
        self.sessions(is_long_chain);
        self.pair();
    }

    fn number_nodes(&mut self, is_long_chain: bool) {
        let sources = 1 + self.below(3);
        self.sources = (0..sources).map(|i| self.node(Kind::Source, format!("source-{i}"))).collect();
        let agents = self.below(3);
        self.learners = (0..agents).map(|i| self.node(Kind::Agent, format!("agent-{i}"))).collect();
        if self.chance(30) || (agents == 0 && self.chance(50)) {
            let kinds = (0..2).map(|i| self.node(Kind::Collector, format!("collector-{i}")));
            self.collectors = kinds.collect();
            self.learners.extend(&self.collectors);
        }
        if self.chance(50) {
            self.panorama = Some(self.node(Kind::Panorama, "panorama".to_owned()));
        }
        let hubs = if is_long_chain { 10 + self.below(2) } else { self.below(3) };
        self.hubs = (0..hubs).map(|i| self.node(Kind::Hub, format!("hub-{i}"))).collect();
        let has_pair = self.chance(40);
        let firewalls = self.below(3) + usize::from(!has_pair);
        self.firewalls = (0..firewalls).map(|i| self.node(Kind::Firewall, format!("fw-{i}"))).collect();
        if has_pair {
            self.members = (0..2).map(|i| self.node(Kind::Firewall, format!("ha-{i}"))).collect();
            let site = self.nodes[self.members[0].index()].site;
            if self.chance(80) {
                self.nodes[self.members[1].index()].site = site;
            }
        }
    }

    /// A node that still has to get its role.
    pub(super) fn node(&mut self, kind: Kind, name: String) -> NodeId {
        let id = NodeId::new(self.nodes.len());
        let site = self.site();
        let processor =
            Processor { per_message: self.delay(50), per_mapping: self.delay(20), per_send: self.delay(30) };
        let ports_blocked = self.ports_blocked(3);
        let role = Role::Log(self.log());
        self.nodes.push(Node { key: name.clone(), name, kind, site, ports_blocked, processor, role });
        id
    }

    fn ports_blocked(&mut self, percent: u64) -> Vec<u16> {
        if self.chance(percent) {
            vec![self.pick(&[SESSION_PORT, PUSH_PORT, LOG_PORT, HA_PORT])]
        } else {
            Vec::new()
        }
    }

    /// What a link does not carry, in both directions or in one.
    fn blocks(&mut self) -> Vec<PortBlock> {
        let ports = self.ports_blocked(6);
        let block = |port| PortBlock { port, direction: self.pick(&[None, Some(0), Some(1)]), by: None };
        ports.into_iter().map(block).collect()
    }

    fn log(&mut self) -> LogSettings {
        LogSettings {
            log_lag: self.delay(3_000),
            query_time: self.delay(2_000),
            clock_offset_nanos: self.clock_offset(),
            port: LOG_PORT,
            more: LogMore::default(),
        }
    }

    fn clock_offset(&mut self) -> i64 {
        if self.chance(50) {
            return 0;
        }
        let offset = i64::try_from(self.span(0, 20_000).nanos()).expect("seconds");
        if self.chance(50) { offset } else { -offset }
    }

    pub(super) fn source(&mut self) -> Role {
        let candidates: Vec<NodeId> = self.learners.iter().chain(&self.firewalls).copied().collect();
        if candidates.is_empty() || self.chance(55) {
            return Role::Log(self.log());
        }
        let mut learners = vec![self.pick(&candidates)];
        for learner in self.some_of(&candidates, 30) {
            if !learners.contains(&learner) {
                learners.push(learner);
            }
        }
        Role::Push(PushSettings {
            transport: if self.chance(60) { Transport::Tcp } else { Transport::Udp },
            learners,
            port: PUSH_PORT,
            clock_offset_nanos: self.clock_offset(),
            buffer_records_max: 1 + self.stream.below(6) as u32,
            reconnect: self.reconnect(),
            keepalive: self.keepalive(),
            manner: self.manner(),
            more: PushMore::default(),
        })
    }

    /// At times a source gathers what it tells. In records: the reference reads no other text.
    fn manner(&mut self) -> Option<Arc<Manner>> {
        if self.chance(75) {
            return None;
        }
        let (batch, every) = (1 + self.stream.below(4) as u32, self.span(0, 4_000));
        let tls_round_trips = self.below(3) as u32;
        let (speech, export, lifetime) = (Speech::Records, None, None);
        Some(Arc::new(Manner { speech, batch, every, export, lifetime, tls_round_trips }))
    }

    fn reconnect(&mut self) -> Reconnect {
        let first = self.span(200, 2_000);
        Reconnect {
            first,
            max: first + self.span(0, 5_000),
            jitter_percent: if self.is_round { 0 } else { self.stream.below(50) as u32 },
            connect_timeout: self.span(300, 3_000),
        }
    }

    fn keepalive(&mut self) -> Keepalive {
        Keepalive { interval: self.span(500, 4_000), misses: 1 + self.stream.below(3) as u32 }
    }

    pub(super) fn point(&mut self, node: NodeId) -> PointSettings {
        let kind = self.nodes[node.index()].kind;
        let timeout = self.chance(65).then(|| self.span(3_000, 60_000));
        PointSettings {
            timeout,
            lifetimes: self.lifetimes(),
            capacity: if self.chance(85) { 1_000 } else { 1 + self.stream.below(4) },
            conflict: if self.chance(75) { Conflict::Newest } else { Conflict::Arrival },
            resync_restarts_timer: self.chance(70),
            ignore_users: self.ignore_users(),
            reads: self.reads(node, kind),
            announce: self.announce(),
            keepalive: self.keepalive(),
            reconnect: self.reconnect(),
            enforces: kind == Kind::Firewall,
            scope: if self.chance(25) { self.networks() } else { Vec::new() },
            ha: None,
        }
    }

    /// How long what some sources tell lives at a node, where it reads them or they push to it.
    fn lifetimes(&mut self) -> Vec<(NodeId, Option<Span>)> {
        if self.chance(70) {
            return Vec::new();
        }
        let sources = self.some_of(&self.sources.clone(), 60);
        sources
            .into_iter()
            .map(|source| (source, self.chance(75).then(|| self.span(2_000, 60_000))))
            .collect()
    }

    fn ignore_users(&mut self) -> Vec<String> {
        if self.chance(80) {
            return Vec::new();
        }
        let patterns = ["svc-*", "*-user-1", "user-2*", "u1", "*"];
        let known = if self.chance(95) { 4 } else { 5 };
        vec![self.pick(&patterns[..known]).to_owned()]
    }

    /// Some part of the networks that the workloads use: 10.0.SITE.0/28 each.
    pub(super) fn networks(&mut self) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for site in 0..3 {
            if self.chance(50) {
                let prefix = self.pick(&[24, 29, 30, 31]);
                networks.push(format!("10.0.{site}.0/{prefix}").parse().expect("a network"));
            }
        }
        networks
    }

    fn announce(&mut self) -> Announce {
        let interval = if self.chance(30) { Span::ZERO } else { self.span(100, 5_000) };
        Announce {
            interval,
            phase: self.phase(),
            coalesce: self.chance(40),
            mappings_per_message: if self.chance(50) { 45 } else { 1 + self.stream.below(3) as u32 },
            backlog_messages_max: if self.chance(85) { 10_000 } else { 1 + self.stream.below(4) as u32 },
        }
    }

    pub(super) fn phase(&mut self) -> Phase {
        if self.chance(30) { Phase::Drawn } else { Phase::At(self.span(0, 2_000)) }
    }

    /// What a learner polls. Collectors read as a group: the second only after the first.
    fn reads(&mut self, node: NodeId, kind: Kind) -> Vec<Read> {
        let logs: Vec<NodeId> = self
            .sources
            .iter()
            .copied()
            .filter(|source| matches!(self.nodes[source.index()].role, Role::Log(_)))
            .collect();
        let has_learners = !self.learners.is_empty();
        let wanted = match kind {
            Kind::Agent => self.some_of(&logs, 70),
            Kind::Collector => logs,
            Kind::Firewall if has_learners => self.some_of(&logs, 10),
            Kind::Firewall => self.some_of(&logs, 90),
            _ => Vec::new(),
        };
        let standby_after: Vec<NodeId> = if kind == Kind::Collector && self.collectors.len() == 2 {
            self.collectors.iter().copied().filter(|other| *other < node).collect()
        } else {
            Vec::new()
        };
        let read = |source| Read {
            source,
            interval: self.span(200, 5_000),
            phase: self.phase(),
            history_records_max: self.pick(&[0, 1, 3, 50_000]),
            standby_after: standby_after.clone(),
            takes: None,
        };
        wanted.into_iter().map(read).collect()
    }

    fn sessions(&mut self, is_long_chain: bool) {
        let mut pairs: Vec<(NodeId, NodeId)> = Vec::new();
        if let Some(panorama) = self.panorama {
            pairs.extend(self.learners.iter().map(|learner| (panorama, *learner)));
        }
        if let ([_, _], Some(agent)) = (self.collectors.as_slice(), self.learners.first().copied())
            && !self.collectors.contains(&agent)
            && self.chance(60)
        {
            pairs.extend(self.collectors.iter().map(|collector| (*collector, agent)));
        }
        let mut upstreams: Vec<NodeId> = self.learners.iter().copied().chain(self.panorama).collect();
        for hub in self.hubs.clone() {
            if !upstreams.is_empty() {
                let last = *upstreams.last().expect("there is one");
                let upstream = if is_long_chain { last } else { self.pick(&upstreams) };
                pairs.push((hub, upstream));
            }
            upstreams.push(hub);
        }
        if let [first, .., last] = self.hubs.as_slice()
            && !is_long_chain
        {
            let (first, last) = (*first, *last);
            if self.chance(40) {
                pairs.push((first, last));
            }
        }
        let feeds = if is_long_chain { vec![*upstreams.last().expect("a chain")] } else { upstreams };
        for firewall in self.firewalls.clone() {
            pairs.extend(self.feeds_of(&feeds).into_iter().map(|upstream| (firewall, upstream)));
        }
        let feeds = self.feeds_of(&feeds);
        for member in self.members.clone() {
            pairs.extend(feeds.iter().map(|upstream| (member, *upstream)));
        }
        self.connect(pairs);
    }

    /// One upstream, or two.
    fn feeds_of(&mut self, upstreams: &[NodeId]) -> Vec<NodeId> {
        if upstreams.is_empty() {
            return Vec::new();
        }
        let mut chosen = vec![self.pick(upstreams)];
        if self.chance(35) {
            let second = self.pick(upstreams);
            if second != chosen[0] {
                chosen.push(second);
            }
        }
        chosen
    }

    fn connect(&mut self, mut pairs: Vec<(NodeId, NodeId)>) {
        pairs.sort_unstable();
        pairs.dedup();
        let mut before = None;
        for (client, upstream) in pairs {
            let joining = self.joining(before.filter(|(other, _)| *other == client).map(|(_, first)| first));
            before = Some((client, upstream));
            let before = |first: NodeId| self.collectors.first() == Some(&first);
            let is_second = self.collectors.get(1) == Some(&client) && before(self.collectors[0]);
            let standby_after = if is_second { vec![self.collectors[0]] } else { Vec::new() };
            let is_filtered = self.chance(15);
            let session = SessionSettings {
                client,
                upstream,
                feed: Feed::Redistribution,
                port: SESSION_PORT,
                mode: if self.chance(75) {
                    Mode::Push
                } else {
                    Mode::Poll { interval: self.span(500, 5_000) }
                },
                phase: self.chance(20).then(|| self.phase()),
                include: if is_filtered { self.networks() } else { Vec::new() },
                exclude: if is_filtered { self.networks() } else { Vec::new() },
                standby_after,
                joining,
            };
            self.topology.sessions.push(session);
        }
    }

    /// What may keep a session from coming about; it may stand in for another one, `first`.
    fn joining(&mut self, first: Option<NodeId>) -> Joining {
        let whys = [Hindrance::PreSharedKey, Hindrance::SerialNumber];
        let length = self.duration.seconds() as u64 * 1_000;
        Joining {
            mismatch: self.chance(4).then(|| self.pick(&whys)),
            valid_until: self.chance(8).then(|| Instant::after_start(self.span(0, length))),
            tls_round_trips: if self.chance(25) { 1 + self.stream.below(2) as u32 } else { 0 },
            by_host_name: self.chance(30),
            backup_of: first.filter(|_| self.chance(40)),
        }
    }

    fn pair(&mut self) {
        if let [a, b] = self.members[..] {
            self.join(0, [a, b], false);
        }
    }

    /// Makes two nodes members of a pair, the first one preferred.
    pub(super) fn join(&mut self, number: usize, [a, b]: [NodeId; 2], is_calm: bool) {
        let first = self.topology.sessions.len();
        for (upstream, client) in [(a, b), (b, a)] {
            let session = SessionSettings::plain(client, upstream, Feed::HighAvailability, HA_PORT);
            self.topology.sessions.push(session);
        }
        self.topology.pairs.push(Pair { name: format!("pair-{number}"), members: [a, b] });
        let keepalive = self.keepalive();
        let (sync_lag, promotion_hold) = (self.span(0, 1_500), self.span(0, 3_000));
        let sync_interval = if self.chance(50) { Span::ZERO } else { self.span(100, 3_000) };
        let tentative_hold = (!is_calm && self.chance(40)).then(|| self.span(0, 5_000));
        for (id, peer, preferred) in [(a, b, true), (b, a, false)] {
            let (feed_out, feed_in) = (first + usize::from(!preferred), first + usize::from(preferred));
            if let Role::Point(point) = &mut self.nodes[id.index()].role {
                point.ha = Some(HaSettings {
                    peer,
                    preferred,
                    sync_lag,
                    sync_interval,
                    keepalive,
                    promotion_hold,
                    tentative_hold,
                    feed_out: SessionId::new(feed_out),
                    feed_in: SessionId::new(feed_in),
                });
            }
        }
    }

    /// A star or a line of sites, sometimes closed to a ring, sometimes a wire between the members.
    pub(super) fn links(&mut self) {
        let sites = self.topology.sites.len();
        let is_star = self.chance(60);
        for site in 1..sites {
            let other = if is_star { 0 } else { site - 1 };
            self.link([other, site].map(|i| Place::Site(SiteId::new(i))));
        }
        if sites == 3 && self.chance(30) {
            self.link([1, 2].map(|i| Place::Site(SiteId::new(i))));
        }
        if let [a, b] = self.members[..]
            && self.chance(60)
        {
            self.link([a, b].map(Place::Node));
        }
    }

    fn link(&mut self, ends: [Place; 2]) {
        let name = format!("link-{}", self.topology.links.len());
        let settings = LinkSettings {
            latency: if self.is_round { Span::ZERO } else { Span::from_micros(self.stream.below(60_000)) },
            jitter: self.delay(20),
            bandwidth: self.chance(60).then(|| self.rate()),
            loss: self.share(&[0, 0, 0, 1, 5, 20]),
            retransmission_timeout: self.span(100, 1_000),
            queue_frames_max: self.chance(30).then(|| 1 + self.stream.below(4) as u32),
            ports_blocked: self.blocks(),
        };
        self.topology.links.push(Link { key: name.clone(), name, ends, settings });
    }

    pub(super) fn rate(&mut self) -> BitRate {
        BitRate::new(self.pick(&[8_000, 64_000, 1_000_000, 10_000_000])).expect("not zero")
    }
}
