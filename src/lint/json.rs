//! JSON: concerns for programs.

use serde::Serialize;

use super::Concern;
use super::about::{about, link};
use super::listed::{Counts, Linted};
use crate::problem::{Position, Problem, position};

/// The version of this format.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Whole<'a> {
    schema_version: u32,
    uidsim_version: &'a str,
    counts: Counts,
    files: Vec<FileRow<'a>>,
}

#[derive(Serialize)]
struct FileRow<'a> {
    file: &'a str,
    problems: Vec<ProblemRow<'a>>,
    concerns: Vec<ConcernRow<'a>>,
}

#[derive(Serialize)]
struct ProblemRow<'a> {
    code: &'a str,
    fact: &'a str,
    hint: &'a str,
    at: Option<Position>,
}

#[derive(Serialize)]
struct ConcernRow<'a> {
    rule: &'a str,
    severity: &'a str,
    at: Position,
    until: Position,
    subjects: &'a [String],
    count: usize,
    fact: &'a str,
    says: &'a str,
    advice: &'a str,
    link: String,
    allowed: Option<&'a str>,
}

/// All concerns and problems of these files, allowed ones with their reason.
#[must_use]
pub fn json(files: &[Linted]) -> String {
    let rows = files.iter().map(|linted| FileRow {
        file: &linted.file,
        problems: linted.problems().iter().map(|problem| problem_row(linted, problem)).collect(),
        concerns: linted.concerns().iter().map(|concern| concern_row(linted, concern)).collect(),
    });
    let whole = Whole {
        schema_version: SCHEMA_VERSION,
        uidsim_version: env!("CARGO_PKG_VERSION"),
        counts: Counts::of(files),
        files: rows.collect(),
    };
    serde_json::to_string_pretty(&whole).expect("plain data becomes JSON") + "\n"
}

fn problem_row<'a>(linted: &Linted, problem: &'a Problem) -> ProblemRow<'a> {
    let at = problem.place.map(|place| position(&linted.text, place.offset));
    ProblemRow { code: problem.code, fact: &problem.fact, hint: &problem.hint, at }
}

fn concern_row<'a>(linted: &Linted, concern: &'a Concern) -> ConcernRow<'a> {
    let about = about(concern.rule);
    ConcernRow {
        rule: concern.rule.id(),
        severity: about.severity.word(),
        at: position(&linted.text, concern.place.offset),
        until: position(&linted.text, concern.place.offset + concern.place.len),
        subjects: &concern.subjects,
        count: concern.count,
        fact: &concern.fact,
        says: about.says,
        advice: about.advice,
        link: link(concern.rule),
        allowed: concern.allowed.as_deref(),
    }
}
