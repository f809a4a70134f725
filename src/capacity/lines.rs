//! Lines: a plan as one table for other programs, a line for each point and seed.
//!
//! The sweep comes first, then the file as it stands and each change. Must not know a format.

use super::plan::Plan;
use super::record::Record;
use super::row::Row;
use crate::report::Decimal;

/// The names of the columns, kind by kind.
pub(super) struct Head<'a> {
    /// The paths of the axes.
    pub(super) axes: Vec<&'a str>,
    /// The limit's metric where there is a limit, then the metrics shown.
    pub(super) metrics: Vec<String>,
}

/// One run.
pub(super) struct Line<'a> {
    /// A value for each axis, as it stands in the file; empty texts for a change.
    pub(super) values: Vec<&'a str>,
    /// The change, or `as it stands`; empty for a point of the sweep.
    pub(super) change: String,
    pub(super) seed: u64,
    /// In the order of the head; `None` without a sample.
    pub(super) metrics: Vec<Option<Decimal>>,
    /// What is busiest, and its utilisation.
    pub(super) busiest: Option<(&'a str, Decimal)>,
}

/// The columns of the lines of `plan`.
pub(super) fn head(plan: &Plan) -> Head<'_> {
    let limit = plan.found.limit.iter().map(|limit| format!("{} {}", limit.selector, limit.metric));
    Head {
        axes: plan.found.axes.iter().map(|axis| axis.path.as_str()).collect(),
        metrics: limit.chain(plan.metrics.iter().map(|metric| metric.path.clone())).collect(),
    }
}

/// The lines of `plan`.
pub(super) fn lines(plan: &Plan) -> impl Iterator<Item = Line<'_>> {
    let found = &plan.found;
    let swept = found.rows.iter().flat_map(move |row| {
        let values: Vec<&str> = row.point.0.iter().map(|(_, value)| value.as_str()).collect();
        row.records.iter().map(move |record| line(plan, record, values.clone(), String::new()))
    });
    let changed = found.changed.iter().flat_map(move |row| {
        let values = vec![""; found.axes.len()];
        row.records.iter().map(move |record| line(plan, record, values.clone(), change(row)))
    });
    swept.chain(changed)
}

fn change(row: &Row) -> String {
    if row.point.0.is_empty() { "as it stands".to_owned() } else { row.point.said() }
}

fn line<'a>(plan: &Plan, record: &'a Record, values: Vec<&'a str>, change: String) -> Line<'a> {
    let limit = plan.found.limit.iter().map(|limit| record.judged(limit));
    let metrics = plan.metrics.iter().map(|metric| record.fleet.get(&metric.path).copied());
    let busiest = record.busiest.first().map(|busy| (busy.name.as_str(), busy.utilisation));
    Line { values, change, seed: record.seed, metrics: limit.chain(metrics).collect(), busiest }
}
