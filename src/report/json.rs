//! A report as JSON: its keys in their order, two spaces deep, with a newline at the end.

use serde::Serialize;

/// The whole report. Shape: one JSON object. Errors: none.
#[must_use]
pub fn print(report: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(report).expect("a report serialises");
    text.push('\n');
    text
}
