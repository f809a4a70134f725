//! Delays of links: propagation, transmission, jitter to many, queues for the line, retransmission.

use super::bench::{Sheet, replicate, seconds_each};

/// The largest of N exponentials of mean m has mean m(1 + 1/2 + … + 1/N). Source: Rényi 1953.
#[test]
fn the_last_of_many_exponential_links() {
    let runs = replicate("fan-out", &[], 40, |run| {
        let findings = &run.outcome.findings;
        let convergence = &findings.convergence;
        assert_eq!((convergence.not_converged, convergence.unreachable), (0, 0));
        let fleet = &findings.fleet;
        assert_eq!(fleet.breakdown.parts.propagate, fleet.staleness.sum, "nothing else takes time");
        [
            seconds_each(convergence.samples.sum, convergence.samples.count),
            seconds_each(fleet.staleness.sum, fleet.staleness.count),
        ]
    });
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let harmonic: f64 = (1..=8).map(|k| 1.0 / f64::from(k)).sum();
    let mut sheet = Sheet::new("fan-out");
    sheet.near("mean convergence m(1 + 1/2 + … + 1/8)", 0.1 * harmonic, column(0), 0.01);
    sheet.near("mean staleness m", 0.1, column(1), 0.01);
    sheet.finish();
}

#[test]
fn a_line_of_constant_links_adds_up_exactly() {
    let runs = replicate("line", &[], 4, |run| {
        let found = run.point();
        let parts = found.breakdown.parts;
        let links = &run.outcome.findings.links;
        let [first, second] = [links[0].1[0], links[1].1[0]];
        let transmit = u128::from(first.bytes) * 8_000 + u128::from(second.bytes) * 4_000;
        let latencies = u128::from(found.staleness.count) * 18_000_000;
        [
            [latencies, parts.propagate],
            [transmit, parts.transmit],
            [first.busy + second.busy, parts.transmit],
            [latencies + transmit, found.staleness.sum],
            [u128::from(first.messages), u128::from(found.staleness.count)],
        ]
    });
    let what = [
        "propagate: latencies, ns",
        "transmit: 8·bytes/rate, ns",
        "transmit: the links' busy time, ns",
        "staleness: their sum, ns",
        "one message an update",
    ];
    let mut sheet = Sheet::new("line");
    for (what, [predicted, measured]) in what.iter().zip(runs[0]) {
        sheet.exact(what, predicted, measured);
    }
    assert!(runs.iter().flatten().all(|[predicted, measured]| predicted == measured), "of every seed");
    sheet.finish();
}

/// Frames on a link: the utilisation law, and Pollaczek and Khinchine's wait for the line.
#[test]
fn a_link_is_a_queue_with_constant_service() {
    let (lambda, rate) = (100.0, 160_000.0);
    let runs = replicate("link-queue", &[], 16, |run| {
        let found = run.point();
        let link = run.outcome.findings.links[0].1[0];
        let service = link.bytes as f64 * 8.0 / rate / link.messages as f64;
        let rho = lambda * service;
        let each = |sum| seconds_each(sum, found.staleness.count);
        let parts = &found.breakdown.parts;
        let utilisation = link.busy as f64 / 1e9 / run.seconds();
        // Sizes differ by a byte or two as numbers grow, so each run is compared with its own prediction.
        let wait = rho * service / (2.0 * (1.0 - rho));
        [utilisation / rho, each(parts.queue) / wait, each(parts.transmit) / service, rho, wait]
    });
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let typical = |column: usize| runs[0][column];
    let mut sheet = Sheet::new("link-queue");
    let (rho, wait) = (typical(3), typical(4));
    sheet.near("utilisation λ·8·bytes/rate", rho, column(0).map(|ratio| ratio * rho), 0.01);
    sheet.near("queue ρ/(2μ(1 − ρ))", wait, column(1).map(|ratio| ratio * wait), 0.01);
    assert!(column(2).all(|ratio| (ratio - 1.0).abs() < 1e-3), "each is transmitted once");
    sheet.finish();
}

#[test]
fn a_lost_frame_costs_a_timeout() {
    let runs = replicate("loss-apart", &[], 64, |run| {
        let found = run.point();
        let link = run.outcome.findings.links[0].1[0];
        let parts = &found.breakdown.parts;
        assert_eq!(parts.propagate, u128::from(found.staleness.count) * 5_000_000, "the latency");
        [seconds_each(parts.recover, found.staleness.count), link.retransmitted as f64 / link.entered as f64]
    });
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let mut sheet = Sheet::new("loss-apart");
    sheet.near("recover p·R", 0.4 * 0.2, column(0), 0.01);
    sheet.near("share retransmitted p", 0.4, column(1), 0.02);
    sheet.finish();
}

/// In order behind a lost frame: the newest lost frame, at distance j, decides; it is j frames back with
/// probability p(1 − p)^j.
#[test]
fn what_follows_a_lost_frame_waits_for_it() {
    let runs = replicate("loss-in-order", &[], 28, |run| {
        let found = run.point();
        let parts = &found.breakdown.parts;
        assert_eq!(parts.propagate, u128::from(found.staleness.count) * 5_000_000, "the latency");
        seconds_each(parts.recover, found.staleness.count)
    });
    let (loss, timeout, gap) = (0.2_f64, 0.25, 0.1);
    let of = |back: i32| loss * (1.0 - loss).powi(back) * (timeout - f64::from(back) * gap).max(0.0);
    let mut sheet = Sheet::new("loss-in-order");
    let predicted: f64 = (0..3).map(of).sum();
    sheet.near("recover Σ p(1 − p)^j (R − j·g)", predicted, runs.into_iter(), 0.01);
    sheet.finish();
}
