//! What is scanned equals what is followed through the agenda, to the last count.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use uidsim::engine::Load;
use uidsim::observe::{QUANTILES, Witness};
use uidsim::random::Seed;
use uidsim::scan::{Arrivals, Asked, Batch, Cast, Common, Recorder, find};
use uidsim::scenario::Scenario;
use uidsim::simulate::{self, Means, Mode, Outcome, Watch};
use uidsim::units::{Instant, Span};

use crate::compare;
use crate::grow::Case;

/// Random cases that once differed, tried beside the first ones.
const ONCE_DIFFERENT: [u64; 3] = [9107, 32_611, 51_711];

/// What became of one case: whether it could be scanned, and where it differs. Up to `until`, as a run that is cancelled.
fn check(case: &Case, until: Option<Instant>) -> Result<Vec<String>, String> {
    let scenario = &case.scenario;
    let workload =
        simulate::realise(scenario, case.seed, &|path| case.read(path)).expect("a case can be run");
    let cast = Cast::new(scenario, workload.addresses.len())?;
    let mut witness = Witness::new(scenario, &workload);
    let mut record = Recorder::new(&cast, &workload);
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let course =
        simulate::run_with(scenario, &workload, case.seed, &watch, until, &mut [&mut witness, &mut record]);
    record.close();
    if let Some(why) = record.uneven() {
        return Err(why.to_owned());
    }
    let followed = witness.finish(course.end);
    let batches = cast.hubs().map(|(leaf, hub)| {
        let heard = record.heard(leaf);
        let give = Box::new(move |all: &mut dyn FnMut(Arrivals)| {
            all(Arrivals { heard: vec![(leaf, heard)], tracks: Vec::new() });
            true
        });
        Batch { hub, give }
    });
    let asked =
        Asked { threads: 1, recorded_max: u64::MAX, keeps_all: true, each: Span::ZERO, is_brief: false };
    // Of a run that is cut off, not all of it is so.
    let common = Common::in_advance(&workload, &workload.stays);
    let about = (&record, Some(common), workload.stays.clone());
    let found = find(scenario, &cast, about, batches.collect(), course.end, asked);
    let Some((folded, _)) = found else { return Err("a pair is told too early".to_owned()) };
    let mut told = compare::differences(&folded, &followed);
    if until.is_none() {
        let (more, _) = through_lanes(scenario, case.seed, &|path| case.read(path));
        told.extend(more);
    }
    Ok(told)
}

/// The same through lanes, with nodes, links and counts: where it differs, and how much was scanned.
fn through_lanes(
    scenario: &Scenario,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
) -> (Vec<String>, (u64, u64)) {
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let run = |mode, threads| {
        // No length that anything else in a case has.
        let bin = Span::from_nanos(7_310_000_007);
        let keeps_all = seed.0.is_multiple_of(2);
        let means = Means { mode, threads, keeps_all, bin, ..Means::PLAIN };
        simulate::simulate(scenario, seed, read, &watch, means).expect("a case can be run")
    };
    let (scanned, followed) = (run(Mode::Scanned, 1 + seed.0 as usize % 3), run(Mode::Followed, 1));
    let mut told = compare::differences(&scanned.findings, &followed.findings);
    if scanned.findings != followed.findings {
        told.push("nodes or links differ".to_owned());
    }
    if scanned.course.loads != followed.course.loads {
        told.push("how busy nodes or links were in the course of the run differs".to_owned());
    }
    told.extend(unlike_whole(&scanned));
    let means = Means { threads: 1 + seed.0 as usize % 2, is_brief: true, ..Means::PLAIN };
    let brief = simulate::simulate(scenario, seed, read, &watch, means).expect("a case can be run");
    told.extend(compare::brief_differences(&brief.findings, &followed.findings));
    let counts = |course: &simulate::Course| (course.frame_deliveries, course.mapping_deliveries);
    if counts(&scanned.course) != counts(&followed.course) {
        told.push("deliveries differ".to_owned());
    }
    (told, scanned.course.scanned_deliveries)
}

/// Nodes and links whose busy time bin by bin does not add up to that of the whole run.
fn unlike_whole(outcome: &Outcome) -> Vec<String> {
    let Outcome { course, findings, .. } = outcome;
    let busy = |load: &Load| load.bins().iter().map(|bin| u128::from(*bin)).sum::<u128>();
    let nodes = course.loads.hosts.iter().zip(&findings.nodes).map(|(load, node)| (busy(load), node.busy));
    let links = course.loads.pipes.iter().zip(&findings.links);
    let links = links.flat_map(|(loads, (_, links))| [0, 1].map(|way| (busy(&loads[way]), links[way].busy)));
    let unlike = nodes.chain(links).enumerate().filter(|(_, (bins, whole))| bins != whole);
    unlike
        .map(|(index, (bins, whole))| format!("{index}: busy for {bins} ns in bins, {whole} in all"))
        .collect()
}

#[test]
fn folding_equals_following() {
    let count = std::env::var("UIDSIM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let first = std::env::var("UIDSIM_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut why = std::collections::BTreeMap::new();
    let mut failures = Vec::new();
    for number in (first..first + count).chain(ONCE_DIFFERENT) {
        match std::panic::catch_unwind(|| check(&Case::calm(number), None)) {
            Ok(Ok(told)) => {
                *why.entry("scanned".to_owned()).or_insert(0) += 1;
                if !told.is_empty() {
                    failures.push(format!("case {number}:\n{}", told.join("\n")));
                }
            }
            Ok(Err(reason)) => *why.entry(reason).or_insert(0) += 1,
            Err(_) => failures.push(format!("case {number} panics")),
        }
    }
    let shown: Vec<String> = failures.iter().take(3).cloned().collect();
    assert!(failures.is_empty(), "{} of {count} differ ({why:?}):\n{}", failures.len(), shown.join("\n"));
    let scanned = why.get("scanned").copied().unwrap_or(0);
    assert!(scanned * 10 >= count * 6, "most calm cases can be scanned: {why:?}");
}

/// What had not happened when a run was cut off is not counted: most updates of these runs.
#[test]
fn what_is_cut_off_is_folded_as_it_is_followed() {
    let mut scanned = 0;
    for number in 1..=300 {
        let case = Case::calm(number);
        let until = Instant::from_nanos(case.scenario.duration.nanos() / 10 * (1 + number % 9));
        if let Ok(told) = check(&case, Some(until)) {
            scanned += 1;
            assert!(told.is_empty(), "case {number} up to {until}:\n{}", told.join("\n"));
        }
    }
    assert!(scanned > 150, "most calm cases can be scanned: {scanned}");
}

/// Percentiles that come from groups of frames are within 1 % of those of every sample recorded, and nothing else differs.
#[test]
fn near_percentiles_are_within_one_percent() {
    let file = crate::shipped::topologies(".").into_iter().find(|file| file.ends_with("multi-hop.yaml"));
    let file = file.expect("it is shipped");
    let text = crate::shipped::read(&file).expect("readable");
    let scenario =
        uidsim::scenario::load("multi-hop.yaml", &text, &[], &crate::shipped::read).expect("it loads");
    compare_percentiles(&scenario, 200);
}

/// One hub, and firewalls that its frames reach over lines which jitter.
const EDGES: &str = r#"
duration: 20m
sites: {core: {}, "edge-{n}": {count: 3}}
links:
  "wan-{n}": {between: [core, "edge-{n}"], count: 3, latency: 20ms, jitter: {exponential: JITTER}}
defaults:
  points: {timeout: TIMEOUT, keepalive: {interval: 1d}}
sources:
  source: {site: core, to: [hub], transport: udp, port: 514}
hubs:
  hub: {site: core, announce: {interval: TICK}}
firewalls:
  "fw-{n}": {site: "edge-{n}", count: 3, upstreams: [hub]}
workload:
  arrivals: {addresses: 300, gap: 200ms, stay: {exponential: 1m}, refresh_gap: {exponential: REFRESH}, source: source}
"#;

/// The same with these words in it, and `more` after it.
fn edges(words: &[(&str, &str)], more: &str) -> Scenario {
    let text = words.iter().fold(EDGES.to_owned(), |text, (word, means)| text.replace(word, means)) + more;
    uidsim::scenario::load("edges.yaml", &text, &[], &crate::shipped::read)
        .unwrap_or_else(|problems| panic!("{}", problems.render(uidsim::problem::Style::Plain)))
}

/// So are they where most delays are far from what is typical: frames come 0.3 s late on average, hardly one near the typical
/// delay, and no two firewalls are alike.
#[test]
fn near_percentiles_of_delays_far_from_typical_are_within_one_percent() {
    let words = [("JITTER", "300ms"), ("TIMEOUT", "45m"), ("TICK", "50ms"), ("REFRESH", "20s")];
    let scenario = edges(&words, "");
    compare_percentiles(&scenario, 5_000);
}

fn compare_percentiles(scenario: &Scenario, least: u64) {
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let run = |recorded_max, keeps_all| {
        let means = Means { recorded_max, keeps_all, ..Means::PLAIN };
        simulate::simulate(scenario, scenario.seed, &crate::shipped::read, &watch, means)
            .expect("it runs")
            .findings
    };
    let (near, exact) = (run(0, true), run(u64::MAX, true));
    let summed_up = run(0, false);
    assert_eq!(summed_up.fleet.staleness, near.fleet.staleness);
    assert_eq!(summed_up.fleet.change_staleness, near.fleet.change_staleness);
    for ((_, few), (_, all)) in summed_up.points.iter().zip(&near.points) {
        for (few, all) in [(&few.staleness, &all.staleness), (&few.change_staleness, &all.change_staleness)] {
            let [few, all] =
                [few, all].map(|one| QUANTILES.map(|share| one.histogram.value_at_quantile(share)));
            assert_eq!(few, all);
        }
    }
    let points = near.points.iter().zip(&exact.points).map(|((_, near), (_, exact))| (near, exact));
    for (near, exact) in points.chain([(&near.fleet, &exact.fleet)]) {
        for (near, exact) in
            [(&near.staleness, &exact.staleness), (&near.change_staleness, &exact.change_staleness)]
        {
            assert!(near.is_near && !exact.is_near && exact.count > least, "{}", exact.count);
            assert_eq!((near.count, near.sum, near.max), (exact.count, exact.sum, exact.max));
            assert_eq!(near.histogram.histogram().len(), exact.count);
            for quantile in QUANTILES {
                let found = near.histogram.histogram().value_at_quantile(quantile) as f64;
                let wanted = exact.histogram.histogram().value_at_quantile(quantile) as f64;
                assert!((found / wanted - 1.0).abs() < 0.01, "{quantile}: {found} for {wanted}");
            }
        }
    }
}

/// Some frames come seconds late, while entries last half a minute: of what is refreshed late some ends before, some changes
/// before, and most does not matter. Members of pairs have much of it within moments of one another.
#[test]
fn what_comes_late_is_folded_as_it_is_followed() {
    let words = [("JITTER", "500ms"), ("TIMEOUT", "30s"), ("TICK", "500ms"), ("REFRESH", "15s")];
    let pairs = r#"ha_pairs: {"pair-{n}": {site: "edge-{n}", count: 3, upstreams: [hub]}}"#;
    let scenario = edges(&words, pairs);
    for seed in 1..=5 {
        let (told, scanned) = through_lanes(&scenario, Seed(seed), &crate::shipped::read);
        assert!(told.is_empty(), "{}", told.join("\n"));
        assert!(scanned.0 > 5_000, "{scanned:?}");
    }
}

/// Two logs that are read at different paces, of which the later word wins wherever it comes from.
const PACES: &str = r#"
duration: 1h
start: "08:00"
sites: {core: {}, "edge-{n}": {count: 3}}
links:
  "wan-{n}": {between: [core, "edge-{n}"], count: 3, latency: 20ms, jitter: {exponential: 5ms}}
defaults:
  points: {timeout: 10m, conflict: arrival}
domain_controllers:
  dc-quick: {site: core, read_interval: 1s, hears: ["edge-*"]}
  dc-slow: {site: core, read_interval: 40s, hears: ["edge-*"]}
agents:
  agent-quick: {site: core, reads: [dc-quick]}
  agent-slow: {site: core, reads: [dc-slow]}
panoramas: {panorama: {site: core, upstreams: ["agent-*"]}}
hubs: {hub: {site: core, upstreams: [panorama]}}
firewalls:
  "fw-{n}": {site: "edge-{n}", count: 3, upstreams: [hub]}
workload:
  population:
    sites:
      "edge-*": {users: 60, networks: [10.0.0.0/8], split: 25}
    day: {log_on: "08:20", log_on_deviation: 20m, length: {exponential: 8m}}
    roaming: "100%"
    lease_rest: 1s
    refresh_gap: {exponential: 30s}
    log_off_observed: "50%"
faults:
"#;

/// What is told of an address is often older than what was told before, at leaves whose sessions break all the time.
#[test]
fn what_arrives_out_of_order_is_folded_as_it_is_followed() {
    let cut =
        |n: u32| format!("  - {{name: cut-{n}, at: \"08:{}\", for: 1m, partition: edge-1}}\n", 14 + 5 * n);
    let reset = |n: u32| format!("  - {{name: reset-{n}, at: \"08:{}\", reset: fw-2}}\n", 12 + 4 * n);
    let faults: String = (0..8).map(cut).chain((0..11).map(reset)).collect();
    // Of some seeds something is overtaken before all sessions stand, and nobody is scanned.
    let scanned = paces_scanned(&(PACES.to_owned() + &faults), 12);
    assert!(scanned >= 8, "{scanned} of 12 are scanned");
}

/// Of how many of the first `seeds` seeds a text is scanned; of each it gives what following it gives.
fn paces_scanned(text: &str, seeds: u64) -> usize {
    let scenario = uidsim::scenario::load("paces.yaml", text, &[], &crate::shipped::read)
        .unwrap_or_else(|problems| panic!("{}", problems.render(uidsim::problem::Style::Plain)));
    let is_scanned = |seed: &u64| {
        let (told, (frames, _)) = through_lanes(&scenario, Seed(*seed), &crate::shipped::read);
        assert!(told.is_empty(), "{seed}: {}", told.join("\n"));
        frames > 100
    };
    (1..=seeds).filter(is_scanned).count()
}

/// Firewalls of one line prefer what is newest, so that each refuses what its hub took later, and answer otherwise than one another
/// when short windows end.
#[test]
fn what_leaves_of_one_line_refuse_is_folded_as_it_is_followed() {
    let words = [
        ("duration: 1h", "duration: 40m\nwindow: 1s"),
        ("exponential: 5ms", "exponential: 500ms"),
        (
            "{site: \"edge-{n}\", count: 3, upstreams: [hub]}",
            "{site: edge-1, count: 3, upstreams: [hub], conflict: newest}",
        ),
        ("\nfaults:\n", "\n"),
    ];
    let text = words.iter().fold(PACES.to_owned(), |text, (word, means)| text.replace(word, means));
    let scanned = paces_scanned(&text, 3);
    assert!(scanned >= 2, "{scanned} of 3 are scanned");
}

#[test]
fn who_reads_a_directory_is_followed() {
    let of = |reads: &str| {
        let words = [("TIMEOUT", "30m"), ("TICK", "1s"), ("JITTER", "5ms"), ("REFRESH", "2m")];
        let reads = format!("upstreams: [hub]{reads}");
        let words = words.into_iter().chain([("upstreams: [hub]", reads.as_str())]).collect::<Vec<_>>();
        let scenario =
            edges(&words, "directories:\n  ad: {site: core, protocol: ldaps, changes: {exponential: 5m}}\n");
        Cast::new(&scenario, 300).map(|cast| cast.leaf_count())
    };
    assert_eq!(of(""), Ok(3));
    let why = of(", group_mapping: [ad]").expect_err("it reads");
    assert!(why.ends_with("reads a directory or a terminal server"), "{why}");
}
