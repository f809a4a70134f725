//! Tables: rows that a reader sorts and filters, column by column, few digits each.
//!
//! The rule of what is kept: every node that enforces nothing and every direction of a link up to `ROWS_MAX`, the busiest
//! first; enforcement points up to `ROWS_MAX`, the least consistent first. What is left out is counted.

use serde::Serialize;

use super::number;
use super::sites::{CAUSES, causes};
use crate::ids::NodeId;
use crate::observe::{Findings, PointFindings};
use crate::report::{Decimal, Distribution, LinkRow, NodeRow, Point, Report};

/// Rows of one table. Source: 10,000 enforcement points of which every fourth is a pair; the page's bound is set for so many.
pub(super) const ROWS_MAX: usize = 12_500;

/// A table by columns.
#[derive(Serialize)]
pub(super) struct Table {
    columns: Vec<Column>,
    /// Rows that are not in it.
    left_out: usize,
}

#[derive(Serialize)]
struct Column {
    label: &'static str,
    about: &'static str,
    #[serde(flatten)]
    cells: Cells,
}

#[derive(Serialize)]
#[serde(tag = "unit", content = "cells", rename_all = "lowercase")]
enum Cells {
    Count(Vec<Option<f64>>),
    /// Positions among these words, which come first.
    Word(Vec<String>, Vec<usize>),
    Share(Vec<Option<f64>>),
    Span(Vec<Option<f64>>),
    Text(Vec<String>),
}

/// The positions of the enforcement points that a page keeps, the least consistent first.
#[must_use]
pub(super) fn kept(findings: &Findings) -> Vec<usize> {
    let mut order: Vec<usize> = (0..findings.points.len()).collect();
    let share = |index: usize| findings.points[index].1.classes.consistency();
    order.sort_by(|a, b| share(*a).total_cmp(&share(*b)).then(a.cmp(b)));
    order.truncate(ROWS_MAX);
    order
}

fn words(values: Vec<&str>) -> Cells {
    let mut known: Vec<&str> = values.clone();
    known.sort_unstable();
    known.dedup();
    let place = |value: &&str| known.binary_search(value).expect("every value is known");
    let places = values.iter().map(place).collect();
    Cells::Word(known.into_iter().map(str::to_owned).collect(), places)
}

/// The enforcement points at the positions `kept`.
#[must_use]
pub(super) fn points(report: &Report, findings: &Findings, kept: &[usize]) -> Table {
    let rows: Vec<(&Point, &(NodeId, PointFindings))> =
        kept.iter().map(|index| (&report.enforcement_points[*index], &findings.points[*index])).collect();
    let each = |value: &dyn Fn(&Point) -> Option<f64>| rows.iter().map(|(point, _)| value(point)).collect();
    let span = |value: fn(&Distribution) -> Option<Decimal>| {
        Cells::Span(each(&|point| value(&point.measures.staleness_seconds).and_then(number::of)))
    };
    let class = |value: fn(&PointFindings) -> u128| {
        let share = |(_, (_, found)): &(&Point, &(NodeId, PointFindings))| {
            number::share(value(found), found.classes.total())
        };
        Cells::Share(rows.iter().map(share).collect())
    };
    let count = |value: fn(&Point) -> u64| Cells::Count(each(&|point| number::short(value(point) as f64)));
    let cause = |(_, (_, found)): &(&Point, &(NodeId, PointFindings))| main_cause(found);
    let busy = |(_, (node, _)): &(&Point, &(NodeId, PointFindings))| {
        report.nodes[node.index()].utilisation.and_then(number::of)
    };
    let columns = vec![
        column("firewall", "", Cells::Text(rows.iter().map(|(point, _)| point.name.clone()).collect())),
        column("site", "", words(rows.iter().map(|(point, _)| point.site.as_str()).collect())),
        column(
            "consistency",
            "share of address time with the right user",
            Cells::Share(each(&|point| number::portion(point.measures.consistency.mean))),
        ),
        column(
            "worst window",
            "the lowest consistency of a window",
            Cells::Share(each(&|point| number::portion(point.measures.consistency.min))),
        ),
        column("outdated", "share of address time with another user", class(|found| found.classes.outdated)),
        column(
            "missing",
            "share of address time with nobody where somebody is",
            class(|found| found.classes.missing),
        ),
        column(
            "lingering",
            "share of address time with somebody where nobody is",
            class(|found| found.classes.lingering),
        ),
        column(
            "mostly because",
            "the largest cause of what is not current",
            words(rows.iter().map(cause).collect()),
        ),
        column(
            "as its authority",
            "share of address time with the authority's answer",
            Cells::Share(each(&|point| number::portion(point.measures.replica_consistency.mean))),
        ),
        column("staleness p50", "from the event to the firewall", span(|samples| samples.p50)),
        column("p99", "staleness: 99 % are at most this", span(|samples| samples.p99)),
        column("max", "staleness: the largest", span(|samples| samples.max)),
        column("applied", "updates applied", count(|point| point.measures.fates.applied)),
        column("lost", "updates lost", count(|point| point.measures.fates.lost.total)),
        column(
            "refused",
            "updates refused by the conflict rule or a full table",
            count(|point| point.measures.fates.refused),
        ),
        column("table peak", "entries at most", count(|point| point.measures.table.entries_peak)),
        column("busy", "its processor's busy share", Cells::Share(rows.iter().map(busy).collect())),
    ];
    Table { columns, left_out: findings.points.len() - kept.len() }
}

/// The largest cause of what is not current.
fn main_cause(found: &PointFindings) -> &'static str {
    let causes = causes(&found.blame);
    let largest = (0..CAUSES.len()).reduce(|a, b| if causes[b] > causes[a] { b } else { a }).unwrap_or(0);
    if causes[largest] == 0 { "nothing" } else { CAUSES[largest] }
}

fn column(label: &'static str, about: &'static str, cells: Cells) -> Column {
    Column { label, about, cells }
}

/// As many rows as are kept, the busiest first, and how many are left out.
fn busiest<'a, R>(
    rows: impl Iterator<Item = &'a R>,
    utilisation: fn(&R) -> Option<Decimal>,
) -> (Vec<&'a R>, usize) {
    let mut rows: Vec<&R> = rows.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(utilisation(row)));
    let left_out = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    (rows, left_out)
}

fn counts<R>(rows: &[&R], value: fn(&R) -> u64) -> Cells {
    Cells::Count(rows.iter().map(|row| number::short(value(row) as f64)).collect())
}

/// Nodes but enforcement points.
#[must_use]
pub(super) fn nodes(report: &Report, findings: &Findings) -> Table {
    let mut enforces = vec![false; report.nodes.len()];
    findings.points.iter().for_each(|(node, _)| enforces[node.index()] = true);
    let others = report.nodes.iter().zip(&enforces).filter(|(_, enforces)| !**enforces);
    let (rows, left_out) = busiest(others.map(|(row, _)| row), |row| row.utilisation);
    let count = |value| counts(&rows, value);
    let decimal = |value: fn(&NodeRow) -> Option<Decimal>| {
        rows.iter().map(|row| value(row).and_then(number::of)).collect()
    };
    let columns = vec![
        column("node", "", Cells::Text(rows.iter().map(|row| row.name.clone()).collect())),
        column("kind", "", words(rows.iter().map(|row| row.kind).collect())),
        column("busy", "its processor's busy share", Cells::Share(decimal(|row| row.utilisation))),
        column("queue mean", "jobs waiting, over time", Cells::Count(decimal(|row| row.queue_mean))),
        column("queue peak", "jobs waiting at most", count(|row| row.queue_peak)),
        column("messages in", "messages served", count(|row| row.messages_in)),
        column("messages out", "messages handed to connections", count(|row| row.messages_out)),
        column("mappings in", "mappings served", count(|row| row.mappings_in)),
        column("mappings out", "mappings handed to connections", count(|row| row.mappings_out)),
        column("full tables", "full tables received", count(|row| row.resyncs)),
        column("resets", "sessions reset for their backlog", count(|row| row.sessions_reset)),
    ];
    Table { columns, left_out }
}

/// Directions of links.
#[must_use]
pub(super) fn links(report: &Report) -> Table {
    let (rows, left_out) = busiest(report.links.iter(), |row| row.utilisation);
    let count = |value| counts(&rows, value);
    let text =
        |value: fn(&LinkRow) -> &String| Cells::Text(rows.iter().map(|row| value(row).clone()).collect());
    let busy = rows.iter().map(|row| row.utilisation.and_then(number::of)).collect();
    let columns = vec![
        column("link", "", text(|row| &row.name)),
        column("from", "", text(|row| &row.from)),
        column("to", "", text(|row| &row.to)),
        column("busy", "its transmitting share of the time", Cells::Share(busy)),
        column("bytes", "bytes that entered", count(|row| row.bytes)),
        column("messages", "messages that entered", count(|row| row.messages)),
        column("lost", "frames dropped", count(|row| row.lost)),
        column("retransmitted", "frames retransmitted", count(|row| row.retransmitted)),
        column("connections", "connections opened over it", count(|row| row.sessions_opened)),
    ];
    Table { columns, left_out }
}
