//! `uidsim run`: simulate, judge, report.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::costs::Stopwatch;
use super::exports::Exports;
use super::failure::{self, Failure};
use super::scenario::Source;
use super::stage::Stage;
use super::{input, output};
use crate::gate;
use crate::observe::Findings;
use crate::page::{self, Whole};
use crate::report::{self, Brief, Report, csv, json, table, text};
use crate::scenario::Scenario;
use crate::simulate::{Means, Mode, Outcome, Stop, simulate};
use crate::units::Span;

const EXAMPLE: &str = "Example:
  uidsim run topologies/three-sites.yaml --seed 7 --set duration=4h --json report.json

Breached expectations are printed and do not change the exit code.";

/// What is made of a whole report only.
const WHOLE: [&str; 10] =
    ["csv", "html", "table", "series", "hgrm", "openmetrics", "series_csv", "parquet", "pcapng", "capture"];

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
    /// Write the whole as one HTML page with charts, which needs nothing else; `-` is stdout
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    exports: Exports,
    /// Print every enforcement point, not only the worst ten
    #[arg(long, visible_alias = "all")]
    table: bool,
    /// Add every window of time to the JSON report
    #[arg(long)]
    series: bool,
    /// Tell only how stale updates were when applied, how they ended and how full tables were: faster, for large fleets
    #[arg(long, conflicts_with_all = WHOLE)]
    brief: bool,
    /// No summary and no progress
    #[arg(short, long)]
    quiet: bool,
    /// Use at most this many threads, all cores by default; the report never depends on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Compute every enforcement point in the agenda: slow, and what the fast way must equal
    #[arg(long, hide = true)]
    followed: bool,
}

/// How many threads the machine has room for.
pub(super) fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Simulates, reports, and says how it went.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let own = [&arguments.json, &arguments.csv, &arguments.html].map(Option::as_deref);
    output::check_all(&[own.as_slice(), &arguments.exports.paths()].concat())?;
    let stopwatch = Stopwatch::start();
    let topology = input::topology(&arguments.source.path)?;
    let scenario = arguments.source.changes.load(&topology)?;
    let links = arguments.exports.links(&scenario)?;
    let seed = arguments.source.changes.seed(&scenario);
    let replay = arguments.source.changes.replay(&arguments.source.path, seed);
    let mode = if arguments.followed { Mode::Followed } else { Mode::Scanned };
    let threads = arguments.threads.map_or_else(all_cores, usize::from);
    let with_series = arguments.series || arguments.exports.need_series();
    let means = Means {
        mode,
        threads,
        keeps_all: with_series || arguments.html.is_some(),
        timelines: arguments.html.is_some(),
        bin: if arguments.html.is_some() { page::bin(&scenario) } else { Span::ZERO },
        ..if arguments.brief { Means::BRIEF } else { Means::PLAIN }
    };
    let stage = Stage::new(arguments.quiet);
    let outcome = stage.play(&topology.name, seed, &replay, |watch| {
        simulate(&scenario, seed, &input::trace, watch, means)
    })?;
    let mut report = report::build(&scenario, &outcome, seed, stopwatch.costs(), with_series);
    if arguments.brief {
        let replay = format!("{replay} --brief");
        publish_brief(arguments, &report, &outcome.findings, &text_page(&scenario, &replay))?;
        return end(&outcome);
    }
    report.expectations = gate::judge(&scenario.expectations, &report);
    let whole = Whole { scenario: &scenario, outcome: &outcome, report: &report, replay: &replay };
    let is_taken = arguments.exports.write(&whole, seed, &stage, links)?;
    let series = report.series.take().filter(|_| arguments.series);
    let report = Report { series, ..report };
    publish(
        arguments,
        &Whole { scenario: &scenario, outcome: &outcome, report: &report, replay: &replay },
        is_taken,
    )?;
    end(&outcome)
}

/// How a run that was reported ends.
fn end(outcome: &Outcome) -> Result<ExitCode, Failure> {
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

fn publish(arguments: &Arguments, whole: &Whole<'_>, is_taken: bool) -> Result<(), Failure> {
    let Whole { scenario, report, replay, .. } = *whole;
    let is_taken = is_taken | output::stream(arguments.json.as_deref(), &|out| json::write(report, out))?;
    let stdout_taken = output::write_all(&[
        (arguments.csv.as_deref(), &|| csv::print(report)),
        (arguments.html.as_deref(), &|| page::run(whole)),
    ])?;
    if is_taken || stdout_taken || arguments.quiet {
        return Ok(());
    }
    let mut summary = text::print(report, &text_page(scenario, replay));
    if arguments.table {
        summary += "\n";
        summary += &table::print(report);
    }
    output::print(&summary)
}

fn text_page<'a>(scenario: &Scenario, replay: &'a str) -> text::Page<'a> {
    text::Page { start: scenario.start, replay, colour: output::has_colour() }
}

/// The same of a report of which only what is brief is whole.
fn publish_brief(
    arguments: &Arguments,
    report: &Report,
    findings: &Findings,
    page: &text::Page<'_>,
) -> Result<(), Failure> {
    let brief = Brief::new(report, findings);
    let stdout_taken = output::stream(arguments.json.as_deref(), &|out| json::write(&brief, out))?;
    if stdout_taken || arguments.quiet {
        return Ok(());
    }
    output::print(&text::print_brief(&brief, report, page))
}
