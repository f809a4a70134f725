//! The knee of a plan's page: where along the axis the limit holds, perhaps holds and does not hold, and the same in words.

use serde::Serialize;

use crate::capacity::{Edge, Knee, Level, Plan, phrases};

/// What was found, and where.
#[derive(Serialize)]
pub(super) struct Told {
    /// `edge`, `everywhere`, `nowhere` or `not monotone`.
    found: &'static str,
    sentences: Vec<String>,
    edge: Option<Turn>,
}

/// Levels as they stand in the file, each with its place along the axis.
#[derive(Serialize)]
struct Turn {
    holds_below: bool,
    /// `up to` and `from`, or the other way.
    ways: (&'static str, &'static str),
    held: (String, f64),
    breached: (String, f64),
    surely_held: Option<(String, f64)>,
    surely_breached: Option<(String, f64)>,
}

/// The knee of `plan`; `None` where none was searched for.
#[must_use]
pub(super) fn told(plan: &Plan) -> Option<Told> {
    let knee = plan.found.knee.as_ref()?;
    let (found, edge) = match knee {
        Knee::At(edge) => ("edge", Some(turn(edge))),
        Knee::Everywhere => ("everywhere", None),
        Knee::Nowhere => ("nowhere", None),
        Knee::NotMonotone(_) => ("not monotone", None),
    };
    Some(Told { found, sentences: phrases::knee(plan, knee), edge })
}

fn turn(edge: &Edge) -> Turn {
    let at = |level: &Level| (level.text.clone(), level.number);
    Turn {
        holds_below: edge.holds_below,
        ways: phrases::ways(edge),
        held: at(&edge.held),
        breached: at(&edge.breached),
        surely_held: edge.surely_held.as_ref().map(at),
        surely_breached: edge.surely_breached.as_ref().map(at),
    }
}
