//! What is scanned equals what is followed through the agenda, to the last count.

use std::sync::atomic::AtomicBool;

use uidsim::observe::Witness;
use uidsim::scan::{Cast, Recorder, find};
use uidsim::simulate::{self, Watch};

use crate::compare;
use crate::grow::Case;

/// What became of one case: whether it could be scanned, and where it differs.
fn check(case: &Case) -> Result<Vec<String>, String> {
    let scenario = &case.scenario;
    let workload =
        simulate::realise(scenario, case.seed, &|path| case.read(path)).expect("a case can be run");
    let cast = Cast::new(scenario, workload.addresses.len())?;
    let mut witness = Witness::new(scenario, &workload);
    let mut record = Recorder::new(&cast, &workload);
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let course =
        simulate::run_with(scenario, &workload, case.seed, &watch, None, &mut [&mut witness, &mut record]);
    record.close();
    if let Some(why) = record.uneven() {
        return Err(why.to_owned());
    }
    let followed = witness.finish(course.end);
    let scanned = find(scenario, &cast, &record, &|leaf| record.heard(leaf).to_vec(), course.end);
    Ok(compare::differences(&scanned, &followed))
}

#[cfg(not(test))]
pub(crate) fn main() {
    folding_equals_following();
}

#[cfg_attr(test, test)]
fn folding_equals_following() {
    let count = std::env::var("UIDSIM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let first = std::env::var("UIDSIM_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut why = std::collections::BTreeMap::new();
    let mut failures = Vec::new();
    for number in first..first + count {
        match std::panic::catch_unwind(|| check(&Case::calm(number))) {
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
    println!("{why:?}");
}
