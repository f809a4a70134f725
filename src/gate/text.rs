//! The verdict for a terminal: breaches first in each file, with where to look.
//!
//! Knows verdicts. Must not know where it is printed.

use super::drift::{Comparison, Drift};
use super::phrases;
use super::verdict::{EntryJudgement, Expected, Verdict};
use crate::report::paint::Paint;
use crate::report::words;

/// Rows of one kind in one file; the rest is counted.
const ROWS_MAX: usize = 20;

/// All verdicts, one after the other, and a last line with the sums. Shape: lines of text, the last one ended.
#[must_use]
pub fn print(verdicts: &[Verdict], colour: bool) -> String {
    let paint = Paint(colour);
    let files: Vec<String> = verdicts.iter().map(|verdict| file(verdict, paint)).collect();
    let (judged, breaches) = verdicts
        .iter()
        .fold((0, 0), |sums, verdict| (sums.0 + verdict.judged(), sums.1 + verdict.breaches()));
    let sums = format!(
        "{}, {judged} judged: {} held, {breaches} breached",
        counted(verdicts.len(), "file"),
        judged - breaches
    );
    let sums = if breaches > 0 { paint.red(&sums) } else { paint.green(&sums) };
    files.join("\n") + "\n" + &sums + "\n"
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn file(verdict: &Verdict, paint: Paint) -> String {
    let seeds: Vec<String> = verdict.seeds.iter().map(u64::to_string).collect();
    let plural = if seeds.len() == 1 { "" } else { "s" };
    let mut text = format!("{}  {}", paint.bold(&verdict.file), verdict.topology);
    text +=
        &format!(", seed{plural} {}\n", if seeds.is_empty() { "none".to_owned() } else { seeds.join(", ") });
    if verdict.partial {
        text += &format!("  {}\n", paint.red("interrupted: only finished runs are judged"));
    }
    if verdict.judged() == 0 && verdict.comparison.is_none() && !verdict.partial {
        text +=
            "  nothing is judged: the file has no `expect:`, and there is no baseline beside it to compare\n";
    }
    text += &expectations(&verdict.expectations, paint);
    text += &entries(&verdict.entries, paint);
    match &verdict.comparison {
        Some(comparison) => text += &baseline(comparison, paint),
        None => text += "  no baseline was compared\n",
    }
    text
}

fn mark(held: bool) -> &'static str {
    if held { "✓" } else { "✗" }
}

/// The rows in columns, their marks coloured, each followed by its note.
fn table(rows: Vec<(bool, Vec<String>, Option<String>)>, paint: Paint) -> String {
    let rest = rows.len().saturating_sub(ROWS_MAX);
    let rows: Vec<_> = rows.into_iter().take(ROWS_MAX).collect();
    let cells =
        rows.iter().map(|(held, cells, _)| [&[mark(*held).to_owned()], cells.as_slice()].concat()).collect();
    let mut text = String::new();
    for (line, (held, _, note)) in words::columns(cells, &[]).lines().zip(&rows) {
        let painted = if *held { paint.green("✓") } else { paint.red("✗") };
        text += &format!("{}\n", line.replacen(mark(*held), &painted, 1));
        note.iter().for_each(|note| text += &format!("      {}\n", paint.dim(note)));
    }
    if rest > 0 {
        text += &format!("  … and {rest} more with --json\n");
    }
    text
}

fn expectations(expectations: &[Expected], paint: Paint) -> String {
    let mut sorted: Vec<&Expected> = expectations.iter().collect();
    sorted.sort_by_key(|expected| expected.judgement.held);
    let row = |expected: &&Expected| {
        let judgement = &expected.judgement;
        let cells = vec![
            phrases::expectation(judgement),
            format!("measured {}", phrases::measured(judgement)),
            phrases::margin(judgement),
            phrases::place(expected),
        ];
        (judgement.held, cells, expected.look.as_ref().map(|look| format!("look first: {look}")))
    };
    table(sorted.iter().map(row).collect(), paint)
}

fn entries(entries: &[EntryJudgement], paint: Paint) -> String {
    let mut sorted: Vec<&EntryJudgement> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.held());
    let row = |entry: &&EntryJudgement| {
        let found = if entry.held() {
            String::new()
        } else {
            format!("the table says {}", phrases::user(entry.found.as_deref()))
        };
        (entry.held(), vec![phrases::entry(entry), found, format!("seed {}", entry.seed)], None)
    };
    table(sorted.iter().map(row).collect(), paint)
}

fn baseline(comparison: &Comparison, paint: Paint) -> String {
    let (held, breached): (Vec<&Drift>, Vec<&Drift>) = comparison.drifts.iter().partition(|drift| drift.held);
    let better = held.iter().filter(|drift| drift.is_better).count();
    let mut text = format!("  {}\n", phrases::cause(comparison));
    for said in phrases::unmatched(comparison) {
        text += &format!("  {said}\n");
    }
    let mut looked = Vec::new();
    let row = |drift: &&Drift| {
        // One place stands behind many rows; it is said at the first.
        let place = drift.look.as_ref().map(|look| look.split(',').next().unwrap_or_default().to_owned());
        let look = drift.look.clone().filter(|_| !looked.contains(&place));
        looked.push(place);
        let cells = vec![
            format!("{} {}", drift.name, drift.metric),
            phrases::values(drift),
            phrases::change(drift),
            format!("allowed {}", drift.tolerance),
            format!("seed {}", drift.seed),
            phrases::mean_change(drift),
        ];
        (false, cells, look.map(|look| format!("look first: {look}")))
    };
    text += &table(breached.iter().map(row).collect(), paint);
    let plural = if held.len() == 1 { "" } else { "s" };
    text += &format!("  {} {} metric{plural} within the baseline's tolerance", paint.green("✓"), held.len());
    text += &match better {
        0 => "\n".to_owned(),
        _ => format!(", {better} of them better by more than that; --update-baseline keeps it\n"),
    };
    text
}
