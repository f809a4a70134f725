//! The changes of a plan's page: how far each moved the metric, the most helpful first.

use serde::Serialize;

use super::super::number;
use super::better_word;
use crate::capacity::{Effect, Plan, Row, phrases};
use crate::gate;

/// Every change against the file as it stands.
#[derive(Serialize)]
pub(super) struct Changes<'a> {
    metric: &'a str,
    as_it_stands: String,
    /// Whether less of the metric, or more of it, is better; empty: neither.
    better: &'static str,
    advice: Vec<String>,
    rows: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    name: String,
    /// All that it changes, as it was typed.
    change: String,
    value: String,
    moved: String,
    /// The mean move and half of its interval, as parts or differences.
    mean: Option<f64>,
    half_width: Option<f64>,
    /// `better`, `worse`, `no change` or `not sure`.
    word: &'static str,
    busiest: String,
    busy: Option<f64>,
}

/// The changes of `plan`; `None` where none was run.
#[must_use]
pub(super) fn changes(plan: &Plan) -> Option<Changes<'_>> {
    let base = plan.found.changed.first()?;
    let metric = &plan.ranked;
    let value = |row: &Row| phrases::with_interval(metric.quantity, row.estimate(&metric.path));
    let row = |effect: &Effect| {
        let row = &plan.found.changed[effect.row];
        let busiest = row.busiest().into_iter().next();
        Change {
            name: phrases::change(plan, effect.row),
            change: row.point.said(),
            value: value(row),
            moved: effect
                .change
                .map_or_else(|| "–".to_owned(), |change| gate::moved(metric.quantity, change)),
            mean: effect.change.and_then(|change| number::short(change.mean)),
            half_width: effect.change.and_then(|change| number::short(change.half_width?)),
            word: phrases::effect(effect),
            busy: busiest.as_ref().and_then(|busy| number::of(busy.utilisation)),
            busiest: busiest.map_or_else(|| "–".to_owned(), |busy| busy.name),
        }
    };
    Some(Changes {
        metric: &metric.path,
        as_it_stands: value(base),
        better: better_word(metric.better),
        advice: phrases::advice(plan),
        rows: plan.effects.iter().map(row).collect(),
    })
}
