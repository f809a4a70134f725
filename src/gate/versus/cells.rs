//! Cells: what the formats of a comparison share: the letters of the sides, the table, a move in numbers.
//!
//! Knows comparisons. Must not know a format.

use super::{Cell, Versus, VersusRow};
use crate::gate::phrases;
use crate::report::{Decimal, words};

/// The mean move and half the width of its interval.
pub(super) fn moved(cell: &Cell) -> [Option<Decimal>; 2] {
    let change = cell.change;
    [change.map(|change| change.mean), change.and_then(|change| change.half_width)]
        .map(|number| number.and_then(Decimal::from_f64))
}

/// A head and a row for each metric.
pub(super) fn table(versus: &Versus) -> Vec<Vec<String>> {
    let mut head = vec!["fleet".to_owned()];
    for index in 0..versus.sides.len() {
        head.push(letter(index));
        if index > 0 {
            head.push(format!("{} to A", letter(index)));
        }
    }
    std::iter::once(head).chain(versus.rows.iter().map(row)).collect()
}

fn row(row: &VersusRow) -> Vec<String> {
    let mut cells = vec![row.metric.clone()];
    for (index, cell) in row.cells.iter().enumerate() {
        cells.push(cell.mean.map_or_else(|| "–".to_owned(), |mean| words::measured(row.quantity, mean)));
        if index > 0 {
            let moved = cell.change.map(|change| phrases::moved(row.quantity, change));
            cells.push(moved.unwrap_or_else(|| "–".to_owned()));
        }
    }
    cells
}

/// `A`, `B`, …, `Z`, `A1`, …
pub(crate) fn letter(index: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(index % 26).expect("below 26"));
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}
