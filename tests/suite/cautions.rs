//! What a run refuses, and what it tells before anybody believes a number.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use uidsim::problem::Problem;
use uidsim::scenario;
use uidsim::simulate::{self, Means, Stop, Watch};

fn told(firewalls: &str) -> Result<Vec<String>, Vec<Problem>> {
    run(firewalls, Means::PLAIN).map(|outcome| outcome.remarks)
}

fn run(firewalls: &str, means: Means) -> Result<simulate::Outcome, Vec<Problem>> {
    run_until(firewalls, means, false)
}

fn run_until(firewalls: &str, means: Means, cancelled: bool) -> Result<simulate::Outcome, Vec<Problem>> {
    let text = format!(
        "duration: 1h\nsites: {{hq: {{}}}}\ndomain_controllers: {{dc: {{site: hq}}}}
agents: {{agent: {{site: hq, reads: [dc]}}}}\n{firewalls}
workload: {{population: {{sites: {{hq: {{users: 20, networks: [10.0.0.0/24]}}}}}}}}\n"
    );
    let read = |path: &Path| Err(format!("{} is not needed", path.display()));
    let scenario = scenario::load("cautions.yaml", &text, &[], &read).expect("a legal file");
    let cancelled = AtomicBool::new(cancelled);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    simulate::simulate(&scenario, scenario.seed, &read, &watch, means)
}

#[test]
fn what_would_not_fit_in_memory_is_refused_before_it_starts() {
    let problems =
        told("start_state: warm\nfirewalls: {\"fw-{n}\": {site: hq, count: 150000, upstreams: [agent]}}");
    let problems = problems.expect_err("with warm tables nobody is scanned, and too much is followed");
    assert_eq!(problems[0].code, "too-large");
    assert!(problems[0].fact.contains("150000 enforcement points"), "{}", problems[0].fact);
}

#[test]
fn who_is_interrupted_before_anything_stands_is_not_told_that_it_is_too_large() {
    let many = "firewalls: {\"fw-{n}\": {site: hq, count: 80000, upstreams: [agent]}}";
    let problems = run_until(many, Means::PLAIN, true).expect_err("80,000 dial before the agent reads");
    assert_eq!(problems[0].code, simulate::INTERRUPTED);
}

#[test]
fn what_windows_would_not_let_fit_runs_briefly() {
    let many = "window: 100ms\nfirewalls: {\"fw-{n}\": {site: hq, count: 10000, upstreams: [agent]}}";
    let problems = run(many, Means::PLAIN).expect_err("36,000 windows of 10,000 firewalls are too much");
    assert_eq!(problems[0].code, "too-large");
    assert!(problems[0].hint.contains("--brief"), "{}", problems[0].hint);
    let outcome = run(many, Means::BRIEF).expect("a brief run keeps none of them");
    assert_eq!((outcome.course.stop, outcome.findings.points.len()), (Stop::Completed, 10_000));
}

#[test]
fn points_that_no_source_reaches_are_named() {
    let remarks = told(
        "hubs: {hub: {site: hq}}\nfirewalls: {fw-1: {site: hq, upstreams: [hub]}, fw-2: {site: hq, upstreams: [agent]}}",
    );
    assert_eq!(
        remarks.expect("a run"),
        ["no source reaches, over any `reads` or `upstreams`, 1 of the enforcement points: fw-1"]
    );
}

#[test]
fn circles_of_redistribution_are_named() {
    let remarks = told(
        "hubs: {hub-1: {site: hq, upstreams: [agent, hub-2]}, hub-2: {site: hq, upstreams: [hub-1]}}
firewalls: {fw: {site: hq, upstreams: [hub-2]}}",
    );
    assert_eq!(remarks.expect("a run"), ["these nodes redistribute in a circle: hub-1, hub-2"]);
}
