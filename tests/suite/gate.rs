//! Judging what was expected.

use uidsim::gate::judge;
use uidsim::report::Judgement;
use uidsim::scenario::Comparison;
use uidsim::scenario::metric::{Subject, metrics};

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
    ] {
        for metric in metrics(subject) {
            let judgement = check(selector, &metric.path, Comparison::AtLeast, 0.0);
            assert!(judgement.measured.is_some(), "{selector} {}", metric.path);
        }
    }
}
