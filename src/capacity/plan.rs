//! Plan: a sweep with everything that came of it, ready for a format.
//!
//! Knows rows, knees and metrics. Must not know a format.

use super::knee::{Knee, Ruling};
use super::sheet::{Effect, Row, effects};
use crate::gate::Estimate;
use crate::scenario::metric::{self, Metric, Subject};
use crate::scenario::{Comparison, Expectation};
use crate::topology::names;

/// What is shown when nothing is asked for. Source: what the summary of a run begins with.
const SHOWN: [&str; 4] = ["consistency.mean", "staleness.p50", "staleness.p99", "convergence.p99"];
/// The metric by which changes are ranked when neither a limit nor `--metric` names one.
const RANKED: &str = "staleness.p99";

/// A sweep with everything that came of it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name of the scenario.
    pub name: String,
    /// The seeds, the same for all points.
    pub seeds: Vec<u64>,
    /// The paths of the axes.
    pub paths: Vec<String>,
    /// The metrics shown.
    pub metrics: Vec<Metric>,
    /// The limit, where one was given.
    pub limit: Option<Expectation>,
    /// The points, in the order of the grid; along the axis where a knee was searched.
    pub rows: Vec<Row>,
    /// Where along the only axis the limit stops to hold.
    pub knee: Option<Knee>,
    /// The file as it stands, then each change; empty without changes.
    pub changed: Vec<Row>,
}

impl Plan {
    /// How far each change moved the ranked metric, the most helpful first.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        effects(&self.changed, &self.ranked())
    }

    /// The metric by which changes are ranked: the limit's where it is the fleet's, else the first one shown that was asked for.
    #[must_use]
    pub fn ranked(&self) -> Metric {
        let limit = self.limit.as_ref().filter(|limit| limit.selector == "fleet");
        let is_usual = self.metrics.iter().map(|metric| metric.path.as_str()).eq(SHOWN);
        let asked = self.metrics.first().filter(|_| !is_usual);
        let path = limit.map_or_else(|| asked.map_or(RANKED, |metric| &metric.path), |limit| &limit.metric);
        metric::find(Subject::Fleet, path).expect("a metric of the fleet")
    }
}

/// The metrics of the fleet that `asked` names, globs included; the usual ones where nothing is asked for.
///
/// # Errors
/// The pattern that no metric matches.
pub fn metrics(asked: &[String]) -> Result<Vec<Metric>, String> {
    let all = metric::metrics(Subject::Fleet);
    let is = |pattern: &str, metric: &Metric| names::matches(pattern, &metric.path);
    if let Some(nothing) = asked.iter().find(|pattern| !all.iter().any(|metric| is(pattern, metric))) {
        return Err(nothing.clone());
    }
    let patterns: Vec<&str> =
        if asked.is_empty() { SHOWN.to_vec() } else { asked.iter().map(String::as_str).collect() };
    Ok(all.into_iter().filter(|metric| patterns.iter().any(|pattern| is(pattern, metric))).collect())
}

/// What a mean says of a limit. A metric without a sample is a breach.
#[must_use]
pub fn ruling(limit: &Expectation, found: Option<Estimate>) -> Ruling {
    let Some(Estimate { mean, half_width }) = found else { return Ruling { held: false, sure: true } };
    let held = match limit.comparison {
        Comparison::AtLeast => mean >= limit.bound,
        Comparison::AtMost => mean <= limit.bound,
        Comparison::Equal => (mean - limit.bound).abs() < f64::EPSILON,
        Comparison::Less => mean < limit.bound,
        Comparison::More => mean > limit.bound,
    };
    Ruling { held, sure: half_width.is_some_and(|width| (mean - limit.bound).abs() > width) }
}
