//! The summary: what a network engineer wants to know first, on one screen of 100 columns.
//!
//! Each section answers one question and leaves out what did not occur. Every number stands in the JSON too.

mod brief;
mod causes;
mod enforcement;
mod fleet;
mod outcomes;
mod sessions;
mod worst;

pub use brief::print as print_brief;
pub(super) use worst::main_cause;

use super::paint::Paint;
use super::{Decimal, Report, Run, words};
use crate::units::Span;

/// What the summary cannot know from the report.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The time of day at virtual zero; zero: the file gives none.
    pub start: Span,
    /// The command that makes the same report again.
    pub replay: &'a str,
    /// Whether to use colours.
    pub colour: bool,
}

/// The summary of `report`. Shape: lines of text, the last one ended. Errors: none.
#[must_use]
pub fn print(report: &Report, page: &Page<'_>) -> String {
    let paint = Paint(page.colour);
    let mut text = header(report, page, paint);
    text += &fleet::section(report, paint);
    text += &sessions::section(report, page, paint);
    text += &worst::section(report, paint);
    text += &causes::time(report, paint);
    text += &causes::blame(report, paint);
    text += &outcomes::disturbances(report, page, paint);
    text += &outcomes::expectations(report, paint);
    text += &footer(&report.run, &report.digest, page, paint);
    text
}

fn header(report: &Report, page: &Page<'_>, paint: Paint) -> String {
    let mut text = format!(
        "{}  {} enforcement points among {} nodes, seed {}\n",
        paint.bold(&report.topology),
        words::count(report.enforcement_points.len() as u128),
        words::count(report.nodes.len() as u128),
        report.seed,
    );
    let clock =
        |at: Decimal| if page.start.is_zero() { words::span(at) } else { words::time_of_day(at, page.start) };
    text += &format!(
        "simulated {}, from {} to {}; measured from {} on; users are {}\n",
        words::span(report.virtual_seconds),
        clock(Decimal::ZERO),
        clock(report.virtual_seconds),
        clock(report.measured_from_seconds),
        report.truth,
    );
    for remark in &report.remarks {
        text += &format!("note: {remark}\n");
    }
    if report.partial {
        let fact = format!(
            "PARTIAL: stopped after {}; what follows is what was finished",
            words::span(report.virtual_seconds)
        );
        text += &format!("{}\n", paint.red(&fact));
    }
    text
}

fn footer(run: &Run, digest: &str, page: &Page<'_>, paint: Paint) -> String {
    let wall = run.wall_seconds.to_f64().max(1e-9);
    let memory =
        run.peak_rss_bytes.map_or_else(String::new, |bytes| format!(", {} MB at most", bytes / 1_000_000));
    let cost = format!(
        "{} events, {} mapping deliveries in {} ({} events/s){memory}",
        words::count(run.events.into()),
        words::count(run.mapping_deliveries.into()),
        words::span(run.wall_seconds),
        words::count((run.events as f64 / wall).round() as u128),
    );
    format!("\n{}\ndigest {}   replay: {}\n", paint.dim(&cost), paint.bold(digest), page.replay)
}
