//! What a run refuses, and what it tells before anybody believes a number.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use uidsim::problem::Problem;
use uidsim::scenario;
use uidsim::simulate::{self, Watch};

fn told(firewalls: &str) -> Result<Vec<String>, Vec<Problem>> {
    let text = format!(
        "duration: 1h\nsites: {{hq: {{}}}}\ndomain_controllers: {{dc: {{site: hq}}}}
agents: {{agent: {{site: hq, reads: [dc]}}}}\n{firewalls}
workload: {{population: {{sites: {{hq: {{users: 20, networks: [10.0.0.0/24]}}}}}}}}\n"
    );
    let read = |path: &Path| Err(format!("{} is not needed", path.display()));
    let scenario = scenario::load("cautions.yaml", &text, &[], &read).expect("a legal file");
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    simulate::simulate(&scenario, scenario.seed, &read, &watch, simulate::Means::PLAIN)
        .map(|outcome| outcome.workload.remarks)
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
