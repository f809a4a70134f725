//! Tiny scenarios written by hand, with workloads of exact events.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use uidsim::engine::{Keepalive, LinkSettings, Observer, Processor, Transport};
use uidsim::ids::{AddressId, NodeId, SiteId, UserId};
use uidsim::mapping::Conflict;
use uidsim::random::{Distribution, Seed};
use uidsim::roles::{
    Announce, Feed, LogMore, LogSettings, Phase, PointSettings, PushMore, PushSettings, Read, Reconnect,
    Role as Cast, SessionSettings,
};
use uidsim::scenario::{Fault, FaultKind, Flows, Margin, Scenario};
use uidsim::simulate::{self, Course, Watch};
use uidsim::topology::tree::Tree;
use uidsim::topology::{Kind, Link, Node, Place, Role, Site, Topology};
use uidsim::units::{Instant, Ratio, Span};
use uidsim::workload::{Arrivals, Event, Spec, Stay, Telling, Truth, Update, Workload};

/// A scenario and its workload.
pub(crate) struct Tiny {
    pub(crate) scenario: Scenario,
    pub(crate) workload: Workload,
}

pub(crate) fn seconds(seconds: u64) -> Instant {
    Instant::after_start(Span::from_seconds(seconds))
}

/// A point without any delay, timeout or limit.
pub(crate) fn point() -> PointSettings {
    PointSettings {
        timeout: None,
        lifetimes: Vec::new(),
        capacity: 1_000,
        conflict: Conflict::Newest,
        resync_restarts_timer: true,
        ignore_users: Vec::new(),
        reads: Vec::new(),
        announce: Announce {
            interval: Span::ZERO,
            phase: Phase::At(Span::ZERO),
            coalesce: false,
            mappings_per_message: 45,
            backlog_messages_max: 1_000,
        },
        keepalive: keepalive(),
        reconnect: reconnect(),
        enforces: false,
        scope: Vec::new(),
        ha: None,
    }
}

fn keepalive() -> Keepalive {
    Keepalive { interval: Span::from_seconds(5), misses: 3 }
}

fn reconnect() -> Reconnect {
    let (first, max) = (Span::from_seconds(1), Span::from_seconds(1));
    Reconnect { first, max, jitter_percent: 0, connect_timeout: Span::from_seconds(3) }
}

/// A source that pushes to `learner` over TCP.
pub(crate) fn push(learner: usize) -> Role {
    Role::Push(PushSettings {
        transport: Transport::Tcp,
        learners: vec![NodeId::new(learner)],
        port: 514,
        clock_offset_nanos: 0,
        buffer_records_max: 10,
        reconnect: reconnect(),
        keepalive: keepalive(),
        manner: None,
        more: PushMore::default(),
    })
}

/// A log without lag, whose queries take no time.
pub(crate) fn log() -> Role {
    Role::Log(LogSettings {
        log_lag: Distribution::ZERO,
        query_time: Distribution::ZERO,
        clock_offset_nanos: 0,
        port: 5985,
        more: LogMore::default(),
    })
}

/// Reads the log of `source` every `interval`.
pub(crate) fn read(source: usize, interval: Span) -> Read {
    Read {
        source: NodeId::new(source),
        interval,
        phase: Phase::At(Span::ZERO),
        history_records_max: 1_000,
        standby_after: Vec::new(),
        takes: None,
    }
}

impl Tiny {
    /// A run of this many seconds with nobody in it.
    pub(crate) fn new(duration: u64) -> Self {
        let topology = Topology {
            sites: vec![Site { name: "here".to_owned() }, Site { name: "there".to_owned() }],
            nodes: Vec::new(),
            links: Vec::new(),
            sessions: Vec::new(),
            pairs: Vec::new(),
        };
        let scenario = Scenario {
            name: "tiny".to_owned(),
            topology,
            workload: Spec::Arrivals(no_arrivals()),
            faults: Vec::new(),
            expectations: Vec::new(),
            entries_expected: Vec::new(),
            tolerances: Vec::new(),
            typed: Tree::nothing(),
            flows: Flows { per_second: 1.0, through: Vec::new() },
            start: Span::ZERO,
            duration: Span::from_seconds(duration),
            measure_from: Instant::ZERO,
            window: Span::from_seconds(60),
            warm: false,
            seed: Seed(1),
            events_max: 1_000_000,
            hash: "0000000000000000".to_owned(),
            enforcement: Default::default(),
            margin: Margin::default(),
        };
        let workload = Workload {
            threats: Arc::default(),
            addresses: Vec::new(),
            users: Vec::new(),
            stays: Vec::new(),
            updates: Vec::new().into(),
            truth: Truth::Generated,
            remarks: Vec::new(),
        };
        Self { scenario, workload }
    }

    /// Adds a node at a site.
    pub(crate) fn node(mut self, kind: Kind, site: usize, role: Role) -> Self {
        let nothing = || Distribution::ZERO;
        let processor = Processor { per_message: nothing(), per_mapping: nothing(), per_send: nothing() };
        let name = format!("node-{}", self.scenario.topology.nodes.len());
        let site = SiteId::new(site);
        let node = Node { key: name.clone(), name, kind, site, ports_blocked: Vec::new(), processor, role };
        self.scenario.topology.nodes.push(node);
        Arc::make_mut(&mut self.workload.updates).push(Vec::new());
        self
    }

    /// Adds a firewall at the first site.
    pub(crate) fn firewall(self, settings: PointSettings) -> Self {
        self.node(Kind::Firewall, 0, Role::Point(PointSettings { enforces: true, ..settings }))
    }

    /// Adds a session.
    pub(crate) fn session(mut self, upstream: usize, client: usize) -> Self {
        let (client, upstream) = (NodeId::new(client), NodeId::new(upstream));
        let session = SessionSettings::plain(client, upstream, Feed::Redistribution, 5007);
        self.scenario.topology.sessions.push(session);
        self
    }

    /// Adds a link without bandwidth, jitter or loss between the two sites.
    pub(crate) fn link(mut self, latency: Span) -> Self {
        let settings = LinkSettings {
            latency,
            jitter: Distribution::ZERO,
            bandwidth: None,
            loss: Ratio::ZERO,
            retransmission_timeout: Span::from_millis(200),
            queue_frames_max: None,
            ports_blocked: Vec::new(),
        };
        let ends = [0, 1].map(|site| Place::Site(SiteId::new(site)));
        self.scenario.topology.links.push(Link {
            name: "link".to_owned(),
            key: "link".to_owned(),
            ends,
            settings,
        });
        self
    }

    /// Adds a stay, in whole seconds, and its user and address where they are new.
    pub(crate) fn stay(mut self, user: usize, address: usize, start: u64, end: u64) -> Self {
        self.know(user, address);
        let (user, address, site) = (UserId::new(user), AddressId::new(address), SiteId::new(0));
        self.workload.stays.push(Stay { user, address, site, start: seconds(start), end: seconds(end) });
        self.workload.stays.sort_by_key(|stay| (stay.start, stay.address));
        self
    }

    /// Adds what `source` notices at a whole second.
    pub(crate) fn notices(
        mut self,
        source: usize,
        at: u64,
        event: Event,
        user: usize,
        address: usize,
    ) -> Self {
        self.know(user, address);
        let (occurred, address) = (seconds(at), AddressId::new(address));
        let update = Update::new(occurred, address, Some(UserId::new(user)), event);
        Arc::make_mut(&mut self.workload.updates)[source].push(update);
        self
    }

    fn know(&mut self, user: usize, address: usize) {
        while self.workload.users.len() <= user {
            self.workload.users.push(format!("user-{}", self.workload.users.len()));
        }
        while self.workload.addresses.len() <= address {
            let last = u8::try_from(self.workload.addresses.len() + 1).expect("few addresses");
            self.workload.addresses.push(IpAddr::from([10, 0, 0, last]));
        }
    }

    /// Adds a fault, in whole seconds.
    pub(crate) fn fault(mut self, kind: FaultKind, at: u64, until: u64) -> Self {
        let until = Some(seconds(until));
        self.scenario.faults.push(Fault { name: "fault".to_owned(), at: seconds(at), until, kind });
        self
    }

    /// Runs it while `observers` watch.
    pub(crate) fn run(&self, observers: &mut [&mut dyn Observer<Cast>]) -> Course {
        let cancelled = AtomicBool::new(false);
        let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
        simulate::run_with(&self.scenario, &self.workload, Seed(1), &watch, None, observers)
    }
}

fn no_arrivals() -> Arrivals {
    Arrivals {
        network: "10.0.0.0/24".parse().expect("a network"),
        addresses: 1,
        gap: Distribution::Constant(Span::from_seconds(1)),
        stay: None,
        refresh_gap: None,
        log_off_observed: Ratio::ZERO,
        source: NodeId::new(0),
        site: SiteId::new(0),
        telling: Telling::default(),
    }
}
