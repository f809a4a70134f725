//! Which sessions do not stand at the end, and why: what a configuration starves is said before it is measured.

use std::collections::BTreeMap;

use super::Page;
use crate::report::paint::Paint;
use crate::report::{Report, SessionRow, words};

const ROWS_MAX: usize = 10;
/// Names of one row before the rest is counted.
const NAMED_MAX: usize = 2;

/// One row for all that lack the same for the same reason.
pub(super) fn section(report: &Report, page: &Page<'_>, paint: Paint) -> String {
    if report.sessions_down.is_empty() {
        return String::new();
    }
    let mut groups: BTreeMap<(&str, u16, &str, bool), Vec<&SessionRow>> = BTreeMap::new();
    for row in &report.sessions_down {
        let stood = row.stood_at_seconds.is_some();
        groups.entry((&row.from, row.port, &row.because, stood)).or_default().push(row);
    }
    let mut rows = Vec::new();
    for ((from, port, because, _), group) in groups.iter().take(ROWS_MAX) {
        let mut names: Vec<String> = group.iter().take(NAMED_MAX).map(|row| row.to.clone()).collect();
        if group.len() > NAMED_MAX {
            names.push(format!("{} more", group.len() - NAMED_MAX));
        }
        let since = group[0].stood_at_seconds.map_or_else(
            || "never stood".to_owned(),
            |at| format!("stood from {}", words::time_of_day(at, page.start)),
        );
        rows.push(vec![
            format!("{} from {from}", names.join(", ")),
            format!("port {port}"),
            since,
            (*because).to_owned(),
        ]);
    }
    let more = if groups.len() > ROWS_MAX {
        format!("  … and {} more kinds in the JSON report\n", groups.len() - ROWS_MAX)
    } else {
        String::new()
    };
    let count = report.sessions_down.len();
    let about = format!("{count} wanted and not standing at the end");
    paint.title("SESSIONS", &about) + &words::columns(rows, &[]) + &more
}
