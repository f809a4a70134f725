//! Every shipped topology is run and witnessed, and what is found must add up.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use uidsim::observe::{ClassWindows, Classes, Findings, PointFindings, Witness};
use uidsim::scenario::Scenario;
use uidsim::simulate::{Watch, realise, run_with};
use uidsim::units::Instant;
use uidsim::workload::Workload;

use crate::shipped::{is_small, read, topologies};

fn witnessed(file: &Path) -> Option<(Scenario, Workload, Findings)> {
    let text = read(file).expect("readable");
    let scenario = uidsim::scenario::load(&file.display().to_string(), &text, &[], &read).expect("loads");
    if !is_small(&scenario) {
        return None;
    }
    let workload = realise(&scenario, scenario.seed, &read).expect("the workload is possible");
    let mut witness = Witness::new(&scenario, &workload);
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let course = run_with(&scenario, &workload, scenario.seed, &watch, None, &mut [&mut witness]);
    Some((scenario, workload, witness.finish(course.end)))
}

fn sum(windows: &ClassWindows) -> Classes {
    let mut all = Classes::default();
    windows.iter().for_each(|window| all.add(&window));
    all
}

fn check(found: &PointFindings, name: &str) {
    let classes = &found.classes;
    assert_eq!(
        found.blame.total(),
        classes.total() - classes.current,
        "{name}: every wrong answer is blamed"
    );
    assert_eq!(found.blame.hops.values().sum::<u128>(), found.blame.in_transit, "{name}: hops add up");
    assert_eq!(sum(&found.windows), *classes, "{name}: windows add up");
    assert_eq!(sum(&found.replica_windows), found.replica, "{name}: replica windows add up");
    assert_eq!(found.staleness.count, found.fates.applied, "{name}: one sample per applied update");
    let parts = found.breakdown.observe + found.breakdown.parts.total();
    assert_eq!(parts, found.staleness.sum, "{name}: the parts of a delay add up");
    let hops: u128 = found.breakdown.hops.values().map(|parts| parts.total()).sum();
    assert_eq!(hops, found.breakdown.parts.total(), "{name}: hops add up");
    assert!(found.exposure.wrong <= classes.outdated && found.exposure.unknown <= classes.missing, "{name}");
}

#[test]
fn what_is_found_in_every_shipped_topology_adds_up() {
    for file in topologies(".") {
        let name = file.display().to_string();
        let Some((scenario, workload, findings)) = witnessed(&file) else { continue };
        assert!(!findings.points.is_empty(), "{name} has enforcement points");
        for (node, found) in &findings.points {
            check(found, &format!("{name}: {}", scenario.topology.nodes[node.index()].name));
        }
        check(&findings.fleet, &format!("{name}: fleet"));
        let counted = |found: &&(_, PointFindings)| found.1.fates.total();
        let occurred = |update: &&uidsim::workload::Update| {
            update.occurred >= scenario.measure_from && update.occurred < findings.end
        };
        let most = workload.updates.iter().flatten().filter(occurred).count() as u64;
        assert!(findings.points.iter().map(|found| counted(&found)).max() <= Some(most + 1), "{name}");
        assert!(findings.fleet.fates.applied > 0, "{name}: something arrives");
    }
}

#[test]
fn stopping_early_leaves_a_short_last_window() {
    let file = topologies(".").remove(0);
    let text = read(&file).expect("readable");
    let scenario = uidsim::scenario::load(&file.display().to_string(), &text, &[], &read).expect("loads");
    let workload = realise(&scenario, scenario.seed, &read).expect("the workload is possible");
    let mut witness = Witness::new(&scenario, &workload);
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let until = Instant::from_nanos(scenario.window.nanos() * 3 / 2);
    let course = run_with(&scenario, &workload, scenario.seed, &watch, Some(until), &mut [&mut witness]);
    let findings = witness.finish(course.end);
    assert_eq!(findings.agreement.len(), 2);
    assert!(findings.points.iter().all(|(_, found)| found.windows.len() == 2));
}
