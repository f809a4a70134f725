//! A plan as JSON, for scripts.
//!
//! Knows plans. A change of a key here is a change of the records' `SCHEMA_VERSION`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::effect::Effect;
use super::knee::{Edge, Knee, Ruling};
use super::plan::Plan;
use super::point::Point;
use super::record::{Busy, Record, SCHEMA_VERSION};
use super::row::Row;
use super::theory::Theory;
use crate::gate::Estimate;
use crate::report::Decimal;

/// The values of a point as an object: path, value.
pub(super) struct Values<'a>(pub(super) &'a Point);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.0.len()))?;
        for (path, value) in &self.0.0 {
            map.serialize_entry(path, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    schema_version: u32,
    uidsim_version: &'static str,
    topology: &'a str,
    seeds: &'a [u64],
    partial: bool,
    limit: Option<LimitRow<'a>>,
    points: Vec<PointRow<'a>>,
    knee: Option<KneeRow<'a>>,
    theory: Option<TheoryRow<'a>>,
    what_if: Option<WhatIf<'a>>,
}

#[derive(Serialize)]
struct LimitRow<'a> {
    selector: &'a str,
    metric: &'a str,
    limit: &'a str,
}

#[derive(Serialize)]
struct PointRow<'a> {
    values: Values<'a>,
    ruling: Option<Ruling>,
    limit: Option<MeanRow>,
    metrics: Vec<MetricRow<'a>>,
    delay_shares: Vec<DelayRow>,
    busiest: Vec<Busy>,
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
    /// One for each seed.
    by_seed: Vec<Option<Decimal>>,
}

#[derive(Serialize)]
struct DelayRow {
    part: &'static str,
    share: Option<Decimal>,
}

#[derive(Serialize)]
struct KneeRow<'a> {
    found: &'static str,
    #[serde(flatten)]
    edge: Option<EdgeRow<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    levels: Vec<LevelRow<'a>>,
}

#[derive(Serialize)]
struct EdgeRow<'a> {
    holds_below: bool,
    surely_held: Option<&'a str>,
    held: &'a str,
    breached: &'a str,
    surely_breached: Option<&'a str>,
}

#[derive(Serialize)]
struct LevelRow<'a> {
    level: &'a str,
    #[serde(flatten)]
    ruling: Ruling,
}

#[derive(Serialize)]
struct TheoryRow<'a> {
    name: &'a str,
    saturated_at: Option<&'a str>,
    levels: Vec<AtLevelRow<'a>>,
}

#[derive(Serialize)]
struct AtLevelRow<'a> {
    level: &'a str,
    utilisation: Option<Decimal>,
    utilisation_by_law: Option<Decimal>,
    waiting: Option<Decimal>,
    waiting_constant: Option<Decimal>,
    waiting_exponential: Option<Decimal>,
    drain: Option<Decimal>,
}

#[derive(Serialize)]
struct WhatIf<'a> {
    metric: &'a str,
    as_it_stands: MeanRow,
    changes: Vec<ChangeRow<'a>>,
}

#[derive(Serialize)]
struct ChangeRow<'a> {
    values: Values<'a>,
    #[serde(flatten)]
    mean: MeanRow,
    change: Option<Decimal>,
    change_half_width: Option<Decimal>,
    change_is_relative: bool,
    better: Option<bool>,
}

/// As JSON. Shape: one object, two spaces deep, with a newline at the end.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let found = &plan.found;
    let limit = found.limit.as_ref();
    let whole = Whole {
        schema_version: SCHEMA_VERSION,
        uidsim_version: env!("CARGO_PKG_VERSION"),
        topology: &found.name,
        seeds: &found.seeds,
        partial: found.partial,
        limit: limit.map(|l| LimitRow { selector: &l.selector, metric: &l.metric, limit: &l.limit }),
        points: found.rows.iter().map(|row| point(plan, row)).collect(),
        knee: found.knee.as_ref().map(knee),
        theory: plan.theory.as_ref().map(theory),
        what_if: found.changed.first().map(|base| what_if(plan, base)),
    };
    serde_json::to_string_pretty(&whole).expect("a plan serialises") + "\n"
}

fn point<'a>(plan: &'a Plan, row: &'a Row) -> PointRow<'a> {
    let limit = plan.found.limit.as_ref();
    let metric = |metric: &'a str| MetricRow { metric, mean: of_fleet(row, metric) };
    let delay =
        row.delay().into_iter().map(|(part, share)| DelayRow { part, share: Decimal::from_f64(share) });
    PointRow {
        values: Values(&row.point),
        ruling: limit.map(|limit| row.ruling(limit)),
        limit: limit.map(|limit| mean(row.judged(limit), row, |record| record.judged(limit))),
        metrics: plan.metrics.iter().map(|shown| metric(&shown.path)).collect(),
        delay_shares: delay.collect(),
        busiest: row.busiest(),
    }
}

fn of_fleet(row: &Row, metric: &str) -> MeanRow {
    mean(row.estimate(metric), row, |record| record.fleet.get(metric).copied())
}

fn mean(estimate: Option<Estimate>, row: &Row, value: impl Fn(&Record) -> Option<Decimal>) -> MeanRow {
    MeanRow {
        mean: estimate.and_then(|estimate| Decimal::from_f64(estimate.mean)),
        half_width: estimate.and_then(|estimate| Decimal::from_f64(estimate.half_width?)),
        by_seed: row.records.iter().map(value).collect(),
    }
}

fn knee(knee: &Knee) -> KneeRow<'_> {
    let nothing = |found| KneeRow { found, edge: None, levels: Vec::new() };
    match knee {
        Knee::At(Edge { holds_below, held, breached, surely_held, surely_breached }) => KneeRow {
            found: "edge",
            edge: Some(EdgeRow {
                holds_below: *holds_below,
                surely_held: surely_held.as_ref().map(|level| level.text.as_str()),
                held: &held.text,
                breached: &breached.text,
                surely_breached: surely_breached.as_ref().map(|level| level.text.as_str()),
            }),
            levels: Vec::new(),
        },
        Knee::Everywhere => nothing("everywhere"),
        Knee::Nowhere => nothing("nowhere"),
        Knee::NotMonotone(told) => {
            let levels = told.iter().map(|(level, ruling)| LevelRow { level: &level.text, ruling: *ruling });
            KneeRow { found: "not_monotone", edge: None, levels: levels.collect() }
        }
    }
}

fn theory(theory: &Theory) -> TheoryRow<'_> {
    let number = |value: Option<f64>| value.and_then(Decimal::from_f64);
    let levels = theory.levels.iter().map(|at| AtLevelRow {
        level: &at.level,
        utilisation: number(Some(at.utilisation)),
        utilisation_by_law: number(at.utilisation_by_law),
        waiting: number(at.waiting),
        waiting_constant: number(at.waiting_constant),
        waiting_exponential: number(at.waiting_exponential),
        drain: number(at.drain),
    });
    TheoryRow { name: &theory.name, saturated_at: theory.saturated_at.as_deref(), levels: levels.collect() }
}

fn what_if<'a>(plan: &'a Plan, base: &'a Row) -> WhatIf<'a> {
    let metric = &plan.ranked;
    let change = |effect: &Effect| {
        let row = &plan.found.changed[effect.row];
        ChangeRow {
            values: Values(&row.point),
            mean: of_fleet(row, &metric.path),
            change: effect.change.and_then(|change| Decimal::from_f64(change.mean)),
            change_half_width: effect.change.and_then(|change| Decimal::from_f64(change.half_width?)),
            change_is_relative: metric.quantity.moves_in_parts(),
            better: effect.better,
        }
    };
    WhatIf {
        metric: &metric.path,
        as_it_stands: of_fleet(base, &metric.path),
        changes: plan.effects.iter().map(change).collect(),
    }
}
