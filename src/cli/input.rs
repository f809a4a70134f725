//! Reading files: whole, as UTF-8, and never more than a stated limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::failure::Failure;

/// A topology may be this large. Units: bytes. A person wrote it; groups with counts keep it short.
pub(super) const TOPOLOGY_MAX: u64 = 64 << 20;
/// A trace may be this large. Units: bytes. It is held in memory as a whole.
pub(super) const TRACE_MAX: u64 = 1 << 30;

/// A topology: its text, and what to call it in messages.
pub(super) struct Topology {
    /// Its text.
    pub(super) text: String,
    /// Its name in messages.
    pub(super) name: String,
}

/// Reads the topology at `path`, or stdin for `-`.
pub(super) fn topology(path: &Path) -> Result<Topology, Failure> {
    if path == Path::new("-") {
        let text = limited(io::stdin().lock(), TOPOLOGY_MAX)
            .map_err(|fact| Failure::bad_input(&format!("stdin {fact}"), ""))?;
        return Ok(Topology { text, name: "stdin".to_owned() });
    }
    let text = file(path, TOPOLOGY_MAX).map_err(|fact| {
        let missing = !path.exists();
        let hint = if missing { "`uidsim init` writes a starter topology" } else { "" };
        Failure::bad_input(&fact, hint)
    })?;
    Ok(Topology { text, name: path.display().to_string() })
}

/// Reads a file that a topology names; `path` leads there from the current folder.
pub(super) fn trace(path: &Path) -> Result<String, String> {
    file(path, TRACE_MAX)
}

/// Reads a baseline.
pub(super) fn baseline(path: &Path) -> Result<String, String> {
    file(path, TOPOLOGY_MAX)
}

/// Reads a saved report.
pub(super) fn report(path: &Path) -> Result<String, String> {
    file(path, TRACE_MAX)
}

fn file(path: &Path, max: u64) -> Result<String, String> {
    let name = path.display();
    if path.is_dir() {
        return Err(format!("{name} is a folder, not a file"));
    }
    let file = File::open(path).map_err(|error| format!("cannot read {name}: {}", plain(&error)))?;
    limited(file, max).map_err(|fact| format!("{name} {fact}"))
}

fn limited(from: impl Read, max: u64) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {}", plain(&error)))?;
    if bytes.len() as u64 > max {
        return Err(format!("is larger than the limit of {} MiB", max >> 20));
    }
    String::from_utf8(bytes).map_err(|error| {
        format!("is not UTF-8 text: byte {} is no character", error.utf8_error().valid_up_to())
    })
}

/// An error of the system without its number.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
