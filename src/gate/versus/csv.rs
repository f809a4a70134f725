//! A comparison as CSV, for spreadsheets.
//!
//! Knows comparisons. Must not know where they are written.

use super::Versus;
use super::cells::moved;
use crate::report::Decimal;

/// As CSV: a row for each metric and side. Units: seconds, 0 to 1, counts.
#[must_use]
pub fn print(versus: &Versus) -> String {
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
