//! The page of one run.

use serde::Serialize;

use super::bins::{self, Axis, Bins};
use super::busy::{self, Busiest, Measured};
use super::curves::{self, Curves};
use super::facts::{self, Down, Listed, Said, Struck};
use super::graph::{Graph, graph};
use super::heat::{Planes, planes};
use super::sites::{self, SiteRow};
use super::tables::{self, Table};
use super::timelines::{Pairs, pairs};
use super::{document, number};
use crate::observe::PointFindings;
use crate::report::Report;
use crate::scenario::Scenario;
use crate::simulate::Outcome;

/// A run with all that its page tells.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// What was simulated.
    pub scenario: &'a Scenario,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// The same with names.
    pub report: &'a Report,
    /// The command that makes the same report again.
    pub replay: &'a str,
}

#[derive(Serialize)]
struct Data<'a> {
    kind: &'static str,
    topology: &'a str,
    uidsim_version: &'a str,
    seed: u64,
    digest: &'a str,
    scenario_hash: &'a str,
    truth: &'a str,
    is_partial: bool,
    remarks: &'a [String],
    replay: &'a str,
    start_seconds: f64,
    virtual_seconds: f64,
    measured_from_seconds: f64,
    sizes: Sizes,
    headline: Headline,
    expectations: Vec<Said>,
    disturbances: Listed<Struck<'a>>,
    sessions_down: Listed<Down<'a>>,
    curves: Curves,
    curves_axis: Axis,
    parts: [&'static str; 7],
    causes: [&'static str; 6],
    sites: Vec<SiteRow>,
    axis: Axis,
    heat: Planes,
    points: Table,
    nodes: Table,
    links: Table,
    graph: Graph,
    /// What was busiest in any bin of `axis`.
    busy: Vec<Busiest>,
    pairs: Option<Pairs>,
}

#[derive(Serialize)]
struct Sizes {
    points: usize,
    nodes: usize,
    sites: usize,
    events: u64,
    mapping_deliveries: u64,
}

/// The numbers that one looks at first.
#[derive(Serialize)]
struct Headline {
    consistency: Option<f64>,
    worst_window: Option<f64>,
    outdated: Option<f64>,
    missing: Option<f64>,
    lingering: Option<f64>,
    agreement: Option<f64>,
    staleness_p50: Option<f64>,
    staleness_p99: Option<f64>,
    staleness_max: Option<f64>,
    convergence_p99: Option<f64>,
    not_converged: u64,
    applied: u64,
    lost: u64,
    refused: u64,
    wrong_user: Option<f64>,
    unknown_user: Option<f64>,
}

/// The page of a run. Shape: one HTML document. Errors: none.
#[must_use]
pub fn print(whole: &Whole<'_>) -> String {
    let Whole { scenario, outcome, report, replay } = *whole;
    let findings = &outcome.findings;
    let windows = findings.fleet.windows.len();
    let kept = tables::kept(findings);
    let bins = Bins::of(scenario, windows);
    let measured = Measured::new(&bins, bins::length(scenario), findings.measured_from, findings.end);
    let rows: Vec<Vec<&PointFindings>> = kept.iter().map(|index| vec![&findings.points[*index].1]).collect();
    let data = Data {
        kind: "run",
        topology: &report.topology,
        uidsim_version: &report.uidsim_version,
        seed: report.seed,
        digest: &report.digest,
        scenario_hash: &report.scenario_hash,
        truth: report.truth,
        is_partial: report.partial,
        remarks: &report.remarks,
        replay,
        start_seconds: scenario.start.nanos() as f64 / 1e9,
        virtual_seconds: report.virtual_seconds.to_f64(),
        measured_from_seconds: report.measured_from_seconds.to_f64(),
        sizes: Sizes {
            points: findings.points.len(),
            nodes: report.nodes.len(),
            sites: scenario.topology.sites.len(),
            events: report.run.events,
            mapping_deliveries: report.run.mapping_deliveries,
        },
        headline: headline(report, &findings.fleet),
        expectations: facts::expectations(&report.expectations),
        disturbances: facts::disturbances(report),
        sessions_down: facts::sessions_down(report),
        curves: Curves::new(findings, scenario.window),
        curves_axis: curves::axis(findings, scenario.window),
        parts: sites::PARTS,
        causes: sites::CAUSES,
        sites: sites::rows(scenario, findings),
        axis: bins.axis(),
        heat: planes(&bins, &rows),
        points: tables::points(report, findings, &kept),
        nodes: tables::nodes(report, findings),
        links: tables::links(report),
        graph: graph(scenario, outcome, report, (&bins, &measured)),
        busy: busy::busiest(&measured, outcome, report),
        pairs: outcome.timelines.as_ref().map(|timelines| pairs(scenario, timelines)),
    };
    document::print(&format!("{} – uidsim", report.topology), &data)
}

fn headline(report: &Report, fleet: &PointFindings) -> Headline {
    let measures = &report.fleet.measures;
    let class = |part: u128| number::share(part, fleet.classes.total());
    Headline {
        consistency: number::portion(measures.consistency.mean),
        worst_window: number::portion(measures.consistency.min),
        outdated: class(fleet.classes.outdated),
        missing: class(fleet.classes.missing),
        lingering: class(fleet.classes.lingering),
        agreement: report.fleet.agreement.mean.and_then(number::portion),
        staleness_p50: measures.staleness_seconds.p50.and_then(number::of),
        staleness_p99: measures.staleness_seconds.p99.and_then(number::of),
        staleness_max: measures.staleness_seconds.max.and_then(number::of),
        convergence_p99: report.fleet.convergence_seconds.p99.and_then(number::of),
        not_converged: report.fleet.convergence_seconds.not_converged,
        applied: measures.fates.applied,
        lost: measures.fates.lost.total,
        refused: measures.fates.refused,
        wrong_user: measures.exposure.wrong_user_share.and_then(number::of),
        unknown_user: measures.exposure.unknown_user_share.and_then(number::of),
    }
}
