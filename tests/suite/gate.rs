//! Judging what was expected.

use uidsim::gate::{Drift, Verdict, baseline, judge, text};
use uidsim::report::{Decimal, Judgement, Report};
use uidsim::scenario::metric::{Subject, find, metrics};
use uidsim::scenario::{Allowance, Comparison, Tolerance};

use crate::report::made;

fn check(selector: &str, metric: &str, comparison: Comparison, bound: f64) -> Judgement {
    let expectation = made::expectation(selector, metric, comparison, bound, "as given");
    judge(&[expectation], &made::report()).remove(0)
}

#[test]
fn every_comparison_means_what_it_says_at_its_bound() {
    use Comparison::{AtLeast, AtMost, Equal, Less, More};
    // The first firewall applied seven updates.
    for (comparison, below, at, above) in [
        (Less, true, false, false),
        (AtMost, true, true, false),
        (Equal, false, true, false),
        (AtLeast, false, true, true),
        (More, false, false, true),
    ] {
        for (bound, holds) in [(8.0, below), (7.0, at), (6.0, above)] {
            let judgement = check("fw-1", "fates.applied", comparison, bound);
            assert_eq!(judgement.held, holds, "7 {comparison:?} {bound}");
            assert_eq!(judgement.margin.map(|margin| margin.to_f64() >= 0.0), Some(holds || bound == 7.0));
        }
    }
}

#[test]
fn a_bound_in_percent_is_met_to_the_last_digit() {
    // 59 of 60 seconds are current in the worst window: 0.983333333.
    assert!(check("fw-1", "consistency.min", Comparison::AtLeast, 0.983_333_333).held);
    assert!(!check("fw-1", "consistency.min", Comparison::AtLeast, 0.983_333_334).held);
}

#[test]
fn every_match_of_a_glob_must_hold_and_the_worst_is_named() {
    let judgement = check("fw-*", "consistency.min", Comparison::AtLeast, 0.99);
    assert!(!judgement.held);
    assert_eq!(judgement.worst.as_deref(), Some("fw-1"));
    assert!(check("fw-2", "consistency.min", Comparison::AtLeast, 0.99).held);
}

#[test]
fn a_metric_without_a_sample_is_a_breach() {
    let judgement = check("fw-*", "staleness.max", Comparison::Less, 1e6);
    assert!(!judgement.held);
    assert_eq!((judgement.worst.as_deref(), judgement.measured), (Some("fw-2"), None));
    assert!(check("fw-1", "staleness.max", Comparison::Less, 32.0).held);
    assert!(!check("nobody", "staleness.max", Comparison::Less, 1e6).held, "nothing matches");
    assert!(!check("fleet", "staleness.p98", Comparison::Less, 1e6).held, "no such metric");
}

#[test]
fn selectors_reach_disturbances_and_nodes_too() {
    let healed = check("disturbance/wan-outage", "convergence", Comparison::Less, 15.0);
    assert!(healed.held);
    assert_eq!(healed.margin.map(|margin| margin.to_string()).as_deref(), Some("0.750000000"));
    assert!(!check("disturbance/branch-dark", "convergence", Comparison::Less, 15.0).held);
    assert!(!check("disturbance/*", "converged", Comparison::Equal, 1.0).held);
    assert!(check("agent", "utilisation", Comparison::Less, 0.5).held);
    assert!(check("fleet", "visibility.5s.share", Comparison::More, 0.4).held);
    assert!(check("fleet", "agreement.mean", Comparison::AtLeast, 0.95).held);
}

#[test]
fn every_metric_that_a_file_may_name_is_found_in_the_report() {
    for (subject, selector) in [
        (Subject::Fleet, "fleet"),
        (Subject::EnforcementPoint, "fw-1"),
        (Subject::Disturbance, "disturbance/wan-outage"),
        (Subject::Node, "agent"),
    ] {
        let report = made::enforced_report();
        for metric in metrics(subject) {
            let expectation = made::expectation(selector, &metric.path, Comparison::AtLeast, 0.0, "as given");
            let judgement = judge(&[expectation], &report).remove(0);
            assert!(judgement.measured.is_some(), "{selector} {}", metric.path);
        }
    }
}

/// What a file does not ask for has no key, and a limit on it is a breach.
#[test]
fn policy_and_quarantine_are_absent_where_nobody_asks_for_them() {
    for (metric, found) in [
        ("policy.wrong_allow_share", 0.25),
        ("policy.flows", 0.5),
        ("time_to_quarantine.max", 4.5),
        ("time_to_quarantine.not_quarantined", 2.0),
        ("dataplane_hidden", 1.0),
        ("data.applied", 5.0),
    ] {
        let bare = check("fw-1", metric, Comparison::AtLeast, 0.0);
        assert!(!bare.held && bare.measured.is_none(), "{metric}");
        let expectation = made::expectation("fw-1", metric, Comparison::Equal, found, "as given");
        let judgement = judge(&[expectation], &made::enforced_report()).remove(0);
        assert!(judgement.held, "{metric}: {:?}", judgement.measured);
    }
}

/// A tolerance of one metric of the fleet.
fn tolerance(path: &str, allowed: Allowance) -> Tolerance {
    let metric = find(Subject::Fleet, path).expect("a metric");
    Tolerance {
        selector: "fleet".to_owned(),
        metric: metric.path,
        text: "as given".to_owned(),
        allowed,
        better: metric.better,
        quantity: metric.quantity,
    }
}

/// What becomes of `path` when `change` is made to the report of the second of two seeds.
fn moved(path: &str, allowed: Allowance, change: impl Fn(&mut Report)) -> Drift {
    let mut scenario = made::scenario();
    scenario.tolerances = vec![tolerance(path, allowed)];
    let before = [made::report(), Report { seed: made::report().seed + 1, ..made::report() }];
    let kept = baseline(&scenario, &before.each_ref());
    let mut after = before.clone();
    change(&mut after[1]);
    let verdict = Verdict::new("x.yaml", &scenario, &after.each_ref(), Vec::new(), Some(&kept));
    verdict.comparison.expect("a baseline").drifts.remove(0)
}

fn times(value: &mut Option<Decimal>, factor: f64) {
    *value = Decimal::from_f64(value.expect("a sample").to_f64() * factor);
}

#[test]
fn every_seed_must_hold_and_the_worst_is_named() {
    let one = Allowance::Relative(0.01);
    let p99 = |factor| {
        moved("staleness.p99", one, move |r| times(&mut r.fleet.measures.staleness_seconds.p99, factor))
    };
    let worse = p99(1.02);
    assert!(!worse.held && !worse.is_better);
    assert_eq!(worse.seed, made::report().seed + 1);
    let change = worse.change.expect("a change");
    assert!(
        (change.mean - 0.01).abs() < 1e-6 && change.half_width.is_some_and(|width| width > 0.1),
        "{change:?}"
    );
    assert!(worse.look.is_some_and(|look| look.contains("of the mean")));
    assert!(p99(1.0099).held && p99(0.5).held);
    assert!(!p99(0.5).is_better, "one of two seeds is no better");
}

#[test]
fn a_seed_that_got_better_is_not_told_as_nothing() {
    let mut scenario = made::scenario();
    scenario.tolerances = vec![tolerance("staleness.p99", Allowance::Relative(0.01))];
    let before = [made::report(), Report { seed: made::report().seed + 1, ..made::report() }];
    let kept = baseline(&scenario, &before.each_ref());
    let said = |reports: &[&Report]| {
        text::print(&[Verdict::new("x.yaml", &scenario, reports, Vec::new(), Some(&kept))], false)
    };
    assert!(said(&before.each_ref()).contains("and nothing has moved"));
    let mut after = before.clone();
    times(&mut after[1].fleet.measures.staleness_seconds.p99, 0.5);
    assert!(said(&after.each_ref()).contains("what moved, the program moved"));
    // Where only seeds are finished that the baseline does not have, there is nothing to compare.
    let alien = Report { seed: 999, ..made::report() };
    assert!(said(&[&alien]).contains("no baseline was compared"));
}

#[test]
fn the_worse_way_depends_on_the_metric() {
    let share = |path, by: f64| {
        moved(path, Allowance::Absolute(0.001), move |r| {
            let value = &mut r.fleet.measures.consistency.mean;
            *value = Decimal::from_f64(value.to_f64() + by).expect("a share");
        })
    };
    assert!(!share("consistency.mean", -0.0011).held);
    assert!(share("consistency.mean", -0.0009).held && share("consistency.mean", 0.01).held);
    let flows = |by| {
        moved("fates.applied", Allowance::Absolute(1.0), move |r| {
            let applied = &mut r.fleet.measures.fates.applied;
            *applied = applied.saturating_add_signed(by);
        })
    };
    assert!(flows(1).held && flows(-1).held && !flows(2).held && !flows(-2).held);
}

#[test]
fn what_has_no_sample_any_more_closes_the_gate() {
    let allowed = Allowance::Relative(10.0);
    assert!(!moved("staleness.p99", allowed, |r| r.fleet.measures.staleness_seconds.p99 = None).held);
    // Nothing was lost in the baseline, so that no part of it is allowed.
    let lost = |count| moved("fates.lost.key", allowed, move |r| r.fleet.measures.fates.lost.key = count);
    assert!(lost(0).held && !lost(1).held);
    assert_eq!(lost(1).change, None);
}

/// A pair may fail over with one seed and not with another.
#[test]
fn rows_go_by_name_and_not_by_place() {
    let mut scenario = made::scenario();
    let metric = find(Subject::Disturbance, "convergence").expect("a metric");
    scenario.tolerances = vec![Tolerance {
        selector: "disturbance/*".to_owned(),
        metric: metric.path,
        ..tolerance("staleness.p99", Allowance::Relative(0.01))
    }];
    let whole = made::report();
    let mut shorter = Report { seed: whole.seed + 1, ..made::report() };
    let gone = shorter.disturbances.remove(0);
    let kept = baseline(&scenario, &[&shorter, &whole]);
    let row =
        |name: &str| kept.rows.iter().find(|row| row.key == format!("disturbance/{name}")).expect("a row");
    assert_eq!(row(&gone.name).values, [None, gone.convergence_seconds]);
    for other in &shorter.disturbances {
        assert_eq!(row(&other.name).values, [other.convergence_seconds; 2]);
    }
}
