//! Versus: several topologies or saved reports side by side, run for run with the same seed.
//!
//! Knows reports as JSON. Must not know where they come from, nor how a comparison is printed.

mod cells;
pub mod csv;
pub mod json;
pub mod markdown;
pub mod text;

pub(crate) use cells::letter;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::changes::{self, Change};
use super::statistics::{Estimate, estimate};
use crate::report::{Decimal, SCHEMA_VERSION, leaves};
use crate::scenario::metric::{self, Better, Metric, Subject};
use crate::scenario::{Quantity, Scenario};
use crate::topology::names;

/// What is shown when nothing is asked for. Source: what the summary of a run begins with.
const SHOWN: [&str; 16] = [
    "consistency.mean",
    "consistency.min",
    "agreement.mean",
    "staleness.mean",
    "staleness.p50",
    "staleness.p99",
    "staleness.max",
    "change_staleness.p99",
    "age_of_information.mean",
    "convergence.p99",
    "visibility.5s.share",
    "fates.lost.total",
    "fates.refused",
    "exposure.wrong_user_share",
    "exposure.unknown_user_share",
    "table.entries_peak",
];
/// Keys of a topology file under which two files are the same task.
const TASK: [&str; 5] = ["duration", "measure_from", "start", "start_state", "workload"];

/// One of the things compared, with its runs.
#[derive(Clone, Debug)]
pub struct Side {
    /// What the command line called it.
    pub name: String,
    /// The name of its scenario.
    pub topology: String,
    runs: BTreeMap<u64, BTreeMap<String, Decimal>>,
    /// The program's version, and what time was measured, as the report says it.
    version: String,
    measured: (String, String),
    is_partial: bool,
    /// The keys of the topology file that make the task; `None` of saved reports.
    task: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

/// What is read of a report.
#[derive(Deserialize)]
struct Read {
    topology: String,
    uidsim_version: String,
    seed: u64,
    measured_from_seconds: Box<RawValue>,
    virtual_seconds: Box<RawValue>,
    partial: bool,
    fleet: Box<RawValue>,
    disturbances: Vec<Healing>,
}

#[derive(Deserialize)]
struct Healing {
    name: String,
    convergence_seconds: Option<Box<RawValue>>,
}

impl Side {
    /// A side without runs yet; `scenario` where it is a topology.
    #[must_use]
    pub fn new(name: &str, scenario: Option<&Scenario>) -> Self {
        let task = scenario.map(|scenario| {
            let mut outline = changes::outline(&scenario.typed);
            if let Some(entries) = outline.as_object_mut() {
                entries.retain(|key, _| TASK.contains(&key.as_str()));
            }
            outline
        });
        Self {
            name: name.to_owned(),
            topology: String::new(),
            runs: BTreeMap::new(),
            version: String::new(),
            measured: (String::new(), String::new()),
            is_partial: false,
            task,
        }
    }

    /// Adds the run that a report in JSON tells of.
    ///
    /// # Errors
    /// The fact that speaks against it.
    pub fn add(&mut self, report: &str) -> Result<(), String> {
        let wrong = |error: serde_json::Error| format!("is no report: {error}");
        let Version { schema_version } = serde_json::from_str(report).map_err(wrong)?;
        if schema_version != SCHEMA_VERSION {
            return Err(format!("has schema_version {schema_version}; this uidsim reads {SCHEMA_VERSION}"));
        }
        let read: Read = serde_json::from_str(report).map_err(wrong)?;
        if !read.fleet.get().starts_with('{') {
            return Err("is no report: its `fleet` is no object".to_owned());
        }
        let mut values = BTreeMap::new();
        for leaf in leaves(&read.fleet) {
            let steps: Vec<&str> =
                leaf.path.iter().map(|key| key.strip_suffix("_seconds").unwrap_or(key)).collect();
            if let Ok(value) = leaf.value.parse() {
                values.insert(steps.join("."), value);
            }
        }
        for healing in read.disturbances {
            if let Some(Ok(value)) = healing.convergence_seconds.map(|value| value.get().parse()) {
                values.insert(format!("disturbance/{} convergence", healing.name), value);
            }
        }
        if !values.contains_key("consistency.mean") {
            return Err("is no report: its `fleet` has no `consistency`".to_owned());
        }
        self.topology = read.topology;
        self.version = read.uidsim_version;
        self.measured = (read.measured_from_seconds.get().to_owned(), read.virtual_seconds.get().to_owned());
        self.is_partial |= read.partial;
        self.runs.insert(read.seed, values);
        Ok(())
    }

    /// The seeds of its runs.
    #[must_use]
    pub fn seeds(&self) -> Vec<u64> {
        self.runs.keys().copied().collect()
    }

    fn mean(&self, metric: &str) -> Option<f64> {
        let values: Option<Vec<f64>> =
            self.runs.values().map(|values| values.get(metric).map(|value| value.to_f64())).collect();
        estimate(&values?).map(|estimate| estimate.mean)
    }
}

/// Sides side by side.
#[derive(Clone, Debug)]
pub struct Versus {
    /// The sides; all others are compared with the first.
    pub sides: Vec<Side>,
    /// One for each metric.
    pub rows: Vec<VersusRow>,
    /// What makes the comparison less than it looks.
    pub notes: Vec<String>,
}

/// One metric of all sides.
#[derive(Clone, Debug)]
pub struct VersusRow {
    /// The metric path of the fleet, or `disturbance/NAME convergence`.
    pub metric: String,
    /// What kind of number it is.
    pub quantity: Quantity,
    /// Which way it is better.
    pub better: Better,
    /// One for each side.
    pub cells: Vec<Cell>,
}

/// One metric of one side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The mean over its runs; `None` where a run has no sample.
    pub mean: Option<Decimal>,
    /// The mean move from the first side, run for run: a part of the first's value of spans and counts, else a
    /// difference. `None` of the first side, and where no two runs can be paired.
    pub change: Option<Estimate>,
}

/// Puts `sides` side by side; `asked` names metrics, globs included; none: the usual ones.
///
/// # Errors
/// The pattern that no metric matches.
pub fn compare(sides: Vec<Side>, asked: &[String]) -> Result<Versus, String> {
    let all = metric::metrics(Subject::Fleet);
    if let Some(nothing) =
        asked.iter().find(|pattern| !all.iter().any(|metric| names::matches(pattern, &metric.path)))
    {
        return Err(nothing.clone());
    }
    let is_shown = |metric: &Metric| {
        if asked.is_empty() {
            SHOWN.contains(&metric.path.as_str())
        } else {
            asked.iter().any(|pattern| names::matches(pattern, &metric.path))
        }
    };
    let mut rows: Vec<VersusRow> = all
        .into_iter()
        .filter(is_shown)
        .map(|metric| row(&sides, metric.path, metric.quantity, metric.better))
        .collect();
    if asked.is_empty() {
        rows.extend(
            common_disturbances(&sides)
                .into_iter()
                .map(|metric| row(&sides, metric, Quantity::Span, Better::Lower)),
        );
    }
    let notes = notes(&sides);
    Ok(Versus { sides, rows, notes })
}

/// Disturbances that every run of every side has healed.
fn common_disturbances(sides: &[Side]) -> Vec<String> {
    let runs = || sides.iter().flat_map(|side| side.runs.values());
    let Some(first) = runs().next() else { return Vec::new() };
    let named = first.keys().filter(|metric| metric.starts_with("disturbance/"));
    named.filter(|metric| runs().all(|values| values.contains_key(*metric))).cloned().collect()
}

fn row(sides: &[Side], metric: String, quantity: Quantity, better: Better) -> VersusRow {
    let cell = |(index, side): (usize, &Side)| Cell {
        mean: side.mean(&metric).and_then(Decimal::from_f64),
        change: if index == 0 { None } else { change(&sides[0], side, &metric, quantity) },
    };
    let cells = sides.iter().enumerate().map(cell).collect();
    VersusRow { metric, quantity, better, cells }
}

/// The mean move over the seeds that both ran, or over the only run of each.
fn change(first: &Side, side: &Side, metric: &str, quantity: Quantity) -> Option<Estimate> {
    let alone = first.runs.len() == 1 && side.runs.len() == 1;
    let both = first.runs.iter().filter_map(|(seed, values)| Some((values, side.runs.get(seed)?)));
    let mut pairs: Vec<_> = both.collect();
    if pairs.is_empty() && alone {
        pairs.extend(first.runs.values().zip(side.runs.values()));
    }
    let moved = |(then, now): (&BTreeMap<String, Decimal>, &BTreeMap<String, Decimal>)| {
        quantity.change(then.get(metric)?.to_f64(), now.get(metric)?.to_f64())
    };
    let moves: Option<Vec<f64>> = pairs.into_iter().map(moved).collect();
    estimate(&moves?)
}

fn notes(sides: &[Side]) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(first) = sides.first() else { return notes };
    let partial = sides.iter().filter(|side| side.is_partial);
    notes.extend(partial.map(|side| format!("{} is of an interrupted run", side.name)));
    for side in &sides[1..] {
        if !first.runs.keys().any(|seed| side.runs.contains_key(seed)) {
            notes.push(format!(
                "{} and {} have no seed in common: part of the difference is chance",
                first.name, side.name
            ));
        }
        if first.seeds() != side.seeds() && first.runs.keys().any(|seed| side.runs.contains_key(seed)) {
            notes.push(format!(
                "{} and {} ran other seeds; their means are of all their own",
                first.name, side.name
            ));
        }
        if first.version != side.version {
            notes.push(format!(
                "{} is of uidsim {}, {} of {}",
                first.name, first.version, side.name, side.version
            ));
        }
        if first.measured != side.measured {
            notes.push(format!("{} and {} measured other spans of time", first.name, side.name));
        }
        if let (Some(own), Some(other)) = (&first.task, &side.task) {
            let keys: Vec<String> =
                changes::changes(own, other).into_iter().map(|change: Change| change.path).take(5).collect();
            if !keys.is_empty() {
                notes.push(format!(
                    "{} is given another task than {}: {} differ",
                    side.name,
                    first.name,
                    keys.join(", ")
                ));
            }
        }
    }
    notes
}
