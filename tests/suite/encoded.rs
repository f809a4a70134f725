//! A frame is written into bytes once, however many receivers it has; full tables are counted where they are delivered.

use std::sync::atomic::AtomicBool;

use uidsim::random::Seed;
use uidsim::scenario;
use uidsim::simulate::{Means, Mode, Outcome, Watch, simulate};

/// A hub of `receivers` firewalls; it ticks every second for ten minutes.
fn run(receivers: u32, mode: Mode, faults: &str) -> Outcome {
    let text = format!(
        "start: \"10:00\"\nduration: 10m\nsites: {{hq: {{}}, branch: {{}}}}\n\
         links: {{wan: {{between: [hq, branch], latency: 20ms}}}}\n\
         sources: {{portal: {{site: hq, to: [agent]}}}}\nagents: {{agent: {{site: hq}}}}\n\
         hubs: {{hub: {{site: hq, upstreams: [agent], announce: {{interval: 1s}}}}}}\n\
         firewalls: {{\"fw-{{n}}\": {{site: branch, count: {receivers}, upstreams: [hub]}}}}\n\
         defaults: {{points: {{processor: {{per_message: 0s, per_mapping: 0s, per_send: 0s}}}}}}\n\
         workload: {{arrivals: {{addresses: 500, gap: 700ms, source: portal}}}}\n{faults}"
    );
    let scenario = scenario::load("fan-out.yaml", &text, &[], &|_| Err(String::new())).expect("a topology");
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let means = Means { mode, ..Means::PLAIN };
    simulate(&scenario, Seed(1), &|_| Err(String::new()), &watch, means).expect("it runs")
}

#[test]
fn encodings_equal_frames_sent_and_not_frames_times_receivers() {
    for mode in [Mode::Followed, Mode::Scanned] {
        let [one, many] = [1, 60].map(|receivers| run(receivers, mode, "").course);
        assert!(one.frames_encoded > 400, "{mode:?}: {} frames", one.frames_encoded);
        assert_eq!(one.frames_encoded, many.frames_encoded, "{mode:?}");
        assert!(many.frame_deliveries > one.frame_deliveries + 59 * 250, "{mode:?}");
    }
}

#[test]
fn every_full_table_that_is_delivered_is_a_resync() {
    let resets =
        "faults: [{name: one, at: \"10:03\", reset: fw-1}, {name: two, at: \"10:06\", reset: fw-1}]\n";
    for mode in [Mode::Followed, Mode::Scanned] {
        let outcome = run(2, mode, resets);
        let counts: Vec<u64> = outcome.findings.nodes.iter().map(|node| node.resyncs).collect();
        // The portal and the agent are given none; the hub and fw-2 one at the start; fw-1 one more after each reset.
        let mut sorted = counts.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 0, 1, 1, 3], "{mode:?}: {counts:?}");
    }
}
