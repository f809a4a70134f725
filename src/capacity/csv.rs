//! A plan as CSV: a line for each point and seed, so that any tool may draw it.
//!
//! Knows plans. Must not know where they are printed.

use super::plan::Plan;
use super::record::Record;
use super::row::Row;
use crate::report::Decimal;

/// A head, then a line for each point and seed: the sweep first, then the file as it stands and each change. Columns: a
/// value for each axis, the change, the seed, the limit's metric where there is a limit, the metrics shown, the busiest.
///
/// Panics when memory cannot be written to.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let found = &plan.found;
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes it");
    let mut head: Vec<String> = found.axes.iter().map(|axis| axis.path.clone()).collect();
    head.extend(["change", "seed"].map(str::to_owned));
    head.extend(found.limit.iter().map(|limit| format!("{} {}", limit.selector, limit.metric)));
    head.extend(plan.metrics.iter().map(|metric| metric.path.clone()));
    head.extend(["busiest", "busiest_utilisation"].map(str::to_owned));
    write(head);
    for row in &found.rows {
        let values = row.point.0.iter().map(|(_, value)| value.clone()).chain([String::new()]);
        lines(plan, row, &values.collect::<Vec<_>>(), &mut write);
    }
    for row in &found.changed {
        let mut cells = vec![String::new(); found.axes.len()];
        cells.push(if row.point.0.is_empty() { "as it stands".to_owned() } else { row.point.said() });
        lines(plan, row, &cells, &mut write);
    }
    String::from_utf8(writer.into_inner().expect("memory takes it")).expect("text")
}

fn lines(plan: &Plan, row: &Row, first: &[String], write: &mut impl FnMut(Vec<String>)) {
    let said = |value: Option<Decimal>| value.map_or_else(String::new, |value| value.to_string());
    for record in &row.records {
        let Record { seed, fleet, busiest, .. } = record;
        let mut cells = first.to_vec();
        cells.push(seed.to_string());
        cells.extend(plan.found.limit.iter().map(|limit| said(record.judged(limit))));
        cells.extend(plan.metrics.iter().map(|metric| said(fleet.get(&metric.path).copied())));
        cells.push(busiest.first().map_or_else(String::new, |busy| busy.name.clone()));
        cells.push(said(busiest.first().map(|busy| busy.utilisation)));
        write(cells);
    }
}
