//! The runs of a plan: every point with every seed, in parallel, each once.

use std::process::ExitCode;

use serde::Serialize;

use super::super::costs::Stopwatch;
use super::super::failure::{self, Failure};
use super::super::input::{self, Topology};
use super::super::output;
use super::super::run::all_cores;
use super::super::stage::Stage;
use super::Arguments;
use super::shard::Shard;
use super::store::Store;
use crate::capacity::{Point, Record, Row, SCHEMA_VERSION, id};
use crate::random::Seed;
use crate::report;
use crate::scenario::{Expectation, Scenario};
use crate::simulate::{Means, Stop, simulate};

/// What a plan's runs are made with.
pub(super) struct Runs<'a> {
    arguments: &'a Arguments,
    topology: &'a Topology,
    stage: &'a Stage,
    store: Option<Store>,
    /// The name of the scenario.
    pub(super) name: String,
    /// The seeds of every point.
    pub(super) seeds: Vec<Seed>,
    /// The limit of `--until`.
    pub(super) limit: Option<Expectation>,
}

/// One run before it is done.
struct Job {
    id: String,
    point: usize,
    seed: Seed,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema_version: u32,
    topology: &'a str,
    runs: Vec<ManifestRow<'a>>,
}

#[derive(Serialize)]
struct ManifestRow<'a> {
    id: String,
    seed: u64,
    values: &'a [(String, String)],
}

impl<'a> Runs<'a> {
    /// Runs of `topology`, which is found good as it stands.
    pub(super) fn new(
        arguments: &'a Arguments,
        topology: &'a Topology,
        stage: &'a Stage,
    ) -> Result<Self, Failure> {
        let store = arguments.out.as_deref().map(Store::open).transpose()?;
        let mut runs =
            Self { arguments, topology, stage, store, name: String::new(), seeds: Vec::new(), limit: None };
        let scenario = runs.scenario(&Point(Vec::new()))?;
        let first = arguments.changes.seed(&scenario).0;
        runs.seeds = (0..u64::from(arguments.seeds)).map(|n| Seed(first.wrapping_add(n))).collect();
        runs.name.clone_from(&scenario.name);
        runs.limit = arguments.until.as_ref().and_then(|_| scenario.expectations.first().cloned());
        Ok(runs)
    }

    /// The scenario of a point. What the file itself expects gives way to the limit.
    fn scenario(&self, point: &Point) -> Result<Scenario, Failure> {
        let Some(until) = &self.arguments.until else {
            return self.arguments.changes.load_with(self.topology, &point.0);
        };
        let expected = expectation(until)?;
        let values = [&point.0[..], &[("expect".to_owned(), expected.clone())]].concat();
        self.arguments.changes.load_with(self.topology, &values).map_err(|failure| {
            let text =
                failure.text.replace(&format!("--set expect={expected}"), &format!("--until '{until}'"));
            Failure { text, ..failure }
        })
    }

    /// The jobs of `points`, every one found good before any runs.
    fn jobs(&self, points: &[Point]) -> Result<Vec<Job>, Failure> {
        let mut jobs = Vec::new();
        for (index, point) in points.iter().enumerate() {
            let scenario = self.scenario(point)?;
            jobs.extend(self.seeds.iter().map(|seed| Job {
                id: id(&scenario, *seed, self.limit.as_ref()),
                point: index,
                seed: *seed,
            }));
        }
        Ok(jobs)
    }

    /// The list of all runs as JSON.
    pub(super) fn manifest(&self, points: &[Point]) -> Result<String, Failure> {
        let jobs = self.jobs(points)?;
        let row = |job: Job| ManifestRow { id: job.id, seed: job.seed.0, values: &points[job.point].0 };
        let runs = jobs.into_iter().map(row).collect();
        let whole = Manifest { schema_version: SCHEMA_VERSION, topology: &self.topology.name, runs };
        Ok(serde_json::to_string_pretty(&whole).expect("a manifest serialises") + "\n")
    }

    /// Does the runs of one share that are not done yet.
    pub(super) fn share(&self, points: &[Point], shard: Shard) -> Result<ExitCode, Failure> {
        let jobs = self.jobs(points)?;
        let all = jobs.len();
        let own: Vec<Job> =
            jobs.into_iter().enumerate().filter(|(at, _)| shard.has(*at)).map(|(_, job)| job).collect();
        let done = self.play(points, &own)?;
        if done.iter().any(Option::is_none) {
            return Ok(ExitCode::from(failure::INTERRUPTED));
        }
        if !self.arguments.quiet {
            output::complain(&format!(
                "{} of {all} runs are done; when all are, the same command without --shard reads them",
                own.len()
            ));
        }
        Ok(ExitCode::from(failure::DONE))
    }

    /// The rows of `points`; `None` when Ctrl-C came before the last run was done.
    pub(super) fn rows(&self, points: &[Point]) -> Result<Option<Vec<Row>>, Failure> {
        let jobs = self.jobs(points)?;
        let records: Option<Vec<Record>> = self.play(points, &jobs)?.into_iter().collect();
        let Some(records) = records else { return Ok(None) };
        let mut rows: Vec<Row> =
            points.iter().map(|point| Row { point: point.clone(), records: Vec::new() }).collect();
        for (job, record) in jobs.iter().zip(records) {
            rows[job.point].records.push(record);
        }
        Ok(Some(rows))
    }

    fn play(&self, points: &[Point], jobs: &[Job]) -> Result<Vec<Option<Record>>, Failure> {
        let threads = self.arguments.threads.map_or_else(all_cores, usize::from);
        let means = Means { threads: (threads / jobs.len().max(1)).max(1), ..Means::PLAIN };
        let one = |_: &Stage, job: &Job| self.record(&points[job.point], job, means);
        self.stage.play_all(jobs, threads, one).into_iter().collect()
    }

    /// The record of one run, from the folder where it is there; `None` after Ctrl-C.
    fn record(&self, point: &Point, job: &Job, means: Means) -> Result<Option<Record>, Failure> {
        if let Some(store) = &self.store
            && let Some(record) = store.read(&job.id)?
        {
            return Ok(Some(record));
        }
        if self.stage.is_cancelled() {
            return Ok(None);
        }
        let scenario = self.scenario(point)?;
        let replay = self.arguments.changes.replay_with(&self.arguments.path, job.seed, &point.0);
        let outcome = self.stage.play_quietly(&self.topology.name, job.seed, &replay, |watch| {
            simulate(&scenario, job.seed, &input::trace, watch, means)
        })?;
        match outcome.course.stop {
            Stop::Completed => {}
            Stop::Cancelled => return Ok(None),
            Stop::EventsUsedUp => {
                let fact = format!("the topology does not come to rest; see for yourself: {replay}");
                return Err(Failure::unfinished(&fact, "look for a loop of sessions, or allow more events"));
            }
        }
        let report = report::build(&scenario, &outcome, job.seed, Stopwatch::start().costs(), false);
        let record = Record::new(job.id.clone(), &point.0, &report, self.limit.as_ref());
        if let Some(store) = &self.store {
            store.write(&record)?;
        }
        Ok(Some(record))
    }
}

/// The `expect:` of a limit like `fleet staleness.p99 < 5s`.
fn expectation(until: &str) -> Result<String, Failure> {
    let mut words = until.trim().splitn(3, char::is_whitespace);
    let (Some(selector), Some(metric), Some(limit)) = (words.next(), words.next(), words.next()) else {
        let fact = format!("`{until}` is no limit");
        return Err(Failure::bad_input(
            &fact,
            "write SELECTOR METRIC LIMIT, as in `fleet staleness.p99 < 5s`",
        ));
    };
    let limit = serde_json::json!({ selector: { metric: limit.trim() } });
    Ok(limit.to_string())
}
