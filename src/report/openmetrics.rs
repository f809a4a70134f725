//! The windows of a run as OpenMetrics text: a sample for each window, stamped with virtual time.
//!
//! Knows the series of a report. A sample stands at its window's end; virtual zero is its time of day on 1970-01-01.

use std::fmt::Write;

use super::series::Windows;
use super::{Decimal, Report};
use crate::units::Span;

/// One measure of a window.
struct Family {
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    values: fn(&Windows) -> &[Decimal],
    /// Labels beside the enforcement point's.
    labels: &'static str,
}

const CONSISTENCY: &str = "Share of address time with the right user, of the window before.";
const REPLICA: &str = "Share of address time with the authority's answer, of the window before.";
const WRONG: &str = "Address-seconds that were not right, of the window before.";

const FAMILIES: [Family; 5] = [
    Family {
        name: "uidsim_consistency_ratio",
        unit: "ratio",
        help: CONSISTENCY,
        values: |one| &one.consistency,
        labels: "",
    },
    Family {
        name: "uidsim_replica_consistency_ratio",
        unit: "ratio",
        help: REPLICA,
        values: |one| &one.replica_consistency,
        labels: "",
    },
    Family {
        name: "uidsim_wrong_address_seconds",
        unit: "seconds",
        help: WRONG,
        values: |one| &one.outdated_seconds,
        labels: "class=\"outdated\"",
    },
    Family {
        name: "uidsim_wrong_address_seconds",
        unit: "seconds",
        help: WRONG,
        values: |one| &one.missing_seconds,
        labels: "class=\"missing\"",
    },
    Family {
        name: "uidsim_wrong_address_seconds",
        unit: "seconds",
        help: WRONG,
        values: |one| &one.lingering_seconds,
        labels: "class=\"lingering\"",
    },
];

/// The series of `report`, which has one. Shape: OpenMetrics 1.0 text. Errors: none.
///
/// Panics when the report was built without its series.
#[must_use]
pub fn print(report: &Report, start: Span) -> String {
    let series = report.series.as_ref().expect("built with its series");
    let window = series.window_seconds.billionths();
    let end = report.virtual_seconds.billionths();
    let stamp = |index: usize| {
        let at = (window * (index as i128 + 1)).min(end) + i128::from(start.nanos());
        Decimal::from_nanos(at.unsigned_abs())
    };
    let sites: std::collections::BTreeMap<&str, &str> =
        report.enforcement_points.iter().map(|point| (point.name.as_str(), point.site.as_str())).collect();
    let mut text = String::new();
    let mut last = "";
    for family in &FAMILIES {
        let Family { name, unit, help, values, labels } = family;
        if last != *name {
            let _ = write!(text, "# TYPE {name} gauge\n# UNIT {name} {unit}\n# HELP {name} {help}\n");
            last = name;
        }
        let mut rows = |labels: &str, values: &[Decimal]| {
            for (index, value) in values.iter().enumerate() {
                let _ = writeln!(text, "{name}{{{labels}}} {value} {}", stamp(index));
            }
        };
        let comma = if labels.is_empty() { "" } else { "," };
        rows(&format!("scope=\"fleet\"{comma}{labels}"), values(&series.fleet.windows));
        for (point, windows) in &series.enforcement_points {
            let site = sites.get(point.as_str()).copied().unwrap_or_default();
            let own =
                format!("scope=\"enforcement_point\",name=\"{}\",site=\"{}\"", escaped(point), escaped(site));
            rows(&format!("{own}{comma}{labels}"), values(windows));
        }
    }
    text.push_str("# EOF\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
