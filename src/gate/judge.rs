//! Judging: looks a metric up wherever its selector matches and names the worst.

use serde::Serialize;

use crate::report::{Decimal, Judgement, Leaf, Point, Report, leaves};
use crate::scenario::{Comparison, Expectation};
use crate::topology::names;

const DISTURBANCE: &str = "disturbance/";

/// One judgement per expectation, in their order. Every match must hold; a metric without a sample, and a
/// selector that matches nothing, is a breach.
#[must_use]
pub fn judge(expectations: &[Expectation], report: &Report) -> Vec<Judgement> {
    expectations.iter().map(|expectation| one(expectation, report)).collect()
}

fn one(expectation: &Expectation, report: &Report) -> Judgement {
    let bound = Decimal::from_f64(expectation.bound);
    let margin = |measured: Decimal| bound.map(|bound| margin(expectation.comparison, measured, bound));
    // No sample and no margin rank below every margin, so that they are the worst.
    let worst = measured(&expectation.selector, &expectation.metric, report)
        .into_iter()
        .map(|(name, measured)| (measured.and_then(margin), measured, name))
        .reduce(|worst, next| if next.0 < worst.0 { next } else { worst });
    let (margin, measured, name) =
        worst.map_or((None, None, None), |(margin, measured, name)| (margin, measured, Some(name)));
    Judgement {
        selector: expectation.selector.clone(),
        metric: expectation.metric.clone(),
        limit: expectation.limit.clone(),
        quantity: expectation.quantity,
        measured,
        margin,
        held: margin.is_some_and(|margin| inside(expectation.comparison, margin)),
        worst: name,
    }
}

/// The enforcement point with the worst value of a fleet's metric; `None` where the metric is the fleet's alone.
pub(super) fn worst_point(expectation: &Expectation, report: &Report) -> Option<String> {
    let bound = Decimal::from_f64(expectation.bound)?;
    // Of a pair the preferred member is the fleet's, and both once the other has taken over.
    let is_preferred = |point: &Point| {
        report
            .enforcement_points
            .iter()
            .find(|other| other.pair == point.pair)
            .is_some_and(|first| first == point)
    };
    let has_failed_over = |point: &Point| {
        let members = report.enforcement_points.iter().filter(|other| other.pair == point.pair);
        let names: Vec<&String> = members.map(|member| &member.name).collect();
        let mut failovers = report.disturbances.iter().filter(|row| row.kind == "failover");
        failovers.any(|row| row.target.as_ref().is_some_and(|target| names.contains(&target)))
    };
    let is_counted = |point: &Point| point.pair.is_none() || is_preferred(point) || has_failed_over(point);
    let counted: Vec<&Point> = report.enforcement_points.iter().filter(|point| is_counted(point)).collect();
    let points = named(&counted, |point| &point.name, "*", &expectation.metric);
    let known = points.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let by = |value| margin(expectation.comparison, value, bound);
    known.reduce(|worst, next| if by(next.1) < by(worst.1) { next } else { worst }).map(|(name, _)| name)
}

/// Whether a number keeps a limit.
#[must_use]
pub fn holds(limit: &Expectation, measured: Decimal) -> bool {
    let margin = |bound| margin(limit.comparison, measured, bound);
    Decimal::from_f64(limit.bound).is_some_and(|bound| inside(limit.comparison, margin(bound)))
}

/// How far `measured` lies on the right side of `bound`.
fn margin(comparison: Comparison, measured: Decimal, bound: Decimal) -> Decimal {
    match comparison {
        Comparison::Equal => measured.minus(bound).negative(),
        Comparison::AtLeast | Comparison::More => measured.minus(bound),
        Comparison::AtMost | Comparison::Less => bound.minus(measured),
    }
}

/// Whether a margin is enough; strict comparisons want some.
fn inside(comparison: Comparison, margin: Decimal) -> bool {
    match comparison {
        Comparison::Equal | Comparison::AtLeast | Comparison::AtMost => margin >= Decimal::ZERO,
        Comparison::Less | Comparison::More => margin > Decimal::ZERO,
    }
}

/// Everything the selector matches, with the metric's value there; `None`: no sample.
pub(super) fn measured(selector: &str, metric: &str, report: &Report) -> Vec<(String, Option<Decimal>)> {
    if selector == "fleet" {
        return vec![(selector.to_owned(), lookup(&report.fleet, metric))];
    }
    if let Some(pattern) = selector.strip_prefix(DISTURBANCE) {
        return named(&report.disturbances, |row| &row.name, pattern, metric);
    }
    let points = named(&report.enforcement_points, |point| &point.name, selector, metric);
    // A metric of costs (`utilisation`) is no key of an enforcement point; every node has it.
    if points.is_empty() || points.iter().all(|(_, value)| value.is_none()) {
        let nodes = named(&report.nodes, |node| &node.name, selector, metric);
        if nodes.iter().any(|(_, value)| value.is_some()) {
            return nodes;
        }
    }
    points
}

fn named<T: Serialize>(
    rows: &[T],
    name: impl Fn(&T) -> &String,
    pattern: &str,
    metric: &str,
) -> Vec<(String, Option<Decimal>)> {
    rows.iter()
        .filter(|row| names::matches(pattern, name(row)))
        .map(|row| (name(row).clone(), lookup(row, metric)))
        .collect()
}

/// The value under `metric`, where each step may leave off `_seconds`; `None`: no sample, or no such key.
fn lookup(part: &impl Serialize, metric: &str) -> Option<Decimal> {
    let steps: Vec<&str> = metric.split('.').collect();
    let leaf = leaves(part).into_iter().find(|leaf| is_at(leaf, &steps))?;
    match leaf.value.as_str() {
        "false" => Some(Decimal::ZERO),
        "true" => Some(Decimal::from_whole(1)),
        text => text.parse().ok(),
    }
}

fn is_at(leaf: &Leaf, steps: &[&str]) -> bool {
    leaf.path.len() == steps.len()
        && leaf.path.iter().zip(steps).all(|(key, step)| {
            key == step || key.strip_suffix("_seconds").is_some_and(|short| short == *step)
        })
}
