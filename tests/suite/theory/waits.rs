//! Waits: for a poll, a query, a tick, a queue after a queue.

use uidsim::observe::{PointFindings, VISIBILITY_SPANS};
use uidsim::units::Span;

use super::bench::{Run, Sheet, replicate, seconds_each};

/// The period in the files of constant cycles. Units: seconds.
const PERIOD: f64 = 10.0;
/// How many of them are measured: an hour less a minute.
const PERIODS: f64 = 354.0;

/// Mean staleness, mean of the part that waits, and the shares visible within 1, 2, 5 and 10 s.
fn uniform(run: &Run<'_>, part: impl Fn(&PointFindings) -> u128) -> Vec<f64> {
    let found = run.point();
    let count = found.staleness.count;
    assert!(found.staleness.max <= Span::from_seconds(10).nanos(), "nothing waits longer than a period");
    assert_eq!(part(found), found.staleness.sum, "nothing else takes time");
    assert_eq!(found.fates.applied + found.fates.pending, found.fates.total(), "nothing is lost");
    let shares = found.visibility[2..6].iter().map(|(within, all)| *within as f64 / *all as f64);
    [seconds_each(found.staleness.sum, count)].into_iter().chain(shares).collect()
}

fn check_uniform(file: &'static str, part: &str, runs: &[Vec<f64>]) {
    let mut sheet = Sheet::new(file);
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    sheet.near(&format!("{part}, mean"), PERIOD / 2.0, column(0), 0.01);
    for (index, span) in VISIBILITY_SPANS[2..5].iter().enumerate() {
        let seconds = span.seconds();
        let what = format!("{part}, share within {seconds} s");
        // Visibility leaves out what occurred less than the span before the end, that is the shortest
        // waits of the last period: w/P of all periods but one.
        let predicted = seconds * (PERIODS - 1.0) / (PERIODS * PERIOD - seconds);
        sheet.near(&what, predicted, column(index + 1), 0.02);
    }
    assert!(column(4).all(|share| share == 1.0), "all within a period");
    sheet.finish();
}

#[test]
fn a_poll_is_waited_for_uniformly() {
    let runs = replicate("poll-phase", &[], 16, |run| uniform(run, |found| found.breakdown.observe));
    check_uniform("poll-phase", "observe uniform on [0, P]", &runs);
}

#[test]
fn a_poll_by_the_client_is_waited_for_uniformly() {
    let runs = replicate("poll-session", &[], 16, |run| uniform(run, |found| found.breakdown.parts.batch));
    check_uniform("poll-session", "batch uniform on [0, P]", &runs);
}

#[test]
fn a_send_tick_is_waited_for_uniformly() {
    let runs = replicate("tick", &[], 16, |run| uniform(run, |found| found.breakdown.parts.batch));
    check_uniform("tick", "batch uniform on [0, I]", &runs);
}

/// Queries of random length: the wait is a renewal process's residual. Source: renewal reward.
#[test]
fn a_poll_after_a_random_query() {
    let runs = replicate("poll-query", &[], 40, |run| {
        let found = run.point();
        assert_eq!(found.breakdown.observe, found.staleness.sum, "nothing else takes time");
        seconds_each(found.breakdown.observe, found.staleness.count)
    });
    let (wait, query) = (2.0_f64, 1.0);
    let cycle = wait + query;
    let cycle_squared = wait * wait + 2.0 * wait * query + 2.0 * query * query;
    let mut sheet = Sheet::new("poll-query");
    let predicted = cycle_squared / (2.0 * cycle) + query;
    sheet.near("observe E[C²]/(2E[C]) + E[Q]", predicted, runs.into_iter(), 0.01);
    sheet.finish();
}

/// What leaves an M/M/1 queue is Poisson, so that two in a row add up. Source: Burke 1956.
#[test]
fn two_queues_in_a_row_add_up() {
    let runs = replicate("tandem", &[], 24, |run| {
        let found = run.point();
        let each = |sum| seconds_each(sum, found.staleness.count);
        let hops: Vec<u128> = found.breakdown.hops.values().map(|parts| parts.queue).collect();
        assert_eq!(hops.len(), 3, "source to learner to hub to firewall");
        [each(found.staleness.sum), each(found.breakdown.parts.process), each(hops[0]), each(hops[1])]
    });
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let (lambda, learner, hub) = (50.0, 100.0, 200.0);
    let wait = |mu: f64| lambda / mu / (mu - lambda);
    let sojourns = 1.0 / (learner - lambda) + 1.0 / (hub - lambda);
    let mut sheet = Sheet::new("tandem");
    sheet.near("mean staleness 1/(μ₁ − λ) + 1/(μ₂ − λ)", sojourns, column(0), 0.01);
    sheet.near("process 1/μ₁ + 1/μ₂", 1.0 / learner + 1.0 / hub, column(1), 0.01);
    sheet.near("queue ρ₁/(μ₁ − λ) at the learner", wait(learner), column(2), 0.02);
    sheet.near("queue ρ₂/(μ₂ − λ) at the hub", wait(hub), column(3), 0.02);
    sheet.finish();
}
