//! Problems: what is wrong with an input, where, and what to do about it.
//!
//! Knows places in text. Must not know what the text means.

mod render;

use std::fmt;

pub use render::Style;

/// A stretch of an input text. Units: bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where it begins.
    pub offset: usize,
    /// How long it is.
    pub len: usize,
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
