//! Baseline: the numbers of earlier runs, kept beside the topology so that a diff can be read.
//!
//! Knows its own JSON. Must not know files, nor how two sets of numbers compare.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::changes;
use super::judge::measured;
use crate::report::{Decimal, Report};
use crate::scenario::{Scenario, Tolerance};
use crate::topology::names;

/// The version of the keys below.
const SCHEMA_VERSION: u64 = 1;
/// The most seeds of a baseline; it is read from a file that anybody may have written.
const SEEDS_MAX: usize = 10_000;

/// Numbers of earlier runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// The program's version that wrote it.
    pub uidsim_version: String,
    /// The name of the scenario.
    pub topology: String,
    /// The hash of the scenario.
    pub scenario_hash: String,
    /// The seeds of the runs.
    pub seeds: Vec<u64>,
    /// Rows in the order of the file.
    pub rows: Vec<Row>,
    /// The keys of the topology file, to name what has changed since.
    pub(super) outline: Value,
}

/// One metric at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `fleet`, a node under its first name (`was:`), or `disturbance/NAME`.
    pub key: String,
    /// The metric path.
    pub metric: String,
    /// One value for each seed; `None`: no sample.
    pub values: Vec<Option<Decimal>>,
}

/// What the tolerances of `scenario` ask for, of one report for each seed.
#[must_use]
pub fn baseline(scenario: &Scenario, reports: &[&Report]) -> Baseline {
    Baseline {
        uidsim_version: env!("CARGO_PKG_VERSION").to_owned(),
        topology: scenario.name.clone(),
        scenario_hash: scenario.hash.clone(),
        seeds: reports.iter().map(|report| report.seed).collect(),
        rows: rows(scenario, reports).into_iter().map(|(_, _, row)| row).collect(),
        outline: changes::outline(&scenario.typed),
    }
}

/// One row for each metric at each place that a tolerance asks for, under its name of today, in the order of the file.
/// Of two tolerances of one metric at one place the later one counts.
pub(super) fn rows<'s>(scenario: &'s Scenario, reports: &[&Report]) -> Vec<(&'s Tolerance, String, Row)> {
    let keys = keys(scenario);
    let mut rows: Vec<(&Tolerance, String, Row)> = Vec::new();
    let mut places = BTreeMap::new();
    for tolerance in &scenario.tolerances {
        let found = |report: &&Report| measured(&tolerance.selector, &tolerance.metric, report);
        let mut names: Vec<String> = Vec::new();
        let mut by_seed: Vec<BTreeMap<String, Option<Decimal>>> = Vec::new();
        for values in reports.iter().map(found) {
            // Which pairs fail over may differ from seed to seed.
            let known: BTreeSet<&String> = by_seed.iter().flat_map(BTreeMap::keys).collect();
            names.extend(values.iter().map(|(name, _)| name).filter(|name| !known.contains(name)).cloned());
            by_seed.push(values.into_iter().collect());
        }
        for name in names {
            let values = by_seed.iter().map(|values| values.get(&name).copied().flatten());
            let values: Vec<Option<Decimal>> = values.collect();
            let (name, key) = if tolerance.selector.starts_with("disturbance/") {
                let name = format!("disturbance/{name}");
                (name.clone(), name)
            } else {
                let key = keys.get(name.as_str()).map_or_else(|| name.clone(), |key| (*key).to_owned());
                (name, key)
            };
            let row = Row { key, metric: tolerance.metric.clone(), values };
            let place = (name.clone(), tolerance.metric.clone());
            match places.get(&place).copied() {
                Some(at) => rows[at] = (tolerance, name, row),
                None => {
                    places.insert(place, rows.len());
                    rows.push((tolerance, name, row));
                }
            }
        }
    }
    rows
}

/// Per name of a node the one under which it is kept, where that is another.
fn keys(scenario: &Scenario) -> BTreeMap<&str, &str> {
    let renamed = scenario.topology.nodes.iter().filter(|node| node.name != node.key);
    renamed.map(|node| (node.name.as_str(), node.key.as_str())).collect()
}

/// The name of today of everything that is kept under another.
pub(super) fn names_of_today(scenario: &Scenario) -> BTreeMap<&str, &str> {
    keys(scenario).into_iter().map(|(name, key)| (key, name)).collect()
}

/// Whether a row, of something called `name` today, is one that the tolerance asks for.
pub(super) fn is_asked(tolerance: &Tolerance, name: &str, row: &Row) -> bool {
    let fleet = (tolerance.selector == "fleet") == (name == "fleet");
    fleet && tolerance.metric == row.metric && names::matches(&tolerance.selector, name)
}

/// What is written.
#[derive(Serialize)]
struct Written<'a> {
    schema_version: u64,
    uidsim_version: &'a str,
    topology: &'a str,
    scenario_hash: &'a str,
    seeds: Box<RawValue>,
    metrics: Entries<Entries<Box<RawValue>>>,
    scenario: &'a Value,
}

/// A map in the order of its entries.
struct Entries<T>(Vec<(String, T)>);

impl<T: Serialize> Serialize for Entries<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// What is read; the keys are those of `Written`.
#[derive(Deserialize)]
struct Read {
    uidsim_version: String,
    topology: String,
    scenario_hash: String,
    seeds: Vec<u64>,
    metrics: BTreeMap<String, BTreeMap<String, Vec<Box<RawValue>>>>,
    scenario: Value,
}

#[derive(Deserialize)]
struct Version {
    schema_version: u64,
}

impl Baseline {
    /// As JSON: the fleet first, then names in alphabetical order, a metric on each line.
    #[must_use]
    pub fn print(&self) -> String {
        let mut named = BTreeMap::<(bool, &str), Vec<(String, Box<RawValue>)>>::new();
        for row in &self.rows {
            let values = row.values.iter().map(|value| value.map_or("null".to_owned(), |v| v.to_string()));
            let entry = (row.metric.clone(), list(values));
            named.entry((row.key != "fleet", &row.key)).or_default().push(entry);
        }
        let written = Written {
            schema_version: SCHEMA_VERSION,
            uidsim_version: &self.uidsim_version,
            topology: &self.topology,
            scenario_hash: &self.scenario_hash,
            seeds: list(self.seeds.iter().map(u64::to_string)),
            metrics: Entries(
                named.into_iter().map(|((_, name), entries)| (name.to_owned(), Entries(entries))).collect(),
            ),
            scenario: &self.outline,
        };
        serde_json::to_string_pretty(&written).expect("a baseline serialises") + "\n"
    }

    /// Reads what `print` has written.
    ///
    /// # Errors
    /// The fact that speaks against it.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| format!("is no baseline: {error}");
        let Version { schema_version } = serde_json::from_str(text).map_err(wrong)?;
        if schema_version != SCHEMA_VERSION {
            return Err(format!("has schema_version {schema_version}; this uidsim reads {SCHEMA_VERSION}"));
        }
        let read: Read = serde_json::from_str(text).map_err(wrong)?;
        let mut seeds = read.seeds.clone();
        seeds.sort_unstable();
        seeds.dedup();
        if seeds.is_empty() || seeds.len() != read.seeds.len() || seeds.len() > SEEDS_MAX {
            return Err(format!("has no seed, one twice, or more than {SEEDS_MAX}"));
        }
        let mut rows = Vec::new();
        for (name, metrics) in &read.metrics {
            for (metric, values) in metrics {
                let values = numbers(values).filter(|values| values.len() == read.seeds.len());
                let wrong =
                    || format!("has a bad row: `{name}` `{metric}` needs a number or null for each seed");
                rows.push(Row {
                    key: name.clone(),
                    metric: metric.clone(),
                    values: values.ok_or_else(wrong)?,
                });
            }
        }
        Ok(Self {
            uidsim_version: read.uidsim_version,
            topology: read.topology,
            scenario_hash: read.scenario_hash,
            seeds: read.seeds,
            rows,
            outline: read.scenario,
        })
    }
}

fn list(items: impl Iterator<Item = String>) -> Box<RawValue> {
    let items: Vec<String> = items.collect();
    RawValue::from_string(format!("[{}]", items.join(", "))).expect("a list of JSON numbers")
}

fn numbers(values: &[Box<RawValue>]) -> Option<Vec<Option<Decimal>>> {
    let number = |value: &RawValue| match value.get() {
        "null" => Some(None),
        // Other programs write small and long numbers in their own way.
        text => text.parse().ok().or_else(|| Decimal::from_f64(text.parse().ok()?)).map(Some),
    };
    values.iter().map(|value| number(value)).collect()
}
