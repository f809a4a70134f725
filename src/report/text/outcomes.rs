//! What came of it: how disturbances healed, and which expectations held.

use super::Page;
use crate::report::paint::Paint;
use crate::report::{Decimal, DisturbanceRow, Judgement, Report, words};

const DISTURBANCES_MAX: usize = 12;
const EXPECTATIONS_MAX: usize = 20;
const NOT_HEALED: &str = "not healed by the end";
const NOT_OVER: &str = "not over by the end";

/// Each disturbance and how long it took to heal.
pub(super) fn disturbances(report: &Report, page: &Page<'_>, paint: Paint) -> String {
    if report.disturbances.is_empty() {
        return String::new();
    }
    let names = ["name", "what", "at", "until", "healed after", "unreachable"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(report.disturbances.iter().take(DISTURBANCES_MAX).map(|row| disturbance(row, page)));
    let about = "healed: all reachable firewalls caught up; unreachable: cut off when it ended";
    let table = words::columns(rows, &[4, 5]);
    let table = table.replace(NOT_HEALED, &paint.red(NOT_HEALED)).replace(NOT_OVER, &paint.red(NOT_OVER));
    paint.title("DISTURBANCES", about) + &table + &more(report.disturbances.len(), DISTURBANCES_MAX)
}

/// How long a disturbance took to heal; one that never ended could not.
fn healed_after(row: &DisturbanceRow) -> String {
    match (row.convergence_seconds, row.until_seconds) {
        (Some(span), _) => words::span(span),
        (None, Some(_)) => NOT_HEALED.to_owned(),
        (None, None) => NOT_OVER.to_owned(),
    }
}

fn disturbance(row: &DisturbanceRow, page: &Page<'_>) -> Vec<String> {
    let what = row
        .target
        .as_ref()
        .map_or_else(|| row.kind.to_owned(), |target| format!("{} {target}", row.kind.replace('_', " ")));
    let clock = |at: Decimal| words::moment(at, page.start);
    vec![
        row.name.clone(),
        what,
        clock(row.at_seconds),
        row.until_seconds.map_or_else(|| "the end".to_owned(), clock),
        healed_after(row),
        row.unreachable.to_string(),
    ]
}

/// Held or breached, measured against limit, and where it was worst.
pub(super) fn expectations(report: &Report, paint: Paint) -> String {
    if report.expectations.is_empty() {
        return String::new();
    }
    let breached = report.expectations.iter().filter(|judgement| !judgement.held).count();
    let about = match breached {
        0 => format!("all {} held", report.expectations.len()),
        _ => format!("{breached} of {} breached", report.expectations.len()),
    };
    // Breaches first: they are what one looks for.
    let mut sorted: Vec<&Judgement> = report.expectations.iter().collect();
    sorted.sort_by_key(|judgement| judgement.held);
    let rows = sorted.iter().take(EXPECTATIONS_MAX).map(|judgement| expectation(judgement)).collect();
    let table: String = words::columns(rows, &[])
        .lines()
        .map(|line| {
            let (mark, paint_mark) =
                if line.contains('✗') { ("✗", paint.red("✗")) } else { ("✓", paint.green("✓")) };
            format!("{}\n", line.replacen(mark, &paint_mark, 1))
        })
        .collect();
    paint.title("EXPECTATIONS", &about) + &table + &more(report.expectations.len(), EXPECTATIONS_MAX)
}

fn expectation(judgement: &Judgement) -> Vec<String> {
    let mark = if judgement.held { "✓ held" } else { "✗ breached" };
    let measured = match judgement.measured {
        Some(value) => words::measured(judgement.quantity, value),
        None => "no sample".to_owned(),
    };
    let worst = match judgement.worst.as_deref() {
        Some(worst) if worst != judgement.selector => format!("at {worst}"),
        _ => String::new(),
    };
    vec![
        mark.to_owned(),
        judgement.selector.clone(),
        format!("{} {}", judgement.metric, judgement.limit),
        format!("measured {measured}"),
        worst,
    ]
}

fn more(rows: usize, shown: usize) -> String {
    if rows > shown { format!("  … and {} more in the JSON report\n", rows - shown) } else { String::new() }
}
