//! A plan as Parquet: the lines of the CSV with their numbers as numbers, a missing sample as null.
//!
//! Knows plans. Must not know where they are printed.

use super::lines::{Line, head, lines};
use super::plan::Plan;
use crate::report::Decimal;
use crate::report::columnar::{Cells, File, Kind};

/// A row for each point and seed, with the columns of the CSV: texts, the seed as a whole number, metrics as doubles (spans
/// in seconds, shares from 0 to 1). Shape: the bytes of a Parquet file. Errors: none.
#[must_use]
pub fn print(plan: &Plan) -> Vec<u8> {
    let head = head(plan);
    let axes = head.axes.iter().map(|axis| (*axis, Kind::Text));
    let metrics = head.metrics.iter().map(|metric| (metric.as_str(), Kind::Sample));
    let kept = [("change", Kind::Text), ("seed", Kind::Count)];
    let busiest = [("busiest", Kind::Text), ("busiest_utilisation", Kind::Sample)];
    let columns: Vec<(&str, Kind)> = axes.chain(kept).chain(metrics).chain(busiest).collect();
    let all: Vec<Line<'_>> = lines(plan).collect();
    let texts = |of: &dyn Fn(&Line<'_>) -> String| {
        Cells::Text(all.iter().map(|line| of(line).as_str().into()).collect())
    };
    let samples = |of: &dyn Fn(&Line<'_>) -> Option<Decimal>| {
        Cells::Sample(all.iter().map(|line| of(line).map(Decimal::to_f64)).collect())
    };
    let mut cells: Vec<Cells> =
        (0..head.axes.len()).map(|axis| texts(&|line| line.values[axis].to_owned())).collect();
    cells.push(texts(&|line| line.change.clone()));
    cells.push(Cells::Count(all.iter().map(|line| line.seed).collect()));
    cells.extend((0..head.metrics.len()).map(|metric| samples(&|line| line.metrics[metric])));
    cells.push(texts(&|line| line.busiest.map_or_else(String::new, |(name, _)| name.to_owned())));
    cells.push(samples(&|line| line.busiest.map(|(_, utilisation)| utilisation)));
    let mut file = File::new("points", &columns);
    if !all.is_empty() {
        file.add(&cells);
    }
    file.finish()
}
