//! The points of a plan's page: means with their intervals, what is busiest, where the delay goes; few digits each.
//!
//! The rule of what is kept: every point; of the metrics the limit's and as many of those shown as keep all values together
//! below `VALUES_MAX` and their number below `METRICS_MAX`. What is left out is counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::number;
use super::super::sites::PARTS;
use super::better_word;
use crate::capacity::{Busy, Plan, Row, phrases};
use crate::gate::Estimate;
use crate::report::Decimal;
use crate::scenario::metric::Better;
use crate::scenario::{Comparison, Quantity};

/// Metrics, each a chart. Source: none, a choice.
const METRICS_MAX: usize = 24;
/// Points times metrics. Source: 5 MB for the page of 10,000 points, less than half of it for these.
const VALUES_MAX: usize = 100_000;
/// What each point names as busy. Source: none, a choice: what saturates first, and what is next behind it.
const BUSY_MAX: usize = 3;
/// Nodes and links that have a curve of their own. Source: none, a choice: more cannot be told apart.
const NAMES_MAX: usize = 6;

/// Every point with what was found there.
#[derive(Serialize)]
pub(super) struct Points<'a> {
    metrics: Vec<MetricRow>,
    metrics_left_out: usize,
    /// Nodes and directions of links, which the points name by their positions.
    names: Vec<String>,
    rows: Vec<PointRow<'a>>,
    /// What comes nearest to saturation anywhere, a utilisation for each point; only along one axis.
    busy: Vec<Line>,
}

#[derive(Serialize)]
struct MetricRow {
    label: String,
    quantity: &'static str,
    /// `more`, `less`, or empty where neither is better.
    better: &'static str,
    /// The limit's bound.
    bound: Option<f64>,
}

#[derive(Serialize)]
struct PointRow<'a> {
    /// A value for each axis, as it stands in the file, and where it lies along the axis.
    values: Vec<&'a str>,
    at: Vec<Option<f64>>,
    /// For each metric.
    means: Vec<Option<f64>>,
    half_widths: Vec<Option<f64>>,
    /// `holds`, `breached` or `perhaps`; empty without a limit.
    ruling: &'static str,
    /// Mean seconds of each part of the way.
    delay: Vec<Option<f64>>,
    /// The busiest: name and utilisation.
    busiest: Vec<(usize, Option<f64>)>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    kind: String,
    utilisation: Vec<Option<f64>>,
}

/// A metric of every row.
struct Shown<'a> {
    row: MetricRow,
    quantity: Quantity,
    of: Box<dyn Fn(&Row) -> Option<Estimate> + 'a>,
}

/// The points of `plan`.
#[must_use]
pub(super) fn points(plan: &Plan) -> Points<'_> {
    let found = &plan.found;
    let mut shown = shown(plan);
    let most = (VALUES_MAX / found.rows.len().max(1)).clamp(1, METRICS_MAX);
    let metrics_left_out = shown.len().saturating_sub(most);
    shown.truncate(most);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let rows = found.rows.iter().map(|row| point(plan, row, &shown, &mut names)).collect();
    let mut listed = vec![String::new(); names.len()];
    names.into_iter().for_each(|(name, index)| listed[index] = name);
    Points {
        metrics: shown.into_iter().map(|shown| shown.row).collect(),
        metrics_left_out,
        names: listed,
        rows,
        busy: if found.axes.len() == 1 { lines(&found.rows) } else { Vec::new() },
    }
}

/// The limit's metric first.
fn shown(plan: &Plan) -> Vec<Shown<'_>> {
    let limit = plan.found.limit.as_ref().map(|limit| {
        let better = match limit.comparison {
            Comparison::AtLeast | Comparison::More => Better::Higher,
            Comparison::AtMost | Comparison::Less => Better::Lower,
            Comparison::Equal => Better::Neither,
        };
        Shown {
            row: described(phrases::limit(limit), limit.quantity, better, Some(limit.bound)),
            quantity: limit.quantity,
            of: Box::new(|row| row.judged(limit)),
        }
    });
    let metrics = plan.metrics.iter().map(|metric| Shown {
        row: described(metric.path.clone(), metric.quantity, metric.better, None),
        quantity: metric.quantity,
        of: Box::new(|row| row.estimate(&metric.path)),
    });
    limit.into_iter().chain(metrics).collect()
}

fn described(label: String, quantity: Quantity, better: Better, bound: Option<f64>) -> MetricRow {
    let quantity = match quantity {
        Quantity::Count => "count",
        Quantity::Flag | Quantity::Share => "share",
        Quantity::Span => "span",
    };
    MetricRow { label, quantity, better: better_word(better), bound }
}

fn point<'a>(
    plan: &'a Plan,
    row: &'a Row,
    shown: &[Shown<'_>],
    names: &mut BTreeMap<String, usize>,
) -> PointRow<'a> {
    let values: Vec<&str> = row.point.0.iter().map(|(_, value)| value.as_str()).collect();
    let estimates: Vec<Option<Estimate>> = shown.iter().map(|shown| (shown.of)(row)).collect();
    let mean = |(shown, estimate): (&Shown<'_>, &Option<Estimate>)| few(shown.quantity, (*estimate)?.mean);
    let part = |name: &&str| {
        let estimate = row.estimate(&format!("delay_breakdown.{name}"))?;
        number::short(estimate.mean)
    };
    let busiest = row.busiest().into_iter().take(BUSY_MAX).map(|busy| {
        let next = names.len();
        (*names.entry(busy.name).or_insert(next), number::of(busy.utilisation))
    });
    let busiest = busiest.collect();
    PointRow {
        at: plan.found.axes.iter().zip(&values).map(|(axis, value)| axis.position(value)).collect(),
        values,
        means: shown.iter().zip(&estimates).map(mean).collect(),
        half_widths: estimates.iter().map(|found| number::short((*found)?.half_width?)).collect(),
        ruling: plan.found.limit.as_ref().map_or("", |limit| row.ruling(limit).word()),
        delay: PARTS.iter().map(part).collect(),
        busiest,
    }
}

/// A share with few digits of what it lacks to the whole.
fn few(quantity: Quantity, mean: f64) -> Option<f64> {
    match quantity {
        Quantity::Share | Quantity::Flag => number::portion(Decimal::from_f64(mean)?),
        Quantity::Count | Quantity::Span => number::short(mean),
    }
}

/// Of whatever is nearest to saturation at any point, the busiest first.
fn lines(rows: &[Row]) -> Vec<Line> {
    let found: Vec<_> = rows.iter().map(Row::busiest).collect();
    let mut most: BTreeMap<(&str, &str), Decimal> = BTreeMap::new();
    for busy in found.iter().flatten() {
        let known = most.entry((&busy.name, &busy.kind)).or_insert(busy.utilisation);
        *known = (*known).max(busy.utilisation);
    }
    let mut order: Vec<((&str, &str), Decimal)> = most.into_iter().collect();
    order.sort_by_key(|(_, most)| std::cmp::Reverse(*most));
    let line = |((name, kind), _): ((&str, &str), Decimal)| {
        let at = |busiest: &Vec<Busy>| {
            let own = busiest.iter().find(|busy| busy.name == name)?;
            number::of(own.utilisation)
        };
        Line { name: name.to_owned(), kind: kind.to_owned(), utilisation: found.iter().map(at).collect() }
    };
    order.into_iter().take(NAMES_MAX).map(line).collect()
}
