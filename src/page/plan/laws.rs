//! The laws of waiting lines on a plan's page, level by level beside what was measured of the bottleneck.

use serde::Serialize;

use super::super::number;
use crate::capacity::{AtLevel, Plan, phrases};

/// What theory says of the bottleneck.
#[derive(Serialize)]
pub(super) struct Laws<'a> {
    name: &'a str,
    /// Whether it has enough to do for laws to say anything.
    is_busy: bool,
    sentences: Vec<String>,
    /// Where the utilisation law has it saturated, and where that lies along the axis.
    saturated: Option<(&'a str, f64)>,
    levels: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    level: &'a str,
    at: Option<f64>,
    utilisation: Option<f64>,
    by_law: Option<f64>,
    waiting: Option<f64>,
    constant: Option<f64>,
    exponential: Option<f64>,
    /// How many times as long as an outage its backlog takes to drain.
    drain: Option<f64>,
}

/// The laws of `plan`; `None` where no bottleneck was looked at.
#[must_use]
pub(super) fn laws<'a>(plan: &'a Plan) -> Option<Laws<'a>> {
    let theory = plan.theory.as_ref()?;
    let axis = plan.found.axes.first()?;
    let few = |value: Option<f64>| value.and_then(number::short);
    let row = |level: &'a AtLevel| Row {
        level: &level.level,
        at: axis.position(&level.level),
        utilisation: number::short(level.utilisation),
        by_law: few(level.utilisation_by_law),
        waiting: few(level.waiting),
        constant: few(level.waiting_constant),
        exponential: few(level.waiting_exponential),
        drain: few(level.drain),
    };
    let saturated = theory.saturated_at.as_deref();
    Some(Laws {
        name: &theory.name,
        is_busy: phrases::is_busy(theory),
        sentences: phrases::theory(theory),
        saturated: saturated.and_then(|text| Some((text, axis.position(text)?))),
        levels: theory.levels.iter().map(row).collect(),
    })
}
