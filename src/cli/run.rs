//! `uidsim run`: simulate, judge, report.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::costs::Stopwatch;
use super::failure::{self, Failure};
use super::progress::Bar;
use super::scenario::Source;
use super::{input, output};
use crate::gate;
use crate::problem::Problem;
use crate::random::Seed;
use crate::report::{self, Report, csv, json, table, text};
use crate::scenario::Scenario;
use crate::simulate::{Outcome, Stop, Watch, simulate};

const EXAMPLE: &str = "Example:
  uidsim run topologies/three-sites.yaml --seed 7 --set duration=2h --json report.json

Breached expectations are printed and do not change the exit code.";

/// What `run` is asked.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help(EXAMPLE))]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Write the whole report as JSON; `-` writes it to stdout instead of the summary
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write one row per enforcement point as CSV; `-` is stdout
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print every enforcement point, not only the worst ten
    #[arg(long, visible_alias = "all")]
    table: bool,
    /// Add every window of time to the JSON report
    #[arg(long)]
    series: bool,
    /// No summary and no progress
    #[arg(short, long)]
    quiet: bool,
    /// Use at most this many threads; the report does not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Simulates, reports, and says how it went.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let files = [&arguments.json, &arguments.csv];
    for path in files.into_iter().flatten() {
        output::check(path)?;
    }
    if files.into_iter().all(|path| path.as_deref().is_some_and(output::is_stdout)) {
        return Err(Failure::bad_input(
            "--json - and --csv - cannot share stdout",
            "give one of them a file",
        ));
    }
    let watch = Stopwatch::start();
    let topology = input::topology(&arguments.source.file.path)?;
    let scenario = arguments.source.load(&topology)?;
    let seed = arguments.source.seed(&scenario);
    let replay = arguments.source.replay(seed);
    let outcome = finish(arguments, &scenario, seed, &topology, &replay)?;
    let mut report = report::build(&scenario, &outcome, seed, watch.costs(), arguments.series);
    report.expectations = gate::judge(&scenario.expectations, &report);
    publish(arguments, &scenario, &report, &replay)?;
    match outcome.course.stop {
        Stop::Cancelled => Ok(ExitCode::from(failure::INTERRUPTED)),
        Stop::Completed => Ok(ExitCode::from(failure::DONE)),
        Stop::EventsUsedUp => {
            let fact = format!(
                "the topology does not come to rest: {} events by virtual {}",
                outcome.course.events, outcome.findings.end
            );
            Err(Failure::unfinished(&fact, "look for a loop of sessions, or allow more events in the file"))
        }
    }
}

/// Writes files first, so that a closed stdout costs no report.
fn publish(arguments: &Arguments, scenario: &Scenario, report: &Report, replay: &str) -> Result<(), Failure> {
    let mut stdout_taken = false;
    if let Some(path) = &arguments.json {
        output::write(path, &json::print(report))?;
        stdout_taken |= output::is_stdout(path);
    }
    if let Some(path) = &arguments.csv {
        output::write(path, &csv::print(report))?;
        stdout_taken |= output::is_stdout(path);
    }
    if stdout_taken || arguments.quiet {
        return Ok(());
    }
    let page = text::Page { start: scenario.start, replay, colour: output::has_colour() };
    let mut summary = text::print(report, &page);
    if arguments.table {
        summary += "\n";
        summary += &table::print(report);
    }
    output::print(&summary)
}

/// Runs the simulation; Ctrl-C stops it, a broken invariant becomes a failure that can be replayed.
fn finish(
    arguments: &Arguments,
    scenario: &Scenario,
    seed: Seed,
    topology: &input::Topology,
    replay: &str,
) -> Result<Outcome, Failure> {
    let cancelled = cancelled_by_keyboard();
    let bar = Bar::new(arguments.quiet);
    let progress = |progress| bar.show(progress);
    let watch = Watch { cancelled: &cancelled, progress: &progress };
    let outcome = guarded(|| simulate(scenario, seed, &input::trace, &watch));
    bar.clear();
    match outcome {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(problems)) => Err(of_workload(&topology.name, &problems)),
        Err(broken) => Err(Failure::unfinished(
            &format!("an invariant broke: {broken}\n  seed: {}\n  replay: {replay}", seed.0),
            "this is a fault of uidsim; please report it with the topology file and the seed",
        )),
    }
}

/// Problems that only show once the workload is made, such as an unreadable trace.
fn of_workload(file: &str, problems: &[Problem]) -> Failure {
    let text: Vec<String> = problems
        .iter()
        .map(|problem| Failure::bad_input(&format!("{file}: {problem}"), &problem.hint).text)
        .collect();
    Failure { code: failure::BAD_INPUT, text: text.join("\n") }
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
fn cancelled_by_keyboard() -> Arc<AtomicBool> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(failure::INTERRUPTED.into());
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tracing::warn!(%error, "Ctrl-C will end the run without a report");
    }
    cancelled
}

thread_local! {
    static BROKEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls `action`; where it panics, what broke and where.
fn guarded<T>(action: impl FnOnce() -> T) -> Result<T, String> {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let fact = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("something that says nothing of itself");
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        BROKEN.with(|broken| *broken.borrow_mut() = Some(format!("{fact}{place}")));
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(action));
    panic::set_hook(before);
    done.map_err(|_| BROKEN.with(|broken| broken.borrow_mut().take()).unwrap_or_default())
}
