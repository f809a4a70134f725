//! A plan as CSV: a line for each point and seed, so that any tool may draw it.
//!
//! Knows plans. Must not know where they are printed.

use super::plan::Plan;
use super::sheet::Row;
use crate::report::Decimal;

/// A head, then a line for each point and seed; the points of a sweep first, then the changes.
///
/// Panics when memory cannot be written to.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes it");
    let head = ["point", "seed", "limit"].map(str::to_owned).into_iter();
    let metrics = plan.metrics.iter().map(|metric| metric.path.clone());
    write(head.chain(metrics).chain(["busiest", "busiest_utilisation"].map(str::to_owned)).collect());
    for row in plan.rows.iter().chain(&plan.changed) {
        for line in lines(plan, row) {
            write(line);
        }
    }
    String::from_utf8(writer.into_inner().expect("memory takes it")).expect("text")
}

fn lines(plan: &Plan, row: &Row) -> Vec<Vec<String>> {
    let values: Vec<String> = row.point.0.iter().map(|(path, value)| format!("{path}={value}")).collect();
    let said = |value: Option<&Decimal>| value.map_or_else(String::new, ToString::to_string);
    let line = |record: &super::record::Record| {
        let mut cells = vec![values.join("; "), record.seed.to_string(), said(record.judged.as_ref())];
        cells.extend(plan.metrics.iter().map(|metric| said(record.fleet.get(&metric.path))));
        let busy = record.busiest.first();
        cells.push(busy.map_or_else(String::new, |busy| busy.name.clone()));
        cells.push(said(busy.map(|busy| &busy.utilisation)));
        cells
    };
    row.records.iter().map(line).collect()
}
