//! The windows of a run as CSV: one row for each enforcement point and window, the fleet first.

use super::series::Windows;
use super::{Decimal, Report};

/// The series of `report`, which has one. Shape: CSV with `\n` line ends, names first. Errors: none.
///
/// Panics when the report was built without its series.
#[must_use]
pub fn print(report: &Report) -> String {
    let series = report.series.as_ref().expect("built with its series");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = [
        "name",
        "window_start_seconds",
        "consistency",
        "replica_consistency",
        "outdated_seconds",
        "missing_seconds",
        "lingering_seconds",
    ];
    writer.write_record(names).expect("memory takes every row");
    let mut rows = |name: &str, windows: &Windows| {
        for index in 0..windows.consistency.len() {
            let start =
                Decimal::from_nanos((series.window_seconds.billionths() * index as i128).unsigned_abs());
            let columns = [
                &windows.consistency,
                &windows.replica_consistency,
                &windows.outdated_seconds,
                &windows.missing_seconds,
                &windows.lingering_seconds,
            ];
            let numbers = columns.map(|column| column[index].to_string());
            let row = [name.to_owned(), start.to_string()].into_iter().chain(numbers);
            writer.write_record(row).expect("memory takes every row");
        }
    };
    rows("fleet", &series.fleet.windows);
    series.enforcement_points.iter().for_each(|(name, windows)| rows(name, windows));
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("names are UTF-8")
}
