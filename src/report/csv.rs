//! The enforcement points as CSV: one row each, a column per number of the JSON report under the same
//! path (`staleness_seconds.p99`). Lists of hops have no column; nothing measured is an empty cell.

use super::{Leaf, Report, leaves};

/// One row per enforcement point, after a row of column names. Shape: CSV with `\n` line ends. Errors: none.
#[must_use]
pub fn print(report: &Report) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (index, point) in report.enforcement_points.iter().enumerate() {
        // The span of a visibility row is in its column's name already.
        let cells: Vec<Leaf> = leaves(point)
            .into_iter()
            .filter(|leaf| leaf.path.last().is_none_or(|key| key != "within_seconds"))
            .collect();
        if index == 0 {
            let names = cells.iter().map(|leaf| leaf.path.join("."));
            writer.write_record(names).expect("memory takes every row");
        }
        writer.write_record(cells.iter().map(cell)).expect("memory takes every row");
    }
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("a report is UTF-8")
}

fn cell(leaf: &Leaf) -> String {
    match leaf.value.as_str() {
        "null" => String::new(),
        text => serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned()),
    }
}
