//! Curves: what the fleet did over time and over delays, few points each.
//!
//! Knows findings, and what reports hold of them. The same for every kind of page, so that runs can be laid over each other.

mod saved;

use serde::Serialize;

use super::bins::{Axis, Bins};
use super::number;
use crate::observe::{Classes, Findings, PointFindings, Samples, VISIBILITY_SPANS};
use crate::units::Span;

/// Steps of the staleness axis per factor of ten. Source: none, a choice.
const STEPS: u32 = 12;
/// The first step's upper end and how many factors of ten follow. Units: microseconds.
const FIRST_MICROS: f64 = 1_000.0;
const TENS: u32 = 10;

/// The fleet of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Curves {
    axis_seconds: f64,
    /// Shares of address time per bin.
    current: Vec<Option<f64>>,
    outdated: Vec<Option<f64>>,
    missing: Vec<Option<f64>>,
    lingering: Vec<Option<f64>>,
    authority: Vec<Option<f64>>,
    /// At each bin's end.
    agreement: Vec<Option<f64>>,
    staleness: Staleness,
    visibility: Vec<Visible>,
}

/// How staleness is distributed.
#[derive(Clone, Debug, Serialize)]
struct Staleness {
    /// The upper ends of the steps. Units: seconds.
    within: Vec<Option<f64>>,
    /// Share of the updates in each step.
    share: Vec<Option<f64>>,
    is_near: bool,
}

/// Shares of updates visible within a span: the fleet's, and those of its enforcement points from the least on.
#[derive(Clone, Debug, Serialize)]
struct Visible {
    within: Option<f64>,
    fleet: Option<f64>,
    least: Option<f64>,
    tenth: Option<f64>,
    median: Option<f64>,
    most: Option<f64>,
}

impl Curves {
    /// Of one run with windows of this length.
    #[must_use]
    pub fn new(findings: &Findings, window: Span) -> Self {
        let fleet = &findings.fleet;
        let bins = Bins::new(fleet.windows.len(), window, 1);
        let sums = bins.sums(&fleet.windows);
        let each = |part: fn(&Classes) -> u128| {
            sums.iter().map(|sum| number::share(part(sum), sum.total())).collect::<Vec<_>>()
        };
        let replica = bins.sums(&fleet.replica_windows);
        let last = |chunk: &[(u64, u64)]| {
            chunk.last().and_then(|(same, known)| number::share((*same).into(), (*known).into()))
        };
        Self {
            axis_seconds: window.nanos() as f64 * bins.windows_each as f64 / 1e9,
            current: each(|sum| sum.current),
            outdated: each(|sum| sum.outdated),
            missing: each(|sum| sum.missing),
            lingering: each(|sum| sum.lingering),
            authority: replica.iter().map(|sum| number::share(sum.current, sum.total())).collect(),
            agreement: findings.agreement.chunks(bins.windows_each).map(last).collect(),
            staleness: staleness(&fleet.staleness),
            visibility: visibility(findings),
        }
    }
}

/// The axis of the curves over time.
#[must_use]
pub(super) fn axis(findings: &Findings, window: Span) -> Axis {
    Bins::new(findings.fleet.windows.len(), window, 1).axis()
}

fn staleness(samples: &Samples) -> Staleness {
    let factor = libm::exp2(std::f64::consts::LOG2_10 / f64::from(STEPS));
    let mut ends = vec![FIRST_MICROS];
    for _ in 0..STEPS * TENS {
        ends.push(ends[ends.len() - 1] * factor);
    }
    let mut counts = vec![0_u64; ends.len() + 1];
    for (micros, count) in samples.histogram.recorded() {
        counts[ends.partition_point(|end| *end < micros as f64)] += count;
    }
    let used = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1).min(ends.len());
    let shares = counts.iter().take(used);
    Staleness {
        within: ends.iter().take(used).map(|micros| number::short(micros / 1e6)).collect(),
        share: shares.map(|count| number::share((*count).into(), samples.count.into())).collect(),
        is_near: samples.is_near,
    }
}

fn visibility(findings: &Findings) -> Vec<Visible> {
    let share = |point: &PointFindings, index: usize| {
        let (visible, all) = point.visibility[index];
        (all > 0).then(|| visible as f64 / all as f64)
    };
    let row = |(index, span): (usize, Span)| {
        let mut points: Vec<f64> =
            findings.points.iter().filter_map(|(_, point)| share(point, index)).collect();
        points.sort_by(f64::total_cmp);
        let at = |part: usize| {
            points.get(points.len().saturating_sub(1) * part / 10).copied().and_then(number::short)
        };
        Visible {
            within: number::seconds(span.nanos().into()),
            fleet: share(&findings.fleet, index).and_then(number::short),
            least: at(0),
            tenth: at(1),
            median: at(5),
            most: at(10),
        }
    };
    VISIBILITY_SPANS.into_iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_one_step() {
        let mut samples = Samples::new();
        for millis in [0, 1, 2, 10, 900, 1_000, 5_000, 3_600_000] {
            samples.record(Span::from_millis(millis));
        }
        let made = staleness(&samples);
        let sum: f64 = made.share.iter().flatten().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{made:?}");
        assert_eq!(made.within.len(), made.share.len());
        // Two of eight are at most 1 ms, the first step's end.
        assert_eq!((made.within[0], made.share[0]), (Some(0.001), Some(0.25)));
    }
}
