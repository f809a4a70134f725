//! The runs of a plan: every point with every seed, in parallel, each once.

use std::collections::{BTreeMap, BTreeSet};

use super::super::costs::Stopwatch;
use super::super::failure::Failure;
use super::super::input::{self, Topology};
use super::super::run::all_cores;
use super::super::stage::Stage;
use super::Arguments;
use super::asked::Asked;
use super::store::Store;
use crate::capacity::manifest::Job;
use crate::capacity::{Point, Record, Row, id};
use crate::problem::Problem;
use crate::random::Seed;
use crate::report;
use crate::scenario::Scenario;
use crate::simulate::{Means, Stop, simulate};

/// What a plan's runs are made with.
pub(super) struct Runs<'a> {
    /// What was asked.
    pub(super) arguments: &'a Arguments,
    /// The file.
    pub(super) topology: &'a Topology,
    /// Where they are played.
    pub(super) stage: &'a Stage,
    /// The limit and the seeds.
    pub(super) asked: Asked,
}

impl Runs<'_> {
    /// The jobs of `points` in their order, every one found good before any runs.
    pub(super) fn jobs(&self, points: &[Point]) -> Result<Vec<Job>, Failure> {
        let (mut jobs, mut problems) = (Vec::new(), Vec::<Problem>::new());
        let mut said = BTreeSet::new();
        for (index, point) in points.iter().enumerate() {
            match self.asked.scenario(self.arguments, self.topology, point) {
                Ok(scenario) => jobs.extend(self.asked.seeds.iter().map(|seed| Job {
                    id: id(&scenario, *seed, self.asked.limit.as_ref()),
                    point: index,
                    seed: seed.0,
                })),
                // A path that is wrong is wrong with every value; it is told once.
                Err(found) => problems.extend(found.problems.into_iter().filter(|problem| {
                    let fact = problem.fact.split_once(": ").filter(|(place, _)| place.starts_with("--"));
                    let path = fact.and_then(|(place, _)| place.split('=').next()).unwrap_or_default();
                    let rest = fact.map_or(problem.fact.as_str(), |(_, rest)| rest);
                    said.insert((problem.place, path.to_owned(), rest.to_owned()))
                })),
            }
        }
        if problems.is_empty() { Ok(jobs) } else { Err(self.asked.failure(self.topology, problems)) }
    }

    /// Does the runs of `jobs` that are not kept yet, each once; their records by id, and whether all are there.
    pub(super) fn play(
        &self,
        points: &[Point],
        jobs: &[Job],
    ) -> Result<(BTreeMap<String, Record>, bool), Failure> {
        let store = self.arguments.out.as_deref().map(Store::open).transpose()?;
        let mut kept = BTreeMap::new();
        let mut missing: BTreeMap<&str, &Job> = BTreeMap::new();
        let mut wanted: Vec<&Job> = Vec::new();
        for job in jobs {
            match store.as_ref().map_or(Ok(None), |store| store.read(&job.id))? {
                Some(record) => drop(kept.insert(job.id.clone(), record)),
                None if missing.insert(&job.id, job).is_none() => wanted.push(job),
                None => {}
            }
        }
        if self.arguments.merge && !wanted.is_empty() {
            let fact = format!(
                "{} of {} runs are not there yet, the first is {}",
                wanted.len(),
                jobs.len(),
                wanted[0].id
            );
            return Err(Failure::bad_input(
                &fact,
                "run the shares again: what is done already is not done twice",
            ));
        }
        let threads = self.arguments.threads.map_or_else(all_cores, usize::from);
        let means =
            Means { threads: (threads / wanted.len().max(1)).max(1), keeps_all: false, ..Means::PLAIN };
        let one = |_: &Stage, job: &&Job| self.record(&points[job.point], job, means, store.as_ref());
        let done: Vec<Option<Record>> =
            self.stage.play_all(&wanted, threads, one).into_iter().collect::<Result<_, _>>()?;
        let is_whole = done.iter().all(Option::is_some);
        kept.extend(done.into_iter().flatten().map(|record| (record.id.clone(), record)));
        Ok((kept, is_whole))
    }

    /// The rows of `points` whose runs are all done, and whether that is all of them: Ctrl-C may have come before.
    pub(super) fn rows(&self, points: &[Point]) -> Result<(Vec<Row>, bool), Failure> {
        let jobs = self.jobs(points)?;
        let (records, is_whole) = self.play(points, &jobs)?;
        let row = |(point, own): (&Point, &[Job])| {
            let records: Option<Vec<Record>> = own.iter().map(|job| records.get(&job.id).cloned()).collect();
            Some(Row { point: point.clone(), records: records? })
        };
        let of_each = points.iter().zip(jobs.chunks(self.asked.seeds.len()));
        Ok((of_each.filter_map(row).collect(), is_whole))
    }

    /// The record of one run; `None` after Ctrl-C.
    fn record(
        &self,
        point: &Point,
        job: &Job,
        means: Means,
        store: Option<&Store>,
    ) -> Result<Option<Record>, Failure> {
        if self.stage.is_cancelled() {
            return Ok(None);
        }
        let scenario: Scenario = self
            .asked
            .scenario(self.arguments, self.topology, point)
            .map_err(|found| self.asked.failure(self.topology, found.problems))?;
        let seed = Seed(job.seed);
        let replay = self.arguments.changes.replay_with(&self.arguments.path, seed, &point.0);
        let played = self.stage.play_quietly(&self.topology.name, seed, &replay, |watch| {
            simulate(&scenario, seed, &input::trace, watch, means)
        });
        // What only shows once a run begins, such as its size, is told with its point.
        let outcome = played.map_err(|Failure { code, text }| Failure {
            code,
            text: if point.0.is_empty() { text } else { format!("{text}\n  with {}", point.said()) },
        })?;
        match outcome.course.stop {
            Stop::Completed => {}
            Stop::Cancelled => return Ok(None),
            Stop::EventsUsedUp => {
                let fact = format!("the topology does not come to rest; see for yourself: {replay}");
                return Err(Failure::unfinished(&fact, "look for a loop of sessions, or allow more events"));
            }
        }
        let report = report::build(&scenario, &outcome, seed, Stopwatch::start().costs(), false);
        let record = Record::new(job.id.clone(), &report, self.asked.limit.as_ref());
        if let Some(store) = store {
            store.write(&record)?;
        }
        Ok(Some(record))
    }
}
