//! The page of a plan: the verdict, curves along what was varied, what saturates, theory beside it, changes ranked.
//!
//! Knows plans. What the page holds is bounded: `points` says by which rules.

mod changes;
mod knee;
mod laws;
mod points;

use serde::Serialize;

use self::changes::Changes;
use self::knee::Told;
use self::laws::Laws;
use self::points::Points;
use super::document;
use super::sites::PARTS;
use crate::capacity::{Axis, Plan, phrases};
use crate::scenario::metric::Better;

#[derive(Serialize)]
struct Data<'a> {
    kind: &'static str,
    uidsim_version: &'static str,
    topology: &'a str,
    seeds: &'a [u64],
    is_partial: bool,
    command: &'a str,
    limit: Option<String>,
    axes: Vec<AxisRow<'a>>,
    knee: Option<Told>,
    parts: [&'static str; 7],
    points: Points<'a>,
    theory: Option<Laws<'a>>,
    changes: Option<Changes<'a>>,
}

#[derive(Serialize)]
struct AxisRow<'a> {
    path: &'a str,
    /// As it was typed, without the path.
    range: &'a str,
    /// Whether there is something between its levels.
    is_range: bool,
    is_log: bool,
    levels: Vec<(&'a str, f64)>,
}

/// The page of a plan; `command` makes the same plan again. Shape: one HTML document. Errors: none.
#[must_use]
pub fn print(plan: &Plan, command: &str) -> String {
    let found = &plan.found;
    let data = Data {
        kind: "plan",
        uidsim_version: env!("CARGO_PKG_VERSION"),
        topology: &found.name,
        seeds: &found.seeds,
        is_partial: found.partial,
        command,
        limit: found.limit.as_ref().map(phrases::limit),
        axes: found.axes.iter().map(axis).collect(),
        knee: knee::told(plan),
        parts: PARTS,
        points: points::points(plan),
        theory: laws::laws(plan),
        changes: changes::changes(plan),
    };
    document::print(&format!("{}, planned – uidsim", found.name), &data)
}

fn axis(axis: &Axis) -> AxisRow<'_> {
    AxisRow {
        path: &axis.path,
        range: axis.text.split_once('=').map_or("", |(_, range)| range.trim()),
        is_range: axis.is_range(),
        is_log: axis.is_log(),
        levels: axis.levels.iter().map(|level| (level.text.as_str(), level.number)).collect(),
    }
}

/// Whether `more` of a metric or `less` of it is better; empty: neither.
fn better_word(better: Better) -> &'static str {
    match better {
        Better::Higher => "more",
        Better::Lower => "less",
        Better::Neither => "",
    }
}
