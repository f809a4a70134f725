//! Ages: of information behind a queue or a lossy link, and of what a delay makes wrong.

use super::bench::{Run, Sheet, ages, replicate, seconds_each};

/// Service rate of the learner in the files of queues. Units: per second.
const MU: f64 = 100.0;

/// Age, peak, staleness, queue, process, utilisation, waiting on average, updates not applied.
fn queue(run: &Run<'_>) -> [f64; 8] {
    let found = run.point();
    let [age, peak, staleness] = ages(found);
    let learner = run.spent("learner");
    let each = |sum| seconds_each(sum, found.staleness.count);
    let parts = &found.breakdown.parts;
    let lost = found.fates.total() - found.fates.applied - found.fates.pending;
    [
        age,
        peak,
        staleness,
        each(parts.queue),
        each(parts.process),
        learner.busy as f64 / 1e9 / run.seconds(),
        learner.queue_area as f64 / 1e9 / run.seconds(),
        lost as f64,
    ]
}

/// M/M/1 at load `rho`; three standard errors are at most `bounds` of ages and of waits. (The variance of a
/// wait grows like (1 − ρ)⁻⁴; near the smallest age and at high load 1 % would cost minutes.) Source: Kaul, Yates, Gruteser 2012; Kleinrock, "Queueing Systems" I, 3.2.
fn mm1(rho: f64, gap: &str, seeds: u64, bounds: [f64; 2]) {
    let runs = replicate("mm1-age", &[("workload.arrivals.gap", gap)], seeds, queue);
    let lambda = rho * MU;
    let mut sheet = Sheet::new("mm1-age");
    let mut near = |what: &str, predicted: f64, column: usize, bound: f64| {
        let what = format!("{what}, ρ = {rho}");
        sheet.near(&what, predicted, runs.iter().map(|run| run[column]), bound);
    };
    let [mean, wait] = bounds;
    near("mean age", (1.0 + 1.0 / rho + rho * rho / (1.0 - rho)) / MU, 0, mean);
    near("mean peak 1/λ + 1/(μ − λ)", 1.0 / lambda + 1.0 / (MU - lambda), 1, mean);
    near("mean staleness 1/(μ − λ)", 1.0 / (MU - lambda), 2, mean);
    near("queue ρ/(μ − λ)", rho / (MU - lambda), 3, wait);
    near("process 1/μ", 1.0 / MU, 4, mean);
    near("utilisation ρ", rho, 5, mean);
    near("waiting on average ρ²/(1 − ρ)", rho * rho / (1.0 - rho), 6, wait.max(0.02));
    assert!(runs.iter().all(|run| run[7] == 0.0), "none superseded, none lost");
    sheet.finish();
}

#[test]
fn mm1_at_half_load() {
    mm1(0.5, "{exponential: 20ms}", 48, [0.01, 0.01]);
}

#[test]
fn mm1_near_the_smallest_age() {
    mm1(0.531, "{exponential: 18832392ns}", 28, [0.01, 0.02]);
}

#[test]
fn mm1_at_high_load() {
    mm1(0.8, "{exponential: 12500us}", 32, [0.02, 0.02]);
}

/// Constant service. Source: Pollaczek, Khinchine; the age from Kaul, Yates, Gruteser 2012.
#[test]
fn md1() {
    let runs = replicate("md1-queue", &[], 32, queue);
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let (rho, lambda) = (0.5_f64, 50.0);
    let wait = rho / (2.0 * MU * (1.0 - rho));
    let age = (0.5 / (1.0 - rho) + 0.5 + (1.0 - rho) * rho.exp() / rho) / MU;
    let mut sheet = Sheet::new("md1-queue");
    sheet.near("queue ρ/(2μ(1 − ρ))", wait, column(3), 0.01);
    sheet.near("mean age", age, column(0), 0.01);
    sheet.near("mean peak 1/λ + wait + 1/μ", 1.0 / lambda + wait + 1.0 / MU, column(1), 0.01);
    sheet.near("utilisation ρ", rho, column(5), 0.01);
    sheet.finish();
}

/// Updates at a constant rate. Source: Kaul, Yates, Gruteser 2012; β is the root of the G/M/1 queue.
#[test]
fn dm1() {
    let runs = replicate("dm1-age", &[], 16, queue);
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let rho = 0.5_f64;
    let beta = (0..200).fold(0.0_f64, |beta, _| (-(1.0 - beta) / rho).exp());
    let mut sheet = Sheet::new("dm1-age");
    sheet.near("mean age", (0.5 / rho + 1.0 / (1.0 - beta)) / MU, column(0), 0.01);
    sheet.near("queue β/(μ(1 − β))", beta / (MU * (1.0 - beta)), column(3), 0.02);
    sheet.near("utilisation ρ", rho, column(5), 0.01);
    sheet.finish();
}

#[test]
fn age_behind_a_lossy_link() {
    let runs = replicate("age-loss", &[], 16, |run| {
        let found = run.point();
        let [age, peak, staleness] = ages(found);
        let share = found.fates.lost_loss as f64 / found.fates.total() as f64;
        let counted = found.fates.applied + found.fates.lost_loss;
        assert_eq!(counted, found.fates.total(), "each is applied or lost");
        [age, peak, staleness, share]
    });
    assert!(runs.iter().all(|run| run[2] == 0.0), "nothing takes time");
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let (gap, loss) = (0.1, 0.25);
    let mut sheet = Sheet::new("age-loss");
    sheet.near("mean age g(1 + p)/(2(1 − p))", gap * (1.0 + loss) / (2.0 * (1.0 - loss)), column(0), 0.01);
    sheet.near("mean peak g/(1 − p)", gap / (1.0 - loss), column(1), 0.01);
    sheet.near("share lost p", loss, column(3), 0.02);
    sheet.finish();
}

/// Mean age of incorrect information where truth changes with rate `lambda` and is late by `delay`: the
/// answer is wrong during the busy periods of M/D/∞, of which each is `delay` and a geometric number of
/// gaps shorter than that.
fn incorrect_age(lambda: f64, delay: f64) -> f64 {
    let (none, some) = ((-lambda * delay).exp(), -(-lambda * delay).exp_m1());
    let gap = 1.0 / lambda - delay * none / some;
    let twice = 2.0 / (lambda * lambda);
    let gap_squared = (twice - none * (delay * delay + 2.0 * delay / lambda + twice)) / some;
    let (gaps, gaps_variance) = (some / none, some / (none * none));
    let busy = delay + gaps * gap;
    let variance = gaps * (gap_squared - gap * gap) + gaps_variance * gap * gap;
    (variance + busy * busy) / 2.0 / (busy + 1.0 / lambda)
}

#[test]
fn what_a_constant_delay_makes_wrong() {
    let runs = replicate("delay", &[], 20, |run| {
        let found = run.point();
        let total = found.classes.total() as f64;
        let [age, _, staleness] = ages(found);
        [
            found.behind_area as f64 / total,
            found.classes.consistency(),
            found.replica.consistency(),
            found.incorrect_area_twice as f64 / 2e9 / total,
            age,
            staleness,
        ]
    });
    let column = |column: usize| runs.iter().map(move |run| run[column]);
    let (lambda, delay) = (10.0_f64, 0.05);
    let right = (-lambda * delay).exp();
    assert!(column(5).all(|staleness| (staleness - delay).abs() < 1e-12), "all as late as the link");
    let mut sheet = Sheet::new("delay");
    sheet.near("versions behind λL", lambda * delay, column(0), 0.01);
    sheet.near("consistency exp(−λL)", right, column(1), 0.01);
    sheet.near("replica consistency exp(−λL)", right, column(2), 0.01);
    sheet.near("age of incorrect information", incorrect_age(lambda, delay), column(3), 0.02);
    sheet.near("mean age 1/λ + L", 1.0 / lambda + delay, column(4), 0.01);
    sheet.finish();
}
