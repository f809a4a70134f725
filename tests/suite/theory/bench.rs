//! The bench: one topology under many seeds, and a sheet that compares means with what theory predicts.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use uidsim::observe::{NodeUse, PointFindings};
use uidsim::problem::Style;
use uidsim::random::Seed;
use uidsim::scenario::Scenario;
use uidsim::simulate::{Means, Outcome, Stop, Watch, realise, simulate};
use uidsim::workload::Workload;

use crate::shipped::read;

const THREADS: usize = 2;
/// A debug build is slow: it runs a quarter of the seeds, so that errors are twice as large, and with so few seeds
/// the error itself is uncertain: of a hundred comparisons with three degrees of freedom one strays by more than
/// 5.8 standard errors, and one in five hundred by more than ten (Student's t).
const DEBUG_SHARE: u64 = if cfg!(debug_assertions) { 4 } else { 1 };
const DEBUG_SLACK: f64 = if cfg!(debug_assertions) { 3.0 } else { 1.0 };
const ERRORS_AWAY: f64 = if cfg!(debug_assertions) { 10.0 } else { 3.0 };

/// One run of a theory topology.
pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) outcome: Outcome,
    seed: Seed,
}

impl Run<'_> {
    /// What it was made with.
    pub(super) fn workload(&self) -> Workload {
        realise(self.scenario, self.seed, &read).expect("it ran")
    }

    /// What the first enforcement point knew.
    pub(super) fn point(&self) -> &PointFindings {
        &self.outcome.findings.points[0].1
    }

    /// What the node of this name spent.
    pub(super) fn spent(&self, name: &str) -> &NodeUse {
        let node = self.scenario.topology.nodes.iter().position(|node| node.name == name);
        &self.outcome.findings.nodes[node.expect("a node of the file")]
    }

    /// How long was measured. Units: seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.outcome.findings.end.since(self.scenario.measure_from).seconds()
    }
}

/// The mean of a sum of nanoseconds, in seconds.
pub(super) fn seconds_each(sum_nanos: u128, count: u64) -> f64 {
    sum_nanos as f64 / 1e9 / count as f64
}

/// Mean age of information, mean peak, mean staleness. Units: seconds.
pub(super) fn ages(found: &PointFindings) -> [f64; 3] {
    let age = &found.age;
    [
        age.area as f64 / age.time as f64 / 1e9,
        seconds_each(age.peak_sum, age.peaks),
        seconds_each(found.staleness.sum, found.staleness.count),
    ]
}

fn load(file: &str, sets: &[(&str, &str)]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("topologies/theory/{file}.yaml"));
    let text = read(&path).expect("readable");
    let sets: Vec<(String, String)> =
        sets.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    match uidsim::scenario::load(file, &text, &sets, &read) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{}", problems.render(Style::Plain)),
    }
}

/// Runs a topology under as many `seeds`, which no other file has; what `measure` says of each, in order.
pub(super) fn replicate<T: Send>(
    file: &str,
    sets: &[(&str, &str)],
    seeds: u64,
    measure: impl Fn(&Run<'_>) -> T + Sync,
) -> Vec<T> {
    let scenario = load(file, sets);
    let seeds = seeds.div_ceil(DEBUG_SHARE).max(4);
    let first = 1_000
        * file.bytes().chain(sets.iter().flat_map(|(_, value)| value.bytes())).map(u64::from).sum::<u64>();
    let next = AtomicU64::new(first);
    let measured = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return;
            }
            let one = measure(&run(&scenario, seed));
            measured.lock().expect("nobody panicked").push((seed, one));
        }
    };
    std::thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    let mut measured = measured.into_inner().expect("nobody panicked");
    measured.sort_by_key(|(seed, _)| *seed);
    measured.into_iter().map(|(_, one)| one).collect()
}

fn run(scenario: &Scenario, seed: u64) -> Run<'_> {
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let outcome =
        simulate(scenario, Seed(seed), &read, &watch, Means::PLAIN).expect("the workload is possible");
    assert_eq!(outcome.course.stop, Stop::Completed);
    Run { scenario, outcome, seed: Seed(seed) }
}

/// The rows of one file: predictions, and whether the measurements meet them.
pub(super) struct Sheet {
    file: &'static str,
    broken: Vec<String>,
}

impl Sheet {
    pub(super) fn new(file: &'static str) -> Self {
        Self { file, broken: Vec::new() }
    }

    /// The mean of `samples` (one a seed) is within three standard errors of `predicted`, and three
    /// standard errors are at most the share `bound` of it.
    pub(super) fn near(
        &mut self,
        what: &str,
        predicted: f64,
        samples: impl Iterator<Item = f64>,
        bound: f64,
    ) {
        let samples: Vec<f64> = samples.collect();
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
        let error = 3.0 * (squares / (count - 1.0) / count).sqrt();
        let is_close = (mean - predicted).abs() <= error / 3.0 * ERRORS_AWAY;
        let is_sure = error <= bound * DEBUG_SLACK * predicted.abs();
        let row = format!(
            "| {what} | `{}` | {predicted:.6} | {mean:.6} | {error:.6} ({:.2} %) | {count} |",
            self.file,
            100.0 * error / predicted.abs(),
        );
        self.row(&row, is_close && is_sure);
    }

    /// Two whole numbers are the same.
    pub(super) fn exact(&mut self, what: &str, predicted: u128, measured: u128) {
        let row = format!("| {what} | `{}` | {predicted} | {measured} | exact | 1 |", self.file);
        self.row(&row, predicted == measured);
    }

    #[expect(clippy::print_stdout, reason = "the table of docs/theory.md is this test's output")]
    fn row(&mut self, row: &str, holds: bool) {
        println!("{row}");
        if !holds {
            self.broken.push(row.to_owned());
        }
    }

    pub(super) fn finish(self) {
        assert!(self.broken.is_empty(), "not met:\n{}", self.broken.join("\n"));
    }
}
