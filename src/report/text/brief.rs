//! The brief summary: how stale updates were, and where they were the stalest.

use super::{Page, fleet, footer, header, sessions};
use crate::report::brief::{Brief, BriefPoint};
use crate::report::paint::Paint;
use crate::report::{Report, words};

const ROWS: usize = 10;

/// The summary of a brief report, and of the one that it was made from. Shape: lines of text, the last one ended. Errors: none.
#[must_use]
pub fn print(brief: &Brief, report: &Report, page: &Page<'_>) -> String {
    let paint = Paint(page.colour);
    let mut text = header(report, page, paint);
    text +=
        &paint.title("FLEET, BRIEFLY", "without --brief also who was right, why not, and what was expected");
    for (name, value) in [
        ("staleness", fleet::staleness(&report.fleet, paint)),
        ("updates", fleet::updates(&report.fleet)),
        ("tables", tables(brief)),
    ] {
        text += &format!("  {name:<13}{value}\n");
    }
    text += &sessions::section(report, page, paint);
    text += &stalest(brief, paint);
    text + &footer(&report.run, &brief.digest, page, paint)
}

fn tables(brief: &Brief) -> String {
    let entries = || brief.enforcement_points.iter().map(|point| point.measures.table.entries_final);
    let count = |count: Option<u64>| words::count(count.unwrap_or(0).into());
    format!("{} to {} entries at the end", count(entries().min()), count(entries().max()))
}

fn stalest(brief: &Brief, paint: Paint) -> String {
    let mut points: Vec<&BriefPoint> = brief.enforcement_points.iter().collect();
    points.sort_by_key(|point| (std::cmp::Reverse(point.measures.staleness_seconds.p99), &point.name));
    if points.is_empty() {
        return String::new();
    }
    let names = ["firewall", "site", "p50", "p99", "max", "applied", "entries"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(points.iter().take(ROWS).map(|point| row(point)));
    let title = if points.len() > ROWS { "THE STALEST TEN" } else { "ENFORCEMENT POINTS" };
    paint.title(title, "by the 99th percentile, from the event to the firewall")
        + &words::columns(rows, &[2, 3, 4, 5, 6])
}

fn row(point: &BriefPoint) -> Vec<String> {
    let measures = &point.measures;
    let spans = measures.staleness_seconds;
    vec![
        point.name.clone(),
        point.site.clone(),
        words::perhaps_span(spans.p50),
        words::perhaps_span(spans.p99),
        words::perhaps_span(spans.max),
        words::count(measures.fates.applied.into()),
        words::count(measures.table.entries_final.into()),
    ]
}
