//! The verdict as JSON, for scripts.
//!
//! Knows verdicts. A change of a key here is a change of `SCHEMA_VERSION`.

use std::net::IpAddr;

use serde::Serialize;

use super::drift::{Comparison, Drift};
use super::verdict::{EntryJudgement, Expected, Verdict};
use crate::report::{Decimal, Judgement};

/// The version of the keys below.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Whole<'a> {
    schema_version: u32,
    uidsim_version: &'static str,
    held: bool,
    judged: usize,
    breached: usize,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    topology: &'a str,
    scenario_hash: &'a str,
    seeds: &'a [u64],
    partial: bool,
    held: bool,
    expectations: Vec<Expectation<'a>>,
    entries: Vec<Entry<'a>>,
    baseline: Option<Baseline<'a>>,
}

#[derive(Serialize)]
struct Expectation<'a> {
    #[serde(flatten)]
    judgement: &'a Judgement,
    seed: u64,
    worst_point: Option<&'a str>,
    look_first: Option<&'a str>,
}

#[derive(Serialize)]
struct Entry<'a> {
    at: &'a str,
    node: &'a str,
    ip: IpAddr,
    expected: Option<&'a str>,
    found: Option<&'a str>,
    held: bool,
    seed: u64,
}

#[derive(Serialize)]
struct Baseline<'a> {
    uidsim_version: &'a str,
    same_scenario: bool,
    changes: Vec<Change<'a>>,
    seeds: &'a [u64],
    seeds_unknown: &'a [u64],
    gone: &'a [String],
    new: &'a [String],
    held: bool,
    metrics: Vec<Metric<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    path: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct Metric<'a> {
    name: &'a str,
    metric: &'a str,
    tolerance: &'a str,
    seed: u64,
    before: Option<Decimal>,
    after: Option<Decimal>,
    values: Vec<Seed>,
    /// `relative`: changes are parts of the baseline's value; `absolute`: differences.
    change_unit: &'static str,
    change: Option<Decimal>,
    change_mean: Option<Decimal>,
    change_half_width: Option<Decimal>,
    held: bool,
    better: bool,
    look_first: Option<&'a str>,
}

#[derive(Serialize)]
struct Seed {
    seed: u64,
    before: Option<Decimal>,
    after: Option<Decimal>,
}

/// All verdicts. Shape: one JSON object, two spaces deep, with a newline at the end.
#[must_use]
pub fn print(verdicts: &[Verdict]) -> String {
    let whole = Whole {
        schema_version: SCHEMA_VERSION,
        uidsim_version: env!("CARGO_PKG_VERSION"),
        held: verdicts.iter().all(Verdict::held),
        judged: verdicts.iter().map(Verdict::judged).sum(),
        breached: verdicts.iter().map(Verdict::breaches).sum(),
        files: verdicts.iter().map(file).collect(),
    };
    serde_json::to_string_pretty(&whole).expect("a verdict serialises") + "\n"
}

fn file(verdict: &Verdict) -> File<'_> {
    File {
        file: &verdict.file,
        topology: &verdict.topology,
        scenario_hash: &verdict.scenario_hash,
        seeds: &verdict.seeds,
        partial: verdict.partial,
        held: verdict.held(),
        expectations: verdict.expectations.iter().map(expectation).collect(),
        entries: verdict.entries.iter().map(entry).collect(),
        baseline: verdict.comparison.as_ref().map(baseline),
    }
}

fn expectation(expected: &Expected) -> Expectation<'_> {
    Expectation {
        judgement: &expected.judgement,
        seed: expected.seed,
        worst_point: expected.point.as_deref(),
        look_first: expected.look.as_deref(),
    }
}

fn entry(entry: &EntryJudgement) -> Entry<'_> {
    Entry {
        at: &entry.at,
        node: &entry.node,
        ip: entry.address,
        expected: entry.expected.as_deref(),
        found: entry.found.as_deref(),
        held: entry.held(),
        seed: entry.seed,
    }
}

fn baseline(comparison: &Comparison) -> Baseline<'_> {
    let changes = comparison.changes.iter();
    Baseline {
        uidsim_version: &comparison.uidsim_version,
        same_scenario: comparison.is_same_scenario,
        changes: changes
            .map(|change| Change {
                path: &change.path,
                before: change.before.as_deref(),
                after: change.after.as_deref(),
            })
            .collect(),
        seeds: &comparison.seeds,
        seeds_unknown: &comparison.seeds_unknown,
        gone: &comparison.gone,
        new: &comparison.new,
        held: comparison.held(),
        metrics: comparison.drifts.iter().map(metric).collect(),
    }
}

fn metric(drift: &Drift) -> Metric<'_> {
    Metric {
        name: &drift.name,
        metric: &drift.metric,
        tolerance: &drift.tolerance,
        seed: drift.seed,
        before: drift.before,
        after: drift.after,
        values: drift
            .values
            .iter()
            .map(|value| Seed { seed: value.seed, before: value.before, after: value.after })
            .collect(),
        change_unit: if drift.quantity.moves_in_parts() { "relative" } else { "absolute" },
        change: drift.change_there.and_then(Decimal::from_f64),
        change_mean: drift.change.and_then(|change| Decimal::from_f64(change.mean)),
        change_half_width: drift.change.and_then(|change| Decimal::from_f64(change.half_width?)),
        held: drift.held,
        better: drift.is_better,
        look_first: drift.look.as_deref(),
    }
}
