//! Assembling: from paper to a world. The names of the file become ids, streams and machines.
//!
//! Knows scenario, roles and engine. Must not run anything.

mod data;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use data::registrations;

use crate::engine::{BookedFault, Degrading, End, Fault, HostPlan, LinkPlan, Plan, World};
use crate::ids::{LinkId, NodeId, SiteId};
use crate::mapping::{Mapping, Route};
use crate::random::Seed;
use crate::roles::{
    AutomationEngine, Birth, Clients, Followed, LedgerSource, LogSource, Phase, Probed, PushSource, Role,
    SessionSettings, Useridd,
};
use crate::scenario::{FaultKind, Scenario};
use crate::topology::{self, Place};
use crate::units::{Instant, Span};
use crate::wire::{Accounts, Codec};
use crate::workload::{Workload, ledger};

/// The first sequence of what tables hold at a warm start; no source numbers that far.
pub const INITIAL_SEQUENCE: u64 = 1 << 63;

/// The world that `scenario` describes, with this workload and seed, at virtual zero. `scanned` says, in `NodeId`
/// order, from when on the volleys that a node receives are carried outside the agenda; `None` or past its end: never.
/// Such a node keeps no table, so that it must feed nobody and learn from nobody else.
#[must_use]
pub fn assemble(
    scenario: &Scenario,
    workload: &Workload,
    seed: Seed,
    scanned: &[Option<Instant>],
) -> World<Role> {
    let scanned_from = |index: usize| scanned.get(index).copied().flatten();
    // Streams go by keys, so that a declared rename draws what it drew before.
    let names: Vec<String> = scenario.topology.nodes.iter().map(|node| node.key.clone()).collect();
    let sessions = sessions(scenario, &names, seed);
    let labels = &scenario.enforcement.labels;
    let codec = Codec::with_labels(&workload.addresses, &workload.users, labels);
    let loaded = initial(scenario, workload);
    let log_port = |node: &topology::Node| match &node.role {
        topology::Role::Log(settings) => settings.port,
        topology::Role::Engine(_) | topology::Role::Point(_) | topology::Role::Push(_) => 0,
    };
    let log_ports: Vec<u16> = scenario.topology.nodes.iter().map(log_port).collect();
    let (fed_by, feeds) = ends(&sessions, names.len());
    let parts = Parts {
        scenario,
        told_of_threats: data::told_of_threats(scenario),
        names: &names,
        log_ports: &log_ports,
        sessions: &sessions,
        fed_by,
        feeds,
        probed: probed(scenario, workload.addresses.len()),
        followed: followed(scenario),
        duration: scenario.duration,
        codec,
        loaded,
        workload,
        seed,
    };
    let hosts = scenario.topology.nodes.iter().enumerate().map(|(index, node)| HostPlan {
        name: node.key.clone(),
        node: parts.role(NodeId::new(index), node, scanned_from(index).is_none()),
        home: node.site.index(),
        processor: node.processor.clone(),
        ports_blocked: node.ports_blocked.clone(),
        scanned_from: scanned_from(index),
    });
    let links = scenario.topology.links.iter().map(|link| LinkPlan {
        name: link.key.clone(),
        ends: link.ends.map(|place| match place {
            Place::Node(node) => End::Host(node),
            Place::Site(site) => End::Place(site.index()),
        }),
        settings: link.settings.clone(),
    });
    let faults = scenario.faults.iter().map(|fault| BookedFault {
        at: fault.at,
        until: fault.until,
        fault: machine_fault(scenario, &fault.kind),
    });
    World::new(Plan {
        hosts: hosts.collect(),
        links: links.collect(),
        faults: faults.collect(),
        measure_from: scenario.measure_from,
        seed,
    })
}

/// The sessions, their own phases drawn from streams named after both ends.
fn sessions(scenario: &Scenario, names: &[String], seed: Seed) -> Vec<SessionSettings> {
    let drawn = |session: &SessionSettings| {
        let upstream = &scenario.topology.nodes[session.upstream.index()];
        let topology::Role::Point(settings) = &upstream.role else { return Span::ZERO };
        let interval = settings.announce.interval;
        let purpose = format!("phase/{}", names[session.upstream.index()]);
        let mut stream = seed.stream(&names[session.client.index()], &purpose);
        if interval.is_zero() { Span::ZERO } else { Span::from_nanos(stream.below(interval.nanos())) }
    };
    let settle = |session: &SessionSettings| {
        let phase = match session.phase {
            Some(Phase::Drawn) => Some(Phase::At(drawn(session))),
            other => other,
        };
        SessionSettings { phase, feed: data::carried(scenario, session), ..session.clone() }
    };
    scenario.topology.sessions.iter().map(settle).collect()
}

/// Per node, the redistribution sessions that it dials, and those in which it is dialled, as positions in declared order.
fn ends(sessions: &[SessionSettings], nodes: usize) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let (mut fed_by, mut feeds) = (vec![Vec::new(); nodes], vec![Vec::new(); nodes]);
    let redistribution = sessions.iter().enumerate().filter(|(_, s)| s.feed.is_session());
    for (position, session) in redistribution {
        fed_by[session.client.index()].push(position);
        feeds[session.upstream.index()].push(position);
    }
    (fed_by, feeds)
}

/// What tables hold at a warm start: the truth of virtual zero, as the first source would have told it.
fn initial(scenario: &Scenario, workload: &Workload) -> Arc<[Mapping]> {
    let is_source =
        |node: &topology::Node| matches!(node.role, topology::Role::Log(_) | topology::Role::Push(_));
    let source = scenario.topology.nodes.iter().position(is_source).map_or(NodeId::new(0), NodeId::new);
    let timestamp = match scenario.topology.nodes.get(source.index()).map(|node| &node.role) {
        Some(topology::Role::Log(settings)) => settings.clock_offset_nanos,
        Some(topology::Role::Push(settings)) => settings.clock_offset_nanos,
        Some(topology::Role::Engine(_) | topology::Role::Point(_)) | None => 0,
    };
    let there = workload
        .stays
        .iter()
        .enumerate()
        .filter(|(_, stay)| scenario.warm && stay.start == Instant::ZERO && stay.end > Instant::ZERO);
    let mapping = |(index, stay): (usize, &crate::workload::Stay)| Mapping {
        address: stay.address,
        user: Some(stay.user),
        log_off: false,
        timestamp,
        source,
        sequence: INITIAL_SEQUENCE + index as u64,
        origin: source,
        route: Route::new(),
    };
    there.map(mapping).collect()
}

/// Who follows which directories and terminal servers.
fn followed(scenario: &Scenario) -> BTreeMap<NodeId, Vec<Followed>> {
    let mut followed: BTreeMap<NodeId, Vec<Followed>> = BTreeMap::new();
    for (ledger, port, follows) in scenario.topology.ledgers() {
        for (reader, interval, phase) in follows.readers.iter().copied() {
            followed.entry(reader).or_default().push(Followed { ledger, port, interval, phase });
        }
    }
    followed
}

/// Who probes which computers.
fn probed(scenario: &Scenario, addresses: usize) -> BTreeMap<NodeId, (NodeId, Probed, usize)> {
    let by_agent =
        |(clients, agent, probed): (NodeId, NodeId, &Probed)| (agent, (clients, probed.clone(), addresses));
    scenario.topology.probed().map(by_agent).collect()
}

struct Parts<'a> {
    scenario: &'a Scenario,
    told_of_threats: BTreeMap<NodeId, Vec<(NodeId, u16)>>,
    names: &'a [String],
    log_ports: &'a [u16],
    sessions: &'a [SessionSettings],
    /// Per node, the positions of the sessions that it dials, and of those in which it is dialled.
    fed_by: Vec<Vec<usize>>,
    feeds: Vec<Vec<usize>>,
    /// Per node that probes: the computers that it probes, how, and how many addresses there are.
    probed: BTreeMap<NodeId, (NodeId, Probed, usize)>,
    /// Per node: the directories and terminal servers that it follows.
    followed: BTreeMap<NodeId, Vec<Followed>>,
    duration: Span,
    codec: Codec,
    loaded: Arc<[Mapping]>,
    workload: &'a Workload,
    seed: Seed,
}

impl Parts<'_> {
    fn role(&self, id: NodeId, node: &topology::Node, keeps_table: bool) -> Role {
        let updates = || self.workload.updates.clone();
        let stream = |purpose: &str| self.seed.stream(&node.key, purpose);
        match &node.role {
            topology::Role::Engine(settings) => {
                let streams = [stream("delay"), stream("redial")];
                let schedule = data::schedule(self.scenario, self.workload, id);
                let engine =
                    AutomationEngine::new(id, settings.clone(), self.codec.clone(), schedule, streams);
                Role::Engine(engine)
            }
            topology::Role::Log(settings) => {
                if let Some(follows) = &settings.more.follows {
                    let made = ledger(&follows.spec, &node.key, self.seed, self.duration);
                    let changes = made.expect("the workload was made with it").changes.into();
                    let query = stream("query time");
                    return Role::Ledger(LedgerSource::new(
                        changes,
                        settings.clone(),
                        self.codec.clone(),
                        query,
                    ));
                }
                let streams = [stream("log lag"), stream("query time")];
                Role::Log(LogSource::new(id, settings.clone(), self.codec.clone(), updates(), streams))
            }
            topology::Role::Push(settings) => {
                if let (Some(probed), [agent]) = (&settings.more.probed, settings.learners.as_slice()) {
                    let ends = (*agent, probed.clone());
                    let clients = Clients::new(id, ends, self.codec.clone(), updates(), stream("answer"));
                    return Role::Clients(clients);
                }
                let jitter = |line: usize| match line {
                    0 => stream("redial"),
                    _ => stream(&format!("redial/{}", self.names[settings.learners[line].index()])),
                };
                let needs_accounts = settings.manner.is_some();
                let users = if needs_accounts { self.workload.users.as_slice() } else { &[] };
                let words = (self.codec.clone(), Accounts::new(users));
                Role::Push(PushSource::new(id, settings.clone(), words, updates(), jitter))
            }
            topology::Role::Point(settings) => Role::Point(Box::new(Useridd::new(Birth {
                id,
                names: self.names,
                log_ports: self.log_ports,
                settings: settings.clone(),
                sessions: self.sessions,
                fed_by: &self.fed_by[id.index()],
                feeds: &self.feeds[id.index()],
                probed: self.probed.get(&id).cloned(),
                followed: self.followed.get(&id).cloned().unwrap_or_default(),
                codec: self.codec.clone(),
                loaded: self.loaded.clone(),
                threats: self.workload.threats.clone(),
                engines: self.told_of_threats.get(&id).cloned().unwrap_or_default(),
                seed: self.seed,
                keeps_table,
            }))),
        }
    }
}

fn machine_fault(scenario: &Scenario, kind: &FaultKind) -> Fault {
    match kind {
        FaultKind::Crash { node, keeps_table } => Fault::Crash { node: *node, keeps_memory: *keeps_table },
        FaultKind::Degraded { link, to } => Fault::Degrade {
            link: *link,
            to: Degrading {
                latency: to.latency,
                jitter: to.jitter.clone(),
                bandwidth: to.bandwidth,
                loss: to.loss,
            },
        },
        FaultKind::LinkDown { link } => Fault::LinksDown { links: vec![*link] },
        FaultKind::Partition { site } => Fault::LinksDown { links: links_out_of(scenario, *site) },
        FaultKind::DnsDown { nodes } => Fault::NamesDown { nodes: nodes.clone() },
        FaultKind::ServiceRouteDown { node } => Fault::RouteDown { node: *node },
        FaultKind::Reset { node } => Fault::Reset { node: *node },
        FaultKind::Suspend { node } => Fault::Suspend { node: *node },
    }
}

/// The links that lead from a site, or from one of its nodes, to elsewhere: what a partition takes down.
#[must_use]
pub fn links_out_of(scenario: &Scenario, site: SiteId) -> Vec<LinkId> {
    let inside = |place: &Place| match place {
        Place::Node(node) => scenario.topology.nodes[node.index()].site == site,
        Place::Site(other) => *other == site,
    };
    let crosses = |link: &topology::Link| inside(&link.ends[0]) != inside(&link.ends[1]);
    let links = scenario.topology.links.iter().enumerate();
    links.filter(|(_, link)| crosses(link)).map(|(index, _)| LinkId::new(index)).collect()
}
