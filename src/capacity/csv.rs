//! A plan as CSV: a line for each point and seed, so that any tool may draw it.
//!
//! Knows plans. Must not know where they are printed.

use super::lines::{head, lines};
use super::plan::Plan;
use crate::report::Decimal;

/// A head, then a line for each point and seed: the sweep first, then the file as it stands and each change. Columns: a
/// value for each axis, the change, the seed, the limit's metric where there is a limit, the metrics shown, the busiest.
///
/// Panics when memory cannot be written to.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes it");
    let said = |value: Option<Decimal>| value.map_or_else(String::new, |value| value.to_string());
    let head = head(plan);
    let axes = head.axes.into_iter().map(str::to_owned);
    let kept = ["change", "seed"].map(str::to_owned);
    let busiest = ["busiest", "busiest_utilisation"].map(str::to_owned);
    write(axes.chain(kept).chain(head.metrics).chain(busiest).collect());
    for line in lines(plan) {
        let mut cells: Vec<String> = line.values.into_iter().map(str::to_owned).collect();
        cells.extend([line.change, line.seed.to_string()]);
        cells.extend(line.metrics.into_iter().map(said));
        cells.push(line.busiest.map_or_else(String::new, |(name, _)| name.to_owned()));
        cells.push(said(line.busiest.map(|(_, utilisation)| utilisation)));
        write(cells);
    }
    String::from_utf8(writer.into_inner().expect("memory takes it")).expect("text")
}
