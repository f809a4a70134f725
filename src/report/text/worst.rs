//! Where it is worst: the ten enforcement points that are least often right.

use super::Paint;
use crate::report::{BlameSeconds, Decimal, Point, Report, words};

const ROWS: usize = 10;

/// The worst ten by consistency.
pub(super) fn section(report: &Report, paint: Paint) -> String {
    let mut points: Vec<&Point> = report.enforcement_points.iter().collect();
    points
        .sort_by(|a, b| (a.measures.consistency.mean, &a.name).cmp(&(b.measures.consistency.mean, &b.name)));
    if points.is_empty() {
        return String::new();
    }
    let about = "least consistent first; outdated: seconds under another user's policy";
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
        words::seconds(point.measures.class_seconds.outdated),
        main_cause(point),
    ]
}

/// The heaviest cause with its share, and the hop if the time went there.
pub(in crate::report) fn main_cause(point: &Point) -> String {
    let blame = &point.measures.blame_seconds;
    let all: i128 = causes(blame).iter().map(|(_, seconds)| seconds.billionths()).sum();
    let Some((name, seconds)) = causes(blame).into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a }) else {
        return String::new();
    };
    let Some(share) = Decimal::share(seconds.billionths().unsigned_abs(), all.unsigned_abs()) else {
        return "–".to_owned();
    };
    let hops = &point.measures.blame_in_transit_hops;
    let hop = hops.iter().reduce(|a, b| if b.seconds > a.seconds { b } else { a });
    let hop = match hop {
        Some(hop) if name == "in transit" => format!(", {} → {}", hop.from, hop.to),
        _ => String::new(),
    };
    format!("{name} {:.0} %{hop}", share.to_f64() * 100.0)
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
