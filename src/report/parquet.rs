//! The windows of a run as Parquet: one row for each enforcement point and window, the fleet first.

use parquet::data_type::ByteArray;

use super::columnar::{Cells, File, Kind};
use super::series::Windows;
use super::{Decimal, Report};

/// Source: the columns of `series_csv`.
const HEAD: [(&str, Kind); 7] = [
    ("name", Kind::Text),
    ("window_start_seconds", Kind::Number),
    ("consistency", Kind::Number),
    ("replica_consistency", Kind::Number),
    ("outdated_seconds", Kind::Number),
    ("missing_seconds", Kind::Number),
    ("lingering_seconds", Kind::Number),
];
/// Rows that are written at once. Source: the default of the library's high-level writer.
const GROUP_ROWS: usize = 1 << 20;

/// Rows on their way to the file.
#[derive(Default)]
struct Group {
    names: Vec<ByteArray>,
    numbers: [Vec<f64>; 6],
}

impl Group {
    fn add(&mut self, name: &str, window: Decimal, windows: &Windows) {
        let name = ByteArray::from(name);
        let parts = [
            &windows.consistency,
            &windows.replica_consistency,
            &windows.outdated_seconds,
            &windows.missing_seconds,
            &windows.lingering_seconds,
        ];
        for index in 0..windows.consistency.len() {
            self.names.push(name.clone());
            self.numbers[0].push(window.to_f64() * index as f64);
            for (column, part) in self.numbers[1..].iter_mut().zip(parts) {
                column.push(part[index].to_f64());
            }
        }
    }

    fn columns(self) -> Vec<Cells> {
        std::iter::once(Cells::Text(self.names)).chain(self.numbers.map(Cells::Number)).collect()
    }
}

/// The series of `report`, which has one. Shape: the bytes of a Parquet file. Errors: none.
///
/// Panics when the report was built without its series.
#[must_use]
pub fn print(report: &Report) -> Vec<u8> {
    let series = report.series.as_ref().expect("built with its series");
    let mut file = File::new("windows", &HEAD);
    let mut group = Group::default();
    let fleet = std::iter::once(("fleet", &series.fleet.windows));
    let points = series.enforcement_points.iter().map(|(name, windows)| (name.as_str(), windows));
    for (name, windows) in fleet.chain(points) {
        group.add(name, series.window_seconds, windows);
        if group.names.len() >= GROUP_ROWS {
            file.add(&std::mem::take(&mut group).columns());
        }
    }
    if !group.names.is_empty() {
        file.add(&group.columns());
    }
    file.finish()
}
