//! A whole topology, from its text to its findings, and the parts of the way.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the shipped file")]

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, criterion_group, criterion_main};
use uidsim::scenario::{self, Scenario};
use uidsim::simulate::{Means, Watch, realise, run_with, simulate};

const FILE: &str = "topologies/three-sites.yaml";

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn load() -> Scenario {
    let text = read(Path::new(FILE)).expect("the shipped file is there");
    scenario::load(FILE, &text, &[], &read).expect("the shipped file has no problem")
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("three-sites");
    group.sample_size(10);
    let scenario = load();
    let workload = realise(&scenario, scenario.seed, &read).expect("a generated workload");
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    group.bench_function("load", |b| b.iter(|| black_box(load())));
    group.bench_function("workload", |b| b.iter(|| black_box(realise(&scenario, scenario.seed, &read))));
    group.bench_function("unwatched", |b| {
        b.iter(|| black_box(run_with(&scenario, &workload, scenario.seed, &watch, None, &mut [])));
    });
    group.bench_function("whole", |b| {
        b.iter(|| black_box(simulate(&scenario, scenario.seed, &read, &watch, Means::PLAIN)))
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
