//! A comparison for a terminal.
//!
//! Knows comparisons. Must not know where they are printed.

use super::cells::{letter, table};
use super::{Versus, VersusRow};
use crate::report::paint::Paint;
use crate::report::words;
use crate::scenario::metric::Better;

/// For a terminal: a column for each side, with the move from the first. Shape: lines of text, the last one ended.
#[must_use]
pub fn print(versus: &Versus, colour: bool) -> String {
    let paint = Paint(colour);
    let mut text = String::new();
    for (index, side) in versus.sides.iter().enumerate() {
        let seeds: Vec<String> = side.seeds().iter().map(u64::to_string).collect();
        let label = paint.bold(&letter(index));
        let plural = if seeds.len() == 1 { "" } else { "s" };
        text += &format!("{label}  {}  {}, seed{plural} {}\n", side.name, side.topology, seeds.join(", "));
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
