//! Problems: what is wrong with an input, where, and what to do about it.
//!
//! Knows places in text. Must not know what the text means.

mod render;

use std::fmt;

pub use render::{Style, remark};

/// A stretch of an input text. Units: bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where it begins.
    pub offset: usize,
    /// How long it is.
    pub len: usize,
}

/// A place as editors count. Both from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Where byte `offset` of `text` is; past its end, the end.
#[must_use]
pub fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    Position { line: before.matches('\n').count() + 1, column: before[begin..].chars().count() + 1 }
}

/// How bad something is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be meant.
    Error,
    /// It costs something that is seldom meant.
    Warning,
    /// It is worth knowing.
    Note,
}

impl Severity {
    /// What it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable short name, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong, as a fact.
    pub fact: String,
    /// What to do about it; empty where nothing helps.
    pub hint: String,
    /// Where; `None` for the file as a whole.
    pub place: Option<Place>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.fact, self.code)
    }
}

/// Problems that are kept of one file; a file with more of them has another problem.
pub const PROBLEMS_MAX: usize = 1_000;

/// Everything wrong with one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file's name, as given.
    pub file: String,
    /// Its text.
    pub text: String,
    /// What is wrong with it, by place; what has none comes first.
    pub problems: Vec<Problem>,
}

impl Problems {
    /// The problems of `text`, put in order; what is said twice of one place is kept once.
    #[must_use]
    pub fn new(file: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (a.place, a.code, &a.fact).cmp(&(b.place, b.code, &b.fact)));
        problems.dedup();
        problems.truncate(PROBLEMS_MAX);
        Self { file: file.to_owned(), text: text.to_owned(), problems }
    }
}
