//! Manifest: every run of a plan, named, before any is done: what an engine that spreads them over machines starts from.
//!
//! Knows points and ids. Must not know who does the runs.

use serde::Serialize;

use super::json::Values;
use super::point::Point;
use super::record::SCHEMA_VERSION;

/// One run before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What names it, and its record.
    pub id: String,
    /// The position of its point.
    pub point: usize,
    /// Its seed.
    pub seed: u64,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema_version: u32,
    topology: &'a str,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    id: &'a str,
    seed: u64,
    values: Values<'a>,
}

/// As JSON. Shape: one object, two spaces deep, with a newline at the end.
#[must_use]
pub fn print(topology: &str, points: &[Point], jobs: &[Job]) -> String {
    let runs = jobs.iter().map(|job| Run { id: &job.id, seed: job.seed, values: Values(&points[job.point]) });
    let whole = Manifest { schema_version: SCHEMA_VERSION, topology, runs: runs.collect() };
    serde_json::to_string_pretty(&whole).expect("a manifest serialises") + "\n"
}
