//! The page of a comparison: sides, metrics and moves, and the fleets' curves laid over each other.

use serde::Serialize;

use super::curves::Curves;
use super::document;
use crate::gate::versus::{Versus, VersusRow, letter};
use crate::gate::{Cell, phrases};
use crate::report::words;
use crate::scenario::metric::Better;

#[derive(Serialize)]
struct Data<'a> {
    kind: &'static str,
    uidsim_version: &'static str,
    notes: &'a [String],
    sides: Vec<SideRow<'a>>,
    metrics: Vec<MetricRow<'a>>,
}

#[derive(Serialize)]
struct SideRow<'a> {
    letter: String,
    name: &'a str,
    topology: &'a str,
    seeds: Vec<u64>,
    start_seconds: f64,
    is_saved: bool,
    curves: &'a [Curves],
}

#[derive(Serialize)]
struct MetricRow<'a> {
    metric: &'a str,
    sides: Vec<CellRow>,
}

#[derive(Serialize)]
struct CellRow {
    mean: String,
    value: Option<f64>,
    change: String,
    /// The mean move and its half width, as parts or differences.
    moved: Option<(f64, f64)>,
    /// `better`, `worse`, or empty where chance may explain the move.
    sure: &'static str,
}

/// The curves of one side: the time of day at virtual zero in seconds, and one for each seed.
#[derive(Clone, Debug, Default)]
pub struct Curved {
    /// The time of day at virtual zero; zero where it is not known, as of a saved report. Units: seconds.
    pub start_seconds: f64,
    /// Whether they are what a saved report holds of them.
    pub is_saved: bool,
    /// The fleet's curves.
    pub curves: Vec<Curves>,
}

/// The page of a comparison; `curved` in the order of the sides. Shape: one HTML document. Errors: none.
#[must_use]
pub fn print(versus: &Versus, curved: &[Curved]) -> String {
    let data = Data {
        kind: "compare",
        uidsim_version: env!("CARGO_PKG_VERSION"),
        notes: &versus.notes,
        sides: versus
            .sides
            .iter()
            .zip(curved)
            .enumerate()
            .map(|(index, (side, curved))| SideRow {
                letter: letter(index),
                name: &side.name,
                topology: &side.topology,
                seeds: side.seeds(),
                start_seconds: curved.start_seconds,
                is_saved: curved.is_saved,
                curves: &curved.curves,
            })
            .collect(),
        metrics: versus.rows.iter().map(metric).collect(),
    };
    document::print("comparison – uidsim", &data)
}

fn metric(row: &VersusRow) -> MetricRow<'_> {
    let cell = |cell: &Cell| CellRow {
        mean: cell.mean.map_or_else(|| "–".to_owned(), |mean| words::measured(row.quantity, mean)),
        value: cell.mean.map(|mean| mean.to_f64()),
        change: cell.change.map_or_else(String::new, |change| phrases::moved(row.quantity, change)),
        moved: cell.change.map(|change| (change.mean, change.half_width.unwrap_or(0.0))),
        sure: sure(row.better, cell),
    };
    MetricRow { metric: &row.metric, sides: row.cells.iter().map(cell).collect() }
}

fn sure(better: Better, cell: &Cell) -> &'static str {
    let Some(change) = cell.change.filter(|change| change.mean.abs() > change.half_width.unwrap_or(0.0))
    else {
        return "";
    };
    match better {
        Better::Neither => "",
        Better::Higher if change.mean > 0.0 => "better",
        Better::Lower if change.mean < 0.0 => "better",
        Better::Higher | Better::Lower => "worse",
    }
}
