//! Rules that once broke where two things met: found by adversaries, kept by tests. Expected values by hand.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use uidsim::observe::{Findings, PointFindings};
use uidsim::scenario;
use uidsim::simulate::{self, Watch};
use uidsim::units::Span;

/// Points and sources that spend nothing and wait for no tick.
const IDLE: &str = "
defaults:
  points: {timeout: never, processor: {per_message: 0s, per_mapping: 0s, per_send: 0s}, announce: {interval: 0s}}
  sources: {processor: {per_send: 0s}}
";

struct Done {
    names: Vec<String>,
    findings: Findings,
}

impl Done {
    fn point(&self, name: &str) -> &PointFindings {
        let found = self.findings.points.iter().find(|(id, _)| self.names[id.index()] == name);
        &found.expect("a point of that name").1
    }

    fn resets(&self, name: &str) -> u64 {
        let index = self.names.iter().position(|other| other == name).expect("a node of that name");
        self.findings.nodes[index].resets
    }
}

fn run(text: &str) -> Done {
    let read = |path: &Path| Err(format!("{} is not needed", path.display()));
    let scenario = match scenario::load("overlap.yaml", text, &[], &read) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{}", problems.render(uidsim::problem::Style::Plain)),
    };
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let outcome = simulate::simulate(&scenario, scenario.seed, &read, &watch, simulate::Means::PLAIN)
        .expect("it can be run");
    let names = scenario.topology.nodes.iter().map(|node| node.name.clone()).collect();
    Done { names, findings: outcome.findings }
}

fn wan(link: &str, learner: &str, arrivals: &str, faults: &str) -> String {
    format!(
        "duration: 30m\nstart: \"00:00\"\nsites: {{a: {{}}, b: {{}}}}\nlinks: {{wan: {{between: [a, b], {link}}}}}\n{IDLE}
sources: {{source: {{site: a, to: [learner]}}}}
agents: {{learner: {{site: a, {learner}}}}}
firewalls: {{fw: {{site: b, upstreams: [learner]}}}}
workload: {{arrivals: {{addresses: 5, gap: {{{arrivals}}}, source: source}}}}
{faults}"
    )
}

fn mean_seconds(point: &PointFindings) -> f64 {
    Span::from_nanos(u64::try_from(point.staleness.sum).expect("a short run")).seconds()
        / point.staleness.count as f64
}

#[test]
fn the_end_of_one_degradation_leaves_the_other_in_force() {
    let long = "faults:\n  - {name: long, at: \"00:00\", for: 30m, degraded: {link: wan, latency: 1s}}\n";
    let both =
        format!("{long}  - {{name: short, at: \"00:10\", for: 1m, degraded: {{link: wan, jitter: 1ms}}}}\n");
    let done = run(&wan("latency: 10ms", "", "constant: 1s", &both));
    let point = done.point("fw");
    // Everything took a second, but for the millisecond of jitter in one minute.
    assert!((1.0..1.01).contains(&mean_seconds(point)), "{}", mean_seconds(point));
    assert!(point.staleness.histogram.histogram().value_at_quantile(0.02) > 990_000);
}

#[test]
fn a_sessions_bound_is_its_senders() {
    let bound = "announce: {interval: 0s, backlog_messages: 2}";
    let narrow = "latency: 10ms, bandwidth: 8kbit/s";
    let senders = run(&wan(narrow, bound, "exponential: 100ms", ""));
    assert!(senders.resets("learner") > 0);
    let receivers = wan(narrow, "", "exponential: 100ms", "")
        .replace("upstreams: [learner]", &format!("upstreams: [learner], {bound}"));
    assert_eq!(run(&receivers).resets("learner"), 0);
}

fn pair(settings: &str, gap: &str, faults: &str) -> Done {
    run(&format!(
        "duration: 1h\nstart: \"00:00\"\nsites: {{hq: {{}}}}\n{IDLE}
sources: {{source: {{site: hq, to: [agent]}}}}
agents: {{agent: {{site: hq}}}}
ha_pairs: {{edge: {{site: hq, upstreams: [agent], heartbeat: {{interval: 1s, misses: 3}}, promotion_hold: 2s, {settings}}}}}
workload: {{arrivals: {{addresses: 5, gap: {{constant: {gap}}}, source: source}}}}
{faults}"
    ))
}

#[test]
fn every_entry_waits_the_whole_ha_lag() {
    for gap in ["30s", "3s", "1s"] {
        let done = pair("sync_lag: 10s", gap, "");
        let samples = &done.point("edge-b").staleness;
        assert!(samples.count > 100, "{gap}");
        assert_eq!(samples.sum, u128::from(samples.count) * 10_000_000_000, "{gap}");
    }
}

#[test]
fn a_passive_member_that_never_hears_of_its_peer_takes_over() {
    let crash = "faults:\n  - {name: dead, at: \"00:00\", for: 30m, crash: edge-a}\n";
    let down = pair("sync_lag: 0s", "1s", crash).findings.fleet.down;
    // Silence of four heartbeats, then the hold.
    assert_eq!(down, 6_000_000_000);
}

#[test]
fn a_suspension_outlives_a_crash() {
    let suspended = "faults:\n  - {name: s, at: \"00:10\", for: 40m, suspend: edge-b}\n";
    let crashed = format!(
        "{suspended}  - {{name: c, at: \"00:20\", for: 1m, crash: edge-b}}\n  - {{name: d, at: \"00:30\", for: 5m, crash: edge-a}}\n"
    );
    let down = pair("sync_lag: 0s", "1s", &crashed).findings.fleet.down;
    assert!(down >= 300_000_000_000, "nobody takes over from edge-a: {down}");
}

/// A slow first link keeps frames in the air when the upstream, suspended, ends its sessions.
#[test]
fn what_was_sent_before_an_end_arrives_over_any_number_of_links() {
    let over = |links: &str| {
        let done = run(&format!(
            "duration: 10m\nstart: \"00:00\"\nsites: {{a: {{}}, m: {{}}, b: {{}}}}\nlinks: {{{links}}}\n{IDLE}
sources: {{source: {{site: a, to: [learner]}}}}
agents: {{learner: {{site: a}}}}
ha_pairs: {{edge: {{site: a, upstreams: [learner]}}}}
firewalls: {{fw: {{site: b, upstreams: [edge]}}}}
workload: {{arrivals: {{addresses: 5, gap: {{constant: 1s}}, source: source}}}}
faults:\n  - {{name: s, at: \"00:05\", suspend: edge-a}}\n"
        ));
        let fates = done.point("fw").fates;
        (fates.applied, fates.lost())
    };
    let slow = "bandwidth: 700bit/s";
    let one = over(&format!("w: {{between: [a, b], latency: 20ms, {slow}}}"));
    let two = over(&format!(
        "w: {{between: [a, m], latency: 10ms, {slow}}}, x: {{between: [m, b], latency: 10ms}}"
    ));
    assert_eq!(one, two);
    assert_eq!(one.1, 0, "all that was sent before the end arrives");
}

/// Three equal ways whose last links differ; unrelated firewalls with wires of their own.
fn diamond(unrelated: usize) -> f64 {
    let wires: String =
        (0..unrelated).map(|n| format!("  w{n}: {{between: [a, un{n}], latency: 1ms}}\n")).collect();
    let others: String =
        (0..unrelated).map(|n| format!("  un{n}: {{site: z, upstreams: [learner]}}\n")).collect();
    let ways: String = [("1", "1Mbit/s"), ("2", "100kbit/s"), ("3", "10kbit/s")]
        .map(|(n, rate)| {
            format!("  a{n}: {{between: [a, b{n}], latency: 10ms}}\n  d{n}: {{between: [b{n}, d], latency: 10ms, bandwidth: {rate}}}\n")
        })
        .concat();
    let done = run(&format!(
        "duration: 10m\nsites: {{a: {{}}, b1: {{}}, b2: {{}}, b3: {{}}, d: {{}}, z: {{}}}}\nlinks:\n{wires}{ways}{IDLE}
sources: {{source: {{site: a, to: [learner]}}}}
agents: {{learner: {{site: a}}}}
firewalls:\n{others}  fw: {{site: d, upstreams: [learner]}}
workload: {{arrivals: {{addresses: 5, gap: {{constant: 1s}}, source: source}}}}\n"
    ));
    mean_seconds(done.point("fw"))
}

#[test]
fn unrelated_nodes_move_nobodys_way() {
    let alone = diamond(0);
    for unrelated in 1..6 {
        assert_eq!(diamond(unrelated), alone, "{unrelated}");
    }
}

#[test]
fn unrelated_nodes_make_nobodys_frames_heavier() {
    let among = |unrelated: usize| {
        let done = run(&format!(
            "duration: 10m\nsites: {{a: {{}}, b: {{}}}}\nlinks: {{wan: {{between: [a, b], latency: 10ms, bandwidth: 8kbit/s}}}}\n{IDLE}
domain_controllers: {{dc: {{site: a}}}}
firewalls:
  \"un-{{n}}\": {{site: b, count: {unrelated}}}
  fw-learner: {{site: a, reads: [{{source: dc, phase: 0s}}]}}
  fw: {{site: b, upstreams: [fw-learner]}}
workload: {{arrivals: {{addresses: 5, gap: {{constant: 1s}}, source: dc}}}}\n"
        ));
        (done.point("fw").staleness.sum, done.findings.links[0].1[0].bytes)
    };
    assert_eq!(among(125), among(128));
}

/// The reset comes first at its instant, so that the update of that second goes to a client that is gone; the node
/// dials again after five seconds and gets the full table after three more ways there and back less one.
#[test]
fn a_reset_session_is_dialled_again_after_the_back_off() {
    let firewall = "reconnect: {jitter_percent: 0}";
    let text = |faults: &str| {
        wan("latency: 10ms", "", "constant: 1s", faults)
            .replace("upstreams: [learner]", &format!("upstreams: [learner], {firewall}"))
    };
    let calm = run(&text(""));
    let reset = run(&text("faults:\n  - {at: \"00:10\", reset: fw}\n"));
    let at = |seconds: u64| uidsim::units::Instant::after_start(Span::from_seconds(seconds));
    let found = &reset.findings.disturbances[0];
    assert_eq!((found.at, found.until), (at(600), Some(at(600))));
    let (before, after) = (calm.point("fw"), reset.point("fw"));
    assert_eq!(before.staleness.max, 10_000_000);
    // The update of second 601 waits for the full table of 605.050: dial 20 ms, hello 20 ms, request 10 ms, and back.
    assert_eq!(after.staleness.max, 4_060_000_000);
    assert_eq!(before.staleness.count - after.staleness.count, 1, "that of second 600 is overtaken by 605");
}
