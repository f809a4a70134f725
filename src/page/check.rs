//! The page of a check: what held and what did not, file by file, with the fleet's curves over all seeds.

use serde::Serialize;

use super::curves::Curves;
use super::document;
use crate::gate::{Verdict, phrases};

/// Rows of one kind in one file; the rest is counted. Breaches come first. Source: none, a choice.
const ROWS_MAX: usize = 2_000;

#[derive(Serialize)]
struct Data<'a> {
    kind: &'static str,
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
    seeds: &'a [u64],
    is_partial: bool,
    held: bool,
    judged: usize,
    breached: usize,
    /// What lies between the baseline and now; `None`: no baseline was compared.
    baseline: Option<String>,
    notes: Vec<String>,
    rows: Vec<Row>,
    left_out: usize,
    start_seconds: f64,
    curves: &'a [Curves],
}

/// One thing that was judged, in words.
#[derive(Serialize)]
struct Row {
    held: bool,
    what: &'static str,
    expected: String,
    found: String,
    margin: String,
    place: String,
    look: String,
}

/// A file that was checked: its verdict, the time of day at virtual zero in seconds, and a curve for each seed.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What the gate says.
    pub verdict: Verdict,
    /// The time of day at virtual zero. Units: seconds.
    pub start_seconds: f64,
    /// The fleet's curves, one for each seed.
    pub curves: Vec<Curves>,
}

/// The page of a check. Shape: one HTML document. Errors: none.
#[must_use]
pub fn print(checked: &[Checked]) -> String {
    let verdicts = || checked.iter().map(|one| &one.verdict);
    let data = Data {
        kind: "check",
        uidsim_version: env!("CARGO_PKG_VERSION"),
        held: verdicts().all(Verdict::held),
        judged: verdicts().map(Verdict::judged).sum(),
        breached: verdicts().map(Verdict::breaches).sum(),
        files: checked.iter().map(file).collect(),
    };
    document::print("check – uidsim", &data)
}

fn file(checked: &Checked) -> File<'_> {
    let verdict = &checked.verdict;
    let mut rows = rows(verdict);
    rows.sort_by_key(|row| row.held);
    let left_out = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    File {
        file: &verdict.file,
        topology: &verdict.topology,
        seeds: &verdict.seeds,
        is_partial: verdict.partial,
        held: verdict.held(),
        judged: verdict.judged(),
        breached: verdict.breaches(),
        baseline: verdict.comparison.as_ref().map(phrases::cause),
        notes: verdict.comparison.as_ref().map(phrases::unmatched).unwrap_or_default(),
        rows,
        left_out,
        start_seconds: checked.start_seconds,
        curves: &checked.curves,
    }
}

fn rows(verdict: &Verdict) -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(verdict.expectations.iter().map(|expected| Row {
        held: expected.judgement.held,
        what: "expectation",
        expected: phrases::expectation(&expected.judgement),
        found: phrases::measured(&expected.judgement),
        margin: phrases::margin(&expected.judgement),
        place: phrases::place(expected),
        look: expected.look.clone().unwrap_or_default(),
    }));
    rows.extend(verdict.entries.iter().map(|entry| Row {
        held: entry.held(),
        what: "table entry",
        expected: phrases::entry(entry),
        found: phrases::user(entry.found.as_deref()).to_owned(),
        margin: String::new(),
        place: format!("seed {}", entry.seed),
        look: String::new(),
    }));
    let drifts = verdict.comparison.iter().flat_map(|comparison| &comparison.drifts);
    rows.extend(drifts.map(|drift| Row {
        held: drift.held,
        what: "baseline",
        expected: format!("{} {} within {}", drift.name, drift.metric, drift.tolerance),
        found: phrases::values(drift),
        margin: phrases::change(drift),
        place: format!("seed {}", drift.seed),
        look: drift.look.clone().unwrap_or_default(),
    }));
    rows
}
