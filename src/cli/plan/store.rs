//! The folder that keeps the records of a plan's runs: a file for each, written whole or not at all.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::input;
use crate::capacity::Record;

/// Drafts of one record that processes on several machines, or killed ones, may have left. Source: none, a limit.
const DRAFTS_MAX: u32 = 10_000;

/// A folder of records.
pub(super) struct Store(PathBuf);

impl Store {
    /// The folder at `path`, made where it is not there yet.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| {
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

    /// Keeps a record. Another process that writes the same one at the same time does no harm: both are equal, and each
    /// is moved to its place as a whole.
    pub(super) fn write(&self, record: &Record) -> Result<(), Failure> {
        let path = self.place(&record.id);
        let written = self.draft(&record.id).and_then(|(draft, mut file)| {
            file.write_all(record.print().as_bytes())?;
            file.sync_all()?;
            fs::rename(draft, &path)
        });
        written.map_err(|error| {
            Failure::unfinished(&format!("cannot write {}: {}", path.display(), input::plain(&error)), "")
        })
    }

    /// A new file that no other process writes to.
    fn draft(&self, id: &str) -> Result<(PathBuf, File), std::io::Error> {
        for number in 0..DRAFTS_MAX {
            let path = self.0.join(format!(".{id}.{number}.part"));
            match File::create_new(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                done => return done.map(|file| (path, file)),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}
