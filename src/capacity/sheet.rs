//! Sheet: the points of a plan with what their runs found, as means over paired seeds.
//!
//! Knows records. Must not know a format.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::record::{Busy, Record};
use crate::gate::{Estimate, estimate};
use crate::report::Decimal;
use crate::scenario::metric::{Better, Metric};

/// Points that one plan may have. Source: none, a limit.
pub const POINTS_MAX: usize = 10_000;

/// The values of one point: (path, value), in the order of the axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point(pub Vec<(String, String)>);

/// Every combination of the axes' levels, the last axis turning fastest.
///
/// # Errors
/// The fact that there are too many.
pub fn grid(axes: &[Axis]) -> Result<Vec<Point>, String> {
    let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.levels.len()));
    if count.is_none_or(|count| count > POINTS_MAX) {
        return Err(format!("the grid has more than {POINTS_MAX} points; give an axis fewer steps"));
    }
    let mut points = vec![Point(Vec::new())];
    for axis in axes {
        let longer = |point: &Point| {
            let values = point.0.clone();
            axis.levels
                .iter()
                .map(move |level| Point([&values[..], &[(axis.path.clone(), level.text.clone())]].concat()))
                .collect::<Vec<_>>()
        };
        points = points.iter().flat_map(longer).collect();
    }
    Ok(points)
}

/// One point with its runs, in the order of their seeds.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its values.
    pub point: Point,
    /// One for each seed.
    pub records: Vec<Record>,
}

impl Row {
    /// The mean of a metric of the fleet over the seeds; `None` where a run has no sample.
    #[must_use]
    pub fn estimate(&self, metric: &str) -> Option<Estimate> {
        let values: Option<Vec<f64>> =
            self.records.iter().map(|record| record.fleet.get(metric).map(|value| value.to_f64())).collect();
        estimate(&values?)
    }

    /// The mean of the limit's metric over the seeds; `None` where a run has no sample.
    #[must_use]
    pub fn judged(&self) -> Option<Estimate> {
        let values: Option<Vec<f64>> =
            self.records.iter().map(|record| record.judged.map(Decimal::to_f64)).collect();
        estimate(&values?)
    }

    /// What is nearest to saturation, with means over the seeds that name it; the busiest first.
    #[must_use]
    pub fn busiest(&self) -> Vec<Busy> {
        let mut named: BTreeMap<&str, Vec<&Busy>> = BTreeMap::new();
        for busy in self.records.iter().flat_map(|record| &record.busiest) {
            named.entry(&busy.name).or_default().push(busy);
        }
        let mean = |values: Vec<Decimal>| {
            let sum: f64 = values.iter().map(|value| value.to_f64()).sum();
            Decimal::from_f64(sum / values.len() as f64)
        };
        let mut all: Vec<Busy> = named
            .into_iter()
            .filter_map(|(name, found)| {
                let queues: Option<Vec<Decimal>> = found.iter().map(|busy| busy.queue_mean).collect();
                Some(Busy {
                    name: name.to_owned(),
                    utilisation: mean(found.iter().map(|busy| busy.utilisation).collect())?,
                    queue_mean: queues.and_then(mean),
                })
            })
            .collect();
        all.sort_by(|a, b| b.utilisation.cmp(&a.utilisation));
        all
    }
}

/// How a change moved a metric, run for run with the same seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The position of its row.
    pub row: usize,
    /// The mean move: a part of the first value of spans and counts, else a difference.
    pub change: Estimate,
    /// Whether it is surely better (`true`) or surely worse; `None`: neither is sure.
    pub better: Option<bool>,
}

/// How far each row but the first moved `metric` from the first, the most helpful first.
#[must_use]
pub(super) fn effects(rows: &[Row], metric: &Metric) -> Vec<Effect> {
    let Some((base, others)) = rows.split_first() else { return Vec::new() };
    let value = |record: &Record| record.fleet.get(&metric.path).map(|value| value.to_f64());
    let mut effects: Vec<Effect> = Vec::new();
    for (index, row) in others.iter().enumerate() {
        let moved = |(then, now): (&Record, &Record)| {
            let (then, now) = (value(then)?, value(now)?);
            match metric.quantity.moves_in_parts() {
                true if then == 0.0 => (now == 0.0).then_some(0.0),
                true => Some(now / then - 1.0),
                false => Some(now - then),
            }
        };
        let moves: Option<Vec<f64>> = base.records.iter().zip(&row.records).map(moved).collect();
        let Some(change) = moves.and_then(|moves| estimate(&moves)) else { continue };
        let is_sure = change.half_width.is_some_and(|width| change.mean.abs() > width);
        let better = match metric.better {
            Better::Higher => is_sure.then_some(change.mean > 0.0),
            Better::Lower => is_sure.then_some(change.mean < 0.0),
            Better::Neither => None,
        };
        effects.push(Effect { row: index + 1, change, better });
    }
    let helps = |effect: &Effect| match metric.better {
        Better::Higher => -effect.change.mean,
        Better::Lower | Better::Neither => effect.change.mean,
    };
    effects.sort_by(|a, b| helps(a).total_cmp(&helps(b)));
    effects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_turns_its_last_axis_fastest() {
        let axes = ["a=1..2:2", "b=x,y,z"].map(|axis| Axis::read(axis).expect(axis));
        let points = grid(&axes).expect("six points");
        let texts: Vec<String> =
            points.iter().map(|point| point.0.iter().map(|(_, value)| value.as_str()).collect()).collect();
        assert_eq!(texts, ["1x", "1y", "1z", "2x", "2y", "2z"]);
        let large = ["a=1..1000:1000", "b=1..1000:1000"].map(|axis| Axis::read(axis).expect(axis));
        assert!(grid(&large).is_err());
    }
}
