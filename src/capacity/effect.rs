//! Effect: how far a change of the file moves a metric, run for run with the same seed.
//!
//! Knows rows. Must not know a format.

use super::record::Record;
use super::row::Row;
use crate::gate::{Estimate, estimate};
use crate::scenario::metric::{Better, Metric};

/// How a change moved a metric, run for run with the same seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The position of its row.
    pub row: usize,
    /// The mean move: a part of the first value of spans and counts, else a difference. `None` where a run of either has
    /// no sample, or where zero became something.
    pub change: Option<Estimate>,
    /// Whether it is surely better (`true`) or surely worse; `None`: neither is sure.
    pub better: Option<bool>,
}

/// How far each row but the first moved `metric` from the first, the most helpful first, what cannot be told last.
#[must_use]
pub(super) fn effects(rows: &[Row], metric: &Metric) -> Vec<Effect> {
    let Some((base, others)) = rows.split_first() else { return Vec::new() };
    let mut effects: Vec<Effect> =
        others.iter().enumerate().map(|(index, row)| effect(index + 1, base, row, metric)).collect();
    let harm = |effect: &Effect| {
        let change = effect.change.map_or(f64::INFINITY, |change| change.mean);
        match metric.better {
            Better::Higher if effect.change.is_some() => -change,
            _ => change,
        }
    };
    effects.sort_by(|a, b| harm(a).total_cmp(&harm(b)));
    effects
}

fn effect(index: usize, base: &Row, row: &Row, metric: &Metric) -> Effect {
    let value = |record: &Record| record.fleet.get(&metric.path).map(|value| value.to_f64());
    let moved = |(then, now): (&Record, &Record)| metric.quantity.change(value(then)?, value(now)?);
    let moves: Option<Vec<f64>> = base.records.iter().zip(&row.records).map(moved).collect();
    let change = moves.and_then(|moves| estimate(&moves));
    let is_sure = |change: &Estimate| change.half_width.is_some_and(|width| change.mean.abs() > width);
    let sure = change.filter(is_sure);
    let better = match metric.better {
        Better::Higher => sure.map(|change| change.mean > 0.0),
        Better::Lower => sure.map(|change| change.mean < 0.0),
        Better::Neither => None,
    };
    Effect { row: index, change, better }
}
