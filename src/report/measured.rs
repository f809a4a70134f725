//! From a point's findings to its measures. Every quotient is made here, from integers.

use super::decimal::means_that_add_up;
use super::enforcement;
use super::measures::{
    AgeOfInformation, BlameSeconds, BreakdownMeans, ClassSeconds, Consistency, Distribution, ExposureShares,
    FateCounts, HopMeans, HopSeconds, LostCounts, Mean, Measures, PartMeans, TableFill, Visibility,
};
use super::{ConvergenceRow, Decimal};
use crate::ids::NodeId;
use crate::observe::{
    Blame, Breakdown, ClassWindows, Classes, Convergence, Exposure, Fates, Parts, PointFindings, QUANTILES,
    Samples, VISIBILITY_SPANS,
};
use crate::scenario::Scenario;
use crate::units::Span;

/// The measures of one point or of the fleet, whose tables hold `capacity`, over the measured time.
#[must_use]
pub(super) fn measures(
    scenario: &Scenario,
    point: &PointFindings,
    capacity: u64,
    measured: Span,
) -> Measures {
    let known = point.classes.total();
    let name = |node: NodeId| scenario.topology.nodes[node.index()].name.clone();
    Measures {
        consistency: consistency(&point.classes, &point.windows),
        replica_consistency: consistency(&point.replica, &point.replica_windows),
        class_seconds: ClassSeconds {
            current: Decimal::from_nanos(point.classes.current),
            outdated: Decimal::from_nanos(point.classes.outdated),
            missing: Decimal::from_nanos(point.classes.missing),
            lingering: Decimal::from_nanos(point.classes.lingering),
        },
        down_seconds: Decimal::from_nanos(point.down),
        staleness_seconds: distribution(&point.staleness),
        change_staleness_seconds: distribution(&point.change_staleness),
        fates: fates(&point.fates),
        age_of_information_seconds: AgeOfInformation {
            mean: Decimal::mean_of_nanos(point.age.area, point.age.time),
            peak_mean: Decimal::mean_of_nanos(point.age.peak_sum, point.age.peaks.into()),
            max: (point.age.peaks > 0).then(|| Decimal::from_nanos(point.age.peak_max.into())),
            worst_source: point.age.worst_source.map(name),
        },
        // The integral is kept twice over and in ns²; both go into the divisor.
        age_of_incorrect_information_seconds: Mean {
            mean: Decimal::mean_of_nanos(point.incorrect_area_twice, 2 * known),
        },
        versions_behind: Mean { mean: Decimal::quotient(point.behind_area, known) },
        delay_breakdown_seconds: breakdown(&point.breakdown, point.staleness.count),
        delay_breakdown_hops: breakdown_hops(&point.breakdown, point.staleness.count, &name),
        blame_seconds: blame(&point.blame),
        blame_in_transit_hops: blame_hops(&point.blame, &name),
        visibility: visibility(&point.visibility),
        exposure: exposure(&point.exposure, scenario.flows.per_second),
        table: TableFill {
            entries_mean: Decimal::quotient(point.table.area, measured.nanos().into()),
            entries_peak: point.table.peak,
            entries_final: point.table.last,
            capacity,
            refused: point.table.refused,
        },
        policy: point.policy.as_ref().map(|policy| enforcement::policy(scenario, policy)),
        time_to_quarantine_seconds: point.quarantine.as_ref().map(enforcement::times),
        quarantine: point.quarantine.as_ref().map(|quarantine| enforcement::flows(scenario, quarantine)),
        dataplane: point.dataplane.as_ref().map(|dataplane| enforcement::dataplane(dataplane, measured)),
        dataplane_hidden_seconds: point.dataplane.map(|dataplane| Decimal::from_nanos(dataplane.hidden)),
        data: point.data.as_ref().map(enforcement::data),
    }
}

/// The current share of `classes`; 1 where no address is known at all.
#[must_use]
pub(super) fn share_or_whole(classes: &Classes) -> Decimal {
    Decimal::share(classes.current, classes.total()).unwrap_or(Decimal::from_whole(1))
}

fn consistency(classes: &Classes, windows: &ClassWindows) -> Consistency {
    let whole = Decimal::from_whole(1);
    let share = |window: Option<Classes>| window.map_or(whole, |classes| share_or_whole(&classes));
    Consistency { mean: share_or_whole(classes), min: share(windows.worst()), last: share(windows.last()) }
}

/// How far percentiles may be off where not every sample was recorded, in billionths. Source: `scan::spread`.
const PERCENTILE_ERROR: u128 = 10_000_000;

/// The histogram's `quantile`, never above the exact maximum; `None` without a sample.
pub(super) fn percentile(samples: &Samples, quantile: f64) -> Option<Decimal> {
    let micros = (samples.count > 0).then(|| samples.histogram.value_at_quantile(quantile))?;
    Some(Decimal::from_nanos((u128::from(micros) * 1_000).min(samples.max.into())))
}

/// What is said of samples.
pub(super) fn distribution(samples: &Samples) -> Distribution {
    let [p50, p90, p99, p999] = QUANTILES.map(|quantile| percentile(samples, quantile));
    Distribution {
        count: samples.count,
        mean: Decimal::mean_of_nanos(samples.sum, samples.count.into()),
        p50,
        p90,
        p99,
        p999,
        max: (samples.count > 0).then(|| Decimal::from_nanos(samples.max.into())),
        percentile_error: if samples.is_near { Decimal::from_nanos(PERCENTILE_ERROR) } else { Decimal::ZERO },
    }
}

/// How long updates took to reach everyone.
#[must_use]
pub(super) fn convergence(convergence: &Convergence) -> ConvergenceRow {
    let samples = distribution(&convergence.samples);
    ConvergenceRow {
        count: samples.count,
        mean: samples.mean,
        p50: samples.p50,
        p99: samples.p99,
        max: samples.max,
        not_converged: convergence.not_converged,
        unreachable: convergence.unreachable,
    }
}

fn fates(fates: &Fates) -> FateCounts {
    FateCounts {
        applied: fates.applied,
        superseded: fates.superseded,
        lost: LostCounts {
            total: fates.lost(),
            loss: fates.lost_loss,
            queue: fates.lost_queue,
            crash: fates.lost_crash,
            hops: fates.lost_hops,
            port: fates.lost_port,
            key: fates.lost_key,
        },
        refused: fates.refused,
        filtered: fates.filtered,
        pending: fates.pending,
        duplicates: fates.duplicates,
    }
}

fn breakdown(breakdown: &Breakdown, count: u64) -> BreakdownMeans {
    let Parts { batch, queue, process, transmit, propagate, recover } = breakdown.parts;
    let sums = [breakdown.observe, batch, queue, process, transmit, propagate, recover];
    let Some([observe, batch, queue, process, transmit, propagate, recover]) =
        means_that_add_up(sums, count).map(|means| means.map(Some))
    else {
        return BreakdownMeans::default();
    };
    BreakdownMeans { observe, parts: PartMeans { batch, queue, process, transmit, propagate, recover } }
}

fn breakdown_hops(breakdown: &Breakdown, count: u64, name: &dyn Fn(NodeId) -> String) -> Vec<HopMeans> {
    let mean = |sum| Decimal::mean_of_nanos(sum, count.into());
    let hop = |(hop, parts): (&(NodeId, NodeId), &Parts)| HopMeans {
        from: name(hop.0),
        to: name(hop.1),
        parts: PartMeans {
            batch: mean(parts.batch),
            queue: mean(parts.queue),
            process: mean(parts.process),
            transmit: mean(parts.transmit),
            propagate: mean(parts.propagate),
            recover: mean(parts.recover),
        },
    };
    breakdown.hops.iter().map(hop).collect()
}

fn blame(blame: &Blame) -> BlameSeconds {
    BlameSeconds {
        unobserved: Decimal::from_nanos(blame.unobserved),
        in_transit: Decimal::from_nanos(blame.in_transit),
        lost: Decimal::from_nanos(blame.lost),
        expired: Decimal::from_nanos(blame.expired),
        conflict: Decimal::from_nanos(blame.conflict),
        disconnected: Decimal::from_nanos(blame.disconnected),
    }
}

fn blame_hops(blame: &Blame, name: &dyn Fn(NodeId) -> String) -> Vec<HopSeconds> {
    let hop = |(hop, nanos): (&(NodeId, NodeId), &u128)| HopSeconds {
        from: name(hop.0),
        to: name(hop.1),
        seconds: Decimal::from_nanos(*nanos),
    };
    blame.hops.iter().map(hop).collect()
}

fn visibility(counts: &[(u64, u64)]) -> Vec<Visibility> {
    let row = |(span, (visible, all)): (Span, &(u64, u64))| Visibility {
        within_seconds: span.into(),
        share: Decimal::share((*visible).into(), (*all).into()),
    };
    VISIBILITY_SPANS.into_iter().zip(counts).map(row).collect()
}

fn exposure(exposure: &Exposure, flows_per_second: f64) -> ExposureShares {
    let rate = Decimal::from_f64(flows_per_second).expect("a scenario's rate is a number");
    ExposureShares {
        flows: rate.times_nanos(exposure.stays),
        wrong_user: rate.times_nanos(exposure.wrong),
        unknown_user: rate.times_nanos(exposure.unknown),
        wrong_user_share: Decimal::share(exposure.wrong, exposure.stays),
        unknown_user_share: Decimal::share(exposure.unknown, exposure.stays),
    }
}
