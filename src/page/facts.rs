//! Facts: the few lines of a run that are words rather than curves: expectations, disturbances, feeds that are down.

use serde::Serialize;

use super::number;
use crate::report::{DisturbanceRow, Judgement, Report, SessionRow, words};

/// Disturbances and feeds that are listed; the rest is counted. Source: none, a choice.
const LISTED_MAX: usize = 500;

/// An expectation, judged, in words.
#[derive(Serialize)]
pub(super) struct Said {
    held: bool,
    expected: String,
    measured: String,
    place: String,
}

/// A disturbance.
#[derive(Serialize)]
pub(super) struct Struck<'a> {
    name: &'a str,
    what: String,
    at: Option<f64>,
    until: Option<f64>,
    converged: bool,
    healed: Option<f64>,
    unreachable: u64,
}

/// A feed that does not stand at the end.
#[derive(Serialize)]
pub(super) struct Down<'a> {
    from: &'a str,
    to: &'a str,
    because: &'a str,
    stood_at: Option<f64>,
}

/// A list and how much of it is left out.
#[derive(Serialize)]
pub(super) struct Listed<T> {
    rows: Vec<T>,
    left_out: usize,
}

fn listed<'a, S, T>(rows: &'a [S], row: impl Fn(&'a S) -> T) -> Listed<T> {
    let left_out = rows.len().saturating_sub(LISTED_MAX);
    Listed { rows: rows.iter().take(LISTED_MAX).map(row).collect(), left_out }
}

/// What was expected.
#[must_use]
pub(super) fn expectations(judgements: &[Judgement]) -> Vec<Said> {
    let said = |judgement: &Judgement| Said {
        held: judgement.held,
        expected: format!("{} {} {}", judgement.selector, judgement.metric, judgement.limit),
        measured: judgement
            .measured
            .map_or_else(|| "no sample".to_owned(), |value| words::measured(judgement.quantity, value)),
        place: judgement.worst.clone().unwrap_or_default(),
    };
    judgements.iter().map(said).collect()
}

/// What struck.
#[must_use]
pub(super) fn disturbances(report: &Report) -> Listed<Struck<'_>> {
    listed(&report.disturbances, |row: &DisturbanceRow| Struck {
        name: &row.name,
        what: format!("{} {}", row.kind.replace('_', " "), row.target.as_deref().unwrap_or_default()),
        at: number::of(row.at_seconds),
        until: row.until_seconds.and_then(number::of),
        converged: row.converged,
        healed: row.convergence_seconds.and_then(number::of),
        unreachable: row.unreachable,
    })
}

/// Feeds that do not stand.
#[must_use]
pub(super) fn sessions_down(report: &Report) -> Listed<Down<'_>> {
    listed(&report.sessions_down, |row: &SessionRow| Down {
        from: &row.from,
        to: &row.to,
        because: &row.because,
        stood_at: row.stood_at_seconds.and_then(number::of),
    })
}
