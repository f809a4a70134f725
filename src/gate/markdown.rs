//! The verdict as Markdown, made for the summary of a GitHub job: breaches in sight, details folded, of bounded size.
//!
//! Knows verdicts. Must not know where it is put.

use super::drift::{Comparison, Drift};
use super::phrases;
use super::verdict::{EntryJudgement, Expected, Verdict};

/// Rows of all tables together. Source: what a browser folds without delay; a choice.
const ROWS_MAX: usize = 200;
/// The longest cell. Units: characters. With it 200 rows stay far below the 1 MiB that GitHub shows.
const CELL_MAX: usize = 400;
/// Changed keys and names on one line. Units: characters.
const LINE_MAX: usize = 2_000;
/// Files with a heading of their own; the rest is counted.
const FILES_MAX: usize = 100;

/// All verdicts. Shape: Markdown of at most 200 table rows. Whatever comes from a file is text, never markup.
#[must_use]
pub fn print(verdicts: &[Verdict]) -> String {
    let breaches: usize = verdicts.iter().map(Verdict::breaches).sum();
    let judged: usize = verdicts.iter().map(Verdict::judged).sum();
    let mut page = Page { text: String::new(), rows_left: ROWS_MAX };
    page.text += &match breaches {
        0 => format!("## ✅ uidsim check: all {judged} held\n"),
        _ => format!("## ❌ uidsim check: {breaches} of {judged} breached\n"),
    };
    let mut sorted: Vec<&Verdict> = verdicts.iter().collect();
    sorted.sort_by_key(|verdict| verdict.held());
    for verdict in sorted.iter().take(FILES_MAX) {
        page.file(verdict);
    }
    if sorted.len() > FILES_MAX {
        page.text += &format!("\n… and {} files more.\n", sorted.len() - FILES_MAX);
    }
    page.text
}

struct Page {
    text: String,
    rows_left: usize,
}

impl Page {
    fn file(&mut self, verdict: &Verdict) {
        let seeds: Vec<String> = verdict.seeds.iter().map(u64::to_string).collect();
        let mark = if verdict.held() { "✅" } else { "❌" };
        self.text += &format!("\n### {mark} {}\n\n", escaped(&verdict.file, CELL_MAX));
        let about = format!("{}, seeds {}", verdict.topology, seeds.join(", "));
        self.text += &format!("{}\n", escaped(&about, LINE_MAX));
        if verdict.partial {
            self.text += "\nInterrupted: only finished runs are judged.\n";
        }
        if verdict.judged() == 0 {
            self.text += "\nNothing is judged: no `expect:`, no baseline.\n";
        }
        if let Some(comparison) = &verdict.comparison {
            self.text += &format!("\nBaseline: {}.\n", escaped(&phrases::cause(comparison), LINE_MAX));
            for said in phrases::unmatched(comparison) {
                self.text += &format!("\n{}.\n", escaped(&said, LINE_MAX));
            }
        }
        let rows = rows(verdict);
        let (held, breached): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.held);
        self.table(&breached);
        if !held.is_empty() {
            self.text += &format!("\n<details><summary>{} held</summary>\n", held.len());
            self.table(&held);
            self.text += "\n</details>\n";
        }
    }

    fn table(&mut self, rows: &[Row]) {
        let shown = rows.len().min(self.rows_left);
        if shown > 0 {
            self.text +=
                "\n| | what | limit | measured | margin | where |\n| --- | --- | --- | --- | --- | --- |\n";
        }
        for row in &rows[..shown] {
            let mark = if row.held { "✅" } else { "❌" };
            let cells: Vec<String> = row.cells.iter().map(|cell| escaped(cell, CELL_MAX)).collect();
            self.text += &format!("| {mark} | {} |\n", cells.join(" | "));
        }
        self.rows_left -= shown;
        if rows.len() > shown {
            self.text += &format!("\n… and {} rows more in the JSON.\n", rows.len() - shown);
        }
    }
}

struct Row {
    held: bool,
    cells: [String; 5],
}

fn rows(verdict: &Verdict) -> Vec<Row> {
    let drifts = verdict.comparison.iter().flat_map(|comparison: &Comparison| &comparison.drifts);
    verdict
        .expectations
        .iter()
        .map(expectation)
        .chain(verdict.entries.iter().map(entry))
        .chain(drifts.map(drift))
        .collect()
}

fn expectation(expected: &Expected) -> Row {
    let judgement = &expected.judgement;
    let look = expected.look.as_ref().map_or_else(String::new, |look| format!("; look first: {look}"));
    Row {
        held: judgement.held,
        cells: [
            format!("{} {}", judgement.selector, judgement.metric),
            judgement.limit.clone(),
            phrases::measured(judgement),
            phrases::margin(judgement),
            phrases::place(expected) + &look,
        ],
    }
}

fn entry(entry: &EntryJudgement) -> Row {
    Row {
        held: entry.held(),
        cells: [
            format!("{} of {} at {}", entry.address, entry.node, entry.at),
            phrases::user(entry.expected.as_deref()).to_owned(),
            phrases::user(entry.found.as_deref()).to_owned(),
            String::new(),
            format!("seed {}", entry.seed),
        ],
    }
}

fn drift(drift: &Drift) -> Row {
    // What holds for the fleet is not said again of each point.
    let look = drift.look.as_ref().filter(|_| drift.name == "fleet");
    let look = look.map_or_else(String::new, |look| format!("; look first: {look}"));
    Row {
        held: drift.held,
        cells: [
            format!("{} {}", drift.name, drift.metric),
            format!("baseline, at most {} worse", drift.tolerance),
            phrases::values(drift),
            phrases::change(drift),
            format!("seed {}; {}{look}", drift.seed, phrases::mean_change(drift)),
        ],
    }
}

/// Text that Markdown and HTML take as text, on one line.
pub(super) fn escaped(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == longest {
            out.push('…');
            break;
        }
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
