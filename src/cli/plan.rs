//! `uidsim plan`: sweep values of a topology, find the knee of a limit, rank changes.

mod runs;
mod shard;
mod store;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use self::runs::Runs;
use self::shard::Shard;
use super::failure::{self, Failure};
use super::input;
use super::output;
use super::scenario::Changes;
use super::stage::Stage;
use crate::capacity::{Axis, Plan, Point, Row, Search, csv, grid, json, metrics, ruling, text};
use crate::scenario::Expectation;

const EXAMPLE: &str = "Examples:
  uidsim plan topologies/three-sites.yaml --vary defaults.points.announce.interval=500ms..8s:5:log
  uidsim plan topologies/three-sites.yaml --vary links.wan-madrid.bandwidth=1Mbit/s..100Mbit/s:log \\
      --until 'fleet staleness.p99 < 5s'
  uidsim plan topologies/three-sites.yaml --what-if panoramas.panorama.announce.interval=1s \\
      --what-if 'domain_controllers.dc-hq.log_lag=10ms; agents.agent-hq.announce.interval=500ms'

A range is LO..HI, LO..HI:STEPS, or with :log; a list is A,B,C. All points run with the same seeds. With --out, finished
runs are kept, and the same command goes on where it was stopped; with --shard it runs its share of them, anywhere.";

/// What `plan` is asked.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help(EXAMPLE))]
pub(super) struct Arguments {
    /// The topology file; `-` reads stdin
    #[arg(value_name = "TOPOLOGY")]
    path: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Give a value of the file every level of a range or a list; several make a grid
    #[arg(long, value_name = "PATH=RANGE", value_parser = Axis::read, required_unless_present = "what_if")]
    vary: Vec<Axis>,
    /// Find where along the range this limit stops to hold, as in `fleet staleness.p99 < 5s`
    #[arg(long, value_name = "LIMIT")]
    until: Option<String>,
    /// Run the file with this change too, and rank the changes by what they bring; `;` between several values
    #[arg(long, value_name = "PATH=VALUE[; …]", value_parser = change)]
    what_if: Vec<Point>,
    /// Run each point with this many seeds, from the file's own seed on
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    seeds: u16,
    /// Show this metric of the fleet, or all that match, as in `staleness.*`; may be repeated
    #[arg(long, value_name = "PATH")]
    metric: Vec<String>,
    /// Keep the record of every run in this folder, and take from it what is there already
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Run only the I-th of N shares of the runs, into the folder of `--out`
    #[arg(long, value_name = "I/N", requires = "out")]
    shard: Option<Shard>,
    /// Write the list of all runs as JSON, and run nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shard", "until"])]
    manifest: Option<PathBuf>,
    /// Write the plan as JSON; `-` writes it to stdout instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a line for each point and seed as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// No text and no progress
    #[arg(short, long)]
    quiet: bool,
    /// Use at most this many threads, all cores by default; the numbers never depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Sweeps, searches, ranks, and says what came of it.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let written = [&arguments.json, &arguments.csv, &arguments.manifest];
    output::check_all(&written.map(Option::as_deref))?;
    let metrics = metrics(&arguments.metric).map_err(|pattern| {
        let hint = "`uidsim run FILE --json -` shows what there is under `fleet`; `_seconds` is left off";
        Failure::bad_input(&format!("no metric of the fleet matches `{pattern}`"), hint)
    })?;
    check_until(arguments)?;
    let points = grid(&arguments.vary).map_err(|fact| Failure::bad_input(&fact, ""))?;
    let points = if arguments.vary.is_empty() { Vec::new() } else { points };
    let topology = input::topology(&arguments.path)?;
    let stage = Stage::new(arguments.quiet);
    let runs = Runs::new(arguments, &topology, &stage)?;
    let changed: Vec<Point> = if arguments.what_if.is_empty() {
        Vec::new()
    } else {
        std::iter::once(Point(Vec::new())).chain(arguments.what_if.iter().cloned()).collect()
    };
    let all = [&points[..], &changed[..]].concat();
    if let Some(path) = &arguments.manifest {
        output::write(path, &runs.manifest(&all)?)?;
        return Ok(ExitCode::from(failure::DONE));
    }
    if let Some(shard) = arguments.shard {
        return runs.share(&all, shard);
    }
    let Some((rows, knee)) = swept(arguments, &runs, &points)? else { return Ok(interrupted(arguments)) };
    let Some(changed) = runs.rows(&changed)? else { return Ok(interrupted(arguments)) };
    let plan = Plan {
        name: runs.name.clone(),
        seeds: runs.seeds.iter().map(|seed| seed.0).collect(),
        paths: arguments.vary.iter().map(|axis| axis.path.clone()).collect(),
        metrics,
        limit: runs.limit.clone(),
        rows,
        knee: knee.map(|search| search.knee()),
        changed,
    };
    publish(arguments, &plan)?;
    Ok(ExitCode::from(failure::DONE))
}

fn check_until(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.until.is_none() {
        return Ok(());
    }
    if arguments.shard.is_some() {
        let fact =
            "--until asks for its next point only when it knows the last; it cannot be cut into shares";
        return Err(Failure::bad_input(
            fact,
            "run a grid with --shard, then search in one process with --out",
        ));
    }
    match &arguments.vary[..] {
        [] => Ok(()),
        [axis] if axis.is_range() => Ok(()),
        [_] => Err(Failure::bad_input(
            "--until needs a range; a list has nothing between its values",
            "write LO..HI",
        )),
        _ => {
            Err(Failure::bad_input("--until searches along one axis", "leave one --vary, and set the others"))
        }
    }
}

/// The rows of the sweep, and the search where there is a limit; `None` when Ctrl-C came before.
fn swept(
    arguments: &Arguments,
    runs: &Runs<'_>,
    points: &[Point],
) -> Result<Option<(Vec<Row>, Option<Search>)>, Failure> {
    let (Some(limit), [axis]) = (&runs.limit, &arguments.vary[..]) else {
        return Ok(runs.rows(points)?.map(|rows| (rows, None)));
    };
    searched(runs, limit, axis)
}

fn searched(
    runs: &Runs<'_>,
    limit: &Expectation,
    axis: &Axis,
) -> Result<Option<(Vec<Row>, Option<Search>)>, Failure> {
    let mut search = Search::new(axis.clone());
    let mut found: Vec<(f64, Row)> = Vec::new();
    loop {
        let levels = search.wanted();
        if levels.is_empty() {
            break;
        }
        let points: Vec<Point> =
            levels.iter().map(|level| Point(vec![(axis.path.clone(), level.text.clone())])).collect();
        let Some(rows) = runs.rows(&points)? else { return Ok(None) };
        for (level, row) in levels.into_iter().zip(rows) {
            found.push((level.number, row));
            search.tell(level, ruling(limit, found[found.len() - 1].1.judged()));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Some((found.into_iter().map(|(_, row)| row).collect(), Some(search))))
}

fn interrupted(arguments: &Arguments) -> ExitCode {
    if let Some(folder) = arguments.out.as_deref().map(Path::display) {
        output::complain(&format!(
            "interrupted; finished runs are in {folder}, and the same command goes on"
        ));
    } else {
        output::complain("interrupted; with --out FOLDER finished runs would be kept");
    }
    ExitCode::from(failure::INTERRUPTED)
}

fn publish(arguments: &Arguments, plan: &Plan) -> Result<(), Failure> {
    let taken = output::write_all(&[
        (arguments.json.as_deref(), &|| json::print(plan)),
        (arguments.csv.as_deref(), &|| csv::print(plan)),
    ])?;
    if taken || arguments.quiet { Ok(()) } else { output::print(&text::print(plan, output::has_colour())) }
}

/// Reads `PATH=VALUE; PATH=VALUE`.
fn change(text: &str) -> Result<Point, String> {
    let one = |part: &str| match part.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected PATH=VALUE, as in panoramas.panorama.announce.interval=1s".to_owned()),
    };
    text.split(';').map(one).collect::<Result<_, _>>().map(Point)
}
