//! What holds in every run, over thousands of random small ones.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use uidsim::observe::{DisturbanceKind, Findings, Witness};
use uidsim::simulate::{self, Course, Stop, Watch};
use uidsim::workload::Workload;

use crate::compare;
use crate::grow::Case;
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

#[test]
fn every_law_holds_in_random_cases() {
    check_cases(cases(2_000), |case| {
        let run = run(case);
        let differences = compare::differences(&run.shipping, &run.reference);
        assert!(differences.is_empty(), "shipping and reference differ:\n{}", differences.join("\n"));
        let mut happenings = run.seen.happenings.clone();
        if run.reference.disturbances.iter().any(|one| one.kind == DisturbanceKind::Failover) {
            happenings.insert(Happening::Failover);
        }
        happenings.into_iter().collect()
    });
}
