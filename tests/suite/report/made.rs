//! A scenario and what was found of it, written by hand: two firewalls behind an agent, of which the second
//! never heard anything.

use std::collections::BTreeMap;

use uidsim::engine::{Holdings, Keepalive, Transport};
use uidsim::engine::{LinkSettings, Processor};
use uidsim::ids::{LinkId, NodeId, SiteId};
use uidsim::mapping::Conflict;
use uidsim::observe::{
    Age, Blame, Breakdown, Classes, Convergence, DataUse, DataplaneUse, Disturbance, DisturbanceKind,
    Exposure, Fates, Findings, LinkUse, NodeUse, Parts, PointFindings, PolicyUse, QuarantineUse, Samples,
    TableUse,
};
use uidsim::random::{Distribution, Seed};
use uidsim::report::{Costs, Report, build};
use uidsim::roles::{Announce, Phase, PointSettings, PushMore, PushSettings, Reconnect};
use uidsim::scenario::metric::{find, subject_of};
use uidsim::scenario::{Comparison, Expectation, Fault, FaultKind, Flows, Margin, Quantity, Scenario};
use uidsim::simulate::{Course, Loads, Outcome, Stop};
use uidsim::topology::tree::Tree;
use uidsim::topology::{Kind, Link, Node, Place, Role, Site, Topology};
use uidsim::units::{BitRate, Instant, Ratio, Span};
use uidsim::workload::{Arrivals, Spec, Telling, Truth};

pub(crate) const SEED: Seed = Seed(42);
pub(crate) const COSTS: Costs = Costs {
    cpu: Some(Span::from_millis(1_250)),
    wall: Span::from_millis(640),
    peak_rss_bytes: Some(48_000_000),
};

const MILLI: u128 = 1_000_000;
const SECOND: u128 = 1_000_000_000;

/// The report of all below, with its windows.
pub(crate) fn report() -> Report {
    build(&scenario(), &outcome(), SEED, COSTS, true)
}

/// The same of a file that asks for policy, quarantine, a dataplane's table and data beside mappings.
pub(crate) fn enforced_report() -> Report {
    let mut outcome = outcome();
    let findings = &mut outcome.findings;
    for found in [&mut findings.fleet, &mut findings.points[0].1] {
        let mut samples = Samples::new();
        samples.record(Span::from_millis(4_500));
        found.policy = Some(PolicyUse { weight: 4, rules: vec![[3 * SECOND, SECOND, 0]] });
        found.quarantine = Some(QuarantineUse { samples, not_quarantined: 2, ..QuarantineUse::default() });
        found.dataplane = Some(DataplaneUse { capacity: 10, hidden: SECOND, ..DataplaneUse::default() });
        found.data = Some(DataUse { applied: 5, ..DataUse::default() });
    }
    build(&scenario(), &outcome, SEED, COSTS, false)
}

pub(crate) fn at(seconds: u64) -> Instant {
    Instant::after_start(Span::from_seconds(seconds))
}

/// One line of `expect:`.
pub(crate) fn expectation(
    selector: &str,
    metric: &str,
    comparison: Comparison,
    bound: f64,
    limit: &str,
) -> Expectation {
    Expectation {
        selector: selector.to_owned(),
        metric: metric.to_owned(),
        limit: limit.to_owned(),
        comparison,
        bound,
        quantity: find(subject_of(selector), metric).map_or(Quantity::Span, |known| known.quantity),
    }
}

pub(crate) fn scenario() -> Scenario {
    Scenario {
        name: "made-by-hand".to_owned(),
        topology: topology(),
        workload: Spec::Arrivals(Arrivals {
            network: "10.0.0.0/24".parse().expect("a network"),
            addresses: 10,
            gap: Distribution::Constant(Span::from_seconds(1)),
            stay: None,
            refresh_gap: None,
            log_off_observed: Ratio::from_parts_per_billion(0).expect("a share"),
            source: NodeId::new(0),
            site: SiteId::new(0),
            telling: Telling::default(),
        }),
        faults: vec![
            Fault {
                name: "wan-outage".to_owned(),
                at: at(7_800),
                until: Some(at(8_400)),
                kind: FaultKind::LinkDown { link: LinkId::new(0) },
            },
            Fault {
                name: "branch-dark".to_owned(),
                at: at(9_000),
                until: None,
                kind: FaultKind::Partition { site: SiteId::new(1) },
            },
        ],
        entries_expected: Vec::new(),
        tolerances: Vec::new(),
        typed: Tree::nothing(),
        expectations: vec![
            expectation("fleet", "staleness.p99", Comparison::Less, 5.0, "< 5s"),
            expectation("fw-*", "consistency.mean", Comparison::AtLeast, 0.999, ">= 99.9%"),
            expectation("disturbance/branch-dark", "converged", Comparison::Equal, 1.0, "== true"),
            expectation("fleet", "fates.lost.total", Comparison::AtMost, 3.0, "<= 3"),
        ],
        flows: Flows { per_second: 0.5, through: Vec::new() },
        start: Span::from_seconds(7 * 3_600),
        duration: Span::from_seconds(36_000),
        measure_from: at(1_800),
        window: Span::from_seconds(60),
        warm: false,
        seed: Seed(1),
        events_max: 1_000_000,
        hash: "00112233445566ff".to_owned(),
        enforcement: Default::default(),
        margin: Margin::default(),
    }
}

fn topology() -> Topology {
    let node = |name: &str, kind, site, role| Node {
        name: name.to_owned(),
        key: name.to_owned(),
        kind,
        site: SiteId::new(site),
        ports_blocked: Vec::new(),
        processor: Processor {
            per_message: Distribution::Constant(Span::ZERO),
            per_mapping: Distribution::Constant(Span::ZERO),
            per_send: Distribution::Constant(Span::ZERO),
        },
        role,
    };
    Topology {
        sites: ["hq", "branch"].map(|name| Site { name: name.to_owned() }).to_vec(),
        nodes: vec![
            node("src", Kind::Source, 0, Role::Push(push())),
            node("agent", Kind::Agent, 0, Role::Point(point(false))),
            node("fw-1", Kind::Firewall, 0, Role::Point(point(true))),
            node("fw-2", Kind::Firewall, 1, Role::Point(point(true))),
        ],
        links: vec![Link {
            name: "wan".to_owned(),
            key: "wan".to_owned(),
            ends: [Place::Site(SiteId::new(0)), Place::Site(SiteId::new(1))],
            settings: LinkSettings {
                latency: Span::from_millis(20),
                jitter: Distribution::Constant(Span::ZERO),
                bandwidth: BitRate::new(10_000_000),
                loss: Ratio::from_parts_per_billion(0).expect("a share"),
                retransmission_timeout: Span::from_millis(200),
                queue_frames_max: None,
                ports_blocked: Vec::new(),
            },
        }],
        sessions: Vec::new(),
        pairs: Vec::new(),
    }
}

const KEEPALIVE: Keepalive = Keepalive { interval: Span::from_seconds(5), misses: 3 };
const RECONNECT: Reconnect = Reconnect {
    first: Span::from_seconds(1),
    max: Span::from_seconds(30),
    jitter_percent: 20,
    connect_timeout: Span::from_seconds(5),
};

fn push() -> PushSettings {
    PushSettings {
        transport: Transport::Tcp,
        learners: vec![NodeId::new(1)],
        port: 5_007,
        clock_offset_nanos: 0,
        buffer_records_max: 100,
        reconnect: RECONNECT,
        keepalive: KEEPALIVE,
        manner: None,
        more: PushMore::default(),
    }
}

fn point(enforces: bool) -> PointSettings {
    PointSettings {
        timeout: None,
        lifetimes: Vec::new(),
        capacity: 64_000,
        conflict: Conflict::Newest,
        resync_restarts_timer: false,
        ignore_users: Vec::new(),
        reads: Vec::new(),
        announce: Announce {
            interval: Span::from_seconds(2),
            phase: Phase::At(Span::ZERO),
            coalesce: true,
            mappings_per_message: 100,
            backlog_messages_max: 1_000,
        },
        keepalive: KEEPALIVE,
        reconnect: RECONNECT,
        enforces,
        scope: Vec::new(),
        ha: None,
    }
}

/// What was found at the firewall that heard something.
fn heard() -> PointFindings {
    let mut staleness = Samples::new();
    for millis in [120, 180, 250, 2_400, 9_800, 31_000] {
        staleness.record(Span::from_millis(millis));
    }
    staleness.record(Span::from_nanos(1));
    let hop = (NodeId::new(1), NodeId::new(2));
    let parts = Parts {
        batch: 5_250 * MILLI + 1,
        queue: 0,
        process: 300 * MILLI,
        transmit: 0,
        propagate: 2_200 * MILLI,
        recover: 6_000 * MILLI,
    };
    let windows = vec![
        Classes { current: 60 * SECOND, ..Classes::default() },
        Classes { current: 59 * SECOND, outdated: SECOND, ..Classes::default() },
    ];
    PointFindings {
        classes: Classes {
            current: 123_456_789_012_345_678_901_234_567,
            outdated: 10_u128.pow(24),
            missing: 3 * 10_u128.pow(23),
            lingering: 0,
        },
        replica: Classes { current: 90 * SECOND, missing: 10 * SECOND, ..Classes::default() },
        replica_windows: windows.iter().copied().collect(),
        windows: windows.into_iter().collect(),
        down: 1,
        lately: uidsim::observe::Lately::default(),
        change_staleness: staleness.clone(),
        breakdown: Breakdown {
            observe: staleness.sum - parts.total(),
            parts,
            hops: BTreeMap::from([(hop, parts)]),
        },
        staleness,
        fates: Fates {
            applied: 7,
            superseded: 1,
            lost_loss: 2,
            lost_crash: 1,
            pending: 3,
            ..Fates::default()
        },
        age: Age {
            area: 500 * SECOND * 100 * SECOND,
            time: 100 * SECOND,
            peaks: 2,
            peak_sum: 40 * SECOND,
            peak_max: 31_000_000_000,
            worst_source: Some(NodeId::new(0)),
        },
        incorrect_area_twice: 10_u128.pow(35),
        behind_area: 10_u128.pow(24),
        blame: Blame {
            in_transit: 9 * 10_u128.pow(23),
            unobserved: 4 * 10_u128.pow(23),
            hops: BTreeMap::from([(hop, 9 * 10_u128.pow(23))]),
            ..Blame::default()
        },
        visibility: [(1, 9), (2, 9), (3, 9), (3, 9), (4, 9), (5, 9), (6, 9), (7, 9), (7, 9)],
        exposure: Exposure { stays: 1_000 * SECOND, wrong: 3 * SECOND, unknown: 7 * SECOND },
        table: TableUse { area: 34_200 * 5 * SECOND, peak: 9, last: 7, refused: 0 },
        table_hash: 77,
        policy: None,
        quarantine: None,
        dataplane: None,
        data: None,
    }
}

pub(crate) fn outcome() -> Outcome {
    let fault = |index, at, until: Option<Instant>, convergence| Disturbance {
        kind: DisturbanceKind::Fault(index),
        node: None,
        at,
        until,
        convergence,
        unreachable: u64::from(until.is_none()),
    };
    let convergence = heard().staleness;
    Outcome {
        missing: Vec::new(),
        findings: Findings {
            measured_from: at(1_800),
            end: at(36_000),
            points: vec![(NodeId::new(2), heard()), (NodeId::new(3), PointFindings::default())],
            fleet: heard(),
            agreement: vec![(0, 0), (9, 10), (10, 10)],
            convergence: Convergence { samples: convergence, not_converged: 12, unreachable: 4 },
            disturbances: vec![
                fault(0, at(7_800), Some(at(8_400)), Some(Span::from_millis(14_250))),
                fault(1, at(9_000), None, None),
            ],
            nodes: vec![NodeUse { busy: 342 * SECOND, ..NodeUse::default() }; 4],
            links: vec![(LinkId::new(0), [LinkUse::default(); 2])],
        },
        truth: Truth::Generated,
        remarks: vec!["12 machine accounts left out".to_owned()],
        ledgers: Vec::new(),
        timelines: None,
        course: Course {
            end: at(36_000),
            stop: Stop::Completed,
            events: 1_204_311,
            frame_deliveries: 4_000,
            mapping_deliveries: 412_000,
            scanned_deliveries: (0, 0),
            hosts: Vec::new(),
            loads: Loads::default(),
            pipes: Vec::new(),
            in_flight: Vec::new(),
            holdings: Holdings { events: 0, flights: 0 },
            journal_len: 0,
            frames_encoded: 0,
        },
    }
}
