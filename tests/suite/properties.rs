//! What holds in every run, over thousands of random small ones.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use uidsim::ids::{AddressId, NodeId};
use uidsim::observe::{Classes, DisturbanceKind, Findings, Parts, PointFindings, Witness};
use uidsim::simulate::{self, Course, Stop, Watch};
use uidsim::topology::Role;
use uidsim::workload::Workload;

use crate::compare;
use crate::grow::{Case, vary};
use crate::reference::Reference;
use crate::seen::{HAPPENINGS, Happening, Seen};

/// Everything that one run gives.
struct Run {
    workload: Workload,
    course: Course,
    reference: Findings,
    shipping: Findings,
    seen: Seen,
}

fn run(case: &Case) -> Run {
    let scenario = &case.scenario;
    let workload =
        simulate::realise(scenario, case.seed, &|path| case.read(path)).expect("a case can be run");
    let mut reference = Reference::new(scenario, &workload);
    let mut witness = Witness::new(scenario, &workload);
    let mut seen = Seen::default();
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let course = simulate::run_with(
        scenario,
        &workload,
        case.seed,
        &watch,
        None,
        &mut [&mut reference, &mut witness, &mut seen],
    );
    assert_eq!(course.stop, Stop::Completed, "a case comes to its end");
    let shipping = witness.finish(course.end);
    Run { workload, course, reference: reference.finish(), shipping, seen }
}

/// How many cases: `UIDSIM_CASES`, or this many.
fn cases(usual: u64) -> u64 {
    std::env::var("UIDSIM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn first_case() -> u64 {
    std::env::var("UIDSIM_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Checks `count` cases on two threads; every failure is told with the number of its case.
fn check_cases(count: u64, check: impl Fn(&Case) -> Vec<Happening> + Sync) {
    let next = AtomicU64::new(first_case());
    let end = first_case() + count;
    let failures = Mutex::new(Vec::new());
    let happened: Mutex<BTreeMap<Happening, u64>> = Mutex::default();
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return;
            }
            match catch_unwind(AssertUnwindSafe(|| check(&Case::new(number)))) {
                Ok(happenings) => {
                    let mut happened = happened.lock().expect("no thread dies with the lock");
                    for happening in happenings {
                        *happened.entry(happening).or_insert(0) += 1;
                    }
                }
                Err(panic) => {
                    let text = panic
                        .downcast_ref::<String>()
                        .cloned()
                        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                        .unwrap_or_default();
                    failures.lock().expect("as above").push((number, text));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let failures = failures.into_inner().expect("all threads are done");
    let told: Vec<String> =
        failures.iter().take(5).map(|(number, text)| format!("case {number}: {text}")).collect();
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), told.join("\n"));
    let happened = happened.into_inner().expect("all threads are done");
    for happening in HAPPENINGS {
        let share = happened.get(&happening).copied().unwrap_or(0) * 100 / count;
        assert!(
            count < 500 || share >= 5,
            "{happening:?} occurs in {share} % of the cases only: {happened:?}"
        );
    }
}

/// What a run's findings must satisfy by themselves.
fn check_sums(case: &Case, run: &Run) {
    for (link, directions) in run.course.pipes.iter().enumerate() {
        for (direction, used) in directions.iter().enumerate() {
            let inside = run.course.in_flight[link][direction];
            let (entered, ended) = (used.entered, used.left + used.lost + inside);
            assert_eq!(
                entered, ended,
                "link {link} direction {direction}: sent = delivered + dropped + in flight"
            );
        }
    }
    for (node, (host, counted)) in run.course.hosts.iter().zip(&run.reference.nodes).enumerate() {
        let spent = (host.messages_in, host.messages_out, host.mappings_in, host.mappings_out);
        let wanted = (counted.messages_in, counted.messages_out, counted.mappings_in, counted.mappings_out);
        assert_eq!(spent, wanted, "node {node}: what is served and sent is counted");
    }
    for (point, row) in &run.shipping.points {
        let who = point.index();
        assert_eq!(
            row.fates.total(),
            noticed_in_scope(case, run, *point),
            "point {who}: every update has one fate"
        );
        check_row(&format!("point {who}"), row);
        if row.down == 0 {
            let present = row.classes.total() - row.classes.lingering;
            assert_eq!(
                present,
                stays_in_scope(case, run, *point),
                "point {who}: classes partition the addresses"
            );
        }
    }
    check_row("fleet", &run.shipping.fleet);
}

fn check_row(who: &str, row: &PointFindings) {
    let parts = row.breakdown.observe + row.breakdown.parts.total();
    assert_eq!(parts, row.staleness.sum, "{who}: the breakdown sums to the staleness");
    let hops: u128 = row.breakdown.hops.values().map(Parts::total).sum();
    assert_eq!(hops, row.breakdown.parts.total(), "{who}: hops sum to the parts");
    let wrong = row.classes.total() - row.classes.current;
    assert_eq!(row.blame.total(), wrong, "{who}: blame sums to what is not current");
    assert_eq!(row.blame.hops.values().sum::<u128>(), row.blame.in_transit, "{who}: hops sum to in transit");
    assert_eq!(row.staleness.count, row.fates.applied, "{who}: every applied update is a sample");
    for (whole, windows) in [(&row.classes, &row.windows), (&row.replica, &row.replica_windows)] {
        let mut sum = Classes::default();
        windows.iter().for_each(|window| sum.add(&window));
        assert_eq!(sum, *whole, "{who}: windows sum to the whole");
    }
}

fn is_in_scope(case: &Case, run: &Run, point: NodeId, address: AddressId) -> bool {
    let Role::Point(settings) = &case.scenario.topology.nodes[point.index()].role else { return false };
    let ip = run.workload.addresses[address.index()];
    settings.scope.is_empty() || settings.scope.iter().any(|network| network.contains(&ip))
}

fn noticed_in_scope(case: &Case, run: &Run, point: NodeId) -> u64 {
    let update =
        |(source, sequence): &(NodeId, u64)| run.workload.updates[source.index()][*sequence as usize];
    let noticed = run.seen.noticed.iter().map(update);
    let counted = noticed.filter(|update| update.occurred >= case.scenario.measure_from);
    counted.filter(|update| is_in_scope(case, run, point, update.address)).count() as u64
}

/// For how long somebody was at an address in scope. Units: address-nanoseconds.
fn stays_in_scope(case: &Case, run: &Run, point: NodeId) -> u128 {
    let (from, end) = (case.scenario.measure_from, run.shipping.end);
    let stays = run.workload.stays.iter().filter(|stay| is_in_scope(case, run, point, stay.address));
    stays.map(|s| u128::from(s.end.min(end).nanos().saturating_sub(s.start.max(from).nanos()))).sum()
}

/// Rows that both have, and what is the fleet's, say the same.
fn check_same(one: &Findings, other: &Findings, what: &str) {
    let mut told = Vec::new();
    for (point, row) in &one.points {
        let (_, again) = other.points.iter().find(|(id, _)| id == point).expect("nobody is gone");
        compare::point(&mut told, &format!("point {}", point.index()), again, row);
    }
    assert!(told.is_empty(), "{what} changes somebody's rows:\n{}", told.join("\n"));
}

/// A change of the scenario that must change nobody's rows.
fn check_variation(case: &Case, run: &Run) {
    let varied = match case.seed.0 % 4 {
        0 => (case.clone(), "the same seed"),
        1 => (vary::with_a_stranger(case), "an unrelated firewall"),
        2 => (vary::with_an_idle_fault(case), "a fault that does nothing"),
        _ => (vary::with_links_turned_over(case), "another order of the links"),
    };
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let (varied, what) = varied;
    let again = simulate::simulate(
        &varied.scenario,
        varied.seed,
        &|path| varied.read(path),
        &watch,
        simulate::Means::PLAIN,
    )
    .expect("a varied case can be run");
    check_same(&run.shipping, &again.findings, what);
    if case.seed.0.is_multiple_of(4) {
        assert!(compare::differences(&again.findings, &run.shipping).is_empty(), "one seed, one report");
        let once_more = simulate::simulate(
            &varied.scenario,
            varied.seed,
            &|path| varied.read(path),
            &watch,
            simulate::Means::PLAIN,
        );
        assert_eq!(again.findings, once_more.expect("as before").findings, "one seed, one report");
    }
}

#[test]
fn every_law_holds_in_random_cases() {
    check_cases(cases(2_000), |case| {
        let run = run(case);
        let differences = compare::differences(&run.shipping, &run.reference);
        assert!(differences.is_empty(), "shipping and reference differ:\n{}", differences.join("\n"));
        check_sums(case, &run);
        check_variation(case, &run);
        let mut happenings = run.seen.happenings.clone();
        if run.reference.disturbances.iter().any(|one| one.kind == DisturbanceKind::Failover) {
            happenings.insert(Happening::Failover);
        }
        happenings.into_iter().collect()
    });
}
