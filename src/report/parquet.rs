//! The windows of a run as Parquet: one row for each enforcement point and window, the fleet first.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::series::Windows;
use super::{Decimal, Report};

/// Source: the columns of `series_csv`.
const SCHEMA: &str = "message windows {
    required binary name (string);
    required double window_start_seconds;
    required double consistency;
    required double replica_consistency;
    required double outdated_seconds;
    required double missing_seconds;
    required double lingering_seconds;
}";
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

    fn write(&self, mut group: SerializedRowGroupWriter<'_, Vec<u8>>) {
        let mut column = group.next_column().expect("memory takes every row").expect("the column of names");
        let names = column.typed::<ByteArrayType>().write_batch(&self.names, None, None);
        names.expect("memory takes every row");
        column.close().expect("memory takes every row");
        for numbers in &self.numbers {
            let mut column =
                group.next_column().expect("memory takes every row").expect("a column of numbers");
            let written = column.typed::<DoubleType>().write_batch(numbers, None, None);
            written.expect("memory takes every row");
            column.close().expect("memory takes every row");
        }
        group.close().expect("memory takes every row");
    }
}

/// The series of `report`, which has one. Shape: the bytes of a Parquet file. Errors: none.
///
/// Panics when the report was built without its series.
#[must_use]
pub fn print(report: &Report) -> Vec<u8> {
    let series = report.series.as_ref().expect("built with its series");
    let schema = Arc::new(parse_message_type(SCHEMA).expect("our own schema"));
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut file =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect("memory takes every row");
    let mut group = Group::default();
    let fleet = std::iter::once(("fleet", &series.fleet.windows));
    let points = series.enforcement_points.iter().map(|(name, windows)| (name.as_str(), windows));
    for (name, windows) in fleet.chain(points) {
        group.add(name, series.window_seconds, windows);
        if group.names.len() >= GROUP_ROWS {
            std::mem::take(&mut group).write(file.next_row_group().expect("memory takes every row"));
        }
    }
    if !group.names.is_empty() {
        group.write(file.next_row_group().expect("memory takes every row"));
    }
    file.into_inner().expect("memory takes every row")
}
