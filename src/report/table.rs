//! The table of every enforcement point, as text; in declared order.

use super::text::main_cause;
use super::{Point, Report, words};

/// One line per enforcement point under a line of names. Shape: text. Errors: none.
#[must_use]
pub fn print(report: &Report) -> String {
    let names = [
        "firewall",
        "site",
        "consistency",
        "worst window",
        "p50",
        "p99",
        "max",
        "outdated s",
        "missing s",
        "lost",
        "mostly because",
    ];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(report.enforcement_points.iter().map(row));
    words::columns(rows, &[2, 3, 4, 5, 6, 7, 8, 9])
}

fn row(point: &Point) -> Vec<String> {
    let measures = &point.measures;
    vec![
        point.name.clone(),
        point.site.clone(),
        words::share(measures.consistency.mean),
        words::share(measures.consistency.min),
        words::perhaps_span(measures.staleness_seconds.p50),
        words::perhaps_span(measures.staleness_seconds.p99),
        words::perhaps_span(measures.staleness_seconds.max),
        words::seconds(measures.class_seconds.outdated),
        words::seconds(measures.class_seconds.missing),
        words::count(measures.fates.lost.total.into()),
        main_cause(point),
    ]
}
