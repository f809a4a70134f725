//! `uidsim check`: the gate. Simulate over several seeds, judge what is expected and what has moved since a baseline.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::costs::Stopwatch;
use super::failure::{self, Failure};
use super::input::{self, Topology};
use super::run::all_cores;
use super::scenario::Changes;
use super::stage::Stage;
use super::{baseline, files, output};
use crate::gate::{self, Baseline, Verdict, json, junit, markdown, text};
use crate::page::{self, Checked, Curves};
use crate::random::Seed;
use crate::report::{self, Report};
use crate::scenario::Scenario;
use crate::simulate::{Means, Stop, answers, simulate};

const EXAMPLE: &str = "Examples:
  uidsim check topologies/three-sites.yaml --seeds 5
  uidsim check topologies/three-sites.yaml --update-baseline
  uidsim check topologies --junit check.xml --markdown \"$GITHUB_STEP_SUMMARY\"

A folder stands for the .yaml and .yml files directly in it. The baseline of FILE.yaml is FILE.baseline.json beside it.";

/// What `check` is asked.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help_of_gate(EXAMPLE))]
pub(super) struct Arguments {
    /// Topology files and folders; `-` reads stdin
    #[arg(value_name = "TOPOLOGY", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Run each file with this many seeds, from the file's own seed on
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    seeds: u16,
    /// Write the baseline of each file anew, from all its seeds, instead of comparing with it
    #[arg(long)]
    update_baseline: bool,
    /// Write the verdict as JSON; `-` writes it to stdout instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the verdict as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the verdict as Markdown, as for the summary of a GitHub job
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the verdict as one HTML page with charts, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// No text and no progress
    #[arg(short, long)]
    quiet: bool,
    /// Use at most this many threads, all cores by default; the verdict never depends on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// One file with everything that is known before it runs.
struct Candidate {
    path: PathBuf,
    topology: Topology,
    scenario: Scenario,
    seeds: Vec<Seed>,
    baseline: Option<Baseline>,
}

/// What one job finds.
enum Found {
    Answers(Option<Vec<Option<String>>>),
    Report(Box<Report>, Option<Box<Curves>>, Stop),
}

/// Simulates, judges, and says how it went.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let written = [&arguments.json, &arguments.junit, &arguments.markdown, &arguments.html];
    output::check_all(&written.map(Option::as_deref))?;
    if arguments.update_baseline && arguments.paths.iter().any(|path| path == Path::new("-")) {
        return Err(Failure::bad_input(
            "a topology from stdin has no place for a baseline",
            "give it a file",
        ));
    }
    if arguments.update_baseline && arguments.changes.is_any() {
        let hint = "change the file, or leave out --set, --seed and --duration";
        return Err(Failure::bad_input("a baseline is of the file as it stands", hint));
    }
    let candidates = candidates(arguments)?;
    let stage = Stage::new(arguments.quiet);
    let mut checked = Vec::new();
    let mut kept = Vec::new();
    for (candidate, found) in candidates.iter().zip(play(arguments, &stage, &candidates)?) {
        let partial = found.reports.len() < candidate.seeds.len() || found.answers.is_none();
        let reports: Vec<&Report> = found.reports.iter().collect();
        let answers = found.answers.unwrap_or_default();
        let entries = gate::judge_entries(&candidate.scenario, candidate.seeds[0], answers);
        let file = candidate.path.display().to_string();
        let verdict =
            Verdict::new(&file, &candidate.scenario, &reports, entries, candidate.baseline.as_ref());
        if arguments.update_baseline && !partial {
            kept.push((candidate.path.as_path(), gate::baseline(&candidate.scenario, &reports)));
        }
        let start_seconds = candidate.scenario.start.nanos() as f64 / 1e9;
        let verdict = Verdict { partial, ..verdict };
        checked.push(Checked { verdict, start_seconds, curves: found.curves });
    }
    publish(arguments, &checked)?;
    for (path, kept) in &kept {
        baseline::write(path, kept, arguments.quiet)?;
    }
    if stage.is_cancelled() {
        return Ok(ExitCode::from(failure::INTERRUPTED));
    }
    let held = checked.iter().all(|one| one.verdict.held());
    Ok(ExitCode::from(if held { failure::DONE } else { failure::BREACHED }))
}

/// Every file read and found good, with its baseline, or every problem of all of them.
fn candidates(arguments: &Arguments) -> Result<Vec<Candidate>, Failure> {
    let mut candidates = Vec::new();
    let mut problems = Vec::new();
    let paths = files::topologies(&arguments.paths)?;
    let mut known = BTreeMap::new();
    for path in &paths {
        if let Some(other) = known.insert(baseline::path(path), path) {
            let fact = format!("{} and {} would share one baseline", other.display(), path.display());
            return Err(Failure::bad_input(&fact, "name each file once, and give each its own name"));
        }
    }
    for path in paths {
        match candidate(arguments, &path) {
            Ok(candidate) => candidates.push(candidate),
            Err(failure) => problems.push(failure.text),
        }
    }
    if problems.is_empty() {
        Ok(candidates)
    } else {
        Err(Failure { code: failure::BAD_INPUT, text: problems.join("\n") })
    }
}

fn candidate(arguments: &Arguments, path: &Path) -> Result<Candidate, Failure> {
    let topology = input::topology(path)?;
    let scenario = arguments.changes.load(&topology)?;
    let first = arguments.changes.seed(&scenario).0;
    let seeds: Vec<u64> = (0..u64::from(arguments.seeds)).map(|n| first.wrapping_add(n)).collect();
    let baseline = if arguments.update_baseline { None } else { baseline::read(path, &scenario, &seeds)? };
    let seeds = seeds.into_iter().map(Seed).collect();
    Ok(Candidate { path: path.to_path_buf(), topology, scenario, seeds, baseline })
}

/// What the jobs of one file found.
#[derive(Default)]
struct Gathered {
    reports: Vec<Report>,
    /// Of the same, where a page is asked for.
    curves: Vec<Curves>,
    answers: Option<Vec<Option<String>>>,
}

/// Plays every seed of every file.
fn play(arguments: &Arguments, stage: &Stage, candidates: &[Candidate]) -> Result<Vec<Gathered>, Failure> {
    let seeds = |file: usize| candidates[file].seeds.iter().map(move |seed| (file, Some(*seed)));
    let jobs: Vec<(usize, Option<Seed>)> =
        (0..candidates.len()).flat_map(|file| seeds(file).chain([(file, None)])).collect();
    let threads = arguments.threads.map_or_else(all_cores, usize::from);
    let each = (threads / jobs.len().max(1)).max(1);
    let found = stage.play_all(&jobs, threads, |stage, (file, seed)| {
        let candidate = &candidates[*file];
        let seed_or_first = seed.unwrap_or(candidate.seeds[0]);
        let replay = arguments.changes.replay(&candidate.path, seed_or_first);
        let name = &candidate.topology.name;
        match seed {
            Some(seed) => simulated(candidate, stage, (*seed, arguments.html.is_some()), &replay, each),
            None => stage.play_quietly(name, seed_or_first, &replay, |watch| {
                answers(&candidate.scenario, seed_or_first, &input::trace, watch).map(Found::Answers)
            }),
        }
    });
    let mut gathered: Vec<Gathered> = candidates.iter().map(|_| Gathered::default()).collect();
    for ((file, _), found) in jobs.iter().zip(found) {
        match found? {
            Found::Answers(answers) => gathered[*file].answers = answers,
            Found::Report(report, curves, Stop::Completed) => {
                gathered[*file].reports.push(*report);
                gathered[*file].curves.extend(curves.map(|curves| *curves));
            }
            Found::Report(_, _, Stop::Cancelled) => {}
            Found::Report(report, _, Stop::EventsUsedUp) => {
                let fact = format!(
                    "{}: the topology does not come to rest: {} events with seed {}",
                    candidates[*file].topology.name, report.run.events, report.seed
                );
                return Err(Failure::unfinished(&fact, "look for a loop of sessions, or allow more events"));
            }
        }
    }
    Ok(gathered)
}

fn simulated(
    candidate: &Candidate,
    stage: &Stage,
    (seed, with_curves): (Seed, bool),
    replay: &str,
    threads: usize,
) -> Result<Found, Failure> {
    let means = Means { threads, keeps_all: false, ..Means::PLAIN };
    let outcome = stage.play_quietly(&candidate.topology.name, seed, replay, |watch| {
        simulate(&candidate.scenario, seed, &input::trace, watch, means)
    })?;
    let report = report::build(&candidate.scenario, &outcome, seed, Stopwatch::start().costs(), false);
    let curves = with_curves.then(|| Box::new(Curves::new(&outcome.findings, candidate.scenario.window)));
    Ok(Found::Report(Box::new(report), curves, outcome.course.stop))
}

fn publish(arguments: &Arguments, checked: &[Checked]) -> Result<(), Failure> {
    let verdicts: Vec<Verdict> = checked.iter().map(|one| one.verdict.clone()).collect();
    let taken = output::write_all(&[
        (arguments.json.as_deref(), &|| json::print(&verdicts)),
        (arguments.junit.as_deref(), &|| junit::print(&verdicts)),
        (arguments.markdown.as_deref(), &|| markdown::print(&verdicts)),
        (arguments.html.as_deref(), &|| page::check(checked)),
    ])?;
    if taken || arguments.quiet {
        Ok(())
    } else {
        output::print(&text::print(&verdicts, output::has_colour()))
    }
}
