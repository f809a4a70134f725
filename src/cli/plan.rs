//! `uidsim plan`: sweep values of a topology, find the knee of a limit, rank changes.

mod asked;
mod command;
mod runs;
mod shard;
mod store;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::asked::Asked;
use self::runs::Runs;
use self::shard::Shard;
use super::failure::{self, Failure};
use super::input;
use super::output;
use super::scenario::Changes;
use super::stage::Stage;
use crate::capacity::{
    Axis, Found, Knee, Plan, Point, Row, Search, csv, grid, json, manifest, metrics, parquet, text,
};
use crate::page;
use crate::scenario::Expectation;

const EXAMPLE: &str = "Examples:
  uidsim plan topologies/three-sites.yaml --vary defaults.points.announce.interval=500ms..8s:5:log
  uidsim plan topologies/three-sites.yaml --vary links.wan-madrid.bandwidth=1Mbit/s..100Mbit/s:log \\
      --until 'fleet staleness.p99 < 5s'
  uidsim plan topologies/three-sites.yaml --what-if panoramas.panorama.announce.interval=1s \\
      --what-if 'domain_controllers.dc-hq.log_lag=10ms; agents.agent-hq.announce.interval=500ms'

A range is LO..HI, LO..HI:STEPS, or with :log; a list is A,B,C. All points run with the same seeds; ± is half of a 95 %
interval of the mean over the seeds (Student's t). With --out, finished runs are kept, and the same command goes on where it
was stopped; with --shard it does its share of them, on any machine, and with --merge it reads what the shares have done.";

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
    #[arg(long, value_name = "PATH=VALUE[; …]", value_parser = Point::read)]
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
    /// Do only the I-th of N shares of the runs, into the folder of `--out`, and report nothing
    #[arg(long, value_name = "I/N", requires = "out", conflicts_with = "until")]
    shard: Option<Shard>,
    /// Run nothing: report from the records in the folder of `--out`, all of which must be there
    #[arg(long, requires = "out", conflicts_with = "shard")]
    merge: bool,
    /// Write the list of all runs as JSON, and run nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shard", "merge", "until", "json", "csv", "parquet", "html"])]
    manifest: Option<PathBuf>,
    /// Write the plan as JSON; `-` writes it to stdout instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a line for each point and seed as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the same lines as Parquet
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
    /// Write the plan as one HTML page with charts, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// No text and no progress
    #[arg(short, long)]
    quiet: bool,
    /// Use at most this many threads, all cores by default; the numbers never depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Sweeps, searches, ranks, and says what came of it.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { json, csv, parquet, html, manifest, .. } = arguments;
    output::check_all(&[json, csv, parquet, html, manifest].map(Option::as_deref))?;
    metrics(&arguments.metric).map_err(|pattern| {
        let hint = "`uidsim run FILE --json -` shows what there is under `fleet`; `_seconds` is left off";
        Failure::bad_input(&format!("no metric of the fleet matches `{pattern}`"), hint)
    })?;
    check_until(arguments)?;
    let sweep = grid(&arguments.vary)
        .map_err(|fact| Failure::bad_input(&fact, "give an axis fewer steps, as in PATH=LO..HI:3"))?;
    let topology = input::topology(&arguments.path)?;
    let stage = Stage::new(arguments.quiet);
    let asked = Asked::new(arguments, &topology)?;
    let runs = Runs { arguments, topology: &topology, stage: &stage, asked };
    let mut changed = Vec::new();
    if !arguments.what_if.is_empty() {
        changed.push(Point::default());
        changed.extend(arguments.what_if.iter().cloned());
    }
    let all = [&sweep[..], &changed[..]].concat();
    let jobs = runs.jobs(&all)?;
    if let Some(path) = &arguments.manifest {
        output::write(path, &manifest::print(&topology.name, &all, &jobs))?;
        return Ok(ExitCode::from(failure::DONE));
    }
    if let Some(shard) = arguments.shard {
        return share(&runs, &all, &jobs, shard);
    }
    let found = found(arguments, &runs, &sweep, &changed)?;
    let code = if found.partial { failure::INTERRUPTED } else { failure::DONE };
    publish(arguments, &Plan::new(found).expect("the metrics were found good"))?;
    Ok(ExitCode::from(code))
}

fn check_until(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.until.is_none() {
        return Ok(());
    }
    let (fact, hint) = match &arguments.vary[..] {
        [axis] if axis.is_range() => return Ok(()),
        [] => ("--until needs a range to search", "write --vary PATH=LO..HI"),
        [_] => ("--until needs a range; a list has nothing between its values", "write LO..HI"),
        _ => ("--until searches along one axis", "leave one --vary, and set the others with --set"),
    };
    Err(Failure::bad_input(fact, hint))
}

/// Does one share of the runs.
fn share(
    runs: &Runs<'_>,
    points: &[Point],
    jobs: &[manifest::Job],
    shard: Shard,
) -> Result<ExitCode, Failure> {
    let own: Vec<manifest::Job> = shard.of(jobs);
    let (_, is_whole) = runs.play(points, &own)?;
    if !is_whole {
        return Ok(ExitCode::from(failure::INTERRUPTED));
    }
    if !runs.arguments.quiet {
        let (own, all) = (own.len(), jobs.len());
        output::complain(&format!(
            "{own} of {all} runs are done; when all are, the same command with --merge reads them"
        ));
    }
    Ok(ExitCode::from(failure::DONE))
}

fn found(
    arguments: &Arguments,
    runs: &Runs<'_>,
    sweep: &[Point],
    changed: &[Point],
) -> Result<Found, Failure> {
    let (rows, knee, swept) = match (&runs.asked.limit, &arguments.vary[..]) {
        (Some(limit), [axis]) => searched(runs, limit, axis)?,
        _ => {
            let (rows, is_whole) = runs.rows(sweep)?;
            (rows, None, is_whole)
        }
    };
    let (mut changed, all_changed) =
        if swept { runs.rows(changed)? } else { (Vec::new(), changed.is_empty()) };
    // Without the file as it stands there is nothing to compare changes with.
    if changed.first().is_some_and(|base| base.point != Point::default()) {
        changed.clear();
    }
    Ok(Found {
        name: runs.asked.name.clone(),
        seeds: runs.asked.seeds.iter().map(|seed| seed.0).collect(),
        axes: arguments.vary.clone(),
        asked: arguments.metric.clone(),
        limit: runs.asked.limit.clone(),
        rows,
        knee,
        changed,
        partial: !swept || !all_changed,
    })
}

/// The rows along the axis, the knee, and whether the search came to its end.
fn searched(
    runs: &Runs<'_>,
    limit: &Expectation,
    axis: &Axis,
) -> Result<(Vec<Row>, Option<Knee>, bool), Failure> {
    let mut search = Search::new(axis.clone());
    let mut found: Vec<(f64, Row)> = Vec::new();
    let mut is_whole = true;
    while is_whole {
        let levels = search.wanted();
        if levels.is_empty() {
            break;
        }
        let points: Vec<Point> =
            levels.iter().map(|level| Point(vec![(axis.path.clone(), level.text.clone())])).collect();
        let rows;
        (rows, is_whole) = runs.rows(&points)?;
        for row in rows {
            let level = levels
                .iter()
                .find(|level| row.point.0[0].1 == level.text)
                .expect("a level that was asked for");
            search.tell(level.clone(), row.ruling(limit));
            found.push((level.number, row));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rows = found.into_iter().map(|(_, row)| row).collect();
    Ok((rows, is_whole.then(|| search.knee()), is_whole))
}

fn publish(arguments: &Arguments, plan: &Plan) -> Result<(), Failure> {
    let mut taken = output::write_all(&[
        (arguments.json.as_deref(), &|| json::print(plan)),
        (arguments.csv.as_deref(), &|| csv::print(plan)),
        (arguments.html.as_deref(), &|| page::plan(plan, &command::again(arguments, &plan.found))),
    ])?;
    if let Some(path) = &arguments.parquet {
        output::write_bytes(path, &parquet::print(plan))?;
        taken |= output::is_stdout(path);
    }
    if taken || arguments.quiet { Ok(()) } else { output::print(&text::print(plan, output::has_colour())) }
}
