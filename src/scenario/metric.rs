//! Metrics: every path that `expect:` and the gate may name, what kind of number it is, and where the
//! report keeps it.
//!
//! Knows interface.md's keys, with `_seconds` left off. Must not know how anything is measured.

use super::resolved::Quantity;

/// Of what a metric is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A disturbance of the report.
    Disturbance,
    /// An enforcement point.
    EnforcementPoint,
    /// All enforcement points together.
    Fleet,
    /// A node, enforcing or not, and what it spends.
    Node,
}

/// Which way a number is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More of it.
    Higher,
    /// Less of it.
    Lower,
    /// Neither: it says how much there was, not how well it went.
    Neither,
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The path as written in the file: `staleness.p99`.
    pub path: String,
    /// What kind of number it is.
    pub quantity: Quantity,
    /// Which way it is better.
    pub better: Better,
    /// Where it lies in the subject's part of the report: `/staleness_seconds/p99`.
    pub pointer: String,
}

use Quantity::{Count, Flag, Share, Span};

/// Groups of an enforcement point and of the fleet: path, pointer, members with their quantity.
struct Group {
    path: &'static str,
    pointer: &'static str,
    members: &'static [(&'static str, Quantity)],
}

const fn group(
    path: &'static str,
    pointer: &'static str,
    members: &'static [(&'static str, Quantity)],
) -> Group {
    Group { path, pointer, members }
}

const GROUPS: [Group; 23] = [
    group("consistency", "consistency", RATIOS),
    group("replica_consistency", "replica_consistency", RATIOS),
    group(
        "class",
        "class_seconds",
        &[("current", Span), ("outdated", Span), ("missing", Span), ("lingering", Span)],
    ),
    group("staleness", "staleness_seconds", PERCENTILES),
    group("change_staleness", "change_staleness_seconds", PERCENTILES),
    group(
        "fates",
        "fates",
        &[
            ("applied", Count),
            ("superseded", Count),
            ("refused", Count),
            ("filtered", Count),
            ("pending", Count),
            ("duplicates", Count),
        ],
    ),
    group(
        "fates.lost",
        "fates/lost",
        &[
            ("total", Count),
            ("loss", Count),
            ("queue", Count),
            ("crash", Count),
            ("hops", Count),
            ("port", Count),
            ("key", Count),
        ],
    ),
    group(
        "age_of_information",
        "age_of_information_seconds",
        &[("mean", Span), ("peak_mean", Span), ("max", Span)],
    ),
    group("age_of_incorrect_information", "age_of_incorrect_information_seconds", &[("mean", Span)]),
    group("versions_behind", "versions_behind", &[("mean", Count)]),
    group(
        "delay_breakdown",
        "delay_breakdown_seconds",
        &[
            ("observe", Span),
            ("batch", Span),
            ("queue", Span),
            ("process", Span),
            ("transmit", Span),
            ("propagate", Span),
            ("recover", Span),
        ],
    ),
    group(
        "blame",
        "blame_seconds",
        &[
            ("unobserved", Span),
            ("in_transit", Span),
            ("lost", Span),
            ("expired", Span),
            ("conflict", Span),
            ("disconnected", Span),
        ],
    ),
    group(
        "exposure",
        "exposure",
        &[
            ("flows", Count),
            ("wrong_user", Count),
            ("unknown_user", Count),
            ("wrong_user_share", Share),
            ("unknown_user_share", Share),
        ],
    ),
    group(
        "table",
        "table",
        &[
            ("entries_mean", Count),
            ("entries_peak", Count),
            ("entries_final", Count),
            ("capacity", Count),
            ("refused", Count),
        ],
    ),
    group("", "", &[("down", Span), ("dataplane_hidden", Span)]),
    group("policy", "policy", POLICY),
    group("time_to_quarantine", "time_to_quarantine_seconds", QUARANTINE_TIMES),
    group(
        "quarantine",
        "quarantine",
        &[("blocked", Count), ("let_through", Count), ("innocent_blocked", Count)],
    ),
    group(
        "dataplane",
        "dataplane",
        &[("entries_mean", Count), ("entries_final", Count), ("capacity", Count), ("refused", Count)],
    ),
    group("data", "data", DATA),
    group("agreement", "agreement", &[("mean", Share)]),
    group(
        "convergence",
        "convergence_seconds",
        &[("count", Count), ("mean", Span), ("p50", Span), ("p99", Span), ("max", Span)],
    ),
    group("convergence", "convergence_seconds", &[("not_converged", Count), ("unreachable", Count)]),
];
/// The groups of `GROUPS` that only the fleet has begin here.
const FLEET_ONLY: usize = 20;

const POLICY: &[(&str, Quantity)] = &[
    ("flows", Count),
    ("right", Count),
    ("wrong_allow", Count),
    ("wrong_deny", Count),
    ("right_share", Share),
    ("wrong_allow_share", Share),
    ("wrong_deny_share", Share),
];
const QUARANTINE_TIMES: &[(&str, Quantity)] = &[
    ("count", Count),
    ("mean", Span),
    ("p50", Span),
    ("p99", Span),
    ("max", Span),
    ("not_quarantined", Count),
];
const DATA: &[(&str, Quantity)] = &[
    ("applied", Count),
    ("duplicates", Count),
    ("refused", Count),
    ("over_hops", Count),
    ("ended", Count),
    ("entries_final", Count),
];

/// What the report says of every node's costs.
const COSTS: &[(&str, Quantity)] = &[
    ("messages_in", Count),
    ("messages_out", Count),
    ("mappings_in", Count),
    ("mappings_out", Count),
    ("utilisation", Share),
    ("queue_mean", Count),
    ("queue_peak", Count),
    ("resyncs", Count),
    ("sessions_reset", Count),
];
/// The spans of visibility. Source: metrics.md.
const WITHIN: [&str; 9] = ["100ms", "500ms", "1s", "2s", "5s", "10s", "30s", "1m", "5m"];

const RATIOS: &[(&str, Quantity)] = &[("mean", Share), ("min", Share), ("final", Share)];
const PERCENTILES: &[(&str, Quantity)] = &[
    ("count", Count),
    ("mean", Span),
    ("p50", Span),
    ("p90", Span),
    ("p99", Span),
    ("p999", Span),
    ("max", Span),
];

/// Every metric that a subject has, in the order of the report.
#[must_use]
pub fn metrics(subject: Subject) -> Vec<Metric> {
    let groups = match subject {
        Subject::Disturbance => {
            return vec![
                one("converged", Flag, "/converged"),
                one("convergence", Span, "/convergence_seconds"),
                one("unreachable", Count, "/unreachable"),
            ];
        }
        Subject::Node => {
            return COSTS.iter().map(|(key, quantity)| one(key, *quantity, &format!("/{key}"))).collect();
        }
        Subject::EnforcementPoint => &GROUPS[..FLEET_ONLY],
        Subject::Fleet => &GROUPS[..],
    };
    let mut all = Vec::new();
    for Group { path, pointer, members } in groups {
        for (member, quantity) in *members {
            let (path, pointer) = if path.is_empty() {
                ((*member).to_owned(), format!("/{member}_seconds"))
            } else {
                (format!("{path}.{member}"), format!("/{pointer}/{member}"))
            };
            all.push(one(&path, *quantity, &pointer));
        }
    }
    for (row, within) in WITHIN.iter().enumerate() {
        all.push(one(&format!("visibility.{within}.share"), Share, &format!("/visibility/{row}/share")));
    }
    all
}

fn one(path: &str, quantity: Quantity, pointer: &str) -> Metric {
    Metric { path: path.to_owned(), quantity, better: better(path), pointer: pointer.to_owned() }
}

/// Which way the metric of `path` is better.
fn better(path: &str) -> Better {
    let (group, member) = path.split_once('.').unwrap_or((path, path));
    match (group, member) {
        (_, "count")
        | ("fates", "applied" | "superseded" | "filtered" | "pending" | "duplicates")
        | ("exposure" | "policy", "flows")
        | ("quarantine", "blocked")
        | ("dataplane", "entries_mean" | "entries_final" | "capacity")
        | ("data", "applied" | "duplicates" | "ended" | "entries_final")
        | ("table", "entries_mean" | "entries_peak" | "entries_final" | "capacity")
        | ("messages_in" | "messages_out" | "mappings_in" | "mappings_out", _) => Better::Neither,
        ("consistency" | "replica_consistency" | "agreement" | "visibility" | "converged", _)
        | ("class", "current")
        | ("policy", "right" | "right_share") => Better::Higher,
        _ => Better::Lower,
    }
}

/// The metric of a path, if the subject has it.
#[must_use]
pub fn find(subject: Subject, path: &str) -> Option<Metric> {
    metrics(subject).into_iter().chain(sometimes(subject)).find(|metric| metric.path == path)
}

/// Metrics that the report has only where the topology has what they are about: group mappings, where a directory is read.
fn sometimes(subject: Subject) -> Vec<Metric> {
    let members = if subject == Subject::EnforcementPoint { PERCENTILES } else { &[] };
    let metric = |(member, quantity): &(&str, Quantity)| {
        one(&format!("group_staleness.{member}"), *quantity, &format!("/group_staleness_seconds/{member}"))
    };
    members.iter().map(metric).collect()
}

/// The key that a file must use before the report has the metric of `path`; `None`: the report always has it.
#[must_use]
pub fn needs(path: &str) -> Option<&'static str> {
    match path.split('.').next().unwrap_or(path) {
        "policy" => Some("policies"),
        "time_to_quarantine" | "quarantine" => Some("threats"),
        "dataplane" | "dataplane_hidden" => Some("dataplane_capacity"),
        "data" => Some("types"),
        "group_staleness" => Some("group_mapping"),
        _ => None,
    }
}

/// The subject that a selector speaks of first; an enforcement point is a node too.
#[must_use]
pub fn subject_of(selector: &str) -> Subject {
    if selector == "fleet" {
        Subject::Fleet
    } else if selector.starts_with("disturbance/") {
        Subject::Disturbance
    } else {
        Subject::EnforcementPoint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_reports_keys_without_seconds() {
        let pointer = |subject, path| find(subject, path).map(|m| m.pointer);
        assert_eq!(pointer(Subject::Fleet, "staleness.p99").as_deref(), Some("/staleness_seconds/p99"));
        assert_eq!(pointer(Subject::EnforcementPoint, "down").as_deref(), Some("/down_seconds"));
        assert_eq!(
            pointer(Subject::EnforcementPoint, "fates.lost.hops").as_deref(),
            Some("/fates/lost/hops")
        );
        assert_eq!(pointer(Subject::EnforcementPoint, "agreement.mean"), None);
        assert_eq!(
            pointer(Subject::Fleet, "convergence.unreachable").as_deref(),
            Some("/convergence_seconds/unreachable")
        );
    }

    #[test]
    fn no_path_stands_twice() {
        for subject in [Subject::Disturbance, Subject::EnforcementPoint, Subject::Fleet] {
            let mut paths: Vec<String> = metrics(subject).into_iter().map(|m| m.path).collect();
            let count = paths.len();
            paths.sort();
            paths.dedup();
            assert_eq!(paths.len(), count);
        }
    }
}
