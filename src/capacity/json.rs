//! A plan as JSON, for scripts.
//!
//! Knows plans. A change of a key here is a change of the records' `SCHEMA_VERSION`.

use serde::Serialize;

use super::knee::Knee;
use super::plan::{Plan, ruling};
use super::record::{Record, SCHEMA_VERSION};
use super::sheet::Row;
use crate::gate::Estimate;
use crate::report::Decimal;

#[derive(Serialize)]
struct Whole<'a> {
    schema_version: u32,
    topology: &'a str,
    seeds: &'a [u64],
    limit: Option<LimitRow<'a>>,
    points: Vec<PointRow<'a>>,
    knee: Option<KneeRow<'a>>,
    changes: Vec<ChangeRow<'a>>,
}

#[derive(Serialize)]
struct LimitRow<'a> {
    selector: &'a str,
    metric: &'a str,
    limit: &'a str,
}

#[derive(Serialize)]
struct PointRow<'a> {
    values: &'a [(String, String)],
    held: Option<bool>,
    judged: Option<MeanRow>,
    metrics: Vec<MetricRow<'a>>,
    runs: &'a [Record],
}

#[derive(Serialize)]
struct MetricRow<'a> {
    metric: &'a str,
    #[serde(flatten)]
    mean: MeanRow,
}

#[derive(Serialize)]
struct MeanRow {
    mean: Option<Decimal>,
    half_width: Option<Decimal>,
}

#[derive(Serialize)]
struct KneeRow<'a> {
    found: &'static str,
    holds_below: Option<bool>,
    held: Option<&'a str>,
    breached: Option<&'a str>,
    surely_held: Option<&'a str>,
    surely_breached: Option<&'a str>,
}

#[derive(Serialize)]
struct ChangeRow<'a> {
    values: &'a [(String, String)],
    metric: String,
    change: MeanRow,
    better: Option<bool>,
}

/// As JSON. Shape: one object, two spaces deep, with a newline at the end.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let limit = plan.limit.as_ref();
    let whole = Whole {
        schema_version: SCHEMA_VERSION,
        topology: &plan.name,
        seeds: &plan.seeds,
        limit: limit.map(|l| LimitRow { selector: &l.selector, metric: &l.metric, limit: &l.limit }),
        points: plan.rows.iter().map(|row| point(plan, row)).collect(),
        knee: plan.knee.as_ref().map(knee),
        changes: plan
            .effects()
            .into_iter()
            .map(|effect| ChangeRow {
                values: &plan.changed[effect.row].point.0,
                metric: plan.ranked().path,
                change: mean(Some(effect.change)),
                better: effect.better,
            })
            .collect(),
    };
    serde_json::to_string_pretty(&whole).expect("a plan serialises") + "\n"
}

fn point<'a>(plan: &'a Plan, row: &'a Row) -> PointRow<'a> {
    let limit = plan.limit.as_ref();
    PointRow {
        values: &row.point.0,
        held: limit.map(|limit| ruling(limit, row.judged()).held),
        judged: limit.map(|_| mean(row.judged())),
        metrics: plan
            .metrics
            .iter()
            .map(|metric| MetricRow { metric: &metric.path, mean: mean(row.estimate(&metric.path)) })
            .collect(),
        runs: &row.records,
    }
}

fn mean(estimate: Option<Estimate>) -> MeanRow {
    MeanRow {
        mean: estimate.and_then(|estimate| Decimal::from_f64(estimate.mean)),
        half_width: estimate.and_then(|estimate| Decimal::from_f64(estimate.half_width?)),
    }
}

fn knee(knee: &Knee) -> KneeRow<'_> {
    let nothing = |found| KneeRow {
        found,
        holds_below: None,
        held: None,
        breached: None,
        surely_held: None,
        surely_breached: None,
    };
    match knee {
        Knee::At(edge) => KneeRow {
            found: "edge",
            holds_below: Some(edge.holds_below),
            held: Some(&edge.held.text),
            breached: Some(&edge.breached.text),
            surely_held: edge.interval[0].as_ref().map(|level| level.text.as_str()),
            surely_breached: edge.interval[1].as_ref().map(|level| level.text.as_str()),
        },
        Knee::Everywhere => nothing("everywhere"),
        Knee::Nowhere => nothing("nowhere"),
        Knee::NotMonotone(_) => nothing("not_monotone"),
    }
}
