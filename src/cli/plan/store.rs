//! The folder that keeps the records of a plan's runs: a file for each, written whole or not at all.

use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::{input, output};
use crate::capacity::Record;

/// A folder of records.
pub(super) struct Store(PathBuf);

impl Store {
    /// The folder at `path`, made where it is not there yet.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(path).map_err(|error| {
            let fact = format!("cannot make the folder {}: {}", path.display(), input::plain(&error));
            Failure::bad_input(&fact, "")
        })?;
        Ok(Self(path.to_path_buf()))
    }

    fn place(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    /// The record of the run `id`, if it is there.
    pub(super) fn read(&self, id: &str) -> Result<Option<Record>, Failure> {
        let path = self.place(id);
        if !path.exists() {
            return Ok(None);
        }
        let text = input::report(&path).map_err(|fact| Failure::bad_input(&fact, ""))?;
        Record::read(&text, id).map(Some).map_err(|fact| {
            let hint = "remove it, and its run is done again";
            Failure::bad_input(&format!("{} {fact}", path.display()), hint)
        })
    }

    /// Keeps a record. Another process that writes the same one at the same time does no harm: both are equal.
    pub(super) fn write(&self, record: &Record) -> Result<(), Failure> {
        let path = self.place(&record.id);
        let draft = self.0.join(format!(".{}.{}.part", record.id, std::process::id()));
        output::write(&draft, &record.print())?;
        std::fs::rename(&draft, &path).map_err(|error| {
            Failure::unfinished(&format!("cannot write {}: {}", path.display(), input::plain(&error)), "")
        })
    }
}
