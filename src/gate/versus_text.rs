//! A comparison for a terminal, as Markdown, as CSV and as JSON.
//!
//! Knows comparisons. Must not know where they are printed.

use serde::Serialize;

use super::phrases;
use super::versus::{Cell, Versus, VersusRow};
use crate::report::paint::Paint;
use crate::report::{Decimal, words};
use crate::scenario::metric::Better;

/// For a terminal: a column for each side, with the move from the first. Shape: lines of text, the last one ended.
#[must_use]
pub fn text(versus: &Versus, colour: bool) -> String {
    let paint = Paint(colour);
    let mut text = String::new();
    for (index, side) in versus.sides.iter().enumerate() {
        let seeds: Vec<String> = side.seeds().iter().map(u64::to_string).collect();
        let label = paint.bold(&letter(index));
        text += &format!("{label}  {}  {}, seeds {}\n", side.name, side.topology, seeds.join(", "));
    }
    for note in &versus.notes {
        text += &format!("note: {note}\n");
    }
    let right: Vec<usize> = (1..2 * versus.sides.len()).collect();
    let table = words::columns(table(versus), &right);
    text += "\n";
    for (line, row) in table.lines().zip(std::iter::once(None).chain(versus.rows.iter().map(Some))) {
        let painted = match row.and_then(verdict) {
            Some(true) => paint.green(line),
            Some(false) => paint.red(line),
            None => line.to_owned(),
        };
        text += &format!("{painted}\n");
    }
    text
}

/// As Markdown. Shape: one table, the notes below it.
#[must_use]
pub fn markdown(versus: &Versus) -> String {
    let rows = table(versus);
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| super::markdown::escaped(cell, 400)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text += &line(row);
        if index == 0 {
            text += &format!("|{}\n", " --- |".repeat(row.len()));
        }
    }
    text += "\n";
    for (index, side) in versus.sides.iter().enumerate() {
        text += &format!("- {}: {}\n", letter(index), super::markdown::escaped(&side.name, 400));
    }
    for note in &versus.notes {
        text += &format!("- note: {}\n", super::markdown::escaped(note, 2_000));
    }
    text
}

/// As CSV: a row for each metric and side. Units: seconds, 0 to 1, counts.
#[must_use]
pub fn csv(versus: &Versus) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = ["metric", "side", "mean", "change_mean", "change_half_width"];
    writer.write_record(names).expect("memory takes every row");
    for row in &versus.rows {
        for (side, cell) in versus.sides.iter().zip(&row.cells) {
            let number = |value: Option<Decimal>| value.map_or_else(String::new, |value| value.to_string());
            let [change, width] = moved(cell);
            let cells =
                [row.metric.clone(), side.name.clone(), number(cell.mean), number(change), number(width)];
            writer.write_record(cells).expect("memory takes every row");
        }
    }
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("a comparison is UTF-8")
}

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
pub fn json(versus: &Versus) -> String {
    let cell = |cell: &Cell| {
        let [change_mean, change_half_width] = moved(cell);
        CellRow { mean: cell.mean, change_mean, change_half_width }
    };
    let sides = versus.sides.iter();
    let whole = Whole {
        schema_version: super::json::SCHEMA_VERSION,
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

/// The mean move and half the width of its interval.
fn moved(cell: &Cell) -> [Option<Decimal>; 2] {
    let change = cell.change;
    [change.map(|change| change.mean), change.and_then(|change| change.half_width)]
        .map(|number| number.and_then(Decimal::from_f64))
}

/// A head and a row for each metric.
fn table(versus: &Versus) -> Vec<Vec<String>> {
    let mut head = vec!["fleet".to_owned()];
    for index in 0..versus.sides.len() {
        head.push(letter(index));
        if index > 0 {
            head.push(format!("{} to A", letter(index)));
        }
    }
    std::iter::once(head).chain(versus.rows.iter().map(row)).collect()
}

fn row(row: &VersusRow) -> Vec<String> {
    let mut cells = vec![row.metric.clone()];
    for (index, cell) in row.cells.iter().enumerate() {
        cells.push(cell.mean.map_or_else(|| "–".to_owned(), |mean| words::measured(row.quantity, mean)));
        if index > 0 {
            let moved = cell.change.map(|change| phrases::moved(row.quantity, change));
            cells.push(moved.unwrap_or_else(|| "–".to_owned()));
        }
    }
    cells
}

/// Whether the last side is surely better (`true`) or surely worse than the first; `None`: neither is sure.
fn verdict(row: &VersusRow) -> Option<bool> {
    let change = row.cells.last()?.change?;
    let sure = change.mean.abs() > change.half_width.unwrap_or(0.0) && change.mean != 0.0;
    match row.better {
        Better::Neither => None,
        Better::Higher => sure.then_some(change.mean > 0.0),
        Better::Lower => sure.then_some(change.mean < 0.0),
    }
}

/// `A`, `B`, …, `Z`, `A1`, …
fn letter(index: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(index % 26).expect("below 26"));
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}
