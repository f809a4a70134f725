//! Many topologies: files and folders become a list of files.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::input::plain;

/// The files that `paths` name: a file is itself, a folder is every `.yaml` and `.yml` file directly in it, by name.
pub(super) fn topologies(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error: std::io::Error| {
            Failure::bad_input(&format!("cannot read the folder {}: {}", path.display(), plain(&error)), "")
        };
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let mut found: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| is_topology(path)).collect();
        if found.is_empty() {
            let fact = format!("there is no .yaml file in the folder {}", path.display());
            return Err(Failure::bad_input(&fact, "folders inside it are not searched"));
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

fn is_topology(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}
