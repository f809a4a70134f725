//! A report as JSON: its keys in their order, two spaces deep, with a newline at the end.

use std::io::{self, Write};

use serde::Serialize;

/// Writes the whole report as it is made. Shape: one JSON object. Errors: those of `out`. Cost: 9 kB a point, none of
/// which is held in memory.
pub fn write(report: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

/// The same as a text.
#[must_use]
pub fn print(report: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    write(report, &mut bytes).expect("a report serialises");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}
