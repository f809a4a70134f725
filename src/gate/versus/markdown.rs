//! A comparison as Markdown. Whatever comes from a file is text, never markup.
//!
//! Knows comparisons. Must not know where they are put.

use super::Versus;
use super::cells::{letter, table};
use crate::gate::markdown::escaped;

/// As Markdown. Shape: one table, the notes below it.
#[must_use]
pub fn print(versus: &Versus) -> String {
    let rows = table(versus);
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell, 400)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text += &line(row);
        if index == 0 {
            text += &format!("|{}\n", " --- |".repeat(row.len()));
        }
    }
    text += "\n";
    for (index, side) in versus.sides.iter().enumerate() {
        text += &format!("- {}: {}\n", letter(index), escaped(&side.name, 400));
    }
    for note in &versus.notes {
        text += &format!("- note: {}\n", escaped(note, 2_000));
    }
    text
}
