//! Text: concerns as a person reads them, the way rustc does it, and the list of rules.

use super::about::{about, link};
use super::listed::{Counts, Linted};
use crate::problem::{Severity, Style, remark};
use crate::topology::Rule;

/// The concerns of one file, each with its place; allowed ones only when `all` are wanted.
#[must_use]
pub fn text(linted: &Linted, all: bool, style: Style) -> String {
    let shown = linted.concerns().iter().filter(|concern| all || concern.allowed.is_none());
    let texts: Vec<String> = shown
        .map(|concern| {
            let severity = if concern.allowed.is_some() { Severity::Note } else { concern.severity() };
            remark(&linted.file, &linted.text, &concern.problem(), Some(severity), style)
        })
        .collect();
    texts.concat()
}

/// One line for all files.
#[must_use]
pub fn summary(files: &[Linted]) -> String {
    let counts = Counts::of(files);
    let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut line = format!(
        "{}: {}, {}, {}",
        many(counts.files, "topology").replace("topologys", "topologies"),
        many(counts.errors, "error"),
        many(counts.warnings, "warning"),
        many(counts.notes, "note")
    );
    if counts.allowed > 0 {
        line += &format!("; {} allowed by the files (`--all` shows them)", counts.allowed);
    }
    if counts.broken > 0 {
        line += &format!("; {} could not be read", counts.broken);
    }
    line + "\n"
}

/// Every rule: how bad, what, and what to do.
#[must_use]
pub fn rules() -> String {
    let texts = Rule::ALL.iter().map(|rule| {
        let about = about(*rule);
        let severity = about.severity.word();
        format!("{} ({severity})\n  {}\n  {}\n  {}\n", rule.id(), about.says, about.advice, link(*rule))
    });
    texts.collect::<Vec<String>>().join("\n")
}
