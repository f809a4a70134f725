//! Plan: a sweep with everything that came of it, ready for a format.
//!
//! Knows rows, knees and metrics. Must not know a format.

use super::axis::Axis;
use super::effect::{Effect, effects};
use super::knee::Knee;
use super::row::Row;
use super::theory::Theory;
use crate::scenario::Expectation;
use crate::scenario::metric::{self, Metric, Subject};
use crate::topology::names;

/// What is shown when nothing is asked for. Source: what the summary of a run begins with.
const SHOWN: [&str; 4] = ["consistency.mean", "staleness.p50", "staleness.p99", "convergence.p99"];
/// The metric by which changes are ranked when neither a limit nor `--metric` names one.
const RANKED: &str = "staleness.p99";

/// What was asked and run.
#[derive(Clone, Debug)]
pub struct Found {
    /// The name of the scenario.
    pub name: String,
    /// The seeds, the same for all points.
    pub seeds: Vec<u64>,
    /// The axes of the sweep.
    pub axes: Vec<Axis>,
    /// The metrics of the fleet that were asked for, as patterns; none: the usual ones.
    pub asked: Vec<String>,
    /// The limit, where one was given.
    pub limit: Option<Expectation>,
    /// The points, in the order of the grid; along the axis where a knee was searched.
    pub rows: Vec<Row>,
    /// Where along the only axis the limit stops to hold.
    pub knee: Option<Knee>,
    /// The file as it stands, then each change; empty without changes.
    pub changed: Vec<Row>,
    /// Whether it was interrupted, so that points are missing.
    pub partial: bool,
}

/// A sweep with everything that came of it: plain data, for any format.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked and run.
    pub found: Found,
    /// The metrics shown.
    pub metrics: Vec<Metric>,
    /// What theory says of the bottleneck, along the only axis where it is a range: of the busiest where the limit still
    /// holds, without a knee of the busiest anywhere.
    pub theory: Option<Theory>,
    /// The metric by which changes are ranked.
    pub ranked: Metric,
    /// How far each change moved it, the most helpful first.
    pub effects: Vec<Effect>,
}

impl Plan {
    /// Puts together what came of `found`.
    ///
    /// # Errors
    /// The pattern that no metric of the fleet matches.
    pub fn new(found: Found) -> Result<Self, String> {
        let mut metrics = metrics(&found.asked)?;
        let of_fleet = found.limit.as_ref().filter(|limit| limit.selector == "fleet");
        let ranked = ranked(of_fleet, metrics.first().filter(|_| !found.asked.is_empty()));
        // The limit's own metric has a column already.
        metrics.retain(|metric| of_fleet.is_none_or(|limit| limit.metric != metric.path));
        let effects = effects(&found.changed, &ranked);
        Ok(Self { theory: theory(&found), metrics, ranked, effects, found })
    }

    /// The row at the last level that holds.
    #[must_use]
    pub fn at_knee(&self) -> Option<&Row> {
        at_knee(&self.found)
    }
}

fn at_knee(found: &Found) -> Option<&Row> {
    let Some(Knee::At(edge)) = &found.knee else { return None };
    found.rows.iter().find(|row| row.point.0.first().is_some_and(|(_, value)| *value == edge.held.text))
}

fn theory(found: &Found) -> Option<Theory> {
    let [axis] = &found.axes[..] else { return None };
    let busiest = match at_knee(found) {
        Some(row) => row.busiest().into_iter().next()?,
        None => {
            let all = found.rows.iter().filter_map(|row| row.busiest().into_iter().next());
            all.max_by(|a, b| a.utilisation.cmp(&b.utilisation))?
        }
    };
    axis.is_range().then(|| Theory::new(&busiest.name, axis, &found.rows))
}

/// The limit's metric where it is the fleet's, else the first that was asked for.
fn ranked(limit: Option<&Expectation>, asked: Option<&Metric>) -> Metric {
    let path = limit.map_or_else(|| asked.map_or(RANKED, |metric| &metric.path), |limit| &limit.metric);
    metric::find(Subject::Fleet, path).expect("a metric of the fleet")
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
