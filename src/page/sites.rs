//! Sites: where delays and wrong seconds come from, summed over each site's enforcement points.

use std::collections::BTreeMap;

use serde::Serialize;

use super::number;
use crate::ids::{NodeId, SiteId};
use crate::observe::{Blame, Findings, Parts, PointFindings};
use crate::scenario::Scenario;

/// Sites that are told apart; the rest is one row. Source: none, a choice: the most wrong ones are what one looks for.
const SITES_MAX: usize = 400;

/// What one site's enforcement points met.
#[derive(Serialize)]
pub(super) struct SiteRow {
    name: String,
    points: usize,
    /// Mean seconds per part; they add up to the mean staleness.
    delay: [Option<f64>; 7],
    /// Address-seconds per cause; they add up to those that are not current.
    blame: [Option<f64>; 6],
    /// Share of address time that is not current.
    wrong: Option<f64>,
}

/// The names of the parts of a delay, in the order of a row.
pub(super) const PARTS: [&str; 7] =
    ["observe", "batch", "queue", "process", "transmit", "propagate", "recover"];
/// The names of the causes, in the order of a row.
pub(super) const CAUSES: [&str; 6] =
    ["unobserved", "in transit", "lost", "expired", "conflict", "disconnected"];

#[derive(Default)]
struct Sums {
    points: usize,
    applied: u64,
    observe: u128,
    parts: Parts,
    blame: [u128; 6],
    wrong: u128,
    known: u128,
}

impl Sums {
    fn add(&mut self, point: &PointFindings) {
        self.points += 1;
        self.applied += point.staleness.count;
        self.observe += point.breakdown.observe;
        self.parts.add(&point.breakdown.parts);
        self.blame.iter_mut().zip(causes(&point.blame)).for_each(|(sum, more)| *sum += more);
        self.known += point.classes.total();
        self.wrong += point.classes.total() - point.classes.current;
    }

    fn join(&mut self, other: &Self) {
        self.points += other.points;
        self.applied += other.applied;
        self.observe += other.observe;
        self.parts.add(&other.parts);
        self.blame.iter_mut().zip(other.blame).for_each(|(sum, more)| *sum += more);
        self.known += other.known;
        self.wrong += other.wrong;
    }

    fn row(&self, name: String) -> SiteRow {
        let Parts { batch, queue, process, transmit, propagate, recover } = self.parts;
        let parts = [self.observe, batch, queue, process, transmit, propagate, recover];
        let mean = |sum: u128| {
            if self.applied == 0 { None } else { number::short(sum as f64 / self.applied as f64 / 1e9) }
        };
        SiteRow {
            name,
            points: self.points,
            delay: parts.map(mean),
            blame: self.blame.map(number::seconds),
            wrong: number::share(self.wrong, self.known),
        }
    }
}

/// Address-nanoseconds in the order of `CAUSES`.
pub(super) fn causes(blame: &Blame) -> [u128; 6] {
    [blame.unobserved, blame.in_transit, blame.lost, blame.expired, blame.conflict, blame.disconnected]
}

/// A row for each site with enforcement points, the most wrong first.
#[must_use]
pub(super) fn rows(scenario: &Scenario, findings: &Findings) -> Vec<SiteRow> {
    let mut sums: BTreeMap<SiteId, Sums> = BTreeMap::new();
    for (node, point) in &findings.points {
        sums.entry(site_of(scenario, *node)).or_default().add(point);
    }
    let mut sites: Vec<(SiteId, Sums)> = sums.into_iter().collect();
    sites.sort_by(|a, b| b.1.wrong.cmp(&a.1.wrong).then(a.0.cmp(&b.0)));
    let rest = sites.split_off(sites.len().min(SITES_MAX));
    let name = |site: SiteId| scenario.topology.sites[site.index()].name.clone();
    let mut rows: Vec<SiteRow> = sites.iter().map(|(site, sums)| sums.row(name(*site))).collect();
    if !rest.is_empty() {
        let mut all = Sums::default();
        rest.iter().for_each(|(_, sums)| all.join(sums));
        rows.push(all.row(format!("{} further sites", rest.len())));
    }
    rows
}

fn site_of(scenario: &Scenario, node: NodeId) -> SiteId {
    scenario.topology.nodes[node.index()].site
}
