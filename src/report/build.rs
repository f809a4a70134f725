//! Builds a report: names from the scenario, numbers from the findings.

use super::digest::digest;
use super::measured::{convergence, measures};
use super::model::{Agreement, DisturbanceRow, Fleet, LinkRow, NodeRow, Point, Report, Run, SCHEMA_VERSION};
use super::{Decimal, ledgers, series, sessions};
use crate::ids::NodeId;
use crate::observe::{Disturbance, DisturbanceKind, Findings, LinkUse, NodeUse, PointFindings};
use crate::random::Seed;
use crate::scenario::{FaultKind, Scenario};
use crate::simulate::{Outcome, Stop};
use crate::topology::{Kind, Place, Role};
use crate::units::Span;
use crate::workload::{Spec, Storm, Truth};

/// What a run cost outside of virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Processor time; `None` where the system does not tell.
    pub cpu: Option<Span>,
    /// Time on the wall.
    pub wall: Span,
    /// The most memory at once; `None` where the system does not tell. Units: bytes.
    pub peak_rss_bytes: Option<u64>,
}

/// The report of one run; expectations are added by `gate::judge`.
#[must_use]
pub fn build(scenario: &Scenario, outcome: &Outcome, seed: Seed, costs: Costs, with_series: bool) -> Report {
    let findings = &outcome.findings;
    let measured = findings.end.since_start().less(findings.measured_from.since_start());
    let row = |(node, point): &(NodeId, PointFindings)| Point {
        group_staleness_seconds: ledgers::groups(scenario, &outcome.ledgers, *node),
        ..point_row(scenario, *node, point, measured)
    };
    let fleet = Fleet {
        measures: measures(scenario, &findings.fleet, fleet_capacity(scenario, findings), measured),
        agreement: Agreement { mean: agreement(&findings.agreement) },
        convergence_seconds: convergence(&findings.convergence),
    };
    Report {
        schema_version: SCHEMA_VERSION,
        uidsim_version: env!("CARGO_PKG_VERSION").to_owned(),
        topology: scenario.name.clone(),
        seed: seed.0,
        scenario_hash: scenario.hash.clone(),
        truth: match outcome.truth {
            Truth::Assumed => "assumed",
            Truth::Generated => "generated",
        },
        measured_from_seconds: findings.measured_from.since_start().into(),
        virtual_seconds: findings.end.since_start().into(),
        partial: outcome.course.stop != Stop::Completed,
        digest: digest(findings, &outcome.ledgers),
        run: run(outcome, costs),
        fleet,
        enforcement_points: findings.points.iter().map(row).collect(),
        nodes: node_rows(scenario, findings, measured),
        links: link_rows(scenario, findings, measured),
        sessions_down: sessions::rows(scenario, &outcome.missing),
        disturbances: disturbance_rows(scenario, &findings.disturbances),
        terminal_servers: ledgers::terminal_servers(scenario, &outcome.ledgers),
        expectations: Vec::new(),
        remarks: outcome.remarks.clone(),
        series: with_series.then(|| series::build(scenario, findings)),
    }
}

fn run(outcome: &Outcome, costs: Costs) -> Run {
    Run {
        events: outcome.course.events,
        mapping_deliveries: outcome.course.mapping_deliveries,
        frame_deliveries: outcome.course.frame_deliveries,
        scanned_share: Decimal::share(
            outcome.course.scanned_deliveries.0.into(),
            outcome.course.frame_deliveries.into(),
        )
        .unwrap_or(Decimal::ZERO),
        cpu_seconds: costs.cpu.map(Decimal::from),
        wall_seconds: costs.wall.into(),
        peak_rss_bytes: costs.peak_rss_bytes,
    }
}

/// The word for `kind` that topology files and reports share.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "agent",
        Kind::AutomationEngine => "automation_engine",
        Kind::CaptivePortal => "captive_portal",
        Kind::Clients => "clients",
        Kind::CloudIdentityEngine => "cloud_identity_engine",
        Kind::Collector => "collector",
        Kind::DomainController => "domain_controller",
        Kind::Directory => "directory",
        Kind::EDirectory => "edirectory",
        Kind::ExchangeServer => "exchange_server",
        Kind::Firewall => "firewall",
        Kind::GlobalProtectGateway => "globalprotect_gateway",
        Kind::Hub => "hub",
        Kind::NacExport => "nac_export",
        Kind::Panorama => "panorama",
        Kind::RadiusServer => "radius_server",
        Kind::SessionTable => "session_table",
        Kind::Source => "source",
        Kind::SyslogSender => "syslog_sender",
        Kind::XmlApiClient => "xml_api_client",
        Kind::TerminalServer => "terminal_server",
    }
}

fn name(scenario: &Scenario, node: NodeId) -> String {
    scenario.topology.nodes[node.index()].name.clone()
}

fn capacity(scenario: &Scenario, node: NodeId) -> u64 {
    match &scenario.topology.nodes[node.index()].role {
        Role::Point(settings) => settings.capacity,
        Role::Engine(_) | Role::Log(_) | Role::Push(_) => 0,
    }
}

/// Of a pair one member counts: the preferred one stands for both.
fn fleet_capacity(scenario: &Scenario, findings: &Findings) -> u64 {
    let stands_aside = |node: NodeId| scenario.topology.pairs.iter().any(|pair| pair.members[1] == node);
    let counted = findings.points.iter().map(|(node, _)| *node).filter(|node| !stands_aside(*node));
    counted.fold(0, |sum, node| sum.saturating_add(capacity(scenario, node)))
}

fn point_row(scenario: &Scenario, node: NodeId, point: &PointFindings, measured: Span) -> Point {
    let about = &scenario.topology.nodes[node.index()];
    let pair = scenario.topology.pairs.iter().find(|pair| pair.members.contains(&node));
    Point {
        name: about.name.clone(),
        kind: word(about.kind),
        site: scenario.topology.sites[about.site.index()].name.clone(),
        pair: pair.map(|pair| pair.name.clone()),
        measures: measures(scenario, point, capacity(scenario, node), measured),
        group_staleness_seconds: None,
    }
}

/// The mean of the windows' shares; windows without a known address are left out.
fn agreement(windows: &[(u64, u64)]) -> Option<Decimal> {
    let shares: Vec<u128> = windows
        .iter()
        .filter_map(|(same, known)| Decimal::share((*same).into(), (*known).into()))
        .map(|share| share.billionths().unsigned_abs())
        .collect();
    Decimal::mean_of_nanos(shares.iter().sum(), shares.len() as u128)
}

fn node_rows(scenario: &Scenario, findings: &Findings, measured: Span) -> Vec<NodeRow> {
    let row = |(about, used): (&crate::topology::Node, &NodeUse)| NodeRow {
        name: about.name.clone(),
        kind: word(about.kind),
        messages_in: used.messages_in,
        messages_out: used.messages_out,
        mappings_in: used.mappings_in,
        mappings_out: used.mappings_out,
        utilisation: Decimal::share(used.busy, measured.nanos().into()),
        queue_mean: Decimal::quotient(used.queue_area, measured.nanos().into()),
        queue_peak: used.queue_peak,
        resyncs: used.resyncs,
        sessions_reset: used.resets,
    };
    scenario.topology.nodes.iter().zip(&findings.nodes).map(row).collect()
}

fn link_rows(scenario: &Scenario, findings: &Findings, measured: Span) -> Vec<LinkRow> {
    let place = |place: Place| match place {
        Place::Node(node) => name(scenario, node),
        Place::Site(site) => scenario.topology.sites[site.index()].name.clone(),
    };
    let mut rows = Vec::new();
    for (link, directions) in &findings.links {
        let about = &scenario.topology.links[link.index()];
        let [first, second] = about.ends;
        for ((from, to), used) in [(first, second), (second, first)].into_iter().zip(directions) {
            let LinkUse { messages, bytes, lost, retransmitted, sessions_opened, .. } = *used;
            rows.push(LinkRow {
                name: about.name.clone(),
                from: place(from),
                to: place(to),
                messages,
                bytes,
                utilisation: Decimal::share(used.busy, measured.nanos().into()),
                lost,
                retransmitted,
                sessions_opened,
            });
        }
    }
    rows
}

fn disturbance_rows(scenario: &Scenario, disturbances: &[Disturbance]) -> Vec<DisturbanceRow> {
    let mut rows: Vec<DisturbanceRow> = Vec::new();
    for disturbance in disturbances {
        let (mut name, kind, target) = describe(scenario, disturbance);
        let base = name.clone();
        let mut times = 1;
        while rows.iter().any(|row| row.name == name) {
            times += 1;
            name = format!("{base}-{times}");
        }
        rows.push(DisturbanceRow {
            name,
            at_seconds: disturbance.at.since_start().into(),
            until_seconds: disturbance.until.map(|until| until.since_start().into()),
            kind,
            target,
            converged: disturbance.convergence.is_some(),
            convergence_seconds: disturbance.convergence.map(Decimal::from),
            unreachable: disturbance.unreachable,
        });
    }
    rows
}

/// A disturbance's name, kind and target.
fn describe(scenario: &Scenario, disturbance: &Disturbance) -> (String, &'static str, Option<String>) {
    let site = |site: crate::ids::SiteId| scenario.topology.sites[site.index()].name.clone();
    match disturbance.kind {
        DisturbanceKind::Failover => {
            let node = disturbance.node.map(|node| name(scenario, node));
            (format!("failover-{}", node.as_deref().unwrap_or("unknown")), "failover", node)
        }
        DisturbanceKind::Fault(index) => {
            let fault = &scenario.faults[index];
            let link = |link: crate::ids::LinkId| scenario.topology.links[link.index()].name.clone();
            let (kind, target) = match &fault.kind {
                FaultKind::DnsDown { nodes } => ("dns_down", format!("{} nodes", nodes.len())),
                FaultKind::ServiceRouteDown { node } => ("service_route_down", name(scenario, *node)),
                FaultKind::Crash { node, .. } => ("crash", name(scenario, *node)),
                FaultKind::Degraded { link: which, .. } => ("degraded", link(*which)),
                FaultKind::LinkDown { link: which } => ("link_down", link(*which)),
                FaultKind::Partition { site: which } => ("partition", site(*which)),
                FaultKind::Reset { node } => ("session_reset", name(scenario, *node)),
                FaultKind::Suspend { node } => ("suspend", name(scenario, *node)),
            };
            (fault.name.clone(), kind, Some(target))
        }
        DisturbanceKind::Storm(index) => {
            let storm = storms(scenario).get(index);
            let target = storm.and_then(|storm| storm.site).map(site);
            (storm.map_or_else(|| format!("storm-{index}"), |storm| storm.name.clone()), "storm", target)
        }
    }
}

fn storms(scenario: &Scenario) -> &[Storm] {
    match &scenario.workload {
        Spec::Population(population) => &population.storms,
        Spec::Arrivals(_) | Spec::Replay(_) => &[],
    }
}
