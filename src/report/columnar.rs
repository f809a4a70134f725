//! Columnar: named columns of texts and numbers as a Parquet file.
//!
//! Knows nothing of what is in them. Panics only where memory cannot be written to, or the columns do not fit the head.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

const TAKEN: &str = "memory takes every row";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Texts.
    Text,
    /// Doubles.
    Number,
    /// Doubles, some of which may be missing.
    Sample,
    /// Whole numbers without a sign.
    Count,
}

/// The cells of one column, as many as every other column has.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    /// Of a `Kind::Text`.
    Text(Vec<ByteArray>),
    /// Of a `Kind::Number`.
    Number(Vec<f64>),
    /// Of a `Kind::Sample`.
    Sample(Vec<Option<f64>>),
    /// Of a `Kind::Count`.
    Count(Vec<u64>),
}

/// A file on its way.
pub(crate) struct File(SerializedFileWriter<Vec<u8>>);

impl File {
    /// An empty file of this name with these columns.
    pub(crate) fn new(name: &str, head: &[(&str, Kind)]) -> Self {
        let fields = head.iter().map(|(name, kind)| field(name, *kind)).collect();
        let schema = Type::group_type_builder(name).with_fields(fields).build().expect("our own schema");
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        Self(SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).expect(TAKEN))
    }

    /// Adds rows: the cells of every column in the order of the head.
    pub(crate) fn add(&mut self, columns: &[Cells]) {
        let mut group = self.0.next_row_group().expect(TAKEN);
        for cells in columns {
            let mut column = group.next_column().expect(TAKEN).expect("a column of the head");
            write(&mut column, cells);
            column.close().expect(TAKEN);
        }
        group.close().expect(TAKEN);
    }

    /// The bytes of the whole file.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect(TAKEN)
    }
}

fn field(name: &str, kind: Kind) -> TypePtr {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Number | Kind::Sample => (Physical::DOUBLE, None),
        Kind::Count => (Physical::INT64, Some(LogicalType::integer(64, false))),
    };
    let repetition = if kind == Kind::Sample { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let field = Type::primitive_type_builder(name, physical).with_repetition(repetition);
    Arc::new(field.with_logical_type(logical).build().expect("our own schema"))
}

fn write(column: &mut SerializedColumnWriter<'_>, cells: &Cells) {
    let written = match cells {
        Cells::Text(texts) => column.typed::<ByteArrayType>().write_batch(texts, None, None),
        Cells::Number(numbers) => column.typed::<DoubleType>().write_batch(numbers, None, None),
        Cells::Sample(samples) => {
            let known: Vec<f64> = samples.iter().flatten().copied().collect();
            let levels: Vec<i16> = samples.iter().map(|sample| i16::from(sample.is_some())).collect();
            column.typed::<DoubleType>().write_batch(&known, Some(&levels), None)
        }
        Cells::Count(counts) => {
            // The format keeps what has no sign in the bits of what has one.
            let bits: Vec<i64> = counts.iter().map(|count| count.cast_signed()).collect();
            column.typed::<Int64Type>().write_batch(&bits, None, None)
        }
    };
    written.expect(TAKEN);
}
