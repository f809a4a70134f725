//! Where it is worst: the ten enforcement points that are least often right.

use crate::report::paint::Paint;
use crate::report::{BlameSeconds, Decimal, Point, Report, words};

const ROWS: usize = 10;

/// The worst ten.
pub(super) fn section(report: &Report, paint: Paint) -> String {
    let mut points: Vec<&Point> = report.enforcement_points.iter().collect();
    points.sort_by(|a, b| rank(a).cmp(&rank(b)));
    if points.is_empty() {
        return String::new();
    }
    let about = "least consistent first (to 0.1 %), then most stale; outdated: another user";
    let names = ["firewall", "site", "consistency", "staleness p99", "outdated", "mostly because"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(points.iter().take(ROWS).map(|point| row(point)));
    let title = if points.len() > ROWS { "THE WORST TEN" } else { "ENFORCEMENT POINTS" };
    paint.title(title, about) + &words::columns(rows, &[2, 3, 4])
}

fn row(point: &Point) -> Vec<String> {
    vec![
        point.name.clone(),
        point.site.clone(),
        words::share(point.measures.consistency.mean),
        words::perhaps_span(point.measures.staleness_seconds.p99),
        words::perhaps_share(outdated(point)),
        main_cause(point),
    ]
}

/// Consistency to a tenth of a percent, below which points differ by accident; then staleness; then name.
fn rank(point: &Point) -> (i128, std::cmp::Reverse<Option<Decimal>>, &str) {
    let measures = &point.measures;
    let consistency = measures.consistency.mean.billionths() / 1_000_000;
    (consistency, std::cmp::Reverse(measures.staleness_seconds.p99), &point.name)
}

/// The share of address time under another user's policy.
fn outdated(point: &Point) -> Option<Decimal> {
    let classes = point.measures.class_seconds;
    let all = [classes.current, classes.outdated, classes.missing, classes.lingering];
    let all: i128 = all.iter().map(|seconds| seconds.billionths()).sum();
    Decimal::share(classes.outdated.billionths().unsigned_abs(), all.unsigned_abs())
}

/// The two heaviest causes with their shares, and the hop if the time went there.
pub(in crate::report) fn main_cause(point: &Point) -> String {
    let mut causes = causes(&point.measures.blame_seconds);
    causes.sort_by_key(|(_, seconds)| std::cmp::Reverse(*seconds));
    let all: i128 = causes.iter().map(|(_, seconds)| seconds.billionths()).sum();
    let named: Vec<String> = causes
        .iter()
        .take(2)
        .filter_map(|(name, seconds)| {
            let share = Decimal::share(seconds.billionths().unsigned_abs(), all.unsigned_abs())?;
            let whole_percent = share.billionths() >= 5_000_000;
            whole_percent.then(|| format!("{name} {:.0} %{}", share.to_f64() * 100.0, hop(point, name)))
        })
        .collect();
    match named.first() {
        None => "–".to_owned(),
        // A hop fills the column.
        Some(first) if first.ends_with(')') => first.clone(),
        Some(_) => named.join(", "),
    }
}

/// Where most of what is in transit was.
fn hop(point: &Point, cause: &str) -> String {
    let hops = &point.measures.blame_in_transit_hops;
    match hops.iter().reduce(|a, b| if b.seconds > a.seconds { b } else { a }) {
        Some(hop) if cause == "in transit" => format!(" ({} > {})", hop.from, hop.to),
        _ => String::new(),
    }
}

/// The causes in words, heaviest order left to the reader.
pub(in crate::report) fn causes(blame: &BlameSeconds) -> [(&'static str, Decimal); 6] {
    [
        ("unobserved", blame.unobserved),
        ("in transit", blame.in_transit),
        ("lost", blame.lost),
        ("expired", blame.expired),
        ("conflict", blame.conflict),
        ("disconnected", blame.disconnected),
    ]
}
