//! `uidsim compare`: topologies or saved reports side by side.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::costs::Stopwatch;
use super::failure::{self, Failure};
use super::input::{self, Topology};
use super::output;
use super::run::all_cores;
use super::scenario::Changes;
use super::stage::Stage;
use crate::gate::versus::{self, Side, Versus, csv, json, markdown, text};
use crate::page::{self, Curved, Curves};
use crate::random::Seed;
use crate::report;
use crate::scenario::Scenario;
use crate::simulate::{Means, Stop, simulate};

const EXAMPLE: &str = "Examples:
  uidsim compare now.yaml two-hubs.yaml --seeds 5
  uidsim compare monday.json tuesday.json --metric 'staleness.*' --csv -

Every side is compared with the first, run for run with the same seed. A file that ends in .json is a saved report.";

/// What `compare` is asked.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help(EXAMPLE))]
pub(super) struct Arguments {
    /// Topology files, or reports that `uidsim run --json` has saved
    #[arg(value_name = "FILE", required = true, num_args = 2..)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Run each topology with this many seeds, from the first one's own seed on; beside saved reports, with theirs
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    seeds: u16,
    /// Show this metric of the fleet, or all that match, as in `staleness.*`; may be repeated
    #[arg(long, value_name = "PATH")]
    metric: Vec<String>,
    /// Write the comparison as JSON; `-` writes it to stdout instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the comparison as a Markdown table
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the comparison as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the comparison as one HTML page with charts, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// No text and no progress
    #[arg(short, long)]
    quiet: bool,
    /// Use at most this many threads, all cores by default; the numbers never depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// One side before it runs.
enum Candidate {
    Report { side: Side, curves: Vec<Curves> },
    Topology { path: PathBuf, topology: Topology, scenario: Box<Scenario> },
}

/// Simulates what must be simulated, and compares.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let written = [&arguments.json, &arguments.markdown, &arguments.csv, &arguments.html];
    output::check_all(&written.map(Option::as_deref))?;
    let mut candidates = Vec::new();
    for path in &arguments.paths {
        candidates.push(candidate(arguments, path)?);
    }
    let is_run = candidates.iter().any(|candidate| matches!(candidate, Candidate::Topology { .. }));
    if !is_run && arguments.changes.is_any() {
        let fact = "saved reports are run already; --set, --seed and --duration cannot change them";
        return Err(Failure::bad_input(fact, "compare topologies, or leave these out"));
    }
    let stage = Stage::new(arguments.quiet);
    let (sides, curved) = play(arguments, &stage, candidates)?;
    if stage.is_cancelled() {
        return Ok(ExitCode::from(failure::INTERRUPTED));
    }
    let versus = versus::compare(sides, &arguments.metric).map_err(|pattern| {
        let hint = "`uidsim run FILE --json -` shows what there is under `fleet`; `_seconds` is left off";
        Failure::bad_input(&format!("no metric of the fleet matches `{pattern}`"), hint)
    })?;
    publish(arguments, &versus, &curved)?;
    Ok(ExitCode::from(failure::DONE))
}

fn candidate(arguments: &Arguments, path: &Path) -> Result<Candidate, Failure> {
    let name = path.display().to_string();
    if path.extension().is_some_and(|ending| ending == "json") {
        let text = input::report(path).map_err(|fact| Failure::bad_input(&fact, ""))?;
        let mut side = Side::new(&name, None);
        side.add(&text).map_err(|fact| {
            Failure::bad_input(&format!("{name} {fact}"), "`uidsim run TOPOLOGY --json FILE` saves one")
        })?;
        let curves = arguments.html.iter().filter_map(|_| Curves::saved(&text)).collect();
        return Ok(Candidate::Report { side, curves });
    }
    let topology = input::topology(path)?;
    let scenario = Box::new(arguments.changes.load(&topology)?);
    Ok(Candidate::Topology { path: path.to_path_buf(), topology, scenario })
}

/// The seeds that topologies run with: those of the saved reports, if there are any, so that runs can be paired.
fn seeds(arguments: &Arguments, candidates: &[Candidate]) -> Vec<Seed> {
    let saved: BTreeSet<u64> = candidates
        .iter()
        .flat_map(|candidate| match candidate {
            Candidate::Report { side, .. } => side.seeds(),
            Candidate::Topology { .. } => Vec::new(),
        })
        .collect();
    let first = candidates.iter().find_map(|candidate| match candidate {
        Candidate::Report { .. } => None,
        Candidate::Topology { scenario, .. } => Some(arguments.changes.seed(scenario).0),
    });
    if saved.is_empty() {
        (0..u64::from(arguments.seeds)).map(|n| Seed(first.unwrap_or(0).wrapping_add(n))).collect()
    } else {
        saved.into_iter().map(Seed).collect()
    }
}

/// Runs every topology with every seed; reports are sides already. The sides, and their curves where a page is asked for.
fn play(
    arguments: &Arguments,
    stage: &Stage,
    candidates: Vec<Candidate>,
) -> Result<(Vec<Side>, Vec<Curved>), Failure> {
    let seeds = seeds(arguments, &candidates);
    let runs = candidates.iter().enumerate().filter(|(_, one)| matches!(one, Candidate::Topology { .. }));
    let jobs: Vec<(usize, Seed)> =
        runs.flat_map(|(index, _)| seeds.iter().map(move |seed| (index, *seed))).collect();
    let threads = arguments.threads.map_or_else(all_cores, usize::from);
    let means = Means { threads: (threads / jobs.len().max(1)).max(1), keeps_all: false, ..Means::PLAIN };
    let found = stage.play_all(&jobs, threads, |stage, (index, seed)| match &candidates[*index] {
        Candidate::Report { .. } => Ok(None),
        Candidate::Topology { path, topology, scenario } => {
            let replay = arguments.changes.replay(path, *seed);
            let outcome = stage.play_quietly(&topology.name, *seed, &replay, |watch| {
                simulate(scenario, *seed, &input::trace, watch, means)
            })?;
            let report = report::build(scenario, &outcome, *seed, Stopwatch::start().costs(), false);
            let finished = outcome.course.stop == Stop::Completed;
            let curves = arguments.html.is_some().then(|| Curves::new(&outcome.findings, scenario.window));
            Ok(finished.then(|| (report::json::print(&report), curves)))
        }
    });
    let curved = |candidate: &Candidate| match candidate {
        Candidate::Report { curves, .. } => {
            Curved { start_seconds: 0.0, is_saved: true, curves: curves.clone() }
        }
        Candidate::Topology { scenario, .. } => {
            let start_seconds = scenario.start.nanos() as f64 / 1e9;
            Curved { start_seconds, is_saved: false, curves: Vec::new() }
        }
    };
    let mut curved: Vec<Curved> = candidates.iter().map(curved).collect();
    let mut sides: Vec<Side> = candidates
        .into_iter()
        .map(|candidate| match candidate {
            Candidate::Report { side, .. } => side,
            Candidate::Topology { path, scenario, .. } => {
                Side::new(&path.display().to_string(), Some(&scenario))
            }
        })
        .collect();
    for ((index, seed), report) in jobs.iter().zip(found) {
        match report? {
            Some((report, curves)) => {
                sides[*index].add(&report).expect("our own report");
                curved[*index].curves.extend(curves);
            }
            None if stage.is_cancelled() => {}
            None => {
                let fact = format!("{} does not come to rest with seed {}", sides[*index].name, seed.0);
                return Err(Failure::unfinished(&fact, "look for a loop of sessions, or allow more events"));
            }
        }
    }
    Ok((sides, curved))
}

fn publish(arguments: &Arguments, versus: &Versus, curved: &[Curved]) -> Result<(), Failure> {
    let taken = output::write_all(&[
        (arguments.json.as_deref(), &|| json::print(versus)),
        (arguments.markdown.as_deref(), &|| markdown::print(versus)),
        (arguments.csv.as_deref(), &|| csv::print(versus)),
        (arguments.html.as_deref(), &|| page::compare(versus, curved)),
    ])?;
    if taken || arguments.quiet { Ok(()) } else { output::print(&text::print(versus, output::has_colour())) }
}
