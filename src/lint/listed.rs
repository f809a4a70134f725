//! Listed: one file that was looked at, and the counts of many.

use super::Concern;
use crate::problem::{Problem, Problems, Severity};

/// A file that was looked at.
#[derive(Clone, Debug)]
pub struct Linted {
    /// Its name, as given.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Its concerns, or why it is no topology.
    pub outcome: Result<Vec<Concern>, Problems>,
}

impl Linted {
    /// Its concerns; none when it is no topology.
    #[must_use]
    pub fn concerns(&self) -> &[Concern] {
        self.outcome.as_deref().unwrap_or_default()
    }

    /// Why it is no topology; nothing when it is one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        self.outcome.as_ref().err().map_or(&[], |problems| &problems.problems)
    }
}

/// How many concerns of what kind some files have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Files that were looked at.
    pub files: usize,
    /// Files that are no topologies.
    pub broken: usize,
    /// Concerns that are errors.
    pub errors: usize,
    /// Concerns that are warnings.
    pub warnings: usize,
    /// Concerns that are notes.
    pub notes: usize,
    /// Concerns that their files allow.
    pub allowed: usize,
}

impl Counts {
    /// The counts of these files.
    #[must_use]
    pub fn of(files: &[Linted]) -> Self {
        let mut counts = Self { files: files.len(), ..Self::default() };
        counts.broken = files.iter().filter(|file| file.outcome.is_err()).count();
        for concern in files.iter().flat_map(Linted::concerns) {
            let count = match (&concern.allowed, concern.severity()) {
                (Some(_), _) => &mut counts.allowed,
                (None, Severity::Error) => &mut counts.errors,
                (None, Severity::Warning) => &mut counts.warnings,
                (None, Severity::Note) => &mut counts.notes,
            };
            *count += 1;
        }
        counts
    }
}
