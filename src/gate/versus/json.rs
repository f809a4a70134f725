//! A comparison as JSON, for scripts.
//!
//! Knows comparisons. A change of a key here is a change of the gate's `SCHEMA_VERSION`.

use serde::Serialize;

use super::cells::moved;
use super::{Cell, Versus};
use crate::gate::json::SCHEMA_VERSION;
use crate::report::Decimal;

#[derive(Serialize)]
struct Whole<'a> {
    schema_version: u32,
    sides: Vec<SideRow<'a>>,
    notes: &'a [String],
    metrics: Vec<MetricRow<'a>>,
}

#[derive(Serialize)]
struct SideRow<'a> {
    name: &'a str,
    topology: &'a str,
    seeds: Vec<u64>,
}

#[derive(Serialize)]
struct MetricRow<'a> {
    metric: &'a str,
    sides: Vec<CellRow>,
}

#[derive(Serialize)]
struct CellRow {
    mean: Option<Decimal>,
    change_mean: Option<Decimal>,
    change_half_width: Option<Decimal>,
}

/// As JSON. Shape: one object, two spaces deep, with a newline at the end.
#[must_use]
pub fn print(versus: &Versus) -> String {
    let cell = |cell: &Cell| {
        let [change_mean, change_half_width] = moved(cell);
        CellRow { mean: cell.mean, change_mean, change_half_width }
    };
    let sides = versus.sides.iter();
    let whole = Whole {
        schema_version: SCHEMA_VERSION,
        sides: sides
            .map(|side| SideRow { name: &side.name, topology: &side.topology, seeds: side.seeds() })
            .collect(),
        notes: &versus.notes,
        metrics: versus
            .rows
            .iter()
            .map(|row| MetricRow { metric: &row.metric, sides: row.cells.iter().map(cell).collect() })
            .collect(),
    };
    serde_json::to_string_pretty(&whole).expect("a comparison serialises") + "\n"
}
