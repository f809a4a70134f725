//! Plan: the small cast of the tests of the witness, and a scenario and a workload with it.
//!
//! One source (0) tells one learner (1), which feeds two firewalls, east (2) and west (3). Source,
//! learner and east stand at site 0, west at site 1; in a pair both firewalls stand at site 0.

use std::net::IpAddr;

use crate::engine::{Keepalive, LinkSettings, Processor, Transport};
use crate::ids::{AddressId, LinkId, NodeId, SessionId, SiteId, UserId};
use crate::mapping::Conflict;
use crate::random::{Distribution, Seed};
use crate::roles::{
    Announce, Feed, HaSettings, LogMore, LogSettings, Phase, PointSettings, PushMore, PushSettings, Read,
    Reconnect, SessionSettings,
};
use crate::scenario::{Fault, FaultKind, Flows, Margin, Scenario};
use crate::topology::{Kind, Link, Pair, Place, Role, Site, Topology};
use crate::units::{Instant, Ratio, Span};
use crate::workload::{Event, Replay, ReplayFormat, Spec, Stay, Truth, Update, Workload};

/// Nanoseconds in a second, as integrals count them.
pub(super) const S: u128 = 1_000_000_000;
/// The source.
pub(super) const SOURCE: usize = 0;
/// The learner: the authority of both firewalls.
pub(super) const LEARNER: usize = 1;
/// A firewall.
pub(super) const EAST: usize = 2;
/// Another firewall.
pub(super) const WEST: usize = 3;
/// What virtual zero's stays are numbered from.
pub(super) const INITIAL: u64 = 1 << 63;

/// A node's id.
pub(super) fn node(index: usize) -> NodeId {
    NodeId::new(index)
}

/// The instant at this millisecond.
pub(super) fn at(millis: u64) -> Instant {
    Instant::after_start(Span::from_millis(millis))
}

/// What differs from test to test. Times are in seconds.
pub(super) struct Plan {
    /// Whether the source pushes; else its log is polled.
    pub(super) push: bool,
    /// Whether the firewalls are a pair, east preferred.
    pub(super) pair: bool,
    /// Whether tables are loaded.
    pub(super) warm: bool,
    /// User, address, start, end.
    pub(super) stays: Vec<(usize, usize, u64, u64)>,
    /// Second, address, user, event.
    pub(super) updates: Vec<(u64, usize, usize, Event)>,
    /// When booked faults begin.
    pub(super) faults: Vec<u64>,
}

impl Plan {
    /// What it makes of the workload.
    pub(super) fn workload(&self) -> Workload {
        let plan = self;
        let second = |second: u64| at(second * 1_000);
        let stay = |(user, address, start, end): &(usize, usize, u64, u64)| Stay {
            user: UserId::new(*user),
            address: AddressId::new(*address),
            site: SiteId::new(0),
            start: second(*start),
            end: second(*end),
        };
        let update = |(occurred, address, user, event): &(u64, usize, usize, Event)| {
            Update::new(second(*occurred), AddressId::new(*address), Some(UserId::new(*user)), *event)
        };
        let used = plan.stays.iter().map(|stay| stay.1).chain(plan.updates.iter().map(|update| update.1));
        let addresses = used.max().map_or(0, |most| most + 1);
        let mut updates = vec![Vec::new(); 4];
        updates[SOURCE] = plan.updates.iter().map(update).collect();
        Workload {
            threats: std::sync::Arc::default(),
            addresses: (0..addresses)
                .map(|last| IpAddr::from([10, 0, 0, u8::try_from(last).unwrap()]))
                .collect(),
            users: Vec::new(),
            stays: plan.stays.iter().map(stay).collect(),
            updates: updates.into(),
            truth: Truth::Generated,
            remarks: Vec::new(),
        }
    }

    /// What it makes of the scenario.
    pub(super) fn scenario(&self) -> Scenario {
        let plan = self;
        let fault = |begin: &u64| Fault {
            name: "fault".to_owned(),
            at: at(begin * 1_000),
            until: None,
            kind: FaultKind::LinkDown { link: LinkId::new(0) },
        };
        Scenario {
            name: "script".to_owned(),
            topology: topology(plan),
            workload: Spec::Replay(vec![Replay {
                file: "none".into(),
                format: ReplayFormat::Csv,
                sources: vec![node(SOURCE)],
                site: SiteId::new(0),
                assume_stay: Span::ZERO,
                gaps_over: Span::ZERO,
                machine_accounts: false,
            }]),
            faults: plan.faults.iter().map(fault).collect(),
            expectations: Vec::new(),
            entries_expected: Vec::new(),
            tolerances: Vec::new(),
            typed: crate::topology::tree::Tree::nothing(),
            flows: Flows { per_second: 1.0, through: Vec::new() },
            start: Span::ZERO,
            duration: Span::from_seconds(100),
            measure_from: Instant::ZERO,
            window: Span::from_seconds(10),
            warm: plan.warm,
            seed: Seed(0),
            events_max: 0,
            hash: String::new(),
            enforcement: Default::default(),
            margin: Margin::default(),
        }
    }
}

fn topology(plan: &Plan) -> Topology {
    let west_site = usize::from(!plan.pair);
    let session = |upstream, client, feed| SessionSettings::plain(node(client), node(upstream), feed, 5007);
    let redistribution = Feed::Redistribution;
    let mut sessions = vec![session(LEARNER, EAST, redistribution), session(LEARNER, WEST, redistribution)];
    let mut pairs = Vec::new();
    if plan.pair {
        sessions.push(session(EAST, WEST, Feed::HighAvailability));
        sessions.push(session(WEST, EAST, Feed::HighAvailability));
        pairs.push(Pair { name: "pair".to_owned(), members: [node(EAST), node(WEST)] });
    }
    let site = |name: &str| Site { name: name.to_owned() };
    Topology {
        sites: vec![site("here"), site("there")],
        nodes: vec![
            member(Kind::Source, 0, source(plan)),
            member(Kind::Agent, 0, point(Some(!plan.push), None)),
            member(Kind::Firewall, 0, point(None, plan.pair.then_some((WEST, true)))),
            member(Kind::Firewall, west_site, point(None, plan.pair.then_some((EAST, false)))),
        ],
        links: vec![Link {
            name: "line".to_owned(),
            key: "line".to_owned(),
            ends: [Place::Site(SiteId::new(0)), Place::Site(SiteId::new(1))],
            settings: LinkSettings {
                latency: Span::ZERO,
                jitter: nothing(),
                bandwidth: None,
                loss: Ratio::ZERO,
                retransmission_timeout: Span::ZERO,
                queue_frames_max: None,
                ports_blocked: Vec::new(),
            },
        }],
        sessions,
        pairs,
    }
}

fn nothing() -> Distribution {
    Distribution::Constant(Span::ZERO)
}

fn keepalive() -> Keepalive {
    Keepalive { interval: Span::from_seconds(5), misses: 3 }
}

fn reconnect() -> Reconnect {
    let wait = Span::from_seconds(5);
    Reconnect { first: wait, max: wait, jitter_percent: 0, connect_timeout: wait }
}

fn member(kind: Kind, site: usize, role: Role) -> crate::topology::Node {
    crate::topology::Node {
        name: "node".to_owned(),
        key: "node".to_owned(),
        kind,
        site: SiteId::new(site),
        ports_blocked: Vec::new(),
        processor: Processor { per_message: nothing(), per_mapping: nothing(), per_send: nothing() },
        role,
    }
}

fn source(plan: &Plan) -> Role {
    if !plan.push {
        return Role::Log(LogSettings {
            log_lag: nothing(),
            query_time: nothing(),
            clock_offset_nanos: 0,
            port: 135,
            more: LogMore::default(),
        });
    }
    Role::Push(PushSettings {
        transport: Transport::Tcp,
        learners: vec![node(LEARNER)],
        port: 514,
        clock_offset_nanos: 0,
        buffer_records_max: 100,
        reconnect: reconnect(),
        keepalive: keepalive(),
        manner: None,
        more: PushMore::default(),
    })
}

/// A firewall, or a learner that reads the source's log or not.
fn point(learner: Option<bool>, pair: Option<(usize, bool)>) -> Role {
    let read = Read {
        source: node(SOURCE),
        interval: Span::from_seconds(1),
        phase: Phase::Drawn,
        history_records_max: 0,
        standby_after: Vec::new(),
        takes: None,
    };
    Role::Point(PointSettings {
        timeout: None,
        lifetimes: Vec::new(),
        capacity: 1_000,
        conflict: Conflict::Newest,
        resync_restarts_timer: true,
        ignore_users: Vec::new(),
        reads: if learner == Some(true) { vec![read] } else { Vec::new() },
        announce: Announce {
            interval: Span::ZERO,
            phase: Phase::Drawn,
            coalesce: false,
            mappings_per_message: 45,
            backlog_messages_max: 100,
        },
        keepalive: keepalive(),
        reconnect: reconnect(),
        enforces: learner.is_none(),
        scope: Vec::new(),
        ha: pair.map(|(peer, preferred)| HaSettings {
            peer: node(peer),
            preferred,
            sync_lag: Span::ZERO,
            sync_interval: Span::ZERO,
            keepalive: keepalive(),
            tentative_hold: None,
            promotion_hold: Span::ZERO,
            feed_out: SessionId::new(0),
            feed_in: SessionId::new(0),
        }),
    })
}
